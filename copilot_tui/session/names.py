"""Finding names by a few of their letters, fast enough to do so at each key: the paths of a large code
base, session ids, themes.

The folded forms are made once. Names that hold the letters of one search hold those of a shorter one,
so while a person goes on typing only what was found before is looked at.
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterable, Sequence


class NameIndex:
    """A fixed list of names. Not safe to share between threads."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self.names: Sequence[str] = tuple(names)
        self._folded = [name.casefold() for name in self.names]
        self._bases = [name.rpartition("/")[2] for name in self._folded]
        self._searched = ""
        self._found: Sequence[tuple[int, int]] = self._all()

    def matches(self, typed: str, limit: int | None = None) -> list[str]:
        """The names that hold the letters of ``typed`` in their order, at most ``limit``.

        Those that begin with it come first, then those whose last path part does, those that hold it
        in one piece, and the rest, those with the letters close together before others; shorter ones
        first. Without ``typed`` the order is kept.
        """
        wanted = typed.casefold()
        if not wanted:
            return list(self.names[:limit])
        found = self._holding(wanted)
        scored = [
            (self._score(index, wanted), span, len(self.names[index]), self.names[index])
            for index, span in found
        ]
        best = sorted(scored) if limit is None else heapq.nsmallest(limit, scored)
        return [name for *_, name in best]

    def _all(self) -> Sequence[tuple[int, int]]:
        return [(index, 0) for index in range(len(self.names))]

    def _holding(self, wanted: str) -> Sequence[tuple[int, int]]:
        """Which names hold the letters, and over how many characters they are spread."""
        if not self._searched or not wanted.startswith(self._searched):
            self._found = self._all()
        in_order = re.compile(".*?".join(map(re.escape, wanted)), re.DOTALL).search
        folded = self._folded
        self._found = [
            (index, found.end() - found.start())
            for index, _ in self._found
            if (found := in_order(folded[index])) is not None
        ]
        self._searched = wanted
        return self._found

    def _score(self, index: int, wanted: str) -> int:
        name = self._folded[index]
        if name.startswith(wanted):
            return 0
        if self._bases[index].startswith(wanted):
            return 1
        return 2 if wanted in name else 3


def ranked_matches(typed: str, names: Iterable[str]) -> list[str]:
    """:meth:`NameIndex.matches` for names that are searched only once."""
    return NameIndex(names).matches(typed)
