"""Which models to use on a machine for a code base, and why: a pure function of values.

Nothing is chosen that does not fit into the memory that is free, or that needs more than
``hardware.max_memory_per_model_gb``. Of what fits, the size of the code base says how large the two models
should be, and what is too slow here is passed over while there is another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Literal, TypeAlias

from copilot_tui.models.code_tiers import TIERS, Tier
from copilot_tui.models.model_choices import Choice, KnownModel, Machine, choices
from copilot_tui.models.model_fit import Limits, Speed, Speeds, fits, quick_enough, speed_of
from copilot_tui.models.recommendation_text import (
    Pace,
    Pair,
    about_code,
    about_fit,
    about_pace,
    next_steps,
    why_chosen,
)

Role: TypeAlias = Literal["codegen", "llm"]

_SHORTEST_WINDOW = 2048
_SMALLEST_ABLE = 0.35e9  # of the smallest tier; smaller ones are taken only where nothing else fits


@dataclass(frozen=True, slots=True)
class Chosen:
    """The model of a role. ``bytes`` is all that it takes, ``window`` in tokens."""

    role: Role
    model: str
    engine: str
    device: str
    form: str
    bytes: int
    window: int
    fetch: str
    why: str
    speed: Speed | None


@dataclass(frozen=True, slots=True)
class Recommendation:
    """``chosen`` is empty when nothing fits. ``reasons`` and ``next_steps`` are plain lines, in order."""

    tier: str
    chosen: tuple[Chosen, ...]
    reasons: tuple[str, ...]
    next_steps: tuple[str, ...]


def recommend(
    machine: Machine,
    models: Sequence[KnownModel],
    lines: int | None,
    speeds: Speeds,
    limits: Limits,
    *,
    source: str = ".",
) -> Recommendation:
    """The models to use; see the module. ``lines`` is None where there is no code yet; ``source`` is the code
    base as the commands to run next name it."""
    tier = next(tier for tier in TIERS if (lines or 0) < tier.lines)
    every = [choice for model in models for choice in choices(model, machine)]
    pace = {choice: speed_of(choice, speeds, models, machine) for choice in every}
    window, pair = _best_pair(machine, every, pace, tier, limits)
    at = replace(limits, window=window)
    reasons = [about_code(tier, lines), *about_fit(machine, every, at)]
    reasons += about_pace([choice for choice in every if fits(choice, machine, at)], pace)
    if pair is None:
        hint = "Close other programs, raise hardware.max_memory_per_model_gb where it is the limit, or use "
        return Recommendation(
            tier.name,
            (),
            (*reasons, "Nothing fits, so nothing is chosen."),
            (hint + "a model server on another machine: --model http://ADDRESS (docs/servers.md).",),
        )
    if limits.window and window < limits.window:
        reasons.append(f"No model has room for a window of {limits.window} tokens; {window} are planned.")
    chosen = (
        _chosen("codegen", pair[0], tier.codegen, pace[pair[0]], window),
        _chosen("llm", pair[1], tier.llm, pace[pair[1]], window),
    )
    reasons += [f"Chosen for {one.role}: {one.why}" for one in chosen]
    if pair[0] == pair[1]:
        reasons.append("Both roles use the same model, so it is loaded once.")
    return Recommendation(
        tier.name,
        chosen,
        tuple(reasons),
        next_steps(pair, machine, limits, window, known=_all_measured(chosen), source=source),
    )


def _best_pair(
    machine: Machine, every: Sequence[Choice], pace: Pace, tier: Tier, limits: Limits
) -> tuple[int, Pair | None]:
    """The window and the two choices; the window is halved only when nothing at all fits with it whole."""
    window = limits.window
    while True:
        at = replace(limits, window=window)
        fitting = [choice for choice in every if fits(choice, machine, at)]
        pairs: list[Pair] = [
            (first, second)
            for first, second in product(fitting, repeat=2)
            if _fit_together(first, second, machine, window)
        ]
        if pairs:
            return window, max(
                pairs,
                key=lambda pair: (
                    _size_worth(pair[0], tier.codegen, pace),
                    _size_worth(pair[1], tier.llm, pace),
                    _place_worth(pair[0], pace),
                    _place_worth(pair[1], pace),
                ),
            )
        smaller = (window or max((choice.model.window for choice in every), default=0)) // 2
        if smaller < _SHORTEST_WINDOW:
            return limits.window, None
        window = smaller


def _fit_together(first: Choice, second: Choice, machine: Machine, window: int) -> bool:
    if first == second:
        return True
    together = first.bytes(window) + second.bytes(window)
    if first.device == second.device:
        return together <= machine.room_on(first.device)
    # Apple's graphics have no memory of their own.
    return machine.graphics != "mps" or together <= machine.room


def _size_worth(choice: Choice, target: float, pace: Pace) -> tuple[bool, bool, bool, float]:
    """Larger is better: able to write code, quick enough, then the smallest that reaches the target, or the
    largest below it. Of what is all too slow the smallest."""
    size = choice.model.parameters
    able, quick = size >= _SMALLEST_ABLE, quick_enough(choice, pace[choice])
    reaches = size >= target
    return able, quick, reaches and quick, size if quick and not reaches else -size


def _place_worth(choice: Choice, pace: Pace) -> tuple[bool, float, bool]:
    """Larger is better: graphics, then the measured speed, then the GGUF form, which takes less memory."""
    speed = pace[choice]
    measured = speed.reply if speed is not None and not speed.estimated else 0.0
    return choice.device != "cpu", measured, choice.engine == "llama"


def _chosen(role: Role, choice: Choice, target: float, speed: Speed | None, window: int) -> Chosen:
    return Chosen(
        role=role,
        model=choice.model.name,
        engine=choice.engine,
        device=choice.device,
        form=choice.form,
        bytes=choice.bytes(window),
        window=choice.window(window),
        fetch=choice.model.fetch,
        why=why_chosen(choice, target, speed, window),
        speed=speed,
    )


def _all_measured(chosen: Sequence[Chosen]) -> bool:
    return all(one.speed is not None and not one.speed.estimated for one in chosen)
