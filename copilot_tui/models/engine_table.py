"""Which engine families exist, and what each is told when it loads a model.

A family is a function from an :class:`EngineSpecification` to an :class:`Engine`. The ones that ship
are in ``_PACKAGED``; another package adds its own through the entry-point group
``copilot_tui.engines`` (name = the value of the ``engine`` setting). Their modules are imported when
the first model of the family is loaded, never earlier.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import TypeAlias

from copilot_tui.core.errors import ModelLoadError
from copilot_tui.models.engine import Engine

ENTRY_POINT_GROUP = "copilot_tui.engines"


@dataclass(frozen=True, slots=True)
class EngineSpecification:
    """What to load and how. Equal specifications give interchangeable engines.

    ``path`` is the model's file where there is one; ``model`` is the setting as the person wrote it.
    ``window`` is in tokens, 0 for all that the model has. ``device`` is auto, cpu, cuda or mps.
    ``offline``: nothing may be fetched. ``prompt_cache``: take what a prompt shares with an earlier one
    from the cache. ``prompt_lookup``: guess ahead where the reply repeats the prompt. ``int8_weights``:
    on the CPU keep a checkpoint's weights as 8-bit integers. ``slots`` is how many samples should be
    computed side by side where that must be known beforehand.
    """

    engine: str
    model: str
    path: Path | None
    device: str
    window: int
    threads: int
    use_gpu: bool
    memory_limit: int
    offline: bool = False
    prompt_cache: bool = True
    prompt_lookup: bool = True
    int8_weights: bool = True
    slots: int = 1


Notice: TypeAlias = Callable[[str], None]
EngineFactory: TypeAlias = Callable[[EngineSpecification, Notice], Engine]
"""Loads a model; runs outside the event loop and may take seconds. ``Notice`` takes plain sentences
that the person should see once. Raises errors of the ``ModelError`` branch."""

_PACKAGED = {
    "llama": ("copilot_tui.models.llama_engine", "load"),
    "transformers": ("copilot_tui.models.transformers_engine", "load"),
    "fastest": ("copilot_tui.models.fastest_engine", "load"),
    "openai": ("copilot_tui.models.openai_engine", "load"),
    "scripted": ("copilot_tui.models.scripted_engine", "load"),
}


def available() -> tuple[str, ...]:
    """The names of all families that can be loaded here."""
    added = {point.name for point in entry_points(group=ENTRY_POINT_GROUP)}
    return tuple(sorted({*_PACKAGED, *added}))


def factory(name: str, engines: Mapping[str, EngineFactory] | None = None) -> EngineFactory:
    """The factory of a family: from ``engines``, the packaged table, or an entry point, in this order.

    Raises :class:`ModelLoadError` that names what is available.
    """
    if engines and name in engines:
        return engines[name]
    if name in _PACKAGED:
        module, attribute = _PACKAGED[name]
        packaged: EngineFactory = getattr(import_module(module), attribute)
        return packaged
    for point in entry_points(group=ENTRY_POINT_GROUP, name=name):
        try:
            added: EngineFactory = point.load()
        except Exception as error:  # the boundary to another package's code
            raise ModelLoadError(
                f"The engine {name!r} of the package {point.value} cannot be imported: {error}.",
                "Mend or remove that package, or set another engine.",
            ) from error
        return added
    names = ", ".join(sorted({*available(), *(engines or {})}))
    raise ModelLoadError(f"The engine {name!r} is not available here.", f"Available: {names}.")
