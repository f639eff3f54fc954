"""The book of lessons: errors that were seen, and the changes after which a build was green.

A fix enters the book only by :meth:`LessonBook.verify`, which the learn phase calls after a green
build; a model's opinion of a fix never does. So every fix that a later prompt is offered has worked
once, though not always for the reason that its rule names: a green candidate may differ from the
failed one in more than the cure.

That is why each lesson is judged on: it counts how often it was tried or offered, how often the error was
gone afterwards, and how often things got worse. What does harm fades: it comes later, then only as words,
then not at all.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from copilot_tui.core.artefacts import Diagnostic, FileChange, Lesson
from copilot_tui.core.text import printable_line
from copilot_tui.memory.fingerprint import fingerprint, normalised_message, root_errors, tool_family
from copilot_tui.memory.patches import hunks_between, near, patch_text, rule_in_words
from copilot_tui.memory.recipes import Recipe, recipe_of
from copilot_tui.store.errors import ErrorEntry, Resolution

MOST_OFFERED = 3
"""Fixes that are offered at a time; more would crowd a small prompt."""

MOST_REPLAYED = 3
"""Recipes that are tried for one error before the model is asked."""

TRUSTED = 0.3
"""A lesson is tried without a model while its trust is above this; see :func:`trust`."""

OFFERED = 0.2
"""And it is told to the model while its trust is above this."""

ALIKE = 0.85
"""How alike two messages of one tool must be for a lesson of the one to be told for the other."""

_LOOKED_AT = 200  # entries that are compared when an error itself is unknown
_MESSAGE = 500  # characters of a message that are kept


@dataclass(frozen=True, slots=True)
class Replay:
    """A lesson that can be done again without a model: for this error, by this recipe."""

    error: Diagnostic
    lesson: Lesson
    recipe: Recipe


class ErrorRecords(Protocol):
    """What the book needs of ``store.errors.ErrorStore``."""

    def record(self, fingerprint: str, message: str, context: Mapping[str, Any]) -> int: ...

    def resolve(
        self, fingerprint: str, rule: str, patch: str, verified: bool, context: Mapping[str, Any]
    ) -> None: ...

    def lookup(self, fingerprint: str) -> ErrorEntry | None: ...

    def entries(self, limit: int | None = None) -> Sequence[ErrorEntry]: ...

    def count(
        self, fingerprint: str, rule: str, patch: str, *, hits: int = 0, successes: int = 0, harm: int = 0
    ) -> Resolution | None: ...


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

        For an error that is not known itself, that of the most similar message of the same tool is told.
        """
        ranked: list[tuple[float, int, str, Lesson]] = []
        for mark, error in _by_fingerprint(diagnostics).items():
            entry = self._store.lookup(mark)
            best = _best(entry, error)
            similarity = 1.0
            if best is None:
                entry, similarity = self._similar(error)
                best = _best(entry, error)
            if entry is not None and best is not None:
                lesson = _lesson(entry.fingerprint, entry.message, entry.occurrences, best)
                ranked.append((trust(best) * similarity, _confirmations(entry, best), best.timestamp, lesson))
        ranked.sort(key=lambda item: item[:3], reverse=True)
        return tuple(lesson for _, _, _, lesson in ranked[:MOST_OFFERED])

    def replays(self, diagnostics: Sequence[Diagnostic]) -> tuple[Replay, ...]:
        """What cleared errors of exactly these kinds and can be done again without a model, best first."""
        found: list[Replay] = []
        for mark, error in _by_fingerprint(diagnostics).items():
            entry = self._store.lookup(mark)
            fixes = [known for known in entry.resolutions if known.verified] if entry else []
            fixes.sort(key=lambda known: (_fit(known, error), known.timestamp), reverse=True)
            seen: set[Recipe] = set()
            for known in fixes:
                recipe = _recipe(known)
                if entry is None or recipe is None or recipe in seen or trust(known) <= TRUSTED:
                    continue
                seen.add(recipe)
                lesson = _lesson(mark, entry.message, entry.occurrences, known)
                found.append(Replay(error, lesson, recipe))
                if len(seen) == MOST_REPLAYED:
                    break
        return tuple(found)

    def judge(self, lesson: Lesson, *, helped: bool, harmed: bool) -> Lesson | None:
        """Count what a lesson did; with its counts, or None where it is not in the book (any more)."""
        known = self._store.count(
            lesson.fingerprint, lesson.rule, lesson.patch, hits=1, successes=int(helped), harm=int(harmed)
        )
        return (
            None if known is None else _lesson(lesson.fingerprint, lesson.message, lesson.occurrences, known)
        )

    def _similar(self, error: Diagnostic) -> tuple[ErrorEntry | None, float]:
        """The known error whose message is most like this one's, if it is alike enough."""
        family, message = tool_family(error.tool), normalised_message(error)
        best: tuple[ErrorEntry | None, float] = (None, 0.0)
        for entry in self._store.entries(_LOOKED_AT):
            if entry.verified_resolution is None or not _of_tool(entry, family):
                continue
            other = normalised_message(Diagnostic(error.tool, "error", entry.message))
            ratio = difflib.SequenceMatcher(None, message, other, autojunk=False).ratio()
            if ratio >= ALIKE and ratio > best[1]:
                best = (entry, ratio)
        return best

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


def trust(known: Resolution) -> float:
    """Between 0 and 1: how likely a fix helps, from what it did. Unjudged it stands at two thirds, since it
    has worked once; harm weighs as much as two failures to help."""
    failures = max(0, known.hits - known.successes - known.harm)
    return (known.successes + 2) / (known.successes + failures + 2 * known.harm + 3)


def _fit(known: Resolution, error: Diagnostic) -> float:
    """Trust, and a little more where the fix comes from a similar place: the file, its kind, the message."""
    place = known.context
    file, other = error.file or "", str(place.get("file") or "")
    same_file = 0.05 if file and file == other else 0.0
    same_kind = 0.02 if file.rpartition(".")[2] == other.rpartition(".")[2] else 0.0
    message = str(place.get("message") or "")
    same_text = 0.1 if message and message == _message(error) else 0.0
    return trust(known) + same_file + same_kind + same_text


def _recipe(known: Resolution) -> Recipe | None:
    place = known.context
    message, line = place.get("message"), place.get("line")
    if not isinstance(message, str) or place.get("test"):
        return None
    number = line if isinstance(line, int) else None
    return recipe_of(Diagnostic(str(place.get("tool", "")), "error", message, line=number), known.patch)


def _by_fingerprint(diagnostics: Sequence[Diagnostic]) -> dict[str, Diagnostic]:
    """The first root error of each kind."""
    found: dict[str, Diagnostic] = {}
    for error in root_errors(diagnostics):
        found.setdefault(fingerprint(error), error)
    return found


def _best(entry: ErrorEntry | None, error: Diagnostic | None = None) -> Resolution | None:
    """The verified fix that deserves most trust, then the one whose rule worked in most places, then the
    newest; none that has done so much harm that it is not told any more."""
    verified = [r for r in entry.resolutions if r.verified and trust(r) > OFFERED] if entry else []
    if entry is None or not verified:
        return None

    def rank(known: Resolution) -> tuple[float, int, str]:
        fit = _fit(known, error) if error is not None else trust(known)
        return (round(fit, 2), _confirmations(entry, known), known.timestamp)

    return max(verified, key=rank)


def _of_tool(entry: ErrorEntry, family: str) -> bool:
    return any(tool_family(str(context.get("tool", ""))) == family for context in entry.contexts)


def _confirmations(entry: ErrorEntry, resolution: Resolution) -> int:
    return sum(1 for known in entry.resolutions if known.verified and known.rule == resolution.rule)


def _lesson(mark: str, message: str, count: int, fix: Resolution | None) -> Lesson:
    if fix is None:
        return Lesson(mark, message, count)
    return Lesson(mark, message, count, fix.rule, fix.patch, True, fix.hits, fix.successes, fix.harm)


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
        "message": _message(error),
    }
    return {key: value for key, value in place.items() if value is not None}
