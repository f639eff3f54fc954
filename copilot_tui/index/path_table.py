"""All paths of a code base, ready for questions by a piece of the name.

Each kind of question has a table of its own, made when it is asked for the first time; then an answer does
not depend on how many files there are. Letter case is ignored where nothing else is said.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from functools import cached_property

from copilot_tui.index.identifiers import beginning, first_part, name_stems

_SHORT = 3


class PathTable:
    """``paths`` in their order. A name is what stands before the first dot of a file's name."""

    def __init__(self, paths: Collection[str]) -> None:
        self._paths = paths

    def ending(self, end: str) -> list[str]:
        """The paths that are ``end`` or end with it behind a slash."""
        folded = f"/{end.lower()}"
        return [path for path in self._named_as(end) if f"/{path}".lower().endswith(folded)]

    def ending_exactly(self, end: str) -> list[str]:
        """As :meth:`ending`, but letter case counts."""
        behind = f"/{end}"
        return [path for path in self._named_as(end) if path == end or path.endswith(behind)]

    def below(self, folder: str) -> list[str]:
        """The paths that lie in a folder of this name, which may have several parts."""
        piece = f"/{folder.lower()}/"
        return [path for known, paths in self._by_folder.items() if piece in known for path in paths]

    def named(self, name: str) -> list[str]:
        """The paths with exactly this name."""
        return list(self._by_name.get(name.lower(), ())) if name else []

    def spelled_by(self, stems: Collection[str]) -> Iterator[tuple[str, str]]:
        """Path and name of each file for whose name ``stems`` hold every part (see ``name_stems``).

        One of them has to stand in the name as it is; a short one only between underscores or ends.
        """
        for one in set(map(beginning, stems)):
            for name in self._by_beginning.get(one, ()):
                if name_stems(name).issubset(stems) and any(_stands_in(name, stem) for stem in stems):
                    for path in self._by_name[name.lower()]:
                        if _name_of(path) == name:
                            yield path, name

    def _named_as(self, end: str) -> Collection[str]:
        """The paths that have the name of ``end``, a path itself: few to look at for one question."""
        return self._by_name.get(_name_of(end).lower(), ())

    @cached_property
    def _names(self) -> list[str]:
        """The name of each path."""
        return [_name_of(path) for path in self._paths]

    @cached_property
    def _by_folder(self) -> dict[str, list[str]]:
        return _grouped((f"/{path.rpartition('/')[0].lower()}/", path) for path in self._paths)

    @cached_property
    def _by_name(self) -> dict[str, list[str]]:
        return _grouped(zip(map(str.lower, self._names), self._paths, strict=True))

    @cached_property
    def _by_beginning(self) -> dict[str, list[str]]:
        """Each name below how its first part begins: no question can ask for it without that."""
        return _grouped(
            (beginning(first), name) for name in dict.fromkeys(self._names) if (first := first_part(name))
        )


def _name_of(path: str) -> str:
    return path.rpartition("/")[2].partition(".")[0]


def _stands_in(name: str, piece: str) -> bool:
    folded = name.lower()
    return piece in folded if len(piece) > _SHORT else f"_{piece}_" in f"_{folded}_"


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for key, item in pairs:
        groups[key].append(item)
    groups.default_factory = None  # a question for a key that is not there adds nothing
    return groups
