"""The output of a tool, cut into lines, with those that could matter found beforehand.

Of a build log that goes well nothing matters, and it can be hundreds of megabytes long. So the whole text
is searched first for the marks that the parsers name, and the lines that hold one are the suspects. A
parser starts only at a suspect; from there it may read on through all lines.

A mark is a regular expression that begins with a literal character: the engine skips to the next such
character at the speed of memory. ``\\n`` at its front means the beginning of a line. Marks that begin
alike are put together, and each such group gets a pass of its own; one expression for all of them would
try its alternatives at every character, and is several times slower.
"""

from __future__ import annotations

import json
import re
from collections.abc import Container, Iterable, Iterator, Sequence
from functools import cached_property
from itertools import chain
from typing import overload

from copilot_tui.core.text import printable

MAX_LINE = 2000
"""Longer lines are cut before they are matched, so that no pattern can take quadratic time."""

_CHUNK = 1 << 16
_JSON = json.JSONDecoder()


class Marks:
    """What is looked for in the whole text."""

    def __init__(self, marks: Iterable[str]) -> None:
        groups: dict[str, list[str]] = {}
        for mark in dict.fromkeys(marks):
            first = _first(mark)
            groups.setdefault(first, []).append(mark[len(first) :])
        self._bits = {first: 1 << number for number, first in enumerate(groups)}
        self._words = [
            (self._bits[first], first + rest[0]) for first, rest in groups.items() if _is_word(first, rest)
        ]
        # A match takes the rest of its line with it: one is enough for each line.
        self._patterns = [
            (self._bits[first], re.compile(f"{first}(?:{'|'.join(rest)})[^\n]*"))
            for first, rest in groups.items()
            if not _is_word(first, rest)
        ]

    def bits(self, marks: Iterable[str]) -> int:
        """The groups that these marks are in, one bit each."""
        bits = 0
        for mark in marks:
            bits |= self._bits[_first(mark)]
        return bits

    def starts(self, text: str) -> list[tuple[int, int]]:
        """Where each line begins that holds a mark, in order, and the bits of the groups that it is of.

        ``text`` begins with a line end.
        """
        found: list[tuple[int, int]] = []
        begin = 0
        while begin < len(text):
            end = text.find("\n", begin + _CHUNK)
            end = len(text) if end < 0 else end
            found += ((begin + start, bits) for start, bits in sorted(self._starts(text[begin:end]).items()))
            begin = end
        return found

    def _starts(self, text: str) -> dict[int, int]:
        """The same for a piece that stays in the processor's cache, and is narrow where it is all ASCII."""
        found: dict[int, int] = {}
        for bit, pattern in self._patterns:
            for match in pattern.finditer(text):
                # A mark may reach over line ends; it stands in the line where it begins.
                start = text.rfind("\n", 0, match.start() + 1) + 1
                found[start] = found.get(start, 0) | bit
        for bit, word in self._words:
            position = text.find(word)
            while position >= 0:
                start = text.rfind("\n", 0, position) + 1
                found[start] = found.get(start, 0) | bit
                end = text.find("\n", position)
                position = text.find(word, end) if end >= 0 else -1
        return found


def _first(mark: str) -> str:
    """The literal character that a mark begins with, as it is written."""
    return mark[: 2 if mark[0] == "\\" else 1]


def _is_word(first: str, rest: list[str]) -> bool:
    """Whether a group is one plain word, for which a search for text is faster still."""
    return len(rest) == 1 and re.fullmatch(r"[\w :]+", first + rest[0]) is not None


class Output(Sequence[str]):
    """All lines of a text, without their ends, escape sequences and trailing blanks."""

    def __init__(self, text: str, marks: Marks) -> None:
        # The line end in front lets a mark say "at the beginning of a line" of the first line too.
        text = "\n" + printable(text)
        self._text = text
        self._offsets: dict[int, int] = {}
        self._by_bits: dict[int, list[tuple[int, str]]] = {}
        self.suspects = list(self._suspects(marks))
        """Number and text of each line that holds a mark, in order; after :meth:`look_at` only of some."""

    def _suspects(self, marks: Marks) -> Iterator[tuple[int, str]]:
        text, index, counted = self._text, -1, 0
        for start, bits in marks.starts(text):
            index += text.count("\n", counted, start)
            counted = start
            self._offsets[index] = start
            end = text.find("\n", start, start + MAX_LINE)
            suspect = index, text[start : end if end >= 0 else start + MAX_LINE].rstrip()
            self._by_bits.setdefault(bits, []).append(suspect)
            yield suspect

    def look_at(self, bits: int) -> None:
        """Narrow the suspects to lines with a mark of these groups (:meth:`Marks.bits`)."""
        chosen = [suspects for own, suspects in self._by_bits.items() if own & bits]
        self.suspects = chosen[0] if len(chosen) == 1 else sorted(chain.from_iterable(chosen))

    def forget(self, lines: Container[int]) -> None:
        """Lines that were read are suspect no more; holds from the next :meth:`look_at` on."""
        self._by_bits = {
            bits: [suspect for suspect in suspects if suspect[0] not in lines]
            for bits, suspects in self._by_bits.items()
        }

    @cached_property
    def lines(self) -> list[str]:
        """All of them; most outputs are not cut up at all, since no parser looks beyond the suspects."""
        lines = self._text.split("\n")[1:]
        if max(map(len, lines)) > MAX_LINE:
            lines = [line[:MAX_LINE] for line in lines]
        if " \n" in self._text or "\t\n" in self._text or self._text[-1:] in " \t":
            lines = [line.rstrip() for line in lines]
        return lines

    @cached_property
    def _count(self) -> int:
        return self._text.count("\n")

    def document(self, index: int) -> tuple[object, int]:
        """The JSON value that begins with a suspect line, uncut, and the number of the line behind it.

        Raises ``ValueError`` where none does, ``RecursionError`` where it is nested without end.
        """
        start = self._offsets[index]
        value, end = _JSON.raw_decode(self._text, start)
        return value, index + self._text.count("\n", start, end) + 1

    def line_at(self, position: int, suspect: int) -> int:
        """The number of the line that holds a character of the whole text, behind a suspect line."""
        return suspect + self._text.count("\n", self._offsets[suspect], position)

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[str]: ...
    def __getitem__(self, index: int | slice) -> str | Sequence[str]:
        return self.lines[index]

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[str]:
        return iter(self.lines)
