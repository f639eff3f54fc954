"""Learn: count the errors of the build, record what cleared them, and find what can be mended at once.

An error is known by its fingerprint. A fix counts as verified only when the attempt before failed with
the error and the next build was green. A build that failed is compared with the one before it. For its
errors, the fixes that need no model are put in a row: what worked before, then what a rule knows. They
are tried before a model is asked; the rest of what is known goes into the next prompt.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass

from copilot_tui.core.artefacts import BuildReport, Diagnostic, FileChange, Lesson, Progress, Repair
from copilot_tui.core.events import (
    Event,
    LessonJudged,
    LessonOffered,
    LessonRecorded,
    Noticed,
    Progressed,
    ProgressMeasured,
    RepairsFound,
)
from copilot_tui.core.state import Attempt, SessionState
from copilot_tui.memory.fingerprint import fingerprint
from copilot_tui.memory.lessons import Replay
from copilot_tui.memory.progress import compare
from copilot_tui.memory.recipes import applied
from copilot_tui.phases.faults import mends_build
from copilot_tui.phases.phase import PhaseContext
from copilot_tui.phases.repairing import FailedCode, KnownFix, repairs_of, rule_fixes
from copilot_tui.phases.streaming import Outcome, events_of


class LearnPhase:
    """Yields each lesson that was recorded, judged or offered, and the repairs to try next."""

    name = "learn"

    async def run(self, context: PhaseContext) -> AsyncIterator[Event]:
        state = context.state
        build = state.build
        if build is None:
            yield Noticed("Nothing was built yet, so there is nothing to learn.")
            return
        progress = measured(state, build)
        if state.candidate is not None:
            yield ProgressMeasured(progress)
        memory = context.settings.learning.memory
        if memory:
            for judged in await _judged(context, progress):
                yield judged
        if build.success:
            for lesson in await self._verified(context) if memory else ():
                yield LessonRecorded(lesson)
            return
        if _is_vain_repair(state, progress):
            return  # its errors are those of the attempt before, which were counted
        if memory:
            for lesson in await context.lessons.observe(build.errors, lesson_context(state)):
                yield LessonRecorded(lesson)
            for lesson in await context.lessons.known_fixes(build.errors):
                yield LessonOffered(lesson)
        if may_be_repaired(state):
            repairs: Outcome[tuple[Repair, ...]] = Outcome()
            async for event in events_of(lambda report: _repairs(context, build, report), repairs):
                yield event
            found = repairs.value
            # What else was to be tried stays in the row: a guess may compile and yet be the wrong one.
            known = {repair.candidate.digest for repair in found}
            yield RepairsFound((*found, *(r for r in state.repairs if r.candidate.digest not in known)))

    async def _verified(self, context: PhaseContext) -> tuple[Lesson, ...]:
        about = lesson_context(context.state)
        recorded: list[Lesson] = []
        for step in cleared_steps(context.state):
            recorded += await context.lessons.verify(step.errors, step.before, step.after, about)
        return tuple(recorded)


@dataclass(frozen=True, slots=True)
class Cleared:
    """Errors, the changes that had them (none: the code base), and the changes that cleared them."""

    errors: tuple[Diagnostic, ...]
    before: Sequence[FileChange]
    after: Sequence[FileChange]


def measured(state: SessionState, build: BuildReport) -> Progress:
    """The build compared with that of the attempt which its candidate is made from, else the code base's."""
    candidate = state.candidate
    if candidate is None:
        return compare(None, build)
    source = _repaired_attempt(state) if candidate.repair else None
    before = source.build if source is not None else state.baseline
    return compare(before, build, candidate.digest)


def cleared_steps(state: SessionState) -> list[Cleared]:
    """What led to the green candidate: its own step, and those of the repairs that it is made from.

    Each step teaches about the errors that it cleared, not about those that the next one did.
    """
    steps: list[Cleared] = []
    after, left = state.attempts[-1:], frozenset[str]()
    built = [a for a in state.attempts[:-1] if a.build is not None and not _was_vain(a)]
    while after:
        source = built.pop() if built else None
        if source is not None and source.build is not None:
            errors, before = source.build.errors, source.candidate.changes
        else:
            errors, before = _errors_of_code_base(state), ()
        here = frozenset(fingerprint(error) for error in errors)
        cleared = tuple(error for error in errors if fingerprint(error) not in left)
        if cleared and not (source is not None and source.build is not None and source.build.success):
            steps.append(Cleared(cleared, before, after[0].candidate.changes))
        # A model starts from the code base anew, so what it failed at before is no part of this way.
        goes_on = source is not None and bool(after[0].candidate.repair)
        after, left = ((source,) if goes_on and source is not None else ()), here
    return steps[::-1]


def _errors_of_code_base(state: SessionState) -> tuple[Diagnostic, ...]:
    if state.baseline is None or state.task.symbol is not None:
        return ()  # the tests of an open function fail because it is open
    return state.baseline.errors


def failed_attempt(state: SessionState) -> Attempt | None:
    """The attempt whose errors the newest one cleared: the last that failed and was no vain repair."""
    for attempt in reversed(state.attempts[:-1]):
        if attempt.build is not None and not _was_vain(attempt):
            return None if attempt.build.success else attempt
    return None


def lesson_context(state: SessionState) -> Mapping[str, object]:
    """What is kept beside an error: enough to find the session again."""
    return {
        "session": state.session,
        "iteration": state.iteration,
        "task": state.task.text[:200],
        "project": state.project,
        "files": [change.path for change in state.candidate.changes] if state.candidate else [],
    }


def may_be_repaired(state: SessionState) -> bool:
    """The code base itself only where that is all that the task asks for; a candidate in any case."""
    return state.candidate is not None or mends_build(state.task)


def _repaired_attempt(state: SessionState) -> Attempt | None:
    """What the newest attempt, a repair, was made from; None for the code base itself."""
    return next((a for a in reversed(state.attempts[:-1]) if a.build is not None and not _was_vain(a)), None)


def _was_vain(attempt: Attempt) -> bool:
    return bool(attempt.candidate.repair) and not (attempt.progress is not None and attempt.progress.better)


def _is_vain_repair(state: SessionState, progress: Progress) -> bool:
    return state.candidate is not None and bool(state.candidate.repair) and not progress.better


async def _judged(context: PhaseContext, progress: Progress) -> list[LessonJudged]:
    """What became of the lessons that this build was a trial of: those tried, or those in the prompt.

    A lesson in the prompt speaks of an error of the attempt before; only that error tells of it.
    """
    state = context.state
    if state.candidate is None or state.build is None:
        return []
    found = []
    if state.candidate.repair:
        for lesson in state.tried.lessons if state.tried is not None else ():
            found.append((lesson, progress.better, not progress.better))
    else:
        failed = failed_attempt(state)
        since = compare(failed.build if failed is not None else state.baseline, state.build)
        for lesson in state.lessons:
            if lesson.fingerprint in since.cleared or lesson.fingerprint in since.kept:
                helped = lesson.fingerprint not in since.kept and since.better
                found.append((lesson, helped, bool(since.added) and not helped and not since.better))
    judged = []
    for lesson, helped, harmed in found:
        known = await context.lessons.judge(lesson, helped=helped, harmed=harmed)
        if known is not None:
            judged.append(LessonJudged(known, helped))
    return judged


async def _repairs(
    context: PhaseContext, build: BuildReport, report: Callable[[Event], None]
) -> tuple[Repair, ...]:
    """What worked before comes first, then the rules; each becomes a candidate of its own."""
    learning = context.settings.learning
    replays = await context.lessons.replays(build.errors) if learning.memory else ()
    if not replays and not learning.deterministic_fixes:
        return ()
    if context.state.exploration is None:

        def progress(what: str, done: float, total: float) -> None:
            report(Progressed(what, done, total, "files"))

        await asyncio.to_thread(context.index.refresh, progress, context.cancel)
    return await asyncio.to_thread(_find_repairs, context, build, replays, learning.deterministic_fixes)


def _find_repairs(
    context: PhaseContext, build: BuildReport, replays: Sequence[Replay], by_rule: bool
) -> tuple[Repair, ...]:
    candidate = context.state.candidate
    changes = candidate.changes if candidate is not None else ()
    code = FailedCode(context.source, context.workspace, context.index, changes)
    groups: dict[str, list[KnownFix]] = {}
    for replay in replays:
        fix = applied(replay.recipe, replay.error, code)
        if fix is not None:
            known = KnownFix(fix, fingerprint(replay.error), "memory", replay.lesson)
            groups.setdefault(known.fingerprint, []).append(known)
    for fixes in rule_fixes(build.errors, code) if by_rule else ():
        groups.setdefault(fixes[0].fingerprint, []).extend(fixes)
    return repairs_of(context, code, list(groups.values()))
