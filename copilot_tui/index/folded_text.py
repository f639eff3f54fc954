"""A text in which words are looked for in any letter case, prepared once for several questions."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Sequence
from functools import cached_property, reduce
from itertools import accumulate
from operator import or_

_LATIN_LOWER = bytes(range(256)).decode("latin-1").lower().encode("latin-1")


class FoldedText:
    """``text`` with its lines; words are asked for in lower case."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._places: Sequence[tuple[int, int]] = ()
        self._cuts: tuple[list[int], list[tuple[int, int]]] = ([], [])

    @cached_property
    def folded(self) -> str:
        return lowered(self.text)

    @cached_property
    def _starts(self) -> list[int]:
        """Where each line starts; at last where one more would."""
        return [0, *accumulate(map((1).__add__, map(len, self.folded.split("\n"))))]

    def places_of(self, stretches: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
        """Where each of ``stretches`` (first and last line) begins and ends in the folded text."""
        if not stretches:
            return []
        starts = self._starts
        most = len(starts) - 1
        return [(starts[min(first - 1, most)], starts[min(last, most)]) for first, last in stretches]

    def shares(self, words: Collection[str], places: Sequence[tuple[int, int]]) -> list[float]:
        """For each stretch of the folded text, given by its ends, which part of the words it says."""
        if not words or not places:
            return [0.0] * len(places)
        folded = self.folded
        cuts, pieces = self._cut_at(places)
        said = [0] * (len(cuts) + 1)
        for number, word in enumerate(words):
            at = folded.find(word, cuts[0], cuts[-1])
            while at >= 0:
                piece = bisect_right(cuts, at)
                said[piece] |= 1 << number
                at = folded.find(word, cuts[piece], cuts[-1])
        if not any(said):
            return [0.0] * len(places)
        shares: list[float] = []
        for first, last in pieces:
            words_said = said[first] if last == first + 1 else reduce(or_, said[first:last], 0)
            shares.append(words_said.bit_count() / len(words))
        return shares

    def _cut_at(self, places: Sequence[tuple[int, int]]) -> tuple[list[int], list[tuple[int, int]]]:
        """Where stretches begin and end cuts the text into pieces, in each of which a word counts once.

        The places of the cuts, and for each stretch its first piece and the one behind its last.
        The answer for the same sequence is remembered: the outline of a file gives the same one again.
        """
        if places is self._places:
            return self._cuts
        cuts = sorted({place for pair in places for place in pair})
        piece_of = {place: piece for piece, place in enumerate(cuts, 1)}
        self._places = places
        self._cuts = cuts, [(piece_of[begin], piece_of[end]) for begin, end in places]
        return self._cuts

    def lines_of(self, words: Iterable[str]) -> list[list[int]]:
        """For each word the numbers of the lines that hold it."""
        folded = self.folded
        starts = self._starts
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


def lowered(text: str) -> str:
    """``text.lower()``, which takes five times as long for a text with a single sign beyond ASCII in it, such
    as an author's name or a copyright sign."""
    if text.isascii():
        return text.lower()
    try:
        return text.encode("latin-1").translate(_LATIN_LOWER).decode("latin-1")
    except UnicodeEncodeError:
        return text.lower()
