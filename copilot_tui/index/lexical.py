"""The incremental index of a code base: words in tantivy, facts in SQLite, kept in step.

A batch goes to the word index first and to the catalogue second. A process that dies in between leaves
files that the catalogue does not know, and the next update reads them again; so no moment of death
loses or doubles anything. A damaged half makes both start over. A second process that wants to write
waits a moment and otherwise searches what is there. The directory may be deleted at any time.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from copilot_tui.core.cancellation import CancelToken
from copilot_tui.core.errors import CopilotError, StoreError
from copilot_tui.index.breadcrumbs import parse_breadcrumbs
from copilot_tui.index.catalogue import Catalogue, FileFacts
from copilot_tui.index.damage import DamagedIndexError
from copilot_tui.index.identifiers import query_terms
from copilot_tui.index.scan import KnownFile, ScanResult, SourceFile, is_under
from copilot_tui.index.symbols import SourceReading, read_source
from copilot_tui.index.word_index import Document, Hit, WordIndex
from copilot_tui.index.writer_lock import writer_lock

__all__ = ["Hit", "LexicalIndex", "Progress", "UpdateStatistics"]

Progress = Callable[[str, float, float], None]
"""Called with what is being done, how much is done, and how much there is."""

_BATCH_FILES = 1000
_BATCH_BYTES = 16_000_000
_MOST_SYMBOLS_PER_FILE = 3000


@dataclass(frozen=True, slots=True)
class UpdateStatistics:
    """What an update did. ``busy``: another process was writing, nothing was done. ``unreadable``
    names files that could not be read although the scan had seen them."""

    read: int = 0
    removed: int = 0
    unchanged: int = 0
    unreadable: tuple[str, ...] = ()
    rebuilt: bool = False
    busy: bool = False
    seconds: float = 0.0


class LexicalIndex:
    """The index in ``directory``, which is created when needed."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self.catalogue = Catalogue(directory / "catalogue.db")
        self._words = WordIndex(directory / "words")

    def update(
        self,
        scan: ScanResult,
        read: Callable[[str], str],
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
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
            with writer_lock(self._directory, wait_seconds, cancel) as held:
                if not held:
                    return UpdateStatistics(busy=True, seconds=time.monotonic() - started)
                try:
                    rebuilt = self._prepare(rebuild=rebuild)
                    return self._bring_up_to_date(scan, read, directories, progress, cancel, started, rebuilt)
                except DamagedIndexError:
                    self._prepare(rebuild=True)
                    return self._bring_up_to_date(scan, read, directories, progress, cancel, started, True)
        except (OSError, ValueError, sqlite3.OperationalError) as error:
            # tantivy reports every failure as ValueError, SQLite as its own; a full disk is among them.
            raise StoreError(
                f"The search index in {self._directory} cannot be written: {error}.",
                "Check the free space and permissions; the folder may be deleted at any time.",
            ) from error

    def search(self, query: str, limit: int) -> list[Hit]:
        """The best files for the words of ``query``, by weighted BM25."""
        terms = query_terms(query)
        try:
            return self._words.search(terms, limit)
        except ValueError:
            # Another process replaced the index at this moment: its successor is read instead.
            return self._words.search(terms, limit)

    def forget(self) -> None:
        """Make the next update build everything anew; for an index that turned out to be damaged."""
        self._words.forget()

    def _prepare(self, *, rebuild: bool) -> bool:
        self.catalogue.prepare(anew=rebuild)
        identity = self.catalogue.identity()
        if identity and identity == self._words.identity():
            return False
        self.catalogue.clear(self._words.create())
        return True

    def _bring_up_to_date(
        self,
        scan: ScanResult,
        read: Callable[[str], str],
        directories: Sequence[str],
        progress: Progress | None,
        cancel: CancelToken,
        started: float,
        rebuilt: bool,
    ) -> UpdateStatistics:
        known = self.catalogue.known()
        changed = [file for file in scan.files if _differs(file, known)]
        present = {file.path for file in scan.files} | scan.rejected.keys()
        gone = [path for path in known if path not in present and is_under(path, directories)]
        newly_rejected = {path: entry for path, entry in scan.rejected.items() if known.get(path) != entry}
        if gone or newly_rejected:
            self._words.write((), [*gone, *newly_rejected], merge=not changed)
            self.catalogue.replace((), gone, newly_rejected)
        unreadable: list[str] = []
        done = 0.0
        total = float(sum(file.size for file in changed))
        batches = list(_batches(changed))
        for number, batch in enumerate(batches, 1):
            self._index_batch(batch, read, unreadable, cancel, merge=number == len(batches))
            done += sum(file.size for file in batch)
            if progress is not None:
                progress("index", done, total)
        return UpdateStatistics(
            read=len(changed) - len(unreadable),
            removed=len(gone),
            unchanged=len(scan.files) - len(changed),
            unreadable=tuple(unreadable),
            rebuilt=rebuilt,
            seconds=time.monotonic() - started,
        )

    def _index_batch(
        self,
        batch: Sequence[SourceFile],
        read: Callable[[str], str],
        unreadable: list[str],
        cancel: CancelToken,
        *,
        merge: bool,
    ) -> None:
        facts: list[FileFacts] = []
        lost: list[str] = []

        def documents() -> Iterator[Document]:
            for file in batch:
                cancel.raise_if_cancelled()
                try:
                    text = read(file.path)
                except (OSError, CopilotError):
                    lost.append(file.path)  # gone or locked since the scan; the next update tries again
                    continue
                reading = read_source(text, file.language)
                facts.append(_read_facts(file, text, reading))
                names = " ".join(x.name for x in facts[-1].definitions if x.kind != "prototype")
                yield Document(file.path, names, reading.comments, text)

        self._words.write(documents(), merge=merge)
        self.catalogue.replace(facts, lost)
        unreadable += lost


def _read_facts(file: SourceFile, text: str, reading: SourceReading) -> FileFacts:
    """What the catalogue keeps of a file. Constants in headers count as definitions only up to a cap."""
    found = reading.definitions
    if len(found) > _MOST_SYMBOLS_PER_FILE:
        found = tuple(x for x in found if x.kind != "macro")[:_MOST_SYMBOLS_PER_FILE]
    breadcrumbs = parse_breadcrumbs(text, file.path, reading.definitions)
    return FileFacts(file, found, breadcrumbs, reading.calls, reading.imports)


def _differs(file: SourceFile, known: Mapping[str, KnownFile]) -> bool:
    return known.get(file.path) != KnownFile(file.size, file.mtime_ns)


def _batches(files: Sequence[SourceFile]) -> Iterator[list[SourceFile]]:
    batch: list[SourceFile] = []
    size = 0
    for file in files:
        batch.append(file)
        size += file.size
        if len(batch) >= _BATCH_FILES or size >= _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
