"""Asking a model: pack the sections, stream the reply, check its form.

The one place where a phase meets an engine, so that every prompt is budgeted, every reply streamed
and every token counted in the same way.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from copilot_tui.core.artefacts import Usage
from copilot_tui.core.errors import GenerationError
from copilot_tui.core.events import Event, GenerationFinished, Noticed, Progressed, TokenStreamed
from copilot_tui.models.budget import Section
from copilot_tui.models.engine import Engine, GenerationRequest, SampleFinished, TextChunk
from copilot_tui.phases.phase import PhaseContext
from copilot_tui.phases.prompting import pack_prompt
from copilot_tui.phases.streaming import TextGatherer

JSON_TRIES = 2

LISTEN_SECONDS = 0.1
"""How often a wait for a model looks whether it should stop."""


@dataclass(frozen=True, slots=True)
class Question:
    """What to ask: the prompt's sections, the role that answers, and the form of the answer.

    ``beginning`` is put into the model's mouth and is part of the reply; ``schema`` constrains it. ``model``
    and ``temperature`` take the place of the role's own. ``samples`` replies are written side by side;
    ``weighed``: how likely the model finds them is wanted.
    """

    phase: str
    role: Literal["codegen", "llm"]
    sections: Sequence[Section]
    schema: Mapping[str, Any] | None = None
    beginning: str = ""
    stop: tuple[str, ...] = ()
    salt: int = 0
    extra_temperature: float = 0.0
    model: str = ""
    temperature: float | None = None
    samples: int = 1
    weighed: bool = False


@dataclass(slots=True)
class Reply:
    """Filled by :func:`ask`: the whole text of the reply, why it ended, and what it cost.

    Further samples are in ``others``; the usage is that of all of them together.
    """

    text: str = ""
    usage: Usage | None = None
    answer: dict[str, Any] = field(default_factory=dict)
    finish_reason: str = ""
    mean_log_probability: float | None = None
    others: list[Reply] = field(default_factory=list)


async def ask(context: PhaseContext, question: Question, reply: Reply) -> AsyncIterator[Event]:
    """Yield the prompt's event, the text as it comes and the usage; leave the text in ``reply``.

    What the reply begins with is shown first, so that the code on the screen is whole.
    """
    role = context.settings.codegen if question.role == "codegen" else context.settings.llm
    loading = asyncio.ensure_future(context.models.engine(question.role, question.model))
    try:
        async for event in _while_loading(context, question.model or role.model_path, loading):
            yield event
        engine = await loading
    finally:
        loading.cancel()  # means nothing once it is loaded; the loader itself goes on
    prompt = pack_prompt(
        context.prompts,
        engine,
        question.phase,
        question.sections,
        reserved_tokens=role.max_length,
        reply_beginning=question.beginning,
    )
    yield prompt.event
    temperature = role.temperature if question.temperature is None else question.temperature
    request = GenerationRequest(
        messages=prompt.messages,
        max_tokens=role.max_length,
        temperature=min(2.0, temperature + question.extra_temperature),
        top_p=role.top_p,
        seed=context.seed(question.salt),
        stop=question.stop,
        json_schema=question.schema,
        samples=question.samples,
        log_probabilities=question.weighed,
    )
    shown = _without_fence(question.beginning)
    async for event in _stream(context, engine, request, question.phase, shown, reply):
        yield event
    for sample in (reply, *reply.others):
        sample.text = question.beginning + sample.text


def _without_fence(beginning: str) -> str:
    """What a person should see of the beginning that is put into the model's mouth: the code."""
    return beginning.split("\n", 1)[-1] if beginning.startswith("```") else beginning


async def ask_json(context: PhaseContext, question: Question, reply: Reply) -> AsyncIterator[Event]:
    """:func:`ask`, and the parsed object in ``reply.answer``.

    A reply that is cut off or in another form is asked for once more with another seed; then a
    GenerationError says so.
    """
    for attempt in range(JSON_TRIES):
        again = replace(question, salt=question.salt + 7919 * attempt)
        async for event in ask(context, again, reply):
            yield event
        try:
            answer = json.loads(reply.text)
        except ValueError:
            answer = None
        if isinstance(answer, dict):
            reply.answer = answer
            return
        yield Noticed(f"The {question.phase} reply was not in the asked form.", "warning")
    raise GenerationError(
        f"The model's {question.phase} reply was cut off or not JSON, {JSON_TRIES} times.",
        "Raise llm.max_length, or use a larger model.",
    )


async def _while_loading(
    context: PhaseContext, model: str, loading: asyncio.Future[Engine]
) -> AsyncIterator[Event]:
    """Yield once a second how long the loading has taken; a stop is heeded within a moment."""
    started = time.monotonic()
    told = 0
    while not loading.done():
        await asyncio.wait({loading}, timeout=LISTEN_SECONDS)
        context.cancel.raise_if_cancelled()
        seconds = int(time.monotonic() - started)
        if seconds > told:
            told = seconds
            yield Progressed(f"loading {model}", seconds, unit="s")


class _Behind:
    """Tells once a second how far the samples are of which nothing is shown."""

    def __init__(self, samples: int) -> None:
        self._what = f"{samples} more replies are written"
        self._started = self._told = time.monotonic()

    def news(self) -> Event | None:
        now = time.monotonic()
        if now - self._told < 1.0:
            return None
        self._told = now
        return Progressed(self._what, int(now - self._started), unit="s")


async def _stream(
    context: PhaseContext, engine: Engine, request: GenerationRequest, phase: str, shown: str, reply: Reply
) -> AsyncIterator[Event]:
    gatherer = TextGatherer(streaming=context.settings.session.enable_streaming)
    gatherer.add(shown)
    reply.usage = None
    reply.others = [Reply() for _ in range(request.samples - 1)]
    behind = _Behind(request.samples - 1)
    async for part in engine.generate(request, context.cancel):
        if isinstance(part, TextChunk) and part.sample:
            reply.others[part.sample - 1].text += part.text
            if told := behind.news():
                yield told
        elif isinstance(part, TextChunk):
            if text := gatherer.add(part.text):
                yield TokenStreamed(phase, text)
        elif isinstance(part, SampleFinished):
            sample = [reply, *reply.others][part.sample]
            sample.finish_reason = part.finish_reason
            sample.mean_log_probability = part.mean_log_probability
        else:
            reply.usage = part
            reply.finish_reason = reply.finish_reason or part.finish_reason
    if rest := gatherer.take():
        yield TokenStreamed(phase, rest)
    reply.text = gatherer.whole[len(shown) :]
    if reply.usage is None:
        raise GenerationError("The engine ended without telling what it used.")
    if engine.information.choice:
        yield Noticed(engine.information.choice)
    yield GenerationFinished(phase, engine.information.model, reply.usage)
