"""What is known of each indexed file: size, time and digest, definitions, calls, imports, breadcrumbs.

An SQLite file, and a cache: a damaged or outdated one is deleted and made anew by the next update.
``identity`` ties it to the word indexes beside it; where they differ, all are rebuilt. A file is entered
when its words are indexed and completed when its facts are read, so what is missing is known at any moment.
Readers share one connection, which any thread may use.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import msgspec

from copilot_tui.core.artefacts import Breadcrumb
from copilot_tui.index.catalogue_schema import SCHEMA, VERSION
from copilot_tui.index.damage import damage_reported
from copilot_tui.index.definition import Definition, Kind, Outline
from copilot_tui.index.facts import FileFacts
from copilot_tui.index.scan import KnownFile, SourceFile

_FACTS = ("symbol", "call", "import")
_DEFINITION = "name, kind, first, last, signature, comment_start, doc"
_OUTLINE = "name, kind, first, last, comment_start"
_MOST_VARIABLES = 500
_Row = TypeVar("_Row")


class IndexedWords(NamedTuple):
    """A file whose words are in the index; ``digest`` is of its bytes."""

    file: SourceFile
    digest: bytes


class Incomplete(NamedTuple):
    """A file whose facts are still to be read."""

    number: int
    path: str
    language: str
    size: int


class Catalogue:
    """The facts of one code base; ``path`` is the database file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._reader: sqlite3.Connection | None = None
        self._opened: tuple[int, int] = (0, 0)

    # Writing; needs the writer lock.

    def prepare(self, *, anew: bool = False) -> None:
        """Create the tables.

        A database that is damaged or outdated, or any when ``anew`` is set, is deleted first.
        """
        if anew:
            self._delete()
        try:
            version = self._prepared_version()
        except sqlite3.DatabaseError:
            version = ""  # not readable as a database, or with other tables
        if version != VERSION:
            self._delete()
            self._prepared_version()

    def clear(self, identity: str) -> None:
        """Forget every file; from now on the catalogue belongs to the word indexes ``identity``."""
        with self._writer() as connection:
            for table in ("file", "left_out", *_FACTS):
                connection.execute(f"DELETE FROM {table}")
            connection.execute("INSERT OR REPLACE INTO meta VALUES ('identity', ?)", (identity,))

    def enter(self, words: Iterable[IndexedWords], touched: Iterable[SourceFile] = ()) -> None:
        """Note files whose words are indexed; their facts are forgotten until they are read anew.

        ``touched`` are files with another time but the same content: they stay complete.
        """
        with self._writer() as connection:
            for file, digest in words:
                row = (file.size, file.mtime_ns, digest, file.language, file.path)
                changed = connection.execute(_CHANGE_FILE, row).rowcount
                if changed:
                    _forget_facts(connection, file.path)
                else:
                    connection.execute(_INSERT_FILE, row)
            connection.executemany(
                "UPDATE file SET size = ?, mtime_ns = ? WHERE path = ?",
                [(file.size, file.mtime_ns, file.path) for file in touched],
            )

    def complete(self, facts: Iterable[FileFacts], unreadable: Iterable[tuple[int, str]] = ()) -> None:
        """Store facts of entered files. ``unreadable`` (number and reason) count as complete without any."""
        with self._writer() as connection:
            # Rows in the order of their keys go in several times as fast.
            facts = sorted(facts, key=lambda item: item.number)
            symbols = [row for item in facts for row in item.symbols]
            calls = sorted(row for item in facts for row in item.calls)
            imports = sorted(row for item in facts for row in item.imports)
            connection.executemany("INSERT INTO symbol VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", symbols)
            connection.executemany("INSERT OR IGNORE INTO call VALUES (?, ?)", calls)
            connection.executemany("INSERT INTO import VALUES (?, ?, ?, ?)", imports)
            connection.executemany(
                "UPDATE file SET complete = 1, breadcrumbs = ? WHERE id = ?",
                [(item.breadcrumbs, item.number) for item in facts],
            )
            for number, reason in unreadable:
                connection.execute("UPDATE file SET complete = 1 WHERE id = ?", (number,))
                connection.execute(
                    "INSERT INTO left_out SELECT ?, path FROM file WHERE id = ?", (reason, number)
                )

    def remove(self, paths: Iterable[str], rejected: Mapping[str, KnownFile] | None = None) -> None:
        """Forget files; ``rejected`` are remembered as such, so that they are not opened again."""
        with self._writer() as connection:
            for path in (*paths, *(rejected or {})):
                _forget_facts(connection, path)
                connection.execute("DELETE FROM file WHERE path = ?", (path,))
            for path, known in (rejected or {}).items():
                row = (path, known.size, known.mtime_ns, known.reason)
                connection.execute(_INSERT_REJECTED, row)

    def list_left_out(self, left_out: Mapping[str, Sequence[str]]) -> None:
        """Replace the list of what the scan left out, by reason."""
        with self._writer() as connection:
            connection.execute("DELETE FROM left_out")
            rows = [(reason, path) for reason, paths in left_out.items() for path in paths]
            connection.executemany("INSERT INTO left_out VALUES (?, ?)", rows)

    # Reading; any thread, no lock.

    def identity(self) -> str:
        """The identity given at the last :meth:`clear`; empty where there is none or no database."""
        rows = self._rows("SELECT value FROM meta WHERE key = 'identity'")
        return str(rows[0][0]) if rows else ""

    def known(self) -> dict[str, KnownFile]:
        """Every file that was looked at, good or rejected."""
        rows = self._rows("SELECT path, size, mtime_ns, reason FROM file")
        return {path: KnownFile(size, mtime_ns, reason) for path, size, mtime_ns, reason in rows}

    def digests(self) -> dict[str, bytes]:
        """The digest of every indexed file's bytes."""
        return dict(self._rows("SELECT path, digest FROM file WHERE digest IS NOT NULL"))

    def incomplete(self) -> list[Incomplete]:
        """The files whose facts are still to be read."""
        rows = self._rows("SELECT id, path, language, size FROM file WHERE NOT complete ORDER BY id")
        return [Incomplete(*row) for row in rows]

    def files(self) -> list[SourceFile]:
        """The files whose facts are known, by path."""
        rows = self._rows(
            "SELECT path, size, mtime_ns, language FROM file WHERE reason IS NULL AND complete ORDER BY path"
        )
        return [SourceFile(*row) for row in rows]

    def stamp(self, path: str) -> tuple[int, int] | None:
        """Size and time that a file had when its facts were read; None where they are still to be read."""
        rows = self._rows("SELECT size, mtime_ns FROM file WHERE path = ? AND complete", (path,))
        return (rows[0][0], rows[0][1]) if rows else None

    def paths(self) -> list[str]:
        """The indexed files."""
        return [path for (path,) in self._rows("SELECT path FROM file WHERE reason IS NULL")]

    def left_out(self) -> list[tuple[str, str]]:
        """Reason and path of what the last scan left out."""
        return self._rows("SELECT reason, path FROM left_out ORDER BY reason, path")

    def definitions_by_file(self, paths: Sequence[str]) -> Iterator[tuple[str, list[Definition]]]:
        """Each of ``paths`` with its definitions, in one pass; files without any are left out."""
        return self._by_file(_DEFINITION, lambda row: Definition(*row), paths)

    def outlines(
        self, paths: Sequence[str], kinds: Collection[Kind] = ()
    ) -> Iterator[tuple[str, list[Outline]]]:
        """As :meth:`definitions_by_file`, but only where those of ``kinds`` (any) stand; much faster."""
        return self._by_file(_OUTLINE, Outline._make, paths, tuple(kinds))

    def definitions_named(self, names: Sequence[str]) -> list[tuple[str, Definition]]:
        """Path and definition for every definition with one of ``names``, letter case ignored."""
        folded = list(dict.fromkeys(name.lower() for name in names))[:_MOST_VARIABLES]
        if not folded:
            return []
        rows = self._rows(
            f"SELECT path, {_DEFINITION} FROM symbol JOIN file ON file.id = symbol.file "
            f"WHERE name COLLATE NOCASE IN ({','.join('?' * len(folded))}) ORDER BY path, first LIMIT 2000",
            tuple(folded),
        )
        return [(row[0], Definition(*row[1:])) for row in rows]

    def _by_file(
        self,
        columns: str,
        make: Callable[[Iterable[Any]], _Row],
        paths: Sequence[str],
        kinds: tuple[Kind, ...] = (),
    ) -> Iterator[tuple[str, list[_Row]]]:
        only = f"AND kind IN ({','.join('?' * len(kinds))}) " if kinds else ""
        for first in range(0, len(paths), _MOST_VARIABLES):
            some = tuple(paths[first : first + _MOST_VARIABLES])
            rows = self._rows(
                f"SELECT path, {columns} FROM symbol JOIN file ON file.id = symbol.file "
                f"WHERE path IN ({','.join('?' * len(some))}) {only}ORDER BY file.id, position",
                (*some, *kinds),
            )
            for path, group in groupby(rows, key=itemgetter(0)):
                yield path, [make(row[1:]) for row in group]

    def imports_in(self, path: str) -> list[str]:
        """What one file imports, as written, in order."""
        rows = self._rows(
            "SELECT target FROM import JOIN file ON file.id = import.file WHERE path = ? ORDER BY position",
            (path,),
        )
        return [row[0] for row in rows]

    def imports_named(self, keys: Sequence[str], limit: int) -> list[tuple[str, str]]:
        """Path and target of the first ``limit`` imports with one of ``keys`` (see ``import_key``)."""
        marks = ",".join("?" * len(keys))
        return self._rows(
            "SELECT path, target FROM import JOIN file ON file.id = import.file "
            f"WHERE key IN ({marks}) LIMIT ?",
            (*keys, limit),
        )

    def callers_of(self, name: str) -> list[str]:
        """The files that call ``name``, by path."""
        query = "SELECT path FROM call JOIN file ON file.id = call.file WHERE name = ? ORDER BY path"
        return [row[0] for row in self._rows(query, (name,))]

    def calls_in(self, path: str) -> tuple[str, ...]:
        """The names that one file calls, in alphabetical order."""
        query = "SELECT name FROM call JOIN file ON file.id = call.file WHERE path = ? ORDER BY name"
        return tuple(row[0] for row in self._rows(query, (path,)))

    def breadcrumbs(self) -> list[Breadcrumb]:
        """Every breadcrumb of the code base, by path and line."""
        rows = self._rows("SELECT breadcrumbs FROM file WHERE breadcrumbs IS NOT NULL ORDER BY path")
        decoder = msgspec.msgpack.Decoder(tuple[Breadcrumb, ...])
        with damage_reported(self._path.parent):
            return [breadcrumb for (blob,) in rows for breadcrumb in decoder.decode(blob)]

    def counts(self) -> dict[str, int]:
        """How many files, symbols and files with breadcrumbs there are, and how many wait for symbols."""
        queries = {
            "files": "SELECT count(*) FROM file WHERE reason IS NULL",
            "symbols": "SELECT count(*) FROM symbol",
            "files_with_breadcrumbs": "SELECT count(*) FROM file WHERE breadcrumbs IS NOT NULL",
            "files_without_symbols_yet": "SELECT count(*) FROM file WHERE NOT complete",
        }
        return {name: rows[0][0] if (rows := self._rows(query)) else 0 for name, query in queries.items()}

    def close(self) -> None:
        """Let go of the file; the next question opens it again."""
        with self._lock:
            self._close_reader()

    # Connections.

    def _rows(self, query: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        """All rows; none while there is no database, because the next refresh makes one."""
        with damage_reported(self._path.parent), self._lock:
            reader = self._current_reader()
            return reader.execute(query, values).fetchall() if reader is not None else []

    def _current_reader(self) -> sqlite3.Connection | None:
        """The shared connection, anew where another process replaced the file; None without tables."""
        try:
            status = self._path.stat()
        except OSError:
            self._close_reader()
            return None
        if self._reader is None or self._opened != (status.st_dev, status.st_ino):
            self._close_reader()
            reader = _connect(self._path)
            if not reader.execute("SELECT 1 FROM sqlite_master WHERE name = 'left_out'").fetchone():
                reader.close()
                return None
            self._reader, self._opened = reader, (status.st_dev, status.st_ino)
        return self._reader

    def _close_reader(self) -> None:
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    @contextmanager
    def _writer(self) -> Iterator[sqlite3.Connection]:
        connection = _connect(self._path)
        try:
            with connection:
                yield connection
        finally:
            connection.close()

    def _prepared_version(self) -> str:
        with self._writer() as connection:
            connection.executescript(SCHEMA)
            connection.execute("INSERT OR IGNORE INTO meta VALUES ('version', ?)", (VERSION,))
            row = connection.execute("SELECT value FROM meta WHERE key = 'version'").fetchone()
            return str(row[0])

    def _delete(self) -> None:
        with self._lock:
            self._close_reader()
            for suffix in ("", "-wal", "-shm"):
                self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)


_CHANGE_FILE = (
    "UPDATE file SET size = ?, mtime_ns = ?, digest = ?, language = ?, reason = NULL, complete = 0, "
    "breadcrumbs = NULL WHERE path = ?"
)
_INSERT_REJECTED = (
    "INSERT INTO file (path, size, mtime_ns, language, reason, complete) VALUES (?, ?, ?, '', ?, 1)"
)
_INSERT_FILE = "INSERT INTO file (size, mtime_ns, digest, language, path, complete) VALUES (?, ?, ?, ?, ?, 0)"


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=30, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        # A lost last transaction only means that some files are read again.
        connection.execute("PRAGMA synchronous = NORMAL")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _forget_facts(connection: sqlite3.Connection, path: str) -> None:
    row = connection.execute("SELECT id FROM file WHERE path = ?", (path,)).fetchone()
    if row is not None:
        for table in _FACTS:
            connection.execute(f"DELETE FROM {table} WHERE file = ?", row)
