"""Learn: count the errors of the build, and record a fix once a build was green.

An error is known by its fingerprint. A fix counts as verified only when the attempt before failed
with the error and the next build was green. Verified fixes of errors like the present ones are
offered to the next prompt.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

from copilot_tui.core.artefacts import Lesson
from copilot_tui.core.events import Event, LessonOffered, LessonRecorded, Noticed
from copilot_tui.core.state import Attempt, SessionState
from copilot_tui.phases.phase import PhaseContext


class LearnPhase:
    """Yields each lesson that was recorded, and each that is offered to the next attempt."""

    name = "learn"

    async def run(self, context: PhaseContext) -> AsyncIterator[Event]:
        state = context.state
        build = state.build
        if build is None:
            yield Noticed("Nothing was built yet, so there is nothing to learn.")
            return
        about = lesson_context(state)
        if build.success:
            for lesson in await self._verified(context, about):
                yield LessonRecorded(lesson)
            return
        for lesson in await context.lessons.observe(build.errors, about):
            yield LessonRecorded(lesson)
        for lesson in await context.lessons.known_fixes(build.errors):
            yield LessonOffered(lesson)

    async def _verified(self, context: PhaseContext, about: Mapping[str, object]) -> tuple[Lesson, ...]:
        failed, candidate = failed_attempt(context.state), context.state.candidate
        if failed is None or failed.build is None or candidate is None:
            return ()
        return await context.lessons.verify(
            failed.build.errors, failed.candidate.changes, candidate.changes, about
        )


def failed_attempt(state: SessionState) -> Attempt | None:
    """The last built attempt before the green one, if it failed: its errors are now cleared."""
    built = [attempt for attempt in state.attempts if attempt.build is not None]
    before = built[-2] if len(built) > 1 else None
    return before if before is not None and before.build and not before.build.success else None


def lesson_context(state: SessionState) -> Mapping[str, object]:
    """What is kept beside an error: enough to find the session again."""
    return {
        "session": state.session,
        "iteration": state.iteration,
        "task": state.task.text[:200],
        "project": state.project,
        "files": [change.path for change in state.candidate.changes] if state.candidate else [],
    }
