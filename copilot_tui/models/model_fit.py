"""Whether a model fits on a machine, how fast it is there, and whether that is fast enough.

A speed counts when it was measured here. That of another model on the same device is taken from it by the
bytes of the weights, which each new token reads once, and is called an estimate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from copilot_tui.models.model_choices import Choice, KnownModel, Machine, choices

SLOWEST = 5.0
"""Tokens a second below which a model is taken only when there is no other: half of a slow reader's pace."""

_LARGEST_UNMEASURED_ON_CPU = 2e9


@dataclass(frozen=True, slots=True)
class Speed:
    """Tokens a second: of reading a prompt, and of writing a reply."""

    prompt: float
    reply: float
    estimated: bool = False


@dataclass(frozen=True, slots=True)
class Limits:
    """What the settings ask for: bytes for each model, and tokens of the window (0: all it has)."""

    memory_per_model: int
    window: int


SpeedKey: TypeAlias = tuple[str, str, str]
"""Identity of the model, engine, device."""

Speeds: TypeAlias = Mapping[SpeedKey, Speed]


def speed_of(choice: Choice, speeds: Speeds, models: Sequence[KnownModel], machine: Machine) -> Speed | None:
    """Measured, or else estimated from what was measured on the device: by the engine, and of like size."""
    measured = speeds.get((choice.model.identity, choice.engine, choice.device))
    if measured is not None:
        return measured
    own = choice.need.weights
    alike = [
        (other.engine != choice.engine, max(weights, own) / min(weights, own), weights, speeds[key])
        for model in models
        for other in choices(model, machine)
        if other.device == choice.device
        and (weights := other.need.weights)
        and (key := (model.identity, other.engine, other.device)) in speeds
    ]
    if not alike:
        return None
    _, _, weights, speed = min(alike, key=lambda found: found[:2])
    return Speed(speed.prompt * weights / own, speed.reply * weights / own, estimated=True)


def fits(choice: Choice, machine: Machine, limits: Limits) -> bool:
    """Whether ``choice`` alone fits with its window."""
    return choice.bytes(limits.window) <= _room(choice, machine, limits)


def largest_window(choice: Choice, machine: Machine, limits: Limits) -> int:
    """The tokens that the window may have, at most all that the model has."""
    others = (choice.devices - 1) * choice.need.workspace
    room = choice.need.largest_window(_room(choice, machine, limits) - others)
    return min(room, choice.model.window or room)


def _room(choice: Choice, machine: Machine, limits: Limits) -> int:
    return min(machine.room_on(choice.device), limits.memory_per_model)


def quick_enough(choice: Choice, speed: Speed | None) -> bool:
    """Whether its speed, or without one its size, lets a person wait for it."""
    if speed is not None:
        return speed.reply >= SLOWEST
    return choice.device != "cpu" or choice.model.parameters <= _LARGEST_UNMEASURED_ON_CPU
