"""What a signal may ask, and what it answers with."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from copilot_tui.core.artefacts import Breadcrumb, Task
from copilot_tui.index.definition import Definition, Kind, Outline
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

    def outlines(
        self, paths: Sequence[str], kinds: Collection[Kind] = ()
    ) -> Iterable[tuple[str, Sequence[Outline]]]: ...

    def definitions_named(self, names: Sequence[str]) -> Sequence[tuple[str, Definition]]: ...

    def includes_of(self, path: str) -> Sequence[str]: ...

    def included_by(self, path: str, most: int) -> Sequence[str]: ...

    def callers_of(self, name: str) -> Sequence[str]: ...

    def calls_in(self, path: str) -> Sequence[str]: ...

    def text(self, path: str) -> str | None: ...

    def breadcrumbs(self) -> Sequence[Breadcrumb]: ...

    def nearest(self, text: str, limit: int) -> Sequence[Meant]: ...

    @property
    def reads_anew(self) -> bool: ...

    def closeness(self, query: Query, paths: Sequence[str]) -> Sequence[float]: ...

    def history(self) -> History: ...


@dataclass(frozen=True, slots=True)
class Evidence:
    """One reason for one file. ``strength`` is mostly from 0 to 1; the signal's weight scales it.

    An empty ``reason`` counts, but is not shown.
    """

    path: str
    strength: float
    reason: str = ""


@dataclass
class Situation:
    """A query, the code base, and, for signals of the second round, how the files stand so far."""

    query: Query
    source: Source
    task: Task | None
    limit: int
    scores: Mapping[str, float] = field(default_factory=dict)

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

    def leaders(self, most: int) -> list[tuple[str, float]]:
        """The best files so far and their scores."""
        ranked = sorted(self.scores, key=lambda path: (-self.scores[path], path))[:most]
        return [(path, self.scores[path]) for path in ranked if self.scores[path] > 0]


def definer_share(definition: Definition | Outline) -> float:
    """A prototype is worth less than what it declares."""
    return 0.4 if definition.kind == "prototype" else 1.0


def stated(definition: Definition | Outline) -> str:
    """What a file does with the name, as a reason."""
    return f"{'declares' if definition.kind == 'prototype' else 'defines'} {definition.name}"
