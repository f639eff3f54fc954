"""One update of the index, in two stages: the words of every changed file, then the facts.

Words are quick and make everything searchable; definitions, calls, imports and breadcrumbs take a parser and
come after. Each stage commits now and then, word index first, catalogue second. A process that dies in
between leaves files that the catalogue does not know as done, and the next update reads them again: no
moment of death loses or doubles anything.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from copilot_tui.core.cancellation import CancelToken
from copilot_tui.core.errors import CopilotError
from copilot_tui.index.catalogue import Catalogue, IndexedWords
from copilot_tui.index.facts import FileFacts
from copilot_tui.index.identifiers import TermCutter
from copilot_tui.index.reading import SourceReader, decode
from copilot_tui.index.reading_pool import Lost, process_count, read_all
from copilot_tui.index.scan import KnownFile, ScanResult, SourceFile, is_under
from copilot_tui.index.word_index import WordIndex, WordWriter

Progress = Callable[[str, float, float], None]
"""Called with what is being done, how much is done, and how much there is."""

_FIRST_COMMIT_SECONDS = 4.0
_TELL_EVERY = 64
_MANY_FILES = 500


@dataclass(frozen=True, slots=True)
class UpdateStatistics:
    """What an update did. ``read`` counts new and changed files; those whose content is as before do not
    count. ``busy``: another process is writing, nothing was done. ``unreadable`` names files that could not
    be read although the scan had seen them."""

    read: int = 0
    removed: int = 0
    unchanged: int = 0
    unreadable: tuple[str, ...] = ()
    rebuilt: bool = False
    busy: bool = False
    seconds: float = 0.0
    seconds_until_words: float = 0.0


@dataclass(frozen=True, slots=True)
class Stores:
    """Where an update writes."""

    catalogue: Catalogue
    words: WordIndex
    facts: WordIndex


class _Due:
    """When to commit next: soon at first, so that there is something to search, then ever more rarely,
    because each commit makes tantivy merge."""

    def __init__(self) -> None:
        self._interval = _FIRST_COMMIT_SECONDS
        self._last = time.monotonic()

    def now(self) -> bool:
        if time.monotonic() - self._last < self._interval:
            return False
        self._interval *= 2
        self._last = time.monotonic()
        return True


class Update:
    """Brings the stores in line with ``scan``; needs the writer lock."""

    def __init__(
        self,
        stores: Stores,
        source: Path,
        largest_file: int,
        scan: ScanResult,
        directories: Sequence[str],
        progress: Progress | None,
        cancel: CancelToken,
    ) -> None:
        self._stores = stores
        self._source = source
        self._largest_file = largest_file
        self._scan = scan
        self._directories = directories
        self._progress = progress
        self._cancel = cancel
        self._unreadable: list[str] = []

    def run(self, *, rebuilt: bool) -> UpdateStatistics:
        started = time.monotonic()
        known = self._stores.catalogue.known()
        changed = changed_files(self._scan, known)
        removed = self._remove(known)
        touched = self._read_words(changed)
        words_done = time.monotonic()
        self._list_left_out()
        self._read_facts()
        return UpdateStatistics(
            read=len(changed) - touched - len(self._unreadable),
            removed=removed,
            unchanged=len(self._scan.files) - len(changed) + touched,
            unreadable=tuple(self._unreadable),
            rebuilt=rebuilt,
            seconds=time.monotonic() - started,
            seconds_until_words=words_done - started,
        )

    def _remove(self, known: Mapping[str, KnownFile]) -> int:
        """Take out what is gone or no longer worth reading; how much is gone."""
        rejected = self._scan.rejected
        present = {file.path for file in self._scan.files} | rejected.keys()
        gone = [path for path in known if path not in present and is_under(path, self._directories)]
        newly_rejected = {path: entry for path, entry in rejected.items() if known.get(path) != entry}
        self._take_out([path for path in (*gone, *newly_rejected) if path in known], gone, newly_rejected)
        return len(gone)

    def _take_out(
        self, indexed: Sequence[str], gone: Sequence[str], rejected: Mapping[str, KnownFile]
    ) -> None:
        if indexed:
            for index in (self._stores.words, self._stores.facts):
                with index.writer() as writer:
                    for path in indexed:
                        writer.remove(path)
                    writer.commit()
        if gone or rejected:
            self._stores.catalogue.remove(gone, rejected)

    def _read_words(self, changed: Sequence[SourceFile]) -> int:
        """Index the words of ``changed``; how many of them have the content that they had."""
        if not changed:
            return 0
        digests = self._stores.catalogue.digests()
        reader, terms = SourceReader(self._source, self._largest_file), TermCutter()
        entered: list[IndexedWords] = []
        touched: list[SourceFile] = []
        all_touched = 0
        due = _Due()
        with self._stores.words.writer(_threads(changed)) as writer:
            for number, file in enumerate(changed):
                self._tell("words", number, len(changed))
                try:
                    content = reader.read(file.path)
                except (OSError, ValueError, CopilotError):
                    self._unreadable.append(file.path)  # gone or closed since the scan
                    continue
                digest = hashlib.blake2b(content, digest_size=12).digest()
                if digests.get(file.path) == digest:
                    touched.append(file)
                    all_touched += 1
                else:
                    writer.put(file.path, (terms.cut(file.path), terms.cut(decode(content))))
                    entered.append(IndexedWords(file, digest))
                if due.now():
                    self._commit_words(writer, entered, touched)
            self._commit_words(writer, entered, touched)
        self._take_out(self._unreadable, self._unreadable, {})
        return all_touched

    def _commit_words(
        self, writer: WordWriter, entered: list[IndexedWords], touched: list[SourceFile]
    ) -> None:
        if entered:
            writer.commit()
        self._stores.catalogue.enter(entered, touched)
        entered.clear()
        touched.clear()

    def _read_facts(self) -> None:
        files = self._stores.catalogue.incomplete()
        if not files:
            return
        facts: list[FileFacts] = []
        lost: list[tuple[int, str]] = []
        due = _Due()
        reading = read_all(files, self._source, self._largest_file, self._cancel)
        with self._stores.facts.writer() as writer, closing(reading) as answers:
            for number, answer in enumerate(answers):
                self._tell("symbols", number, len(files))
                if isinstance(answer, Lost):
                    lost.append((answer.number, answer.reason))
                    writer.remove(answer.path)
                else:
                    facts.append(answer)
                    writer.put(answer.path, (answer.names, answer.comments))
                if due.now():
                    self._commit_facts(writer, facts, lost)
            self._commit_facts(writer, facts, lost)

    def _commit_facts(self, writer: WordWriter, facts: list[FileFacts], lost: list[tuple[int, str]]) -> None:
        writer.commit()
        self._stores.catalogue.complete(facts, lost)
        facts.clear()
        lost.clear()

    def _list_left_out(self) -> None:
        if self._directories:
            return  # a part of the code base cannot speak for all of it
        left_out = {(reason, path) for reason, paths in self._scan.left_out.items() for path in paths}
        if left_out != set(self._stores.catalogue.left_out()):
            self._stores.catalogue.list_left_out(self._scan.left_out)

    def _tell(self, what: str, done: int, total: int) -> None:
        if done % _TELL_EVERY == 0:
            self._cancel.raise_if_cancelled()
            if self._progress is not None:
                self._progress(what, done, total)


def changed_files(scan: ScanResult, known: Mapping[str, KnownFile]) -> list[SourceFile]:
    """The files of ``scan`` that are new, or have another size or time than is known."""
    return [
        file
        for file in scan.files
        if (before := known.get(file.path)) is None
        or before.mtime_ns != file.mtime_ns
        or before.size != file.size
        or before.reason is not None
    ]


def _threads(files: Sequence[SourceFile]) -> int:
    return min(2, process_count()) if len(files) > _MANY_FILES else 1
