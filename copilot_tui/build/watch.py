"""What a running build may take of the machine, watched from outside: processes, memory, room on the disk.

The kernel's own limits do not reach far enough. The number of processes cannot be limited for the superuser,
address space says nothing of memory that is used, and no quota holds for a folder. So the build's processes
are counted once a second, and at once when a cheap look at the whole machine, taken ten times a second, shows
that they may have become too many. A build that went too far is ended, and told why.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from copilot_tui.build.bounds import Limits

INTERVAL_SECONDS = 0.1
_COUNT_EVERY = 10  # looks

_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


class Watch:
    """Looks at one build, whose processes all belong to the session of ``leader``."""

    def __init__(self, leader: int, places: tuple[Path, ...], limits: Limits) -> None:
        self._leader = leader
        self._places = places
        self._limits = limits
        self._tasks = _tasks()
        self._available = _available_memory()
        self._looks = 0
        self._floors = tuple(_floor(shutil.disk_usage(place).free, limits) for place in places)

    def exceeded(self) -> str:
        """What the build has too much of, in words, or nothing. Reads files: call it in a thread."""
        for place, floor in zip(self._places, self._floors, strict=True):
            free = shutil.disk_usage(place).free
            if free < floor:
                return f"it left only {free / 1e6:,.0f} MB free on the disk of {place}"
        self._looks += 1
        limits = self._limits
        suspect = (
            self._looks % _COUNT_EVERY == 0
            or _tasks() - self._tasks > limits.processes
            or self._available - _available_memory() > limits.memory_bytes
        )
        count, resident = _of_session(self._leader) if suspect else (0, 0)
        if count > limits.processes:
            return f"it ran more than {limits.processes} processes at once"
        if resident > limits.memory_bytes:
            return f"it used more than {limits.memory_bytes / 1e9:.1f} GB of memory"
        return ""


def _floor(free: int, limits: Limits) -> int:
    """What must stay free of ``free`` bytes; where that is little already, half of it."""
    return limits.free_disk_bytes if free > limits.free_disk_bytes else free // 2


def _tasks() -> int:
    """How many threads the machine runs; 0 where there is no ``/proc``."""
    try:
        return int(Path("/proc/loadavg").read_text().split()[3].partition("/")[2])
    except (OSError, ValueError, IndexError):
        return 0


def _available_memory() -> int:
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass  # no Linux: then memory is not watched
    return 0


def _of_session(leader: int) -> tuple[int, int]:
    """Number and resident bytes of the processes of a session, shared pages counted for each."""
    count = pages = 0
    for name in filter(str.isdigit, os.listdir("/proc")):  # noqa: PTH208 (speed)
        try:
            text = Path(f"/proc/{name}/stat").read_bytes()
        except OSError:
            continue  # ended meanwhile
        fields = text[text.rfind(b")") + 1 :].split()
        if int(fields[3]) == leader:
            count += 1
            pages += int(fields[21])
    return count, pages * _PAGE
