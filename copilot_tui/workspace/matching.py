"""Finding the lines that an edit means, although a model quoted them with mistakes.

Small models lose indentation, trailing blanks and a few words of what they quote. So the quoted lines are
looked for exactly, then without regard to indentation, then by likeness; what is found must be the only
such place. Where only the likeness was found, the file's own lines stay and only what the edit changes is
changed, as in a merge. An edit that is like nothing enough is refused with the place that came nearest, which
is what the model has to see. Pure functions over text whose lines end with ``\\n`` alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from copilot_tui.core.errors import EditFormatError

SIMILARITY_FLOOR = 0.8
"""How like the quoted lines a place must be, from 0 to 1."""

CLEARLY_BETTER = 0.05
"""By how much it must be more like them than any other place."""

_STARTS_LOOKED_AT = 60
_SLACK = 2  # lines by which a place may be longer or shorter than what was quoted
_MOST_QUOTED = 400  # lines; longer quotations are found exactly or not at all
_COMMON = 20  # a line that stands more often in the file says nothing of the place


@dataclass(frozen=True, slots=True)
class Region:
    """Lines ``start`` to ``end`` of a text, from 1 and inclusive, and how like the quoted ones they are."""

    start: int
    end: int
    similarity: float


class NoMatchError(EditFormatError):
    """The quoted lines stand nowhere, or in several places. ``nearest`` are the lines that came nearest."""

    def __init__(self, message: str, nearest: str) -> None:
        super().__init__(message, "Generate again; the nearest lines are shown to the model.")
        self.nearest = nearest


def replace_quoted(text: str, quoted: str, replacement: str, near: int | None = None) -> str:
    """``text`` with the lines that ``quoted`` means replaced; ``near`` is the line where it may stand.

    Raises :class:`NoMatchError` when there is no such place, or no single one.
    """
    lines, old, new = text.split("\n"), _lines(quoted), _lines(replacement)
    if not any(line.strip() for line in old):
        raise NoMatchError("The edit does not quote the lines that it replaces.", "")
    region = _find(lines, old, near)
    place = lines[region.start - 1 : region.end]
    shift = _shift(old, place)
    old, new = [_shifted(line, shift) for line in old], [_shifted(line, shift) for line in new]
    result = new if place == old else _merged(old, place, new)
    return "\n".join([*lines[: region.start - 1], *result, *lines[region.end :]])


def _find(lines: Sequence[str], old: Sequence[str], near: int | None) -> Region:
    for normal in (str.rstrip, str.strip):
        starts = _starts([normal(line) for line in lines], [normal(line) for line in old])
        if len(starts) > 1 and near is not None:
            starts = [min(starts, key=lambda start: abs(start + 1 - near))]
        if len(starts) == 1:
            return Region(starts[0] + 1, starts[0] + len(old), 1.0)
        if starts:
            places = ", ".join(str(start + 1) for start in starts[:5])
            first = _shown(lines, Region(starts[0] + 1, starts[0] + len(old), 1.0))
            raise NoMatchError(f"The quoted lines stand in several places (lines {places}).", first)
    best = _most_alike(lines, old)
    if best is None:
        raise NoMatchError("The quoted lines are nowhere in the file.", "")
    region, rival = best
    if region.similarity < SIMILARITY_FLOOR:
        around = Region(
            max(1, region.start - _SLACK), min(len(lines), region.end + _SLACK), region.similarity
        )
        raise NoMatchError(
            f"The quoted lines are nowhere in the file; lines {around.start} to {around.end} come nearest.",
            _shown(lines, around),
        )
    if region.similarity - rival < CLEARLY_BETTER:
        raise NoMatchError("The quoted lines are like several places in the file.", _shown(lines, region))
    return region


def _starts(lines: Sequence[str], old: Sequence[str]) -> list[int]:
    first, size = old[0], len(old)
    old = list(old)
    return [
        at for at in range(len(lines) - size + 1) if lines[at] == first and list(lines[at : at + size]) == old
    ]


def _most_alike(lines: Sequence[str], old: Sequence[str]) -> tuple[Region, float] | None:
    """The place most like ``old``, and the likeness of the best one that does not touch it."""
    if len(old) > _MOST_QUOTED:
        return None
    bare, wanted = [line.strip() for line in lines], "\n".join(line.strip() for line in old)
    regions: list[Region] = []
    matcher = SequenceMatcher(None, autojunk=False)
    matcher.set_seq2(wanted)
    for start in _likely_starts(bare, [line.strip() for line in old]):
        for size in range(max(1, len(old) - _SLACK), len(old) + _SLACK + 1):
            if start + size > len(bare):
                break
            matcher.set_seq1("\n".join(bare[start : start + size]))
            if matcher.real_quick_ratio() > 0.4 and matcher.quick_ratio() > 0.4:
                regions.append(Region(start + 1, start + size, matcher.ratio()))
    if not regions:
        return None
    best = max(regions, key=lambda region: region.similarity)
    apart = [r.similarity for r in regions if r.end < best.start or r.start > best.end]
    return best, max(apart, default=0.0)


def _likely_starts(lines: Sequence[str], old: Sequence[str]) -> Iterable[int]:
    """Where ``old`` may begin: places with lines of it in them, those with the most first.

    A line without its blanks and case is enough, and of a line that stands nowhere its words.
    """
    places: dict[str, list[int]] = {}
    for at, line in enumerate(lines):
        for key in _keys(line):
            places.setdefault(key, []).append(at)
    votes: Counter[int] = Counter()
    for offset, line in enumerate(old):
        for key in _keys(line):
            found = places.get(key, [])
            if len(found) <= _COMMON:
                votes.update({max(0, at - offset): len(key) for at in found})
    likely = [start for start, _ in votes.most_common(_STARTS_LOOKED_AT)]
    return sorted({near for start in likely for near in range(max(0, start - 1), start + 2)})


def _keys(line: str) -> set[str]:
    whole = "".join(line.split()).lower()
    words = [word for word in line.replace("(", " ").replace(";", " ").split() if len(word) > 3]
    return {whole, *words} - {""}


def _shift(old: Sequence[str], place: Sequence[str]) -> tuple[str, str]:
    """What indentation the quoted lines begin with, and what the file has instead."""
    for quoted in old:
        for line in place:
            if quoted.strip() and quoted.strip() == line.strip():
                return _indentation(quoted), _indentation(line)
    return "", ""


def _shifted(line: str, shift: tuple[str, str]) -> str:
    given, real = shift
    if given == real or not line.strip():
        return line
    if line.startswith(given):
        return real + line[len(given) :]
    # Less indented than the first line: as much less than what the file has.
    missing = len(given) - len(_indentation(line))
    return real[: max(0, len(real) - missing)] + line.lstrip()


def _indentation(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


def _merged(old: Sequence[str], place: Sequence[str], new: Sequence[str]) -> list[str]:
    """``place`` with what differs between ``old`` and ``new``: the file's own version of all other lines."""
    own, unquoted = _aligned(old, place)
    result: list[str] = []
    for kind, start, end, new_start, new_end in SequenceMatcher(None, old, new, False).get_opcodes():
        for at in range(start, end):
            result += unquoted[at]
            result += own[at] if kind == "equal" else []
        if kind != "equal":
            result += new[new_start:new_end]
    return result + unquoted[len(old)]


def _aligned(old: Sequence[str], place: Sequence[str]) -> tuple[list[list[str]], list[list[str]]]:
    """For each quoted line the lines of the place that it stands for; and, before it, those not quoted."""
    own: list[list[str]] = [[] for _ in old]
    unquoted: list[list[str]] = [[] for _ in range(len(old) + 1)]
    bare, stripped = [line.strip() for line in old], [line.strip() for line in place]
    for kind, start, end, at, stop in SequenceMatcher(None, bare, stripped, False).get_opcodes():
        if kind == "insert":
            unquoted[start] += place[at:stop]
        for number, line in enumerate(place[at:stop]):
            if kind != "insert":
                own[min(start + number, end - 1)].append(line)
    return own, unquoted


def _lines(text: str) -> list[str]:
    """The lines of a quotation, without empty ones around it."""
    lines = text.split("\n")
    while lines and not lines[-1].strip():
        lines.pop()
    while lines and not lines[0].strip():
        lines.pop(0)
    return lines


def _shown(lines: Sequence[str], region: Region) -> str:
    return "\n".join(lines[region.start - 1 : region.end])
