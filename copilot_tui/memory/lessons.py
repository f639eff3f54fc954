"""The book of lessons: errors that were seen, and the changes after which a build was green.

A fix enters the book only by :meth:`LessonBook.verify`, which the learn phase calls after a green
build; a model's opinion of a fix never does. So every fix that a later prompt is offered has worked
once, though not always for the reason that its rule names: a green candidate may differ from the
failed one in more than the cure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from copilot_tui.core.artefacts import Diagnostic, FileChange, Lesson
from copilot_tui.core.text import printable_line
from copilot_tui.memory.fingerprint import fingerprint, root_errors
from copilot_tui.memory.patches import hunks_between, near, patch_text, rule_in_words
from copilot_tui.store.errors import ErrorEntry, Resolution

MOST_OFFERED = 3
"""Fixes that are offered at a time; more would crowd a small prompt."""

_MESSAGE = 500  # characters of a message that are kept


class ErrorRecords(Protocol):
    """What the book needs of ``store.errors.ErrorStore``."""

    def record(self, fingerprint: str, message: str, context: Mapping[str, Any]) -> int: ...

    def resolve(
        self, fingerprint: str, rule: str, patch: str, verified: bool, context: Mapping[str, Any]
    ) -> None: ...

    def lookup(self, fingerprint: str) -> ErrorEntry | None: ...


class LessonBook:
    """Counts errors and keeps verified fixes. Each call writes to the store; none waits for a model."""

    def __init__(self, error_store: ErrorRecords) -> None:
        self._store = error_store

    def observe(self, diagnostics: Sequence[Diagnostic], context: Mapping[str, Any]) -> tuple[Lesson, ...]:
        """Count each kind of root error once; a lesson for each, with its best fix where one is known."""
        lessons = []
        for mark, error in _by_fingerprint(diagnostics).items():
            count = self._store.record(mark, _message(error), {**context, **_place(error)})
            best = _best(self._store.lookup(mark))
            lessons.append(_lesson(mark, _message(error), count, best))
        return tuple(lessons)

    def known_fixes(self, diagnostics: Sequence[Diagnostic]) -> tuple[Lesson, ...]:
        """Verified fixes for errors of these kinds, the most trustworthy first, at most a few.

        A rule that cleared the error in more places is trusted more, then the one used last.
        """
        ranked: list[tuple[int, str, Lesson]] = []
        for mark in _by_fingerprint(diagnostics):
            entry = self._store.lookup(mark)
            best = _best(entry)
            if entry is not None and best is not None:
                lesson = _lesson(mark, entry.message, entry.occurrences, best)
                ranked.append((_confirmations(entry, best), best.timestamp, lesson))
        ranked.sort(key=lambda item: item[:2], reverse=True)
        return tuple(lesson for _, _, lesson in ranked[:MOST_OFFERED])

    def verify(
        self,
        failed: Sequence[Diagnostic],
        before: Sequence[FileChange],
        after: Sequence[FileChange],
        context: Mapping[str, Any],
    ) -> tuple[Lesson, ...]:
        """Record how each root error of the ``failed`` attempt was cleared. Only after a green build.

        ``before`` are the changes of the attempt that failed, ``after`` those of the green one. When the
        two do not differ there is nothing to learn, and nothing is recorded.
        """
        hunks = hunks_between(before, after)
        if not hunks:
            return ()
        lessons = []
        for mark, error in _by_fingerprint(failed).items():
            nearest = near(hunks, error)
            rule, patch = rule_in_words(hunks, nearest, error), patch_text(nearest)
            about = {**context, **_place(error)}
            entry = self._store.lookup(mark)
            count = entry.occurrences if entry else self._store.record(mark, _message(error), about)
            self._store.resolve(mark, rule, patch, True, about)
            lessons.append(Lesson(mark, _message(error), count, rule, patch, verified=True))
        return tuple(lessons)


def _by_fingerprint(diagnostics: Sequence[Diagnostic]) -> dict[str, Diagnostic]:
    """The first root error of each kind."""
    found: dict[str, Diagnostic] = {}
    for error in root_errors(diagnostics):
        found.setdefault(fingerprint(error), error)
    return found


def _best(entry: ErrorEntry | None) -> Resolution | None:
    """The verified fix whose rule worked in most places, of these the newest."""
    verified = [known for known in entry.resolutions if known.verified] if entry else []
    if entry is None or not verified:
        return None
    return max(verified, key=lambda known: (_confirmations(entry, known), known.timestamp))


def _confirmations(entry: ErrorEntry, resolution: Resolution) -> int:
    return sum(1 for known in entry.resolutions if known.verified and known.rule == resolution.rule)


def _lesson(mark: str, message: str, count: int, fix: Resolution | None) -> Lesson:
    if fix is None:
        return Lesson(mark, message, count)
    return Lesson(mark, message, count, fix.rule, fix.patch, verified=True)


def _message(error: Diagnostic) -> str:
    return printable_line(error.message)[:_MESSAGE]


def _place(error: Diagnostic) -> dict[str, Any]:
    """Where the error stood, for the list of its occurrences."""
    place = {
        "tool": error.tool,
        "code": error.code,
        "file": error.file,
        "line": error.line,
        "test": error.test,
    }
    return {key: value for key, value in place.items() if value is not None}
