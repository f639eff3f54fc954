"""The output of a tool, cut into lines, with those that could matter found beforehand.

Of a build log that goes well nothing matters, and it can be hundreds of megabytes long. So one compiled
expression runs over the whole text and picks the suspects: lines that hold one of the marks that the
parsers name. A parser starts only at a suspect; from there it may read on through all lines.

A mark is a regular expression that begins with a literal character, since only then does the engine skip
through the text as fast as a substring search. ``\\n`` at its front means the beginning of a line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import overload

from copilot_tui.core.text import printable

MAX_LINE = 2000
"""Longer lines are cut before they are matched, so that no pattern can take quadratic time."""


def marks_pattern(marks: Iterable[str]) -> re.Pattern[str]:
    """One expression for all marks; each match takes the rest of its line with it."""
    return re.compile(f"(?:{'|'.join(dict.fromkeys(marks))})[^\n]*")


class Output(Sequence[str]):
    """All lines of a text, without their ends, escape sequences and trailing blanks."""

    def __init__(self, text: str, marks: re.Pattern[str]) -> None:
        # The line end in front lets a mark say "at the beginning of a line" of the first line too.
        text = "\n" + printable(text)
        self.lines = _lines(text)
        self.suspects: Sequence[tuple[int, str]] = tuple(self._suspects(text, marks))

    def _suspects(self, text: str, marks: re.Pattern[str]) -> Iterator[tuple[int, str]]:
        """Number and text of each line that holds a mark, in order."""
        ends = accumulate(len(line) + 1 for line in text.split("\n"))
        next(ends)  # the empty line in front
        index, end = 0, next(ends)
        for match in marks.finditer(text):
            position = match.end()
            while end <= position:
                index, end = index + 1, next(ends)
            yield index, self.lines[index]

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[str]: ...
    def __getitem__(self, index: int | slice) -> str | Sequence[str]:
        return self.lines[index]

    def __len__(self) -> int:
        return len(self.lines)

    def __iter__(self) -> Iterator[str]:
        return iter(self.lines)


def _lines(text: str) -> list[str]:
    lines = text.split("\n")[1:]
    if max(map(len, lines)) > MAX_LINE:
        lines = [line[:MAX_LINE] for line in lines]
    if " \n" in text or "\t\n" in text or text[-1:] in " \t":
        lines = [line.rstrip() for line in lines]
    return lines
