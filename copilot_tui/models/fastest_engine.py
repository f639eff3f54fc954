"""The fastest engine: one model in two forms, and each request goes to the one that will be done first.

A GGUF file and the checkpoint made from it are both loaded, so the model takes the memory of both. llama.cpp
writes one reply faster, torch reads prompts and writes several replies at once faster; where the border lies
depends on the machine, so what counts is what was measured on the requests before: seconds for a token that
is read, seconds for a step of so many samples, and the part of ``max_tokens`` that replies came to. A form
that has no measurement of such a request yet is asked, once. What a form has in its cache need not be read
again.

Limits: a request that goes to the other form than the one before reads its whole prompt there, and the same
requests give the same text only where they are sent the same way.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from copilot_tui.core.artefacts import Usage
from copilot_tui.core.cancellation import CancelToken
from copilot_tui.core.errors import ModelLoadError
from copilot_tui.models.engine import Engine, EngineInformation, GenerationRequest, Message, StreamPart
from copilot_tui.models.engine_table import EngineSpecification, Notice, factory
from copilot_tui.models.model_store import converted_directory

_FEWEST_READ = 16
"""Prompt tokens below which the time to the first token says nothing of the speed of reading."""

_NEWEST = 0.5
"""The weight of the newest measurement; the machine's load changes."""


@dataclass(slots=True)
class _Form:
    """One form of the model, and what was measured of it."""

    name: str
    engine: Engine
    read: float | None = None
    steps: dict[int, float] = field(default_factory=dict)
    last: str = ""

    def unread(self, text: str) -> float:
        """The share of a prompt that is not in the cache."""
        return 1 - _shared(self.last, text) / max(1, len(text))

    def seconds(self, unread_tokens: float, samples: int, expected: float) -> float | None:
        """How long a request will take; None where that was not measured."""
        if self.read is None or samples not in self.steps:
            return None
        return unread_tokens * self.read + expected * self.steps[samples]

    def learn(self, usage: Usage, samples: int) -> None:
        computed = usage.prompt_tokens - usage.cached_tokens
        if computed >= _FEWEST_READ or self.read is None:
            self.read = _mixed(self.read, usage.seconds_to_first_token / max(1, computed))
        steps = usage.new_tokens / samples - 1
        if steps >= 1:
            step = (usage.seconds - usage.seconds_to_first_token) / steps
            self.steps[samples] = _mixed(self.steps.get(samples), step)


class FastestEngine:
    """Two engines with one model; see :class:`copilot_tui.models.engine.Engine` for the contract."""

    def __init__(self, model: str, engines: Mapping[str, Engine]) -> None:
        self._forms = [_Form(name, engine) for name, engine in engines.items()]
        self._expected = 0.5
        window = min(engine.information.window for engine in engines.values())
        device = " and ".join(f"{form.name} on {form.engine.information.device}" for form in self._forms)
        self._information = EngineInformation("fastest", model, device, window)

    @property
    def information(self) -> EngineInformation:
        return self._information

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """The larger count of the two, whose templates may differ."""
        return max(form.engine.count_tokens(messages) for form in self._forms)

    async def generate(self, request: GenerationRequest, cancel: CancelToken) -> AsyncIterator[StreamPart]:
        """Stream the reply of the form that was chosen; ``information.choice`` tells which, and why."""
        text = "\n".join(message.content for message in request.messages)
        tokens = self._forms[0].engine.count_tokens(request.messages)
        form, reason = self._choose(request, text, tokens)
        self._information = replace(self._information, choice=reason)
        form.last = ""  # until it is through, nobody knows what its cache holds
        async with aclosing(form.engine.generate(request, cancel)) as parts:  # type: ignore[type-var]
            async for part in parts:
                if isinstance(part, Usage):
                    form.learn(part, request.samples)
                    form.last = text
                    share = part.new_tokens / (request.samples * request.max_tokens)
                    self._expected = _mixed(self._expected, share)
                yield part

    def close(self) -> None:
        for form in self._forms:
            form.engine.close()

    def _choose(self, request: GenerationRequest, text: str, tokens: int) -> tuple[_Form, str]:
        expected = self._expected * request.max_tokens
        costs = [
            (form.seconds(form.unread(text) * tokens, request.samples, expected), form)
            for form in self._forms
        ]
        for cost, form in costs:
            if cost is None:
                return form, f"{form.name} writes this, to see how long it takes."
        known = sorted(((cost, form) for cost, form in costs if cost is not None), key=lambda pair: pair[0])
        told = ", ".join(f"{form.name} {cost:.1f} s" for cost, form in known)
        return known[0][1], f"{known[0][1].name} writes this; expected: {told}."


def load(specification: EngineSpecification, notice: Notice) -> Engine:
    """Load both forms of a GGUF file; where the checkpoint was not made yet, llama.cpp's alone.

    Raises :class:`ModelLoadError` for anything but a GGUF file, and what the two engines raise.
    """
    path = specification.path
    if path is None or path.suffix.lower() != ".gguf":
        raise ModelLoadError(
            f"{specification.model} has no second form: the engine 'fastest' takes GGUF files.",
            "Set engine to auto.",
        )
    llama = _loaded("llama", specification, notice)
    if not converted_directory(path).is_dir():
        notice(
            f"{specification.model} is there as a GGUF file alone, so llama.cpp does all requests. "
            f"For the other form: copilot-tui models convert {specification.model}"
        )
        return llama
    try:
        return FastestEngine(
            specification.model,
            {"llama": llama, "transformers": _loaded("transformers", specification, notice)},
        )
    except BaseException:
        llama.close()
        raise


def _loaded(family: str, specification: EngineSpecification, notice: Notice) -> Engine:
    make: Callable[[EngineSpecification, Notice], Engine] = factory(family)
    return make(replace(specification, engine=family), notice)


def _shared(left: str, right: str) -> int:
    """How many characters both begin with."""
    differing = (
        place for place, (mine, theirs) in enumerate(zip(left, right, strict=False)) if mine != theirs
    )
    return next(differing, min(len(left), len(right)))


def _mixed(before: float | None, now: float) -> float:
    return now if before is None else (1 - _NEWEST) * before + _NEWEST * now
