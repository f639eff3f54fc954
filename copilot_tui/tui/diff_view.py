"""A candidate's hunks as coloured text, one above the other or side by side.

Colouring takes a while, so :func:`candidate_diff` is called in a thread. Lines are marked by ``+`` and
``-``, and the two sides by their place; colour only repeats that.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby, zip_longest

from textual.content import Content

from copilot_tui.core.artefacts import Candidate, FileChange, Hunk
from copilot_tui.core.text import printable_line
from copilot_tui.tui.code_view import coloured_lines

CONTEXT_LINES = 3
HUNKS_SHOWN = 200
ROWS_SHOWN = 2_000
ADDED = "on $success 18%"
REMOVED = "on $error 18%"
NUMBER = "$foreground-muted"
SEPARATOR = " │ "


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the comparison: number and text on either side, None where that side has none."""

    old: tuple[int, Content] | None
    new: tuple[int, Content] | None
    changed: bool


@dataclass(frozen=True, slots=True)
class HunkDiff:
    """A hunk with the lines around it, one of ``total`` in the candidate. ``heading`` stands before the first
    hunk of each file."""

    hunk: Hunk
    total: int
    heading: str
    rows: tuple[Row, ...]

    @property
    def text(self) -> str:
        """As plain text, for the clipboard."""
        return "\n".join(line.plain.rstrip() for line, _ in _unified_lines(self.rows))


def candidate_diff(candidate: Candidate, paths: Collection[str]) -> tuple[tuple[HunkDiff, ...], int]:
    """The first hunks of these files, ready to be shown, and how many there are."""
    from copilot_tui.workspace.hunks import hunks_of

    every = hunks_of(candidate.changes)
    hunks = [hunk for hunk in every if hunk.path in paths]
    shown: list[HunkDiff] = []
    for change in candidate.changes:
        own = [hunk for hunk in hunks[:HUNKS_SHOWN] if hunk.path == change.path]
        if own:
            shown += _file_diff(change, own, len(every))
    return tuple(shown), len(hunks)


def unified(diff: HunkDiff) -> Content:
    """What goes above what comes."""
    lines = _unified_lines(diff.rows)
    # The colour of a changed line goes on to a common width, so that blocks are seen as blocks.
    width = max((line.cell_length for line, _ in lines), default=0)
    return Content("\n").join(_painted(line, width, style) for line, style in lines)


def side_by_side(diff: HunkDiff, width: int) -> Content:
    """What goes on the left, what comes on the right; lines are cut where their half ends."""
    half = max(10, (width - len(SEPARATOR)) // 2)
    separator = Content.styled(SEPARATOR, "$foreground-disabled")
    lines = []
    for row in diff.rows:
        left = _half(row.old, half, "-" if row.changed else " ", REMOVED)
        right = _half(row.new, half, "+" if row.changed else " ", ADDED)
        lines.append(Content.assemble(left, separator, right))
    return Content("\n").join(lines)


def _file_diff(change: FileChange, hunks: Sequence[Hunk], total: int) -> Iterator[HunkDiff]:
    old = coloured_lines(change.before or "", change.path)
    new = coloured_lines(change.after or "", change.path)
    word = "new file" if change.before is None else "deleted" if change.after is None else "changed"
    for index, hunk in enumerate(hunks):
        before = hunks[index - 1] if index else None
        after = hunks[index + 1] if index + 1 < len(hunks) else None
        rows = [*_before(old, new, hunk, before), *_within(old, new, hunk), *_after(old, new, hunk, after)]
        heading = f"{printable_line(change.path)}  ({word})" if index == 0 else ""
        yield HunkDiff(hunk, total, heading, tuple(_limited(rows)))


def _before(old: list[Content], new: list[Content], hunk: Hunk, other: Hunk | None) -> Iterator[Row]:
    """Equal lines before the hunk, as far as they are not shown after the one before it."""
    first = other.old_start - 1 + len(other.old_lines) + CONTEXT_LINES if other is not None else 0
    start = max(first, hunk.old_start - 1 - CONTEXT_LINES)
    shift = hunk.new_start - hunk.old_start
    yield from _equal(old, new, range(start, hunk.old_start - 1), shift)


def _after(old: list[Content], new: list[Content], hunk: Hunk, other: Hunk | None) -> Iterator[Row]:
    start = hunk.old_start - 1 + len(hunk.old_lines)
    end = min(len(old), start + CONTEXT_LINES, other.old_start - 1 if other is not None else len(old))
    shift = hunk.new_start + len(hunk.new_lines) - hunk.old_start - len(hunk.old_lines)
    yield from _equal(old, new, range(start, end), shift)


def _equal(old: list[Content], new: list[Content], lines: range, shift: int) -> Iterator[Row]:
    for line in lines:
        left, right = _line(old, line), _line(new, line + shift)
        if left is not None or right is not None:
            yield Row(left, right, changed=False)


def _within(old: list[Content], new: list[Content], hunk: Hunk) -> Iterator[Row]:
    """The hunk's own lines; equal ones between its changes face each other."""
    matcher = SequenceMatcher(None, hunk.old_lines, hunk.new_lines, autojunk=False)
    long = len(hunk.old_lines) + len(hunk.new_lines) > ROWS_SHOWN
    whole = [("replace", 0, len(hunk.old_lines), 0, len(hunk.new_lines))]
    for tag, old_from, old_to, new_from, new_to in whole if long else matcher.get_opcodes():
        lefts = [_line(old, hunk.old_start - 1 + line) for line in range(old_from, old_to)]
        rights = [_line(new, hunk.new_start - 1 + line) for line in range(new_from, new_to)]
        for left, right in zip_longest(lefts, rights):
            if left is not None or right is not None:
                yield Row(left, right, changed=tag != "equal")


def _line(lines: list[Content], index: int) -> tuple[int, Content] | None:
    """None past the end: a final line end makes an empty last line, which nobody sees as one."""
    return (index + 1, lines[index]) if index < len(lines) else None


def _limited(rows: list[Row]) -> list[Row]:
    if len(rows) <= ROWS_SHOWN:
        return rows
    more = Content.styled(f"(... {len(rows) - ROWS_SHOWN:,} more lines)", NUMBER)
    return [*rows[:ROWS_SHOWN], Row(None, (ROWS_SHOWN, more), changed=False)]


def _unified_lines(rows: Sequence[Row]) -> list[tuple[Content, str]]:
    """Each line with the style of its whole width."""
    lines: list[tuple[Content, str]] = []
    for changed, run in groupby(rows, key=lambda row: row.changed):
        together = list(run)
        if not changed:
            lines += [(_numbered(row.new or row.old, " "), "") for row in together]
            continue
        lines += [(_numbered(row.old, "-"), REMOVED) for row in together if row.old is not None]
        lines += [(_numbered(row.new, "+"), ADDED) for row in together if row.new is not None]
    return lines


def _numbered(line: tuple[int, Content] | None, sign: str) -> Content:
    number, content = line or (0, Content(""))
    return Content.assemble((f"{number:4} {sign} ", NUMBER if sign == " " else "bold"), content)


def _half(line: tuple[int, Content] | None, width: int, sign: str, style: str) -> Content:
    if line is None:
        return Content(" " * width)
    content = _numbered(line, sign).truncate(width, ellipsis=True)
    content = content.pad_right(width - content.cell_length)
    return content if sign == " " else content.stylize(style)


def _painted(content: Content, width: int, style: str) -> Content:
    if not style:
        return content
    return content.pad_right(width - content.cell_length).stylize(style)
