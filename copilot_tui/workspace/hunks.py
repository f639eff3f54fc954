"""A candidate taken apart into hunks, and put together again without some of them.

A hunk is a run of changed lines; two runs with at most two equal lines between them are one, for a
person decides about them together. Hunks are numbered through the whole candidate, from 1, always
alike, so that a number means the same in every frontend. Pure functions; lines end with ``\\n`` alone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from itertools import count

from copilot_tui.core.artefacts import Candidate, FileChange, Hunk
from copilot_tui.workspace.edits import candidate_digest

JOINED_BY = 1
"""Equal lines around a run of changes within which another run belongs to it."""

COMPARED_LINES = 2_000
"""Where more lines than these differ in a file, all that differs is one hunk: comparing takes a tenth of a
second at worst, and callers are on the event loop."""

CONTEXT_LINES = 3


def hunks_of(changes: Sequence[FileChange]) -> tuple[Hunk, ...]:
    """All hunks of a candidate's changes, in their order."""
    numbers = count(1)
    return tuple(
        Hunk(next(numbers), change.path, start + 1, tuple(old), new_start + 1, tuple(new))
        for change in changes
        for start, old, new_start, new in _runs(_lines(change.before), _lines(change.after))
    )


def without_hunks(changes: Sequence[FileChange], refused: Collection[int]) -> tuple[FileChange, ...]:
    """The changes without the refused hunks; a file of which nothing is left does not appear."""
    kept = [hunk for hunk in hunks_of(changes) if hunk.number not in refused]
    rest = []
    for change in changes:
        own = [hunk for hunk in kept if hunk.path == change.path]
        if own and len(own) == len(hunks_of([change])):
            rest.append(change)
        elif own:
            lines = _lines(change.before)
            for hunk in reversed(own):
                begin = hunk.old_start - 1
                lines[begin : begin + len(hunk.old_lines)] = hunk.new_lines
            rest.append(replace(change, after="\n".join(lines)))
    return tuple(rest)


def decided_together(changes: Sequence[FileChange], chosen: Collection[int]) -> frozenset[int]:
    """The chosen hunks, and with either half of a renaming the other one: without it a file would be there
    twice, or lost."""
    numbers: dict[str, set[int]] = {}
    for hunk in hunks_of(changes):
        numbers.setdefault(hunk.path, set()).add(hunk.number)
    together = set(chosen)
    for change in changes:
        if change.origin is not None:
            halves = numbers.get(change.path, set()) | numbers.get(change.origin, set())
            together |= halves if halves & together else set()
    return frozenset(together)


def changed_candidate(candidate: Candidate, changes: tuple[FileChange, ...], number: int) -> Candidate:
    """The candidate with other changes: its code is what they write, with a few lines around it."""
    return replace(
        candidate,
        number=number,
        digest=candidate_digest(changes),
        changes=changes,
        code="\n\n".join(text for change in changes for text in _written(change)),
        replies=(),
    )


def diff_lines(hunk: Hunk) -> list[str]:
    """The hunk as a diff shows it."""
    return [*(f"-{line}" for line in hunk.old_lines), *(f"+{line}" for line in hunk.new_lines)]


def _written(change: FileChange) -> Iterator[str]:
    after = _lines(change.after)
    end = 0
    for hunk in hunks_of([change]):
        start = max(end, hunk.new_start - 1 - CONTEXT_LINES)
        end = min(len(after), hunk.new_start - 1 + len(hunk.new_lines) + CONTEXT_LINES)
        text = "\n".join(after[start:end]).strip("\n")
        if text:
            yield text


def _lines(text: str | None) -> list[str]:
    return [] if text is None else text.split("\n")


def _runs(old: list[str], new: list[str]) -> Iterator[tuple[int, list[str], int, list[str]]]:
    """Start and lines of each run of changes on both sides, counted from 0."""
    head = _common(old, new)
    tail = _common(old[head:][::-1], new[head:][::-1])
    middle_old, middle_new = old[head : len(old) - tail], new[head : len(new) - tail]
    if not middle_old and not middle_new:
        return
    if not middle_old or not middle_new or len(middle_old) + len(middle_new) > COMPARED_LINES:
        yield head, middle_old, head, middle_new
        return
    matcher = SequenceMatcher(None, middle_old, middle_new, autojunk=False)
    for group in matcher.get_grouped_opcodes(JOINED_BY):
        changed = [opcode for opcode in group if opcode[0] != "equal"]
        first, last = changed[0], changed[-1]
        yield (
            head + first[1],
            middle_old[first[1] : last[2]],
            head + first[3],
            middle_new[first[3] : last[4]],
        )


def _common(first: Sequence[str], second: Sequence[str]) -> int:
    """How many items both begin with."""
    together = zip(first, second, strict=False)
    return next((n for n, (a, b) in enumerate(together) if a != b), min(len(first), len(second)))
