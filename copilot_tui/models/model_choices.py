"""The ways in which a model can be run on a machine: engine, device, number format, and what that takes.

Pure values: what was found on the machine comes in as a :class:`Machine`, what is known of a model as a
:class:`KnownModel`. The bytes come from the same formulas by which the engines refuse a model.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from copilot_tui.core.config import HardwareSettings
from copilot_tui.models.catalog import CATALOG, CatalogEntry
from copilot_tui.models.hardware import Hardware
from copilot_tui.models.memory_need import (
    GGUF_CACHE_NUMBER_BYTES,
    MemoryNeed,
    checkpoint_need,
    gguf_need,
)

_LEFT_FOR_OTHERS = 512 * 2**20  # main memory for the compiler and the tests that run beside the model
_SHARED_PART = 0.66  # of the main memory that Apple's graphics may take


@dataclass(frozen=True, slots=True)
class Machine:
    """What counts for a choice. ``room`` is the main memory that a model may take, in bytes.

    ``graphics`` is cuda, rocm, mps or empty; ``graphics_room`` is the free memory of each device
    that tells it.
    ``llama_on_graphics`` and ``torch_on_graphics``: the installed library is built for it. ``torch``: there
    is one. ``wide_numbers``: the processor computes 32-bit floats only. ``int8_weights``: on the CPU a
    checkpoint's weights become 8-bit integers once they are loaded.
    """

    room: int
    graphics: str = ""
    graphics_room: tuple[int, ...] = ()
    llama_on_graphics: bool = False
    torch_on_graphics: bool = False
    torch: bool = True
    wide_numbers: bool = False
    int8_weights: bool = True

    def room_on(self, device: str) -> int:
        return self.room if device == "cpu" else sum(self.graphics_room)

    def devices(self, *, usable: bool) -> tuple[str, ...]:
        """Where a library may put a model; the graphics devices only when it is built for them."""
        return (self.graphics, "cpu") if usable and self.graphics and self.graphics_room else ("cpu",)


@dataclass(frozen=True, slots=True)
class KnownModel:
    """A model that can be chosen. ``name`` is what ``model_path`` is set to.

    ``file_bytes`` is the size of its GGUF file, 0 without one. ``weights`` and ``cache_numbers`` (for each
    token) are counts of numbers; ``weights`` is 0 where it cannot be a checkpoint. ``fetch`` is the command
    that gets it, empty when it is here; ``identity`` is the hash that measured speeds are kept under.
    """

    name: str
    parameters: float
    window: int
    cache_numbers: int
    file_bytes: int = 0
    file_format: str = ""
    weights: int = 0
    fetch: str = ""
    identity: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """One model on one engine and device. ``devices`` is over how many devices its layers are spread."""

    model: KnownModel
    engine: str
    device: str
    form: str
    need: MemoryNeed
    devices: int = 1

    def window(self, asked: int) -> int:
        """What ``asked`` tokens (0: all that the model has) come to."""
        return min(asked or self.model.window, self.model.window or asked)

    def bytes(self, asked: int) -> int:
        """What it takes on its device; each further device has buffers of its own."""
        return self.need.total(self.window(asked)) + (self.devices - 1) * self.need.workspace


HUB_MODELS = (
    KnownModel("Qwen/Qwen2.5-Coder-7B-Instruct", 7.6e9, 32_768, 28_672, weights=7_615_616_512),
    KnownModel("Qwen/Qwen2.5-Coder-14B-Instruct", 14.8e9, 32_768, 98_304, weights=14_770_033_664),
)
"""Larger models than the catalogue's, under the Apache licence, which the transformers engine fetches from
the Hugging Face hub when they are first used. Their sizes follow from their architecture."""


def machine_of(
    found: Hardware, settings: HardwareSettings, *, llama_graphics: Sequence[str], torch_build: str
) -> Machine:
    """``found`` as far as it counts. ``llama_graphics`` are the devices that llama.cpp can use.

    A device that does not tell its memory is not counted on: nothing is chosen that is not known to fit.
    """
    kind = found.graphics[0].kind if found.graphics and settings.use_gpu_if_available else ""
    rooms = tuple(device.free for device in found.graphics if device.kind == kind and device.free)
    room = max(0, found.memory_free - _LEFT_FOR_OTHERS)
    if kind == "mps":
        rooms = (int(_SHARED_PART * room),)
    return Machine(
        room=room,
        graphics=kind,
        graphics_room=rooms,
        llama_on_graphics=bool(llama_graphics),
        torch_on_graphics=bool(kind) and torch_build == kind,
        torch=bool(torch_build),
        wide_numbers=not found.bfloat16,
        int8_weights=settings.int8_weights,
    )


def catalogue_models(installed: Sequence[CatalogEntry]) -> tuple[KnownModel, ...]:
    """The models of the catalogue; those that are not ``installed`` name the command that fetches them."""
    return tuple(
        KnownModel(
            name=entry.name,
            parameters=_number(entry.parameters),
            window=entry.window,
            cache_numbers=entry.cache_numbers,
            file_bytes=entry.bytes,
            file_format=entry.title.rpartition(", ")[2],
            weights=entry.weights,
            fetch="" if entry in installed else f"copilot-tui models pull {entry.name}",
            identity=entry.sha256,
        )
        for entry in CATALOG
    )


def choices(model: KnownModel, machine: Machine) -> tuple[Choice, ...]:
    """All ways to run ``model`` here, whether or not it fits: graphics before CPU, GGUF before checkpoint."""
    found = []
    if model.file_bytes:
        need = gguf_need(model.file_bytes, model.cache_numbers * GGUF_CACHE_NUMBER_BYTES)
        for device in machine.devices(usable=machine.llama_on_graphics):
            found.append(_choice(model, "llama", device, model.file_format, need, machine))
    if model.weights and machine.torch:
        for device in machine.devices(usable=machine.torch_on_graphics):
            number = 4 if device == "cpu" and machine.wide_numbers else 2
            need = checkpoint_need(model.weights, model.cache_numbers, number)
            form = f"{8 * number}-bit"
            if device == "cpu" and machine.int8_weights:
                form = f"8-bit, {form} while it loads"
            found.append(_choice(model, "transformers", device, form, need, machine))
    return tuple(sorted(found, key=lambda choice: choice.device == "cpu"))


def _choice(
    model: KnownModel, engine: str, device: str, form: str, need: MemoryNeed, machine: Machine
) -> Choice:
    return Choice(model, engine, device, form, need, 1 if device == "cpu" else len(machine.graphics_room))


_UNITS: Mapping[str, float] = {"M": 1e6, "B": 1e9}


def _number(text: str) -> float:
    return float(text[:-1]) * _UNITS[text[-1]]
