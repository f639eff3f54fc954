"""What this machine has: cores, memory, processor features, graphics devices.

Found without importing torch: device nodes, tools and llama.cpp's own list are asked. A graphics
device that is seen but that the installed llama.cpp cannot use is reported as such.
"""

from __future__ import annotations

import ast
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import psutil

from copilot_tui.models.llama_library import import_library

_PROBE_SECONDS = 5.0
_FLAGS_OF_INTEREST = (
    "avx2",
    "avx512f",
    "avx512_bf16",
    "avx512_vnni",
    "amx_bf16",
    "amx_int8",
    "asimd",
    "sve",
    "i8mm",
    "bf16",
)
_BFLOAT16_FLAGS = frozenset({"avx512_bf16", "amx_bf16", "bf16"})


@dataclass(frozen=True, slots=True)
class Graphics:
    """One graphics device. ``kind`` is cuda, rocm or mps; ``memory`` and what of it is ``free`` are in bytes,
    0 if unknown or, as on Apple's processors, shared with the main memory."""

    kind: str
    name: str
    memory: int = 0
    free: int = 0


@dataclass(frozen=True, slots=True)
class Hardware:
    """``usable_cores`` is what this process may use, at most one for each physical core."""

    processor: str
    physical_cores: int
    usable_cores: int
    memory: int
    memory_free: int
    flags: tuple[str, ...]
    graphics: tuple[Graphics, ...]

    @property
    def bfloat16(self) -> bool:
        """Whether the processor computes with 16-bit floats; without, they are slower than 32-bit ones."""
        return not _BFLOAT16_FLAGS.isdisjoint(self.flags)


def inspect() -> Hardware:
    """Look at the machine. Takes a few milliseconds, more where ``nvidia-smi`` has to be asked."""
    memory = psutil.virtual_memory()
    limit, free = container_memory(Path("/sys/fs/cgroup"), memory.total, memory.available)
    return Hardware(
        processor=_processor_name(),
        physical_cores=psutil.cpu_count(logical=False) or os.cpu_count() or 1,
        usable_cores=usable_cores(),
        memory=limit,
        memory_free=free,
        flags=_processor_flags(),
        graphics=find_graphics(),
    )


def has_bfloat16() -> bool:
    """As :attr:`Hardware.bfloat16`, without looking at the rest of the machine."""
    return not _BFLOAT16_FLAGS.isdisjoint(_processor_flags())


def usable_cores() -> int:
    """Cores for the threads of a model: physical ones, within this process's own limits.

    More threads than that make generation slower, since they wait for each other at each step.
    """
    cores = psutil.cpu_count(logical=False) or os.cpu_count() or 1
    if hasattr(os, "sched_getaffinity"):
        cores = min(cores, len(os.sched_getaffinity(0)))
    quota = _cgroup_quota(Path("/sys/fs/cgroup/cpu.max"))
    return max(1, min(cores, quota) if quota else cores)


@lru_cache(maxsize=1)
def find_graphics() -> tuple[Graphics, ...]:
    """The graphics devices of this machine, whether or not a library here can use them."""
    if sys.platform == "darwin" and platform.machine() == "arm64":
        return (Graphics("mps", "Apple GPU"),)
    found = list(_nvidia())
    if Path("/dev/kfd").exists():
        found += amd_devices(Path("/sys/class/drm")) or [Graphics("rocm", "AMD GPU")]
    return tuple(found)


def torch_build() -> str:
    """What the installed torch is built for: cuda, rocm, mps or cpu; empty without torch.

    Read from its version file, since importing it would take seconds.
    """
    found = importlib.util.find_spec("torch")
    if found is None:
        return ""
    built = _assigned(Path(folder) / "version.py" for folder in found.submodule_search_locations or ())
    if built.get("hip"):
        return "rocm"
    if built.get("cuda"):
        return "cuda"
    return "mps" if sys.platform == "darwin" and platform.machine() == "arm64" else "cpu"


def llama_graphics() -> tuple[str, ...]:
    """Names of the graphics devices that the installed llama.cpp can use. Imports it."""
    xllamacpp = import_library()
    kinds = xllamacpp.ggml_backend_dev_type
    unusable = {kinds.GGML_BACKEND_DEVICE_TYPE_CPU, kinds.GGML_BACKEND_DEVICE_TYPE_ACCEL}
    devices = xllamacpp.get_device_info()
    return tuple(str(device["description"]) for device in devices if device["type"] not in unusable)


def _nvidia() -> tuple[Graphics, ...]:
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return (Graphics("cuda", "NVIDIA GPU"),) if Path("/dev/nvidia0").exists() else ()
    command = [tool, "--query-gpu=name,memory.total,memory.free", "--format=csv,noheader,nounits"]
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=_PROBE_SECONDS,
            stdin=subprocess.DEVNULL,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return ()  # the tool is there, but no driver answers: no usable device
    return tuple(map(nvidia_device, done.stdout.splitlines()))


def nvidia_device(line: str) -> Graphics:
    """What one line of ``nvidia-smi`` tells: name, whole and free memory in mebibytes."""
    name, *sizes = (part.strip() for part in line.rsplit(",", 2))
    total, free = (int(size) * 2**20 if size.isdigit() else 0 for size in (*sizes, "", "")[:2])
    return Graphics("cuda", name, total, free)


def amd_devices(cards: Path) -> list[Graphics]:
    """The devices of the amdgpu driver, which tells their memory in small files."""
    found = []
    for file in sorted(cards.glob("card*/device/mem_info_vram_total")):
        try:
            total = int(file.read_text(encoding="ascii"))
            used = int(file.with_name("mem_info_vram_used").read_text(encoding="ascii"))
        except (OSError, ValueError):
            continue  # a device that does not tell is of no use to a choice by bytes
        found.append(Graphics("rocm", "AMD GPU", total, total - used))
    return found


def _assigned(files: Iterable[Path]) -> dict[str, object]:
    """The constants that are assigned at the top of Python files, which are not run."""
    values: dict[str, object] = {}
    for file in files:
        try:
            body = ast.parse(file.read_bytes()).body
        except (OSError, SyntaxError):
            continue  # torch without it is treated as one for the CPU
        for line in body:
            if not isinstance(line, ast.Assign | ast.AnnAssign) or not isinstance(line.value, ast.Constant):
                continue
            targets = line.targets if isinstance(line, ast.Assign) else [line.target]
            values.update((name.id, line.value.value) for name in targets if isinstance(name, ast.Name))
    return values


def container_memory(group: Path, total: int, free: int) -> tuple[int, int]:
    """``total`` and ``free`` memory of the machine, or what a container leaves of them.

    Files that are cached count against a container's limit, but make room when it is needed.
    """
    try:
        limit = int((group / "memory.max").read_text(encoding="ascii"))
        used = int((group / "memory.current").read_text(encoding="ascii"))
        pairs = (line.split() for line in (group / "memory.stat").read_text(encoding="ascii").splitlines())
        cached = sum(int(size) for name, size in pairs if name == "inactive_file")
    except (OSError, ValueError):
        return total, free  # no container, or one without a limit, which says "max"
    return min(total, limit), min(free, max(0, limit - used + cached))


def _cgroup_quota(path: Path) -> int:
    """Whole processors that a container may use; 0 where there is no limit."""
    try:
        quota, period = path.read_text(encoding="ascii").split()
        return max(1, int(quota) // int(period))
    except (OSError, ValueError):
        return 0


def _processor_facts() -> dict[str, str]:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return {}
    first = text.split("\n\n", 1)[0]
    pairs = (line.partition(":") for line in first.splitlines())
    return {key.strip(): value.strip() for key, _, value in pairs}


def _processor_name() -> str:
    return _processor_facts().get("model name") or platform.processor() or platform.machine()


def _processor_flags() -> tuple[str, ...]:
    facts = _processor_facts()
    present = set((facts.get("flags") or facts.get("Features") or "").split())
    return tuple(flag for flag in _FLAGS_OF_INTEREST if flag in present)
