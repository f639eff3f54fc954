"""This machine and its limits, as the choice of a model and ``doctor`` see them."""

from __future__ import annotations

from copilot_tui.core.config import Settings
from copilot_tui.core.errors import CopilotError
from copilot_tui.models import hardware
from copilot_tui.models.hardware import Hardware
from copilot_tui.models.model_choices import Machine, machine_of
from copilot_tui.models.model_fit import Limits

_GIGABYTE = 10**9
_FEATURES = {
    "AVX2": {"avx2"},
    "AVX-512": {"avx512f"},
    "16-bit floats": {"avx512_bf16", "amx_bf16", "bf16"},
    "AMX": {"amx_bf16", "amx_int8"},
}


def machine_from(found: Hardware, settings: Settings) -> Machine:
    """What of ``found`` a model may use. llama.cpp is asked only where there are graphics at all."""
    usable: tuple[str, ...] = ()
    if found.graphics:
        try:
            usable = hardware.llama_graphics()
        except CopilotError:
            usable = ()  # without llama.cpp nothing of it can use them; doctor tells how to get it
    return machine_of(found, settings.hardware, llama_graphics=usable, torch_build=hardware.torch_build())


def limits_of(settings: Settings) -> Limits:
    """The larger window of the two roles, 0 being all that a model has."""
    windows = (settings.codegen.context_window, settings.llm.context_window)
    window = 0 if 0 in windows else max(windows)
    return Limits(int(settings.hardware.max_memory_per_model_gb * _GIGABYTE), window)


def features(found: Hardware) -> str:
    """The processor's features that make models quick, in words."""
    named = [name for name, flags in _FEATURES.items() if not flags.isdisjoint(found.flags)]
    return ", ".join(named) or "no AVX2"


def summary(found: Hardware, machine: Machine) -> str:
    """One line: processor, memory, graphics."""
    memory = f"{found.memory / _GIGABYTE:.1f} GB memory, {machine.room / _GIGABYTE:.1f} GB of it for models"
    processor = f"{found.processor}, {found.usable_cores} cores ({features(found)})"
    return f"{processor}; {memory}; {_graphics(found, machine)}"


def _graphics(found: Hardware, machine: Machine) -> str:
    if not found.graphics:
        return "no graphics device"
    names = ", ".join(f"{device.name} ({device.kind})" for device in found.graphics)
    if not machine.graphics_room:
        return f"{names}, not used: switched off, or its free memory is not known"
    able = [
        name
        for name, can in (("llama.cpp", machine.llama_on_graphics), ("torch", machine.torch_on_graphics))
        if can
    ]
    free = sum(machine.graphics_room) / _GIGABYTE
    return f"{names}, {free:.1f} GB free, usable by {' and '.join(able) or 'no library that is installed'}"
