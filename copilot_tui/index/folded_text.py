"""A text in which words are looked for in any letter case, prepared once for several questions."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Sequence
from functools import cached_property, reduce
from itertools import accumulate
from operator import or_


class FoldedText:
    """``text`` with its lines; words are asked for in lower case."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def folded(self) -> str:
        return self.text.lower()

    @cached_property
    def _lengths(self) -> list[int]:
        """How long all lines before each line are, without their ends; at last those of the whole text."""
        return [0, *accumulate(map(len, self.folded.split("\n")))]

    def shares(self, words: Collection[str], stretches: Sequence[tuple[int, int]]) -> list[float]:
        """For each of ``stretches`` (first and last line) which part of the words it says."""
        if not words or not stretches:
            return [0.0] * len(stretches)
        folded, lengths = self.folded, self._lengths

        def behind(line: int) -> int:
            line = min(line, len(lengths) - 1)
            return lengths[line] + line

        # Where stretches begin and end cuts the text into pieces; a word counts once in each.
        places = [(behind(first - 1), behind(last)) for first, last in stretches]
        cuts = sorted({place for pair in places for place in pair})
        said = [0] * (len(cuts) + 1)
        for number, word in enumerate(words):
            at = folded.find(word, cuts[0], cuts[-1])
            while at >= 0:
                piece = bisect_right(cuts, at)
                said[piece] |= 1 << number
                at = folded.find(word, cuts[piece], cuts[-1])
        shares: list[float] = []
        for begin, end in places:
            pieces = said[bisect_right(cuts, begin) : bisect_right(cuts, end)]
            shares.append(reduce(or_, pieces, 0).bit_count() / len(words))
        return shares

    def lines_of(self, words: Iterable[str]) -> list[list[int]]:
        """For each word the numbers of the lines that hold it."""
        folded = self.folded
        starts = [length + line for line, length in enumerate(self._lengths)]
        found: list[list[int]] = []
        for word in words:
            lines: list[int] = []
            at = folded.find(word)
            while at >= 0:
                line = bisect_right(starts, at)
                lines.append(line)
                at = folded.find(word, starts[line])
            found.append(lines)
        return found
