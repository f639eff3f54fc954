"""The incremental index of a code base: words and names in tantivy, facts in SQLite, kept in step.

There are two word indexes: one of whole texts, filled first, and one of names and comments, filled when the
parser has been there; a search adds up both. All three stores carry one identity; where it differs, or where
one is damaged, all start over. A second process that wants to write waits as long as there are words that it
would miss, and otherwise searches what is there. The directory may be deleted at any time.
"""

from __future__ import annotations

import sqlite3
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from itertools import starmap
from pathlib import Path

from copilot_tui.core.cancellation import CancelToken
from copilot_tui.core.errors import StoreError
from copilot_tui.index.catalogue import Catalogue
from copilot_tui.index.damage import DamagedIndexError
from copilot_tui.index.identifiers import query_terms
from copilot_tui.index.scan import ScanResult
from copilot_tui.index.update import Progress, Stores, Update, UpdateStatistics, changed_files
from copilot_tui.index.word_index import Hit, WordIndex
from copilot_tui.index.writer_lock import writer_lock

__all__ = ["Hit", "LexicalIndex", "Progress", "UpdateStatistics"]

_TEXT_WEIGHTS: Mapping[str, float] = {"path": 0.8, "body": 1.0}
_DEPTH = 2
_FACT_WEIGHTS: Mapping[str, float] = {"symbols": 0.4, "comments": 0.3}


class LexicalIndex:
    """The index of ``source`` in ``directory``, which is created when needed."""

    def __init__(self, source: Path, directory: Path, largest_file: int) -> None:
        self._source = source
        self._directory = directory
        self._largest_file = largest_file
        self.catalogue = Catalogue(directory / "catalogue.db")
        self._words = WordIndex(directory / "words", _TEXT_WEIGHTS)
        self._facts = WordIndex(directory / "names", _FACT_WEIGHTS)

    def update(
        self,
        scan: ScanResult,
        *,
        rebuild: bool = False,
        directories: Sequence[str] = (),
        progress: Progress | None = None,
        cancel: CancelToken | None = None,
        wait_seconds: float = 10.0,
    ) -> UpdateStatistics:
        """Bring the index in line with ``scan``; only files with another size or time are read.

        ``directories`` says what the scan was narrowed to: files elsewhere stay indexed. ``rebuild``
        reads everything again. Raises :class:`StoreError` when the directory cannot be written.
        """
        started = time.monotonic()
        cancel = cancel or CancelToken()

        def run(*, rebuild: bool) -> UpdateStatistics:
            rebuilt = self._prepare(rebuild=rebuild)
            stores = Stores(self.catalogue, self._words, self._facts)
            update = Update(stores, self._source, self._largest_file, scan, directories, progress, cancel)
            return update.run(rebuilt=rebuilt)

        try:
            self._directory.mkdir(parents=True, exist_ok=True)
            enough = self._enough_for(scan)
            with writer_lock(self._directory, wait_seconds, cancel, enough) as held:
                if not held:
                    return UpdateStatistics(busy=True, seconds=time.monotonic() - started)
                try:
                    return run(rebuild=rebuild)
                except DamagedIndexError:
                    return run(rebuild=True)
        except (OSError, ValueError, sqlite3.OperationalError) as error:
            # tantivy reports every failure as ValueError, SQLite as its own; a full disk is among them.
            raise StoreError(
                f"The search index in {self._directory} cannot be written: {error}.",
                "Check the free space and permissions; the folder may be deleted at any time.",
            ) from error

    def search(self, query: str, limit: int) -> list[Hit]:
        """The best files for the words of ``query``, by weighted BM25 over all fields."""
        terms = query_terms(query)
        try:
            return self._search(terms, limit)
        except ValueError:
            # Another process replaced the index at this moment: its successor is read instead.
            return self._search(terms, limit)

    def forget(self) -> None:
        """Make the next update build everything anew; for an index that turned out to be damaged."""
        self._words.forget()

    def _search(self, terms: Sequence[str], limit: int) -> list[Hit]:
        # What stands so deep in one of the two that it is not found counts as nothing there.
        depth = _DEPTH * limit
        sums: dict[str, float] = {}
        for index in (self._words, self._facts):
            for path, score in index.search(terms, depth):
                sums[path] = sums.get(path, 0.0) + score
        best = sorted(sums.items(), key=lambda item: (-item[1], item[0]))[:limit]
        return list(starmap(Hit, best))

    def _prepare(self, *, rebuild: bool) -> bool:
        self.catalogue.prepare(anew=rebuild)
        identity = self.catalogue.identity()
        if identity and identity == self._words.identity() == self._facts.identity():
            return False
        identity = uuid.uuid4().hex
        # The catalogue last: until then, the old identity there does not fit.
        self._words.create(identity)
        self._facts.create(identity)
        self.catalogue.clear(identity)
        return True

    def _enough_for(self, scan: ScanResult) -> Callable[[], bool]:
        """Whether the words of everything in ``scan`` are indexed, so that a search misses nothing."""

        def enough() -> bool:
            try:
                return not changed_files(scan, self.catalogue.known())
            except (DamagedIndexError, sqlite3.OperationalError):
                return False

        return enough
