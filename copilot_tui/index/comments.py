"""The comments of a source text, line by line, for every comment form that the languages use.

Only comments that begin their line count: they introduce what follows, while a remark at the end of a
code line does not. Strings of C-like languages are stepped over, so ``"/*"`` opens nothing. Time is
linear in the text. Limits: raw and multi-line strings are not recognised.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from copilot_tui.index.languages import COMMENT_STYLES, CommentStyle, comment_style

_OPENER = re.compile(r"[ \t]*/\*[*!]*[ \t]?(?!/)")
_BLOCK_LEADER = re.compile(r"[ \t]*(?:\*+(?!/)[ \t]?)?")
_LINE_LEADER = re.compile(r"[ \t]*(?://[/!]*|#+!?|--+|;+|%+|@|\|)[ \t]?")


@dataclass(frozen=True, slots=True)
class CommentLine:
    """One line of a comment. ``start`` and ``end`` are the offsets of what it says, without markers,
    surrounding blanks and line end. ``comment`` numbers the comments; the lines of one block share it.
    """

    line: int
    start: int
    end: int
    comment: int
    block: bool


def comment_lines(text: str, language: str | None) -> list[CommentLine]:
    """Every line of every comment that begins its line, top to bottom."""
    found: list[CommentLine] = []
    line, counted_to = 1, 0
    own_line_end = -1  # where the last own-line comment ended, for `/* a */ /* b */`
    for number, match in enumerate(_pattern(language).finditer(text)):
        kind = match.lastgroup
        if kind == "text":
            continue
        begin, end = match.span()
        line += text.count("\n", counted_to, begin)
        counted_to = begin
        line_start = text.rfind("\n", 0, begin) + 1
        before = text[max(line_start, own_line_end) : begin] if begin - line_start < 4096 else "x"
        if before.strip():
            continue
        own_line_end = end
        if kind == "block":
            found.extend(_block_lines(text, begin, end, line, number))
        else:
            found.append(_line_comment(text, begin, end, line, number))
    return found


def comment_text(text: str, language: str | None) -> str:
    """What all comments of the text say, those behind code included; markers are left in."""
    return "\n".join(
        match.group() for match in _pattern(language).finditer(text) if match.lastgroup != "text"
    )


def comment_starts(lines: Sequence[CommentLine]) -> dict[int, int]:
    """For each line that ends a run of comment lines: the run's first line."""
    starts: dict[int, int] = {}
    first = previous = -1
    for item in lines:
        if item.line > previous + 1:
            first = item.line
        previous = item.line
        starts[previous] = first
    return starts


def _line_comment(text: str, begin: int, end: int, line: int, number: int) -> CommentLine:
    leader = _LINE_LEADER.match(text, begin, end)
    start = leader.end() if leader else begin
    return _trimmed(text, line, start, end, number, block=False)


def _block_lines(text: str, begin: int, end: int, line: int, number: int) -> Iterator[CommentLine]:
    closed = text.endswith("*/", begin, end) and end - begin >= 4
    while True:
        line_end = text.find("\n", begin, end)
        last = line_end < 0
        stop = end if last else line_end
        opener = _OPENER.match(text, begin, stop)
        leader = opener or _BLOCK_LEADER.match(text, begin, stop)
        start = leader.end() if leader else begin
        if last and closed:
            stop = max(end - 2, start)
            while stop > start and text[stop - 1] == "*":
                stop -= 1
        yield _trimmed(text, line, min(start, stop), stop, number, block=True)
        if last:
            return
        begin, line = line_end + 1, line + 1


def _trimmed(text: str, line: int, start: int, end: int, number: int, *, block: bool) -> CommentLine:
    while end > start and text[end - 1] in " \t\r":
        end -= 1
    while start < end and text[start] in " \t":
        start += 1
    return CommentLine(line, start, end, number, block)


@lru_cache(maxsize=64)
def _pattern(language: str | None) -> re.Pattern[str]:
    style = comment_style(language)
    if language in COMMENT_STYLES and style.block and style.line[0] == "//":
        return _c_like(style)
    alternatives = [rf"(?P<line>^[ \t]*(?:{'|'.join(map(re.escape, style.line))})[^\n]*)"]
    if style.block:
        alternatives.append(r"(?P<block>^[ \t]*/\*.*?(?:\*/|\Z))")
    return re.compile("|".join(alternatives), re.DOTALL | re.MULTILINE)


def _c_like(style: CommentStyle) -> re.Pattern[str]:
    # An unclosed literal ends with its line, so no input makes the search start over.
    literal = r"""(?P<text>"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?)"""
    markers = "|".join(map(re.escape, style.line))
    return re.compile(rf"{literal}|(?P<line>(?:{markers})[^\n]*)|(?P<block>/\*.*?(?:\*/|\Z))", re.DOTALL)
