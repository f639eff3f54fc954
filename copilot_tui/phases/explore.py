"""Explore: find the code that matters for the task, and let the model read exactly that.

Ranking and snippets come from the index and need no model. The model's part is small: it reads the
snippets that will stand in every later prompt too, and says what helps, what to follow and what to
avoid. Its answer is constrained to a JSON form, so that it stays short, cites, and can be shown as lists.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

from copilot_tui.core.artefacts import Exploration
from copilot_tui.core.errors import GenerationError
from copilot_tui.core.events import Event, ExplorationProduced, FileRanked, Noticed, Progressed
from copilot_tui.phases.asking import Question, Reply, ask_json
from copilot_tui.phases.insights import insights_schema, insights_text, places
from copilot_tui.phases.phase import PhaseContext
from copilot_tui.phases.prompting import shared_sections
from copilot_tui.phases.search import search
from copilot_tui.phases.streaming import Outcome, events_of


class ExplorePhase:
    """Yields the ranked files one by one, then the whole :class:`Exploration`."""

    name = "explore"

    async def run(self, context: PhaseContext) -> AsyncIterator[Event]:
        outcome: Outcome[Exploration] = Outcome()
        async for event in events_of(lambda report: _search(context, report), outcome):
            yield event
        exploration = outcome.value
        if context.index.notice and context.state.exploration is None:
            yield Noticed(context.index.notice)
        for rank, file in enumerate(exploration.files, 1):
            yield FileRanked(rank, file)
        if exploration.snippets and context.settings.exploration.insights:
            async for event in self._insights(context, exploration):
                yield event
        else:
            if context.settings.exploration.enabled and not exploration.snippets:
                yield Noticed("Nothing in the code base matches the task; the model sees only the task.")
            yield ExplorationProduced(exploration)

    async def _insights(self, context: PhaseContext, exploration: Exploration) -> AsyncIterator[Event]:
        started = time.monotonic()
        sections = shared_sections(context.prompts, replace(context.state, exploration=exploration))
        sections.append(context.prompts.instruction("explore", task=context.state.task))
        reply = Reply()
        question = Question(self.name, "llm", sections, schema=insights_schema(places(exploration)))
        try:
            async for event in ask_json(context, question, reply):
                yield event
        except GenerationError as error:
            # The search result is worth having without the model's reading of it.
            yield Noticed(f"{error} Going on without insights.", "warning")
        timing = {**exploration.timing, "insights": time.monotonic() - started}
        insights = await asyncio.to_thread(insights_text, reply.answer, context.index.text)
        yield ExplorationProduced(replace(exploration, insights=insights, timing=timing))


async def _search(context: PhaseContext, report: Callable[[Event], None]) -> Exploration:
    def progress(what: str, done: float, total: float) -> None:
        report(Progressed(what, done, total, "files"))

    state = context.state
    return await asyncio.to_thread(
        search,
        context.index,
        state.task,
        pins=state.pins,
        drops=state.drops,
        progress=progress,
        cancel=context.cancel,
    )
