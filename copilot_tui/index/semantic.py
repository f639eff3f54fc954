"""Finding functions by what their words mean: a vector for every function, compared with the query's.

A function is the bag of its name, its doc comment, its signature and the name of its file; its vector is
kept in eight bits a number beside the index, per file, under the size and time that the file had. So an
update computes only what changed. A search counts how many signs each vector shares with the query's, and
compares the likely ones in full, by ``einsum``, because the matrix library would start a thread for each core
and burn more time on waiting for them. Limits: bodies are not embedded, and word order does not count; both
would cost more than they bring here.
"""

from __future__ import annotations

import sqlite3
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from copilot_tui.core.cancellation import CancelToken
from copilot_tui.index.catalogue import Catalogue
from copilot_tui.index.definition import Definition
from copilot_tui.index.identifiers import STOP_WORDS, split_identifier
from copilot_tui.index.scan import SourceFile
from copilot_tui.index.word_vectors import DIMENSIONS, Vector, WordVectors, bag

_VERSION = 2
_SCHEMA = f"""
CREATE TABLE IF NOT EXISTS meaning (
    path TEXT NOT NULL UNIQUE, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, names TEXT NOT NULL,
    vectors BLOB NOT NULL
);
PRAGMA user_version = {_VERSION};
"""
_PAGE_BYTES = 32768
"""A row then stands in its page together with others, which wastes less."""
_NAME, _DOC, _SIGNATURE, _FILE = 2.0, 1.0, 0.5, 0.5
_MOST_PER_FILE = 1000
_MOST_DOC_WORDS = 40
_BATCH_FILES = 500
_LEFT_OUT = frozenset({"prototype", "macro"})
"""Headers repeat what is defined elsewhere, and hold more macros than all files hold functions."""
_LIKELY = 3000
"""So many functions whose vectors have the most signs in common with the query's are compared in full."""

_LEAST_OF_PARTS = 0.6
"""Some function is always the nearest. Of a query without a known word, only with parts of words, the
nearness has to be more than what made-up words reach."""


class Meant(NamedTuple):
    """A function and how near it is to the query, at most 1."""

    path: str
    name: str
    nearness: float


@dataclass(frozen=True, slots=True)
class _Functions:
    """All functions, a row each. ``names`` has those of one file in one text, a line each; ``ends`` says for
    each file behind which row its own end. ``signs`` has the signs of the vectors, 32 in a number, in
    columns."""

    paths: list[str]
    names: list[str]
    ends: NDArray[np.int64]
    codes: NDArray[np.int8]
    signs: NDArray[np.uint32]

    def places(self, rows: NDArray[np.int64]) -> Iterator[tuple[str, str]]:
        """Path and name of each."""
        files = np.searchsorted(self.ends, rows, "right")
        firsts = np.concatenate(([0], self.ends))[files]
        for file, position in zip(files.tolist(), (rows - firsts).tolist(), strict=True):
            yield self.paths[file], self.names[file].split("\n", position + 1)[position]

    def likely(self, query: Vector) -> NDArray[np.int64]:
        """Rows that may be near, in order."""
        apart = np.zeros(len(self.codes), np.uint8)
        for mine, theirs in zip(_signs(query[None]), self.signs, strict=True):
            apart += np.bitwise_count(theirs ^ mine)
        # The least distance that enough rows have; each question for one is a fraction of counting them all.
        most = bisect_left(range(DIMENSIONS), _LIKELY, key=lambda far: int(np.count_nonzero(apart <= far)))
        return np.flatnonzero(apart <= most)


class SemanticIndex:
    """The vectors of one code base, in the database ``path``; ``words`` gives the word vectors."""

    def __init__(self, path: Path, words: Callable[[], WordVectors]) -> None:
        self._path = path
        self._open_words = words
        self._words: WordVectors | None = None
        self._loaded: _Functions | None = None
        self._loaded_from: tuple[int, int, int] | None = None

    def update(
        self,
        catalogue: Catalogue,
        progress: Callable[[str, float, float], None] | None = None,
        cancel: CancelToken | None = None,
    ) -> None:
        """Bring the vectors in line with the catalogue."""
        cancel = cancel or CancelToken()
        with self._connection() as connection:
            known = {
                path: (size, time)
                for path, size, time in connection.execute("SELECT path, size, mtime_ns FROM meaning")
            }
            files = catalogue.files()
            gone = known.keys() - {file.path for file in files}
            changed = [file for file in files if known.get(file.path) != (file.size, file.mtime_ns)]
            if gone or changed:
                self._loaded = None
                connection.executemany("DELETE FROM meaning WHERE path = ?", [(path,) for path in gone])
            for first in range(0, len(changed), _BATCH_FILES):
                cancel.raise_if_cancelled()
                self._store(connection, catalogue, changed[first : first + _BATCH_FILES])
                connection.commit()
                if progress is not None:
                    progress("meaning", min(first + _BATCH_FILES, len(changed)), len(changed))

    def search(self, text: str, most: int) -> list[Meant]:
        """The functions nearest to the words of ``text``, the nearest first."""
        words = _words(text)
        query = self._vectors().embed(bag((words, 1.0)))
        if query is None or most < 1:
            return []
        functions = self._everything()
        if not functions.paths:
            return []
        likely = functions.likely(query)
        codes = np.take(functions.codes, likely, axis=0).astype(np.float32)
        nearness = np.einsum("ij,j->i", codes, query) / 127
        near = np.argpartition(-nearness, most)[:most] if most < len(nearness) else np.arange(len(nearness))
        best = near[np.lexsort((near, -nearness[near]))]
        places = functions.places(likely[best])
        least = -1.0 if any(map(self._vectors().knows, words)) else _LEAST_OF_PARTS
        found = [Meant(*place, value) for place, value in zip(places, nearness[best].tolist(), strict=True)]
        return [meant for meant in found if meant.nearness > least]

    def _vectors(self) -> WordVectors:
        if self._words is None:
            self._words = self._open_words()
        return self._words

    def _store(
        self, connection: sqlite3.Connection, catalogue: Catalogue, files: Sequence[SourceFile]
    ) -> None:
        found = dict(catalogue.definitions_by_file([file.path for file in files]))
        rows = []
        for file in files:
            names, vectors = self._embedded(file.path, found.get(file.path, ()))
            rows.append((file.path, file.size, file.mtime_ns, "\n".join(names), vectors))
        connection.executemany("INSERT OR REPLACE INTO meaning VALUES (?, ?, ?, ?, ?)", rows)

    def _embedded(self, path: str, found: Sequence[Definition]) -> tuple[list[str], bytes]:
        names: list[str] = []
        vectors: list[Vector] = []
        for item in found:
            if item.kind not in _LEFT_OUT and len(names) < _MOST_PER_FILE:
                vector = self._vectors().embed(_bag_of(path, item))
                if vector is not None:
                    names.append(item.name)
                    vectors.append(vector)
        codes = np.rint(np.stack(vectors) * 127).astype(np.int8) if vectors else np.zeros(0, np.int8)
        return names, codes.tobytes()

    def _everything(self) -> _Functions:
        state = self._state()
        if self._loaded is None or state != self._loaded_from:
            self._loaded_from = state
            with self._connection() as connection:
                query = "SELECT path, names, vectors FROM meaning WHERE names <> ''"
                rows = connection.execute(query).fetchall()
            codes = np.frombuffer(b"".join(row[2] for row in rows), np.int8).reshape(-1, DIMENSIONS)
            self._loaded = _Functions(
                paths=[row[0] for row in rows],
                names=[row[1] for row in rows],
                ends=np.cumsum([len(row[2]) // DIMENSIONS for row in rows]),
                codes=codes,
                signs=_signs(codes),
            )
        return self._loaded

    def _state(self) -> tuple[int, int, int] | None:
        """Another one when any process has changed the vectors."""
        try:
            status = self._path.stat()
        except OSError:
            return None
        return status.st_ino, status.st_mtime_ns, status.st_size

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        """The database; one that is damaged is made anew, since it is only a cache."""
        try:
            connection = self._connect()
        except sqlite3.DatabaseError:
            for suffix in ("", "-wal", "-shm"):
                self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)
            connection = self._connect()
        with closing(connection), connection:
            yield connection

    def _connect(self) -> sqlite3.Connection:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(self._path, timeout=30)
        try:
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            filled = connection.execute("SELECT 1 FROM sqlite_master").fetchone()
            if filled and version != _VERSION:
                raise sqlite3.DatabaseError(f"version {version}")
            connection.execute(f"PRAGMA page_size = {_PAGE_BYTES}")
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            if not filled:
                connection.executescript(_SCHEMA)
        except sqlite3.DatabaseError:
            connection.close()
            raise
        return connection


def _signs(vectors: NDArray[np.int8] | Vector) -> NDArray[np.uint32]:
    """The signs of the numbers, as bits, 32 in a number; a column for each vector."""
    packed = np.packbits(vectors > 0, axis=1)
    return np.ascontiguousarray(packed.view(np.uint32).T)


def _bag_of(path: str, item: Definition) -> dict[str, float]:
    stem_of_file = path.rpartition("/")[2].partition(".")[0]
    return bag(
        (_words(item.name), _NAME),
        (_words(item.doc)[:_MOST_DOC_WORDS], _DOC),
        (_words(item.signature), _SIGNATURE),
        (_words(stem_of_file), _FILE),
    )


def _words(text: str) -> list[str]:
    return [part for part in split_identifier(text) if len(part) > 1 and part not in STOP_WORDS]
