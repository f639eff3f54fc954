"""The sentences of a recommendation: what was found, what fits, what was chosen, and what to run next."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from copilot_tui.models.code_tiers import Tier
from copilot_tui.models.model_choices import Choice, Machine
from copilot_tui.models.model_fit import Limits, Speed, fits, quick_enough

_HUB_NUMBER_BYTES = 2
_ITERATIONS = 10  # `run` names the code base after their number

Pace: TypeAlias = Mapping[Choice, "Speed | None"]
Pair: TypeAlias = "tuple[Choice, Choice]"


def about_code(tier: Tier, lines: int | None) -> str:
    """What the size of the code base asks for."""
    wanted = (
        f"models of about {tier.codegen / 1e9:g} billion parameters for code, {tier.llm / 1e9:g} for the rest"
    )
    if lines is None:
        return f"There is no code yet, so the code base counts as small: {wanted}."
    return f"The code base is {tier.name}: {wanted}."


def about_fit(machine: Machine, every: Sequence[Choice], limits: Limits) -> list[str]:
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


def about_pace(fitting: Sequence[Choice], pace: Pace) -> list[str]:
    """A line for each choice that fits and is passed over since it is, or may be, too slow."""
    lines = []
    for choice in fitting:
        speed = pace[choice]
        if quick_enough(choice, speed):
            continue
        why = "of that size a model is slow on a CPU, and none was measured here" if speed is None else ""
        lines.append(f"Too slow if there is another: {described(choice)}: {why or pace_text(speed)}.")
    return lines


def why_chosen(choice: Choice, target: float, speed: Speed | None, window: int) -> str:
    """What was chosen, for which reason, and how fast it is."""
    if choice.model.parameters >= target:
        size = "the smallest that is as large as the code base asks for"
    else:
        size = "the largest that fits and is quick enough"
    if not quick_enough(choice, speed):
        size = "nothing quicker fits"
    tokens = f"window {choice.window(window)} tokens" if choice.window(window) else "the whole window"
    return f"{described(choice)}, {tokens}: {size}; {pace_text(speed)}."


def pace_text(speed: Speed | None) -> str:
    """What is known of the speed, and how."""
    if speed is None:
        return "its speed here is not measured"
    how = "estimated from another model's measurement" if speed.estimated else "measured here"
    return f"{speed.reply:.3g} tokens/s written, {speed.prompt:.3g} read, {how}"


def next_steps(
    pair: Pair, machine: Machine, limits: Limits, window: int, *, known: bool, source: str
) -> tuple[str, ...]:
    """The commands to run, in order; ``known`` is whether the speeds of both were measured.

    ``source`` is the code base, ``.`` for the current folder.
    """
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
    place = "." if source == "." else f". {_ITERATIONS} {shlex.quote(source)}"
    steps.append(f"copilot-tui run {place} {' '.join(options)}{note}")
    if not known:
        elsewhere = "" if source == "." else f" --source {shlex.quote(source)}"
        steps.append(
            f"copilot-tui models recommend{elsewhere} --probe   (measures the installed models, 3 s each)"
        )
    return tuple(steps)
