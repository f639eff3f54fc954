"""One code base, indexed: refresh it, rank its files for a query, take snippets, breadcrumbs, patterns.

Everything blocks; run it in a thread, one call at a time. The index directory belongs to the program and
may be deleted at any time; a damaged one is built anew where the damage is met. Reading never leaves the
code base and never follows a symbolic link.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from copilot_tui.core.cancellation import CancelToken
from copilot_tui.core.config import ExplorationSettings
from copilot_tui.core.errors import CopilotError, ModelFileError, UsageError
from copilot_tui.core.places import Breadcrumb, RankedFile, Snippet, Span, Task
from copilot_tui.index.damage import DamagedIndexError
from copilot_tui.index.definition import Definition, Outline
from copilot_tui.index.file_cache import FileCache
from copilot_tui.index.file_outline import FileOutline
from copilot_tui.index.history import History, HistoryCache
from copilot_tui.index.lexical import LexicalIndex, Progress, UpdateStatistics
from copilot_tui.index.path_table import PathTable
from copilot_tui.index.patterns import gather_patterns
from copilot_tui.index.query import Query
from copilot_tui.index.ranker import Choice, rank_files
from copilot_tui.index.reading import SourceReader, decode, read_bytes
from copilot_tui.index.relations import MOST_IMPORTERS, Relations
from copilot_tui.index.scan import KnownFile, ScanResult, is_under, scan
from copilot_tui.index.signals.meaning import FUNCTIONS
from copilot_tui.index.spans import best_spans, gather_snippets
from copilot_tui.index.symbols import language_of
from copilot_tui.index.uncollected import uncollected
from copilot_tui.index.word_index import Hit

if TYPE_CHECKING:
    from copilot_tui.index.passage_reader import PassageReader
    from copilot_tui.index.semantic import Meant, SemanticIndex

_PASSAGE_LINES = 40
_Answer = TypeVar("_Answer")


class CodeIndex:
    """The index of ``source``, kept in ``directory``; ``directories`` narrows every answer."""

    def __init__(
        self,
        source: Path,
        directory: Path,
        settings: ExplorationSettings,
        directories: Sequence[str] = (),
        table: Path | None = None,
        encoder: Path | None = None,
    ) -> None:
        self._source = source
        self._settings = settings
        self._directories = tuple(name.strip("/") for name in directories if name.strip("/") not in {"", "."})
        self._lexical = LexicalIndex(source, directory, settings.max_file_bytes)
        self._history = HistoryCache(source, directory / "history.msgpack")
        self._asked: tuple[str, int] | None = None
        self._nearest: Sequence[Meant] = ()
        self._semantic = _semantic_index(directory, table) if settings.semantic else None
        self._reader = _reader(encoder) if settings.rerank else None
        self._files = FileCache(self._lexical.catalogue, self._read_or_none)
        self._source_reader: SourceReader | None = None
        self._paths: frozenset[str] | None = None
        self._path_table: PathTable | None = None
        self._relations: Relations | None = None
        self.statistics = UpdateStatistics()
        """What the last refresh did."""
        self.notice = ""
        """What a person should know of the search, and what to do about it; empty when all is well."""
        if settings.enabled and settings.semantic and table is None:
            self.notice = (
                "The search compares words only, not what they mean: the table for that is not installed. "
                "Fetch it (23 MB): copilot-tui models pull code-words; or set exploration.semantic = false."
            )

        if settings.enabled and settings.rerank and encoder is None:
            self.notice = (
                "The leading files are not read anew (exploration.rerank), for the encoder is not installed. "
                "Fetch it (34 MB): copilot-tui models pull code-encoder"
            )

    def refresh(self, progress: Progress | None = None, cancel: CancelToken | None = None) -> ScanResult:
        """Scan the code base and bring the index in line with it.

        With ``exploration.enabled = false`` nothing is scanned and the result is empty. With
        ``enable_caching = false`` every file is read again.
        """
        caching = self._settings.enable_caching
        known = self._known() if caching else {}
        if progress is not None:
            progress("scan", 0, 0)
        result = scan(self._source, self._settings, self._directories, cancel, known)
        self._files.clear()
        self._source_reader = None
        self._asked = None
        self._paths = self._path_table = self._relations = None
        if self._settings.enabled:
            self.statistics = self._lexical.update(
                result,
                rebuild=not caching,
                directories=self._directories,
                progress=progress,
                cancel=cancel,
            )
            self._history.refresh(cancel)
            self._refresh_meanings(progress, cancel)
        return result

    def rank(
        self,
        query: str,
        limit: int,
        pins: Collection[str] = (),
        drops: Collection[str] = (),
        task: Task | None = None,
        without: Collection[str] = (),
    ) -> tuple[RankedFile, ...]:
        """The files that matter for ``query``, best first, at most ``limit`` (never fewer than pins).

        Pinned files that cannot be read are left out. An empty query stands for the task's text.
        Signals named in ``without`` are not asked (see ``signals.table``).
        """
        pins = [path for path in pins if self.text(path) is not None]
        choice = Choice(limit, pins, drops, self._settings.similarity_threshold, without)
        with uncollected():
            return self._mended(lambda: rank_files(query, self, choice, task, self._spans))

    def snippets(self, files: Sequence[RankedFile], limit: int) -> tuple[Snippet, ...]:
        """Whole functions of ``files`` with their comments, best first, then types that they use."""
        return self._mended(lambda: gather_snippets(files, limit, self.text, self.outlines_named))

    def breadcrumbs(self) -> tuple[Breadcrumb, ...]:
        """Every breadcrumb of the code base, by path and line, as of the last refresh."""
        found = self._mended(self._lexical.catalogue.breadcrumbs)
        return tuple(item for item in found if is_under(item.path, self._directories))

    def patterns(self, files: Sequence[RankedFile]) -> tuple[str, ...]:
        """How the neighbourhood does things: short lines, each citing file:line."""
        return gather_patterns([file.path for file in files], self.text, self._outline_of)

    def read(self, path: str) -> str:
        """The text of a file, line ends as ``\\n``, decoded as UTF-8 or else as ISO-8859-1.

        Raises :class:`PathRefusedError` for a path outside the code base, :class:`UsageError` for a
        file larger than ``max_file_bytes`` or one that cannot be read.
        """
        try:
            content = read_bytes(self._source, path, self._settings.max_file_bytes)
        except (OSError, ValueError) as error:
            raise UsageError(
                f"{path} cannot be read: {error}.", "Check that it exists and its permissions."
            ) from error
        return decode(content)

    def _refresh_meanings(self, progress: Progress | None, cancel: CancelToken | None) -> None:
        if self._semantic is None:
            return
        try:
            self._semantic.update(self._lexical.catalogue, progress, cancel)
        except ModelFileError as error:
            # The words alone still find a lot; the notice says what to do.
            self._semantic = None
            self.notice = f"{error.message} {error.hint} The search compares words only."

    def close(self) -> None:
        """Let go of the index's files; any later call opens them again."""
        self._lexical.catalogue.close()

    def _mended(self, answer: Callable[[], _Answer]) -> _Answer:
        """``answer()``, or once more after building a damaged index anew."""
        try:
            return answer()
        except DamagedIndexError:
            self._lexical.forget()
            self.refresh()
            return answer()

    def _known(self) -> Mapping[str, KnownFile]:
        try:
            return self._lexical.catalogue.known()
        except DamagedIndexError:
            return {}  # the update finds the damage, too, and starts over

    # What the ranker asks for.

    def paths(self) -> Collection[str]:
        """Every indexed path, as of the last refresh."""
        if self._paths is None:
            paths = self._lexical.catalogue.paths() if self._settings.enabled else []
            self._paths = frozenset(path for path in paths if is_under(path, self._directories))
        return self._paths

    def path_table(self) -> PathTable:
        """The same paths, to be searched by pieces of their names."""
        if self._path_table is None:
            self._path_table = PathTable(self.paths())
        return self._path_table

    def search(self, query: str, limit: int) -> Sequence[Hit]:
        """The best files by words alone."""
        if not self._settings.enabled:
            return []
        paths = self.paths()
        return [hit for hit in self._lexical.search(query, limit) if hit.path in paths]

    def definitions_by_file(self, paths: Sequence[str]) -> Iterable[tuple[str, Sequence[Definition]]]:
        """The definitions of several files, from the index."""
        return self._lexical.catalogue.definitions_by_file(paths)

    def outlines(self, paths: Sequence[str]) -> Iterable[tuple[str, FileOutline]]:
        """Names and lines of the definitions of several files, from the index, in this order."""
        return self._files.outlines(paths)

    def outlines_named(self, names: Sequence[str]) -> Sequence[tuple[str, Outline]]:
        """Path and outline for every definition with one of ``names``."""
        paths = self.paths()
        return [entry for entry in self._lexical.catalogue.outlines_named(names) if entry[0] in paths]

    def definitions_named(self, names: Sequence[str]) -> Sequence[tuple[str, Definition]]:
        """As :meth:`outlines_named`, with what is said about each."""
        paths = self.paths()
        return [entry for entry in self._lexical.catalogue.definitions_named(names) if entry[0] in paths]

    def includes_of(self, path: str) -> tuple[str, ...]:
        """The files of the code base that ``path`` includes or imports, in its order."""
        return self._related().includes_of(path)

    def included_by(self, path: str, most: int = MOST_IMPORTERS) -> tuple[str, ...]:
        """The files of the code base that include or import ``path``, by path; none if more than ``most``
        might."""
        return self._related().included_by(path, most)

    def callers_of(self, name: str) -> tuple[str, ...]:
        """The files that call ``name``, by path; letter case counts."""
        return self._related().callers_of(name)

    def calls_in(self, path: str) -> tuple[str, ...]:
        """The names that ``path`` calls, each once."""
        return self._related().calls_in(path)

    def _related(self) -> Relations:
        if self._relations is None:
            self._relations = Relations(self._lexical.catalogue, self.paths(), self.path_table())
        return self._relations

    def text(self, path: str) -> str | None:
        """As :meth:`read`, but None for what cannot be read, and remembered until the next refresh."""
        found = self._files.text(path)
        return found.text if found is not None else None

    def folded(self, path: str) -> str:
        """The text of a file in lower case; empty for what cannot be read."""
        found = self._files.text(path)
        return found.folded if found is not None else ""

    def _read_or_none(self, path: str) -> str | None:
        # One reader until the next refresh: it finds out once which folders lie inside.
        if self._source_reader is None:
            self._source_reader = SourceReader(self._source, self._settings.max_file_bytes)
        try:
            return decode(self._source_reader.read(path))
        except (OSError, ValueError, CopilotError):
            return None

    def nearest(self, text: str, limit: int) -> Sequence[Meant]:
        """The functions whose words mean what ``text`` says; empty without the table for that."""
        if self._semantic is None or not self._settings.enabled:
            return []
        if self._asked != (text, limit):
            found, paths = self._semantic.search(text, limit), self.paths()
            self._asked, self._nearest = (text, limit), [m for m in found if m.path in paths]
        return self._nearest

    @property
    def reads_anew(self) -> bool:
        """Whether there is an encoder that reads the leading files."""
        return self._reader is not None

    def closeness(self, query: Query, paths: Sequence[str]) -> Sequence[float]:
        """How near the best part of each file is to the query, as the encoder reads it; empty without one."""
        if self._reader is None or not paths:
            return ()
        return self._reader.closeness(query.text, [self._passage(query, path) for path in paths])

    def history(self) -> History:
        """What the commits say, as of the last refresh."""
        return self._history.history()

    def left_out(self) -> list[tuple[str, str]]:
        """Reason and path of each file that the last refresh left out."""
        return self._lexical.catalogue.left_out()

    def counts(self) -> dict[str, int]:
        """How many files, symbols and files with breadcrumbs the index holds."""
        return self._lexical.catalogue.counts()

    def _spans(self, query: Query, path: str) -> tuple[Span, ...]:
        # Lines come from the text as it is now, which may be newer than the index.
        text = self._files.text(path)
        if text is None:
            return ()
        nearness = {m.name: m.nearness for m in self.nearest(query.gist, FUNCTIONS) if m.path == path}
        return best_spans(query, path, text, self._outline_of(path, text.text), nearness)

    def _passage(self, query: Query, path: str) -> str:
        """A file's path and the beginning of its best span."""
        spans = self._spans(query, path)
        start, end = (spans[0].start, spans[0].end) if spans else (1, _PASSAGE_LINES)
        lines = (self.text(path) or "").split("\n")
        return "\n".join([path, *lines[start - 1 : min(end, start - 1 + _PASSAGE_LINES)]])

    def _outline_of(self, path: str, text: str) -> FileOutline:
        """From the index where it fits the text, since cutting the text up anew takes long."""
        for _, found in self.outlines([path]):
            if found.stamp == self._stamp(path):
                return found
            lines = text.split("\n")
            if all(any(x.name in line for line in lines[x.start - 1 : x.end]) for x in found.definitions):
                return found.unlocated()
        return FileOutline.read(text, language_of(path))

    def _stamp(self, path: str) -> tuple[int, int] | None:
        try:
            status = os.lstat(f"{self._source}/{path}")
        except OSError:
            return None
        return status.st_size, status.st_mtime_ns


def _semantic_index(directory: Path, table: Path | None) -> SemanticIndex | None:
    if table is None:
        return None
    # Here, because numpy takes long to load and only this needs it.
    from copilot_tui.index.semantic import SemanticIndex
    from copilot_tui.index.word_vectors import WordVectors

    words = table.parent.parent / "words"
    return SemanticIndex(directory / "meaning.db", lambda: WordVectors.open(table, words))


def _reader(encoder: Path | None) -> PassageReader | None:
    if encoder is None:
        return None
    # Here, because torch takes long to load and only this needs it.
    from copilot_tui.index.passage_reader import PassageReader

    return PassageReader(encoder)
