"""Merging two changes of one text: what one side changed is taken, what both changed differently is told.

The usual diff3: lines that all three texts share hold them together, and between those each stretch is
decided by itself. Pure functions over lines without line ends.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some lines of the three texts that belong together."""

    base: tuple[str, ...]
    ours: tuple[str, ...]
    theirs: tuple[str, ...]

    @property
    def merged(self) -> tuple[str, ...] | None:
        """The lines that come out, or None where both sides changed the same lines differently."""
        if self.ours in (self.base, self.theirs):
            return self.theirs
        return self.ours if self.theirs == self.base else None


@dataclass(frozen=True, slots=True)
class Merged:
    """The result of a merge: ``text`` holds markers as git writes them for each of the ``conflicts``."""

    text: str
    conflicts: int


def merge_texts(base: str, ours: str, theirs: str, our_name: str, their_name: str) -> Merged:
    """Both changes of ``base`` in one text."""
    lines: list[str] = []
    conflicts = 0
    for stretch in stretches(base.split("\n"), ours.split("\n"), theirs.split("\n")):
        if stretch.merged is not None:
            lines += stretch.merged
            continue
        conflicts += 1
        lines += [f"<<<<<<< {our_name}", *stretch.ours, "=======", *stretch.theirs, f">>>>>>> {their_name}"]
    return Merged("\n".join(lines), conflicts)


def stretches(base: Sequence[str], ours: Sequence[str], theirs: Sequence[str]) -> Iterator[Stretch]:
    """The three texts cut at the lines that they share, in order."""
    at = our_at = their_at = 0
    for start, our_start, their_start, size in _shared(base, ours, theirs):
        if (start, our_start, their_start) != (at, our_at, their_at):
            yield Stretch(
                tuple(base[at:start]), tuple(ours[our_at:our_start]), tuple(theirs[their_at:their_start])
            )
        if size:
            same = tuple(base[start : start + size])
            yield Stretch(same, same, same)
        at, our_at, their_at = start + size, our_start + size, their_start + size


def _shared(
    base: Sequence[str], ours: Sequence[str], theirs: Sequence[str]
) -> Iterator[tuple[int, int, int, int]]:
    """Runs of lines that stand in all three: their starts, and their length. The last is the end, of 0."""
    our_blocks = SequenceMatcher(None, base, ours, autojunk=False).get_matching_blocks()
    their_blocks = SequenceMatcher(None, base, theirs, autojunk=False).get_matching_blocks()
    mine = yours = 0
    while mine < len(our_blocks) and yours < len(their_blocks):
        our_base, our_start, our_size = our_blocks[mine]
        their_base, their_start, their_size = their_blocks[yours]
        start = max(our_base, their_base)
        end = min(our_base + our_size, their_base + their_size)
        if start < end:
            yield start, our_start + start - our_base, their_start + start - their_base, end - start
        if our_base + our_size < their_base + their_size:
            mine += 1
        else:
            yours += 1
    yield len(base), len(ours), len(theirs), 0
