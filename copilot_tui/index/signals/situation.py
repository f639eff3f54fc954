"""What a signal may ask, and what it answers with."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, Protocol

from copilot_tui.core.places import Breadcrumb, Task
from copilot_tui.index.definition import Outline
from copilot_tui.index.file_outline import FileOutline
from copilot_tui.index.history import History
from copilot_tui.index.path_table import PathTable
from copilot_tui.index.query import Query
from copilot_tui.index.word_index import Hit

if TYPE_CHECKING:
    from copilot_tui.index.semantic import Meant


class Source(Protocol):
    """What the signals need to know of an indexed code base."""

    def paths(self) -> Collection[str]: ...

    def path_table(self) -> PathTable: ...

    def search(self, query: str, limit: int) -> Sequence[Hit]: ...

    def outlines(self, paths: Sequence[str]) -> Iterable[tuple[str, FileOutline]]: ...

    def outlines_named(self, names: Sequence[str]) -> Sequence[tuple[str, Outline]]: ...

    def includes_of(self, path: str) -> Sequence[str]: ...

    def included_by(self, path: str, most: int) -> Sequence[str]: ...

    def callers_of(self, name: str) -> Sequence[str]: ...

    def calls_in(self, path: str) -> Sequence[str]: ...

    def text(self, path: str) -> str | None: ...

    def folded(self, path: str) -> str: ...

    def breadcrumbs(self) -> Sequence[Breadcrumb]: ...

    def nearest(self, text: str, limit: int) -> Sequence[Meant]: ...

    @property
    def reads_anew(self) -> bool: ...

    def closeness(self, query: Query, paths: Sequence[str]) -> Sequence[float]: ...

    def history(self) -> History: ...


class Evidence(NamedTuple):
    """One reason for one file. ``strength`` is mostly from 0 to 1; the signal's weight scales it.

    An empty ``reason`` counts, but is not shown. ``explain`` finds the reason where that takes long: it is
    called for the files that are shown, and may find nothing.
    """

    path: str
    strength: float
    reason: str = ""
    explain: Callable[[], str] | None = None


@dataclass
class Situation:
    """A query, the code base, and, for signals of the second round, how the files stand so far."""

    query: Query
    source: Source
    task: Task | None
    limit: int
    _ranked: Sequence[tuple[str, float]] = ()

    @cached_property
    def paths(self) -> Collection[str]:
        return self.source.paths()

    @property
    def table(self) -> PathTable:
        return self.source.path_table()

    @cached_property
    def hits(self) -> Sequence[Hit]:
        """The best files by words, the best first."""
        return self.source.search(self.query.text, max(100, 5 * self.limit))

    def stand(self, scores: Mapping[str, float]) -> None:
        """How the files stand now, for the signals that come."""
        self._ranked = sorted(scores.items(), key=lambda item: (-item[1], item[0]))

    def standing(self) -> Iterable[str]:
        """Every file that has something for it so far."""
        return (path for path, _ in self._ranked)

    def leaders(self, most: int) -> list[tuple[str, float]]:
        """The best files so far and their scores."""
        return [(path, score) for path, score in self._ranked[:most] if score > 0]


def definer_share(definition: Outline) -> float:
    """A prototype is worth less than what it declares."""
    return 0.4 if definition.kind == "prototype" else 1.0


def stated(definition: Outline) -> str:
    """What a file does with the name, as a reason."""
    return f"{'declares' if definition.kind == 'prototype' else 'defines'} {definition.name}"
