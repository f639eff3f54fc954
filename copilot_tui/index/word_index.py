"""The words of files in a tantivy index, with a weight for each field.

Texts are cut into terms before (see ``identifiers``), so index and query cannot disagree. Deleting and
adding a file is idempotent and takes effect with the commit; a process that dies before it leaves the index
as it was. tantivy keeps how often a term stands in a field, not where.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import tantivy

from copilot_tui.index.damage import DamagedIndexError, damage_reported
from copilot_tui.index.identifiers import stem

_ANALYZER = "terms"
_MOST_WHOLE = 24
_HEAP_BYTES_PER_THREAD = 40_000_000

_State: TypeAlias = tuple[tuple[int, int, int], ...]


class Hit(NamedTuple):
    """A file and its BM25 score, higher is better; comparable within one search only."""

    path: str
    score: float


class WordWriter:
    """Puts files into a word index and takes them out; nothing counts before :meth:`commit`."""

    def __init__(self, writer: tantivy.IndexWriter, fields: Sequence[str], directory: Path) -> None:
        self._writer: Any = writer
        self._fields = fields
        self._directory = directory

    def put(self, path: str, texts: Sequence[str]) -> None:
        """Replace what is known of ``path``; ``texts`` are terms, one text for each field."""
        document = tantivy.Document()
        document.add_text("key", path)
        for field, text in zip(self._fields, texts, strict=True):
            document.add_text(field, text)
        with damage_reported(self._directory):
            self._writer.delete_documents_by_term("key", path)
            self._writer.add_document(document)

    def remove(self, path: str) -> None:
        with damage_reported(self._directory):
            self._writer.delete_documents_by_term("key", path)

    def commit(self) -> None:
        with damage_reported(self._directory):
            self._writer.commit()

    def finish(self) -> None:
        """Wait for the merging that is under way."""
        with damage_reported(self._directory):
            self._writer.wait_merging_threads()

    def release(self) -> None:
        """Give tantivy's own lock back, which lives as long as its writer: a traceback may keep this
        object alive."""
        self._writer = None


class WordIndex:
    """A tantivy index in ``directory``; ``weights`` names the fields. Writing needs the writer lock."""

    def __init__(self, directory: Path, weights: Mapping[str, float]) -> None:
        self._directory = directory
        self._weights = dict(weights)
        self._schema = _schema(tuple(weights))
        self._index: tantivy.Index | None = None
        self._opened = ""
        self._searcher: tantivy.Searcher | None = None
        self._searched: _State | None = None
        self._paths: dict[tuple[int, int], str] = {}
        """Path by segment and number in it, as far as found; unpacking a document takes long."""

    def identity(self) -> str:
        """The identity of the index on disk, empty where it is missing or cannot be opened."""
        try:
            identity = (self._directory / "identity").read_text("ascii").strip()
            with damage_reported(self._directory):
                self._open(identity).searcher()
        except (OSError, ValueError, DamagedIndexError):
            return ""
        return identity

    def create(self, identity: str) -> None:
        """Delete what is there and start an empty index."""
        self._index = self._searcher = self._searched = None
        shutil.rmtree(self._directory, ignore_errors=True)
        self._directory.mkdir(parents=True, exist_ok=True)
        tantivy.Index(self._schema, str(self._directory))
        (self._directory / "identity").write_text(identity, "ascii")

    def forget(self) -> None:
        """Make the index count as missing."""
        self._index = self._searcher = self._searched = None
        (self._directory / "identity").unlink(missing_ok=True)

    @contextmanager
    def writer(self, threads: int = 1) -> Iterator[WordWriter]:
        """The one writer; at the end, merging that is under way is waited for."""
        with damage_reported(self._directory):
            writer = self._open(self.identity()).writer(_HEAP_BYTES_PER_THREAD * threads, threads)
        word_writer = WordWriter(writer, tuple(self._weights), self._directory)
        del writer
        try:
            yield word_writer
            word_writer.finish()
        finally:
            word_writer.release()

    def search(self, terms: Sequence[str], limit: int) -> list[tuple[str, float]]:
        """The best files for ``terms`` (see ``query_terms``), scored; empty while there is no index."""
        if not terms or limit < 1:
            return []
        with damage_reported(self._directory):
            searcher = self._current_searcher()
            if searcher is None:
                return []
            hits = searcher.search(_query(terms, self._schema, self._weights), limit, count=False).hits
            places = [(address.segment_ord, address.doc) for _, address in hits]
            for place, (_, address) in zip(places, hits, strict=True):
                if place not in self._paths:
                    self._paths[place] = str(searcher.doc(address)["key"][0])
            paths = map(self._paths.__getitem__, places)
            return list(zip(paths, [score for score, _ in hits], strict=True))

    def _current_searcher(self) -> tantivy.Searcher | None:
        """What was committed last, by any process; None while there is no index.

        Kept from search to search, because it remembers what it has unpacked.
        """
        state = self._state()
        if state is None or state != self._searched:
            self._searcher = self._searched = None
            self._paths.clear()
            identity = self.identity()
            if not identity:
                return None
            index = self._open(identity)
            index.reload()
            self._searcher, self._searched = index.searcher(), state
        return self._searcher

    def _state(self) -> _State | None:
        """Changes with every commit and with every new index, which replace these files."""
        try:
            found = [(self._directory / name).stat() for name in ("identity", "meta.json")]
        except OSError:
            return None
        return tuple((status.st_ino, status.st_mtime_ns, status.st_size) for status in found)

    def _open(self, identity: str) -> tantivy.Index:
        if self._index is None or self._opened != identity:
            index = tantivy.Index.open(str(self._directory))
            analyzer = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
            index.register_tokenizer(_ANALYZER, analyzer)
            self._index, self._opened = index, identity
        return self._index


def _schema(fields: Sequence[str]) -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("key", stored=True, tokenizer_name="raw", index_option="basic")
    for name in fields:
        builder.add_text_field(name, stored=False, tokenizer_name=_ANALYZER, index_option="freq")
    return builder.build()


def _query(terms: Sequence[str], schema: tantivy.Schema, weights: Mapping[str, float]) -> tantivy.Query:
    parts: list[tuple[tantivy.Occur, tantivy.Query]] = []
    for number, term in enumerate(terms):
        # As it is, a term stands for a whole identifier; a long text names those that matter first.
        forms = (term, stem(term)) if number < _MOST_WHOLE else (stem(term),)
        for form in dict.fromkeys(forms):
            for field, weight in weights.items():
                query = tantivy.Query.term_query(schema, field, form, "freq")
                parts.append((tantivy.Occur.Should, tantivy.Query.boost_query(query, weight)))
    return tantivy.Query.boolean_query(parts)
