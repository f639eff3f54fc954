"""The definitions of one file, ready to be asked which of their names share a word with a query.

They are kept as they were packed, column by column: of most files a search needs few definitions or none.
Where bodies stand in the text is kept, too, as characters from one end to the next: to find it out takes
cutting the text into lines, which is long when a thousand lines are asked about for the ten that matter. It
holds for the text that the outline was read from, and no other.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Sequence
from functools import cached_property
from itertools import accumulate
from operator import sub

from copilot_tui.index.definition import KINDS, Outline
from copilot_tui.index.folded_text import FoldedText
from copilot_tui.index.packing import Columns, columns_of
from copilot_tui.index.symbols import definitions

_BODILESS = frozenset(map(KINDS.index, ("prototype", "macro", "class")))
_LONGEST_BODY_LINES = 400


class FileOutline:
    """``columns`` as unpacked; ``stamp`` is the file's size and time when the definitions were read."""

    def __init__(self, columns: Columns, stamp: tuple[int, int] = (-1, -1)) -> None:
        self._columns = columns
        self.stamp = stamp
        self._shared: tuple[Collection[str], dict[int, int]] = ((), {})

    @classmethod
    def read(cls, text: str, language: str | None) -> FileOutline:
        """What ``text`` defines now."""
        found = definitions(text, language)
        return cls(columns_of([Outline(x.name, x.kind, x.start, x.end, x.comment_start) for x in found]))

    def unlocated(self) -> FileOutline:
        """The same for a text in which the lines fit, but perhaps not the characters."""
        return FileOutline((*self._columns[:5], []))

    def __len__(self) -> int:
        return len(self._columns[1])

    def __getitem__(self, row: int) -> Outline:
        _, kinds, starts, ends, comments, _ = self._columns
        return Outline(self.names[row], KINDS[kinds[row]], starts[row], ends[row], comments[row])

    @property
    def definitions(self) -> list[Outline]:
        """All of them, in their order."""
        return [self[row] for row in range(len(self))]

    @cached_property
    def names(self) -> list[str]:
        """The name of each row."""
        return self._columns[0].split("\n")[:-1]

    @cached_property
    def _folded_names(self) -> str:
        return self._columns[0].lower()

    @cached_property
    def _name_ends(self) -> list[int]:
        """Where each row's name ends in the folded names, its line end included."""
        return list(accumulate(map((1).__add__, map(len, self._folded_names.split("\n")))))

    @property
    def kinds(self) -> list[int]:
        """The number of each row's kind, see ``KINDS``."""
        return self._columns[1]

    @cached_property
    def bodies(self) -> list[int]:
        """The rows of definitions whose text says what they do."""
        return [row for row, kind in enumerate(self.kinds) if kind not in _BODILESS]

    @cached_property
    def body_lines(self) -> list[tuple[int, int]]:
        """Of each of the bodies the first line, comment included, and the last, short of the endless."""
        _, _, starts, ends, comments, _ = self._columns
        return [(comments[row], min(ends[row], starts[row] + _LONGEST_BODY_LINES)) for row in self.bodies]

    def body_places(self, text: FoldedText) -> Sequence[tuple[int, int]]:
        """Where each of the bodies begins and ends in the folded text."""
        return self._known_places or text.places_of(self.body_lines)

    @cached_property
    def _known_places(self) -> list[tuple[int, int]]:
        places = accumulate(self._columns[5])
        return list(zip(places, places, strict=True))

    def holds(self, row: int, line: int) -> bool:
        """Whether ``line`` stands in the definition, which its comment is no part of."""
        return self._columns[2][row] <= line <= self._columns[3][row]

    def sharing(self, stems: Collection[str]) -> dict[int, int]:
        """The rows whose names may have a part with one of ``stems`` (see ``name_stems``), and how many.

        One search in all names at once for each stem; cutting every name up would take far longer.
        """
        if self._shared[0] is stems:
            return self._shared[1]  # several signals ask the same of the leading files
        find, ends = self._folded_names.find, self._name_ends
        rows: list[int] = []
        for stem in stems:
            # "entries" has the stem "entry"; every other stem stands in the word as it is.
            piece = stem.removesuffix("y")
            at = find(piece)
            while at >= 0:
                row = bisect_right(ends, at)
                rows.append(row)
                at = find(piece, ends[row])
        found = Counter(rows)
        self._shared = (stems, found)
        return found


def located_columns(outlines: Sequence[Outline], text: FoldedText) -> Columns:
    """The columns of what stands in ``text``, with the places of the bodies."""
    columns = columns_of(outlines)
    places = [place for pair in text.places_of(FileOutline(columns).body_lines) for place in pair]
    return (*columns[:5], list(map(sub, places, [0, *places])))
