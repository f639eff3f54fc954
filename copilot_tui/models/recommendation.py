"""Which models to use on a machine for a code base, and why: a pure function of values.

Nothing is chosen that does not fit into the memory that is free, or that needs more than
``hardware.max_memory_per_model_gb``. Of what fits, the size of the code base says how large the two models
should be. A speed counts when it was measured here; that of another model on the same engine and device is
taken from it by the bytes of the weights, which each new token reads once, and called an estimate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Literal, TypeAlias

from copilot_tui.models.model_choices import Choice, KnownModel, Machine, choices

Role: TypeAlias = Literal["codegen", "llm"]

SLOWEST = 5.0
"""Tokens a second below which a model is taken only when there is no other: half of a slow reader's pace."""

_LARGEST_UNMEASURED_ON_CPU = 2e9
_SHORTEST_WINDOW = 2048
_SMALLEST_ABLE = 0.35e9  # of the smallest tier; smaller ones are taken only where nothing else fits
_HUB_NUMBER_BYTES = 2


@dataclass(frozen=True, slots=True)
class Tier:
    """A class of code bases below ``lines``, and the parameters that its two models should have."""

    name: str
    lines: float
    codegen: float
    llm: float


LARGE_FROM = 10_000
"""Lines beyond which a code base is large; more need not be counted."""

TIERS = (
    Tier("small (under 1,000 lines)", 1_000, 0.35e9, 7e9),
    Tier("medium (1,000 to 10,000 lines)", LARGE_FROM + 1, 2e9, 7e9),
    Tier("large (over 10,000 lines)", float("inf"), 6e9, 13e9),
)


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


def recommend(
    machine: Machine, models: Sequence[KnownModel], lines: int | None, speeds: Speeds, limits: Limits
) -> Recommendation:
    """The models to use; see the module. ``lines`` is None where the code base is not known."""
    tier = next(tier for tier in TIERS if (lines or 0) < tier.lines)
    every = [choice for model in models for choice in choices(model, machine)]
    pace = {choice: speed_of(choice, speeds, models, machine) for choice in every}
    window, pair = _best_pair(machine, every, pace, tier, limits)
    at = replace(limits, window=window)
    reasons = [_about_code(tier, lines), *_about_fit(machine, every, at)]
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
    roles: tuple[tuple[Role, Choice, float], ...] = (
        ("codegen", pair[0], tier.codegen),
        ("llm", pair[1], tier.llm),
    )
    chosen = tuple(
        Chosen(
            role=role,
            model=choice.model.name,
            engine=choice.engine,
            device=choice.device,
            form=choice.form,
            bytes=choice.bytes(window),
            window=choice.window(window),
            fetch=choice.model.fetch,
            why=_why(choice, target, pace[choice], window),
            speed=pace[choice],
        )
        for role, choice, target in roles
    )
    shared = pair[0] == pair[1]
    reasons += [f"Chosen for {one.role}: {one.why}" for one in chosen]
    if shared:
        reasons.append("Both roles use the same model, so it is loaded once.")
    return Recommendation(
        tier.name,
        chosen,
        tuple(reasons),
        _next_steps(pair, machine, limits, window, known=_all_measured(chosen)),
    )


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


_Pace: TypeAlias = Mapping[Choice, "Speed | None"]
_Pair: TypeAlias = "tuple[Choice, Choice]"


def _best_pair(
    machine: Machine, every: Sequence[Choice], pace: _Pace, tier: Tier, limits: Limits
) -> tuple[int, _Pair | None]:
    """The window and the two choices; the window is halved only when nothing at all fits with it whole."""
    window = limits.window
    while True:
        at = replace(limits, window=window)
        fitting = [choice for choice in every if fits(choice, machine, at)]
        pairs: list[_Pair] = [
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
    return (
        machine.graphics != "mps" or together <= machine.room
    )  # Apple's graphics have no memory of their own


def _size_worth(choice: Choice, target: float, pace: _Pace) -> tuple[bool, bool, bool, float]:
    """Larger is better: able to write code, quick enough, then the smallest that reaches the target, or the
    largest below it. Of what is all too slow the smallest."""
    size = choice.model.parameters
    able, quick = size >= _SMALLEST_ABLE, _quick_enough(choice, pace[choice])
    reaches = size >= target
    return able, quick, reaches and quick, size if quick and not reaches else -size


def _place_worth(choice: Choice, pace: _Pace) -> tuple[bool, float, bool]:
    """Larger is better: graphics, then the measured speed, then the GGUF form, which takes less memory."""
    speed = pace[choice]
    measured = speed.reply if speed is not None and not speed.estimated else 0.0
    return choice.device != "cpu", measured, choice.engine == "llama"


def _quick_enough(choice: Choice, speed: Speed | None) -> bool:
    if speed is not None:
        return speed.reply >= SLOWEST
    return choice.device != "cpu" or choice.model.parameters <= _LARGEST_UNMEASURED_ON_CPU


def _about_code(tier: Tier, lines: int | None) -> str:
    wanted = (
        f"models of about {tier.codegen / 1e9:g} billion parameters for code, {tier.llm / 1e9:g} for the rest"
    )
    if lines is None:
        return f"No code base was looked at, so it counts as small: {wanted}."
    return f"The code base is {tier.name}: {wanted}."


def _about_fit(machine: Machine, every: Sequence[Choice], limits: Limits) -> list[str]:
    """One line for all that fits on a device, and one for each choice that does not."""
    lines = []
    for device in dict.fromkeys(choice.device for choice in every):
        named = [
            f"{choice.model.name} ({choice.form}, {choice.engine}) {_gigabytes(choice.bytes(limits.window))}"
            for choice in every
            if choice.device == device and fits(choice, machine, limits)
        ]
        if named:
            room = _gigabytes(machine.room_on(device))
            lines.append(f"Fits into the {room} on {_place(device)}: {'; '.join(named)}.")
    refused = (choice for choice in every if not fits(choice, machine, limits))
    return lines + [fit_line(choice, machine, limits) for choice in refused]


def fit_line(choice: Choice, machine: Machine, limits: Limits) -> str:
    """Whether ``choice`` fits, in one line with the numbers."""
    needed, room = choice.bytes(limits.window), machine.room_on(choice.device)
    window = choice.window(limits.window)
    what = f"{described(choice)} needs {_gigabytes(needed)} with a window of {window} tokens"
    if needed > room:
        return f"Does not fit: {what}; {_gigabytes(room)} can be used there."
    if needed > limits.memory_per_model:
        allowed = _gigabytes(limits.memory_per_model)
        return f"Does not fit: {what}; hardware.max_memory_per_model_gb allows {allowed}."
    return f"Fits: {what}, of {_gigabytes(room)}."


def _gigabytes(count: int) -> str:
    return f"{count / 1e9:.1f} GB"


def described(choice: Choice) -> str:
    """Model, form, engine and device in one phrase."""
    return f"{choice.model.name} ({choice.form}, {choice.engine} on {_place(choice.device)})"


def _place(device: str) -> str:
    return "the CPU" if device == "cpu" else f"the GPU ({device})"


def _why(choice: Choice, target: float, speed: Speed | None, window: int) -> str:
    if choice.model.parameters >= target:
        size = "the smallest that is as large as the code base asks for"
    else:
        size = "the largest that fits and is quick enough"
    if not _quick_enough(choice, speed):
        size = "nothing quicker fits"
    tokens = f"window {choice.window(window)} tokens" if choice.window(window) else "the whole window"
    return f"{described(choice)}, {tokens}: {size}; {pace_text(speed)}."


def pace_text(speed: Speed | None) -> str:
    """What is known of the speed, and how."""
    if speed is None:
        return "its speed here is not measured"
    how = "estimated from another model's measurement" if speed.estimated else "measured here"
    return f"{speed.reply:.0f} tokens/s written, {speed.prompt:.0f} read, {how}"


def _all_measured(chosen: Sequence[Chosen]) -> bool:
    return all(one.speed is not None and not one.speed.estimated for one in chosen)


def _next_steps(
    pair: _Pair, machine: Machine, limits: Limits, window: int, *, known: bool
) -> tuple[str, ...]:
    steps = list(dict.fromkeys(choice.model.fetch for choice in pair if choice.model.fetch))
    of_hub = dict.fromkeys(choice for choice in pair if not choice.model.identity)
    fetched = [f"{one.model.name}, {_gigabytes(one.model.weights * _HUB_NUMBER_BYTES)}" for one in of_hub]
    options = [f"--model {pair[0].model.name}"] if pair[0] == pair[1] else []
    for role, choice in zip(("codegen", "llm"), pair, strict=True):
        if pair[0] != pair[1]:
            options.append(f"--set {role}.model_path={choice.model.name}")
        if choice.engine != ("llama" if choice.model.file_bytes else "transformers"):
            options.append(f"--set {role}.engine={choice.engine}")
        if choice.device == "cpu" and machine.graphics:
            options.append(f"--set {role}.device=cpu")
        if limits.window != window:
            options.append(f"--set {role}.context_window={window}")
    note = f"   (first fetches from the Hugging Face hub: {'; '.join(fetched)})" if fetched else ""
    steps.append(f"copilot-tui run . {' '.join(options)}{note}")
    if not known:
        steps.append("copilot-tui models recommend --probe   (measures the installed models, 3 s each)")
    return tuple(steps)
