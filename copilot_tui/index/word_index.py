"""The words of every file in a tantivy index, with a weight for each field.

Texts are cut into terms here (see ``identifiers``) and handed over ready, so index and query cannot
disagree. Deleting and adding a file is idempotent and takes effect with the batch's commit; a process
that dies before it leaves the index as it was.
"""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import tantivy

from copilot_tui.index.damage import DamagedIndexError, damage_reported
from copilot_tui.index.identifiers import WORD, index_terms, stem

_FIELD_WEIGHTS: Mapping[str, float] = {"path": 0.8, "symbols": 0.4, "comments": 0.3, "body": 1.0}
_ANALYZER = "terms"
_HEAP_BYTES = 96_000_000
_MOST_CACHED_WORDS = 500_000


@dataclass(frozen=True, slots=True)
class Document:
    """One file as the word index sees it."""

    path: str
    symbols: str
    comments: str
    body: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A file and its BM25 score, higher is better; comparable within one search only."""

    path: str
    score: float


class _Terms(dict[str, str]):
    """Word to its index terms, joined by blanks; computed once per word."""

    def __missing__(self, word: str) -> str:
        if len(self) > _MOST_CACHED_WORDS:
            self.clear()
        terms = self[word] = " ".join(index_terms(word))
        return terms


class WordIndex:
    """A tantivy index in ``directory``. Writing needs the writer lock of the code base's index."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._index: tantivy.Index | None = None
        self._opened = ""
        self._terms = _Terms()

    def identity(self) -> str:
        """The identity of the index on disk, empty where it is missing or cannot be opened."""
        try:
            identity = (self._directory / "identity").read_text("ascii").strip()
            with damage_reported(self._directory):
                self._open(identity).searcher()
        except (OSError, ValueError, DamagedIndexError):
            return ""
        return identity

    def create(self) -> str:
        """Delete what is there, start an empty index, and return its identity."""
        self._index = None
        shutil.rmtree(self._directory, ignore_errors=True)
        self._directory.mkdir(parents=True, exist_ok=True)
        tantivy.Index(_schema(), str(self._directory))
        identity = uuid.uuid4().hex
        (self._directory / "identity").write_text(identity, "ascii")
        return identity

    def forget(self) -> None:
        """Make the index count as missing."""
        self._index = None
        (self._directory / "identity").unlink(missing_ok=True)

    def write(
        self, documents: Iterable[Document], removed: Iterable[str] = (), *, merge: bool = False
    ) -> None:
        """Replace documents by path and delete others, in one commit. ``merge`` waits for merging."""
        with damage_reported(self._directory):
            self._write(documents, removed, merge=merge)

    def _write(self, documents: Iterable[Document], removed: Iterable[str], *, merge: bool) -> None:
        writer = self._open(self.identity()).writer(_HEAP_BYTES, 1)
        try:
            for path in removed:
                writer.delete_documents_by_term("key", path)
            for document in documents:
                writer.delete_documents_by_term("key", document.path)
                writer.add_document(self._document(document))
            writer.commit()
            if merge:
                writer.wait_merging_threads()
        finally:
            # tantivy's own lock lives as long as the writer, which a traceback would keep alive.
            del writer

    def search(self, terms: Sequence[str], limit: int) -> list[Hit]:
        """The best files for ``terms`` (see ``query_terms``); empty while there is no index."""
        identity = self.identity()
        if not identity or not terms or limit < 1:
            return []
        with damage_reported(self._directory):
            index = self._open(identity)
            index.reload()
            searcher = index.searcher()
            found = searcher.search(_query(terms), limit)
            return [Hit(str(searcher.doc(address)["key"][0]), float(score)) for score, address in found.hits]

    def _open(self, identity: str) -> tantivy.Index:
        if self._index is None or self._opened != identity:
            index = tantivy.Index.open(str(self._directory))
            index.register_tokenizer(_ANALYZER, _analyzer())
            self._index, self._opened = index, identity
        return self._index

    def _document(self, document: Document) -> tantivy.Document:
        cut = self._terms.__getitem__
        built = tantivy.Document()
        built.add_text("key", document.path)
        built.add_text("path", " ".join(map(cut, WORD.findall(document.path))))
        built.add_text("symbols", " ".join(map(cut, WORD.findall(document.symbols))))
        built.add_text("comments", " ".join(map(cut, WORD.findall(document.comments))))
        built.add_text("body", " ".join(map(cut, WORD.findall(document.body))))
        return built


def _analyzer() -> tantivy.TextAnalyzer:
    return tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("key", stored=True, tokenizer_name="raw", index_option="basic")
    for name in _FIELD_WEIGHTS:
        builder.add_text_field(name, stored=False, tokenizer_name=_ANALYZER, index_option="freq")
    return builder.build()


def _query(terms: Sequence[str]) -> tantivy.Query:
    schema = _schema()
    parts: list[tuple[tantivy.Occur, tantivy.Query]] = []
    for term in terms:
        for form in dict.fromkeys((term, stem(term))):
            for field, weight in _FIELD_WEIGHTS.items():
                query = tantivy.Query.term_query(schema, field, form, "freq")
                parts.append((tantivy.Occur.Should, tantivy.Query.boost_query(query, weight)))
    return tantivy.Query.boolean_query(parts)
