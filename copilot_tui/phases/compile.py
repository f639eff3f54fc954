"""Compile: put the candidate into the code base, build it, run the tests, and judge.

The state of the code base before the first candidate is built and tested too: a code base may have
failing tests of its own, and a candidate is judged by what it changes. A candidate that does not pass
is taken out again at once, also when the build is stopped or fails to start, so that the code base is
never left with code that the judge refused.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing
from dataclasses import replace

from copilot_tui.build.detect import BuildRecipe, detect
from copilot_tui.build.judge import Focus, build_and_test, judge_against
from copilot_tui.build.verdict import matching_tests
from copilot_tui.core.artefacts import BuildReport, Candidate, Diagnostic, Task
from copilot_tui.core.errors import FileConflictError
from copilot_tui.core.events import (
    BaselineRecorded,
    BuildProduced,
    DiagnosticFound,
    EditApplied,
    EditUndone,
    Event,
    Noticed,
)
from copilot_tui.phases.phase import PhaseContext
from copilot_tui.phases.streaming import Outcome, events_of


class CompilePhase:
    """Yields the steps and diagnostics as they come, then the :class:`BuildReport`."""

    name = "compile"

    async def run(self, context: PhaseContext) -> AsyncIterator[Event]:
        state = context.state
        project = context.settings.project(state.project)
        recipe = await asyncio.to_thread(detect, context.source, context.settings.build, project)
        if state.applied is not None:
            await asyncio.to_thread(context.workspace.undo, state.applied)
            yield EditUndone(state.applied, "it was not judged yet")
        if state.candidate is None or state.solved or state.candidate_in_code:
            async with aclosing(self._rebuild(context, recipe)) as events:
                async for event in events:
                    yield event
            return
        baseline = state.baseline
        if baseline is None:
            first: Outcome[BuildReport] = Outcome()
            async with aclosing(baseline_of(context, first)) as events:
                async for event in events:
                    yield event
            baseline = first.value
        # Closed here and not by the garbage collector: closing takes the candidate out again.
        async with aclosing(self._judge(context, recipe, state.candidate, baseline)) as events:
            async for event in events:
                yield event

    async def _rebuild(self, context: PhaseContext, recipe: BuildRecipe) -> AsyncGenerator[Event, None]:
        """Build the code base as it is: without a candidate, or with one that is in it already."""
        state = context.state
        wanted: tuple[str, ...] = ()
        if state.candidate is not None and state.baseline is not None:
            wanted = wanted_tests(state.task, state.baseline, state.candidate)
        is_old = old_failures(state.baseline, wanted)
        outcome: Outcome[BuildReport] = Outcome()
        async with aclosing(_build(context, recipe, outcome)) as events:
            async for event in events:
                if not (isinstance(event, DiagnosticFound) and is_old(event.diagnostic)):
                    yield event
        report = outcome.value
        if state.candidate is None and state.baseline is None:
            yield BaselineRecorded(report)
        if state.candidate is not None and state.baseline is not None:
            judged = judge_against(report, state.baseline, wanted)
            report = replace(
                judged,
                candidate=state.candidate.digest,
                diagnostics=tuple(d for d in judged.diagnostics if not is_old(d)),
            )
        yield BuildProduced(report)

    async def _judge(
        self, context: PhaseContext, recipe: BuildRecipe, candidate: Candidate, baseline: BuildReport
    ) -> AsyncGenerator[Event, None]:
        label = context.state.session
        told = ""
        try:
            edit = await asyncio.to_thread(context.workspace.apply, candidate.changes, label)
        except FileConflictError as error:
            # Taken out again in any case, and a green build of both together is what counts.
            merged = await asyncio.to_thread(context.workspace.merged, candidate.changes)
            edit = await asyncio.to_thread(context.workspace.apply, merged, label)
            told = f"{error.message} The candidate is built together with what is there now."
        reason = "the build was stopped"
        passed = False
        wanted = wanted_tests(context.state.task, baseline, candidate)
        is_old = old_failures(baseline, wanted)
        try:
            yield EditApplied(edit, candidate.digest, tuple(c.path for c in candidate.changes))
            if told:
                yield Noticed(told, "warning")
            outcome: Outcome[BuildReport] = Outcome()
            focus = Focus(
                changed=tuple(change.path for change in candidate.changes),
                known_failing=baseline.failed_tests,
                printed=tuple(step.stdout for step in baseline.steps if step.kind == "build"),
            )
            async with aclosing(_build(context, recipe, outcome, focus)) as events:
                async for event in events:
                    if not (isinstance(event, DiagnosticFound) and is_old(event.diagnostic)):
                        yield event
            report = judge_against(outcome.value, baseline, wanted)
            report = replace(
                report,
                candidate=candidate.digest,
                diagnostics=tuple(d for d in report.diagnostics if not is_old(d)),
            )
            passed = report.success
            reason = report.reason
            yield BuildProduced(report)
        finally:
            if not passed:
                await asyncio.to_thread(context.workspace.undo, edit)
        if not passed:
            yield EditUndone(edit, reason)


async def baseline_of(context: PhaseContext, outcome: Outcome[BuildReport]) -> AsyncGenerator[Event, None]:
    """Build and test the code base as it is, to compare candidates with."""
    project = context.settings.project(context.state.project)
    recipe = await asyncio.to_thread(detect, context.source, context.settings.build, project)
    async with aclosing(_build(context, recipe, outcome)) as events:
        async for event in events:
            # The diagnostics of the untouched code base are part of the baseline, not news.
            if not isinstance(event, DiagnosticFound):
                yield event
    yield BaselineRecorded(outcome.value)


def _build(
    context: PhaseContext,
    recipe: BuildRecipe,
    outcome: Outcome[BuildReport],
    focus: Focus | None = None,
) -> AsyncGenerator[Event, None]:
    settings = context.settings.build

    async def work(report: Callable[[Event], None]) -> BuildReport:
        looked_at = focus if settings.fast_check else None
        return await build_and_test(context.source, recipe, settings, context.cancel, report, looked_at)

    return events_of(work, outcome)


def old_failures(baseline: BuildReport | None, wanted: Sequence[str]) -> Callable[[Diagnostic], bool]:
    """Whether a diagnostic comes from a test that failed before and is not the task's own.

    Such messages are true, but they are not about the candidate; in a prompt they would mislead.
    """
    failed = baseline.failed_tests if baseline is not None else frozenset()
    own = {name for test in wanted for name in matching_tests(test, failed)}
    old = failed - own
    return lambda diagnostic: diagnostic.test is not None and diagnostic.test in old


def wanted_tests(task: Task, baseline: BuildReport, candidate: Candidate) -> tuple[str, ...]:
    """The tests that judge the task: those its breadcrumb names, else those named after the function.

    A task in plain words names no function; then those count that the candidate replaced or added.
    """
    if task.tests:
        return task.tests
    symbols = (task.symbol,) if task.symbol else candidate.symbols
    words = [re.compile(rf"(?<!\w){re.escape(symbol)}(?!\w)") for symbol in symbols]
    return tuple(test.name for test in baseline.tests if any(word.search(test.name) for word in words))
