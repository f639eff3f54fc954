"""What is known of each indexed file: size and time, definitions, breadcrumbs; in SQLite.

It is a cache: a damaged or outdated file is deleted and made anew by the next update. ``identity`` ties
it to the word index beside it; where the two differ, both are rebuilt. One connection per call keeps
every method usable from any thread.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import msgspec

from copilot_tui.core.artefacts import Breadcrumb
from copilot_tui.index.damage import damage_reported
from copilot_tui.index.definition import Definition
from copilot_tui.index.imports import import_key
from copilot_tui.index.scan import KnownFile, SourceFile

_VERSION = "2"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS file (
    id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL,
    language TEXT NOT NULL, reason TEXT, breadcrumbs BLOB
);
CREATE TABLE IF NOT EXISTS symbol (
    folded TEXT NOT NULL, file INTEGER NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL,
    first INTEGER NOT NULL, last INTEGER NOT NULL, comment_start INTEGER NOT NULL, signature TEXT NOT NULL,
    doc TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS symbol_by_name ON symbol (folded);
CREATE INDEX IF NOT EXISTS symbol_by_file ON symbol (file);
CREATE TABLE IF NOT EXISTS call (
    name TEXT NOT NULL, file INTEGER NOT NULL, PRIMARY KEY (name, file)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS call_by_file ON call (file);
CREATE TABLE IF NOT EXISTS import (key TEXT NOT NULL, file INTEGER NOT NULL, target TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS import_by_key ON import (key);
CREATE INDEX IF NOT EXISTS import_by_file ON import (file);
"""
_MOST_VARIABLES = 500


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What was read out of one file."""

    file: SourceFile
    definitions: tuple[Definition, ...]
    breadcrumbs: tuple[Breadcrumb, ...]
    calls: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()


class Catalogue:
    """The facts of one code base; ``path`` is the database file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def prepare(self, *, anew: bool = False) -> None:
        """Create the tables; needs the writer lock.

        A database that is damaged or outdated, or any when ``anew`` is set, is deleted first.
        """
        if anew:
            self._delete()
        try:
            version = self._prepared_version()
        except sqlite3.DatabaseError:
            version = ""  # not readable as a database
        if version != _VERSION:
            self._delete()
            self._prepared_version()

    def _prepared_version(self) -> str:
        with self._connection() as connection:
            connection.executescript(_SCHEMA)
            connection.execute("INSERT OR IGNORE INTO meta VALUES ('version', ?)", (_VERSION,))
            row = connection.execute("SELECT value FROM meta WHERE key = 'version'").fetchone()
            return str(row[0])

    def identity(self) -> str:
        """The identity given at the last :meth:`clear`; empty where there is none or no database."""
        rows = self._rows("SELECT value FROM meta WHERE key = 'identity'")
        return str(rows[0][0]) if rows else ""

    def clear(self, identity: str) -> None:
        """Forget every file; from now on the catalogue belongs to the word index ``identity``."""
        with self._connection() as connection:
            for table in ("file", *_TABLES):
                connection.execute(f"DELETE FROM {table}")
            connection.execute("INSERT OR REPLACE INTO meta VALUES ('identity', ?)", (identity,))

    def known(self) -> dict[str, KnownFile]:
        """Every file that was looked at, good or rejected."""
        rows = self._rows("SELECT path, size, mtime_ns, reason FROM file")
        return {path: KnownFile(size, mtime_ns, reason) for path, size, mtime_ns, reason in rows}

    def files(self) -> list[SourceFile]:
        """The indexed files, by path."""
        rows = self._rows(
            "SELECT path, size, mtime_ns, language FROM file WHERE reason IS NULL ORDER BY path"
        )
        return [SourceFile(*row) for row in rows]

    def replace(
        self,
        facts: Iterable[FileFacts],
        removed: Iterable[str] = (),
        rejected: Mapping[str, KnownFile] | None = None,
    ) -> None:
        """Store new facts in one transaction; older ones of the same paths and of ``removed`` go."""
        with self._connection() as connection:
            for path in removed:
                _forget(connection, path)
            for path, known in (rejected or {}).items():
                _forget(connection, path)
                row = (path, known.size, known.mtime_ns, "", known.reason, None)
                connection.execute(_INSERT_FILE, row)
            for item in facts:
                _store(connection, item)

    def definitions_by_file(self, paths: Sequence[str]) -> Iterator[tuple[str, list[Definition]]]:
        """Each of ``paths`` with its definitions, in one pass; files without any are left out."""
        for first in range(0, len(paths), _MOST_VARIABLES):
            some = tuple(paths[first : first + _MOST_VARIABLES])
            rows = self._rows(
                f"SELECT path, {_DEFINITION} FROM symbol JOIN file ON file.id = symbol.file "
                f"WHERE path IN ({','.join('?' * len(some))}) ORDER BY file.id, first",
                some,
            )
            for path, group in groupby(rows, key=itemgetter(0)):
                yield path, [Definition(*row[1:]) for row in group]

    def definitions_named(self, names: Sequence[str]) -> list[tuple[str, Definition]]:
        """Path and definition for every definition with one of ``names``, letter case ignored."""
        folded = list(dict.fromkeys(name.lower() for name in names))[:_MOST_VARIABLES]
        if not folded:
            return []
        rows = self._rows(
            f"SELECT path, {_DEFINITION} FROM symbol JOIN file ON file.id = symbol.file "
            f"WHERE folded IN ({','.join('?' * len(folded))}) ORDER BY path, first LIMIT 2000",
            tuple(folded),
        )
        return [(row[0], Definition(*row[1:])) for row in rows]

    def imports_in(self, path: str) -> list[str]:
        """What one file imports, as written, in order."""
        rows = self._rows(
            "SELECT target FROM import JOIN file ON file.id = import.file WHERE path = ? "
            "ORDER BY import.rowid",
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
        rows = self._rows(
            "SELECT path FROM call JOIN file ON file.id = call.file WHERE name = ? ORDER BY path", (name,)
        )
        return [row[0] for row in rows]

    def calls_in(self, path: str) -> tuple[str, ...]:
        """The names that one file calls, in alphabetical order."""
        rows = self._rows(
            "SELECT name FROM call JOIN file ON file.id = call.file WHERE path = ? ORDER BY name", (path,)
        )
        return tuple(row[0] for row in rows)

    def breadcrumbs(self) -> list[Breadcrumb]:
        """Every breadcrumb of the code base, by path and line."""
        rows = self._rows("SELECT breadcrumbs FROM file WHERE breadcrumbs IS NOT NULL ORDER BY path")
        decoder = msgspec.msgpack.Decoder(tuple[Breadcrumb, ...])
        with damage_reported(self._path.parent):
            return [breadcrumb for (blob,) in rows for breadcrumb in decoder.decode(blob)]

    def counts(self) -> dict[str, int]:
        """How many files, symbols and files with breadcrumbs there are."""
        queries = {
            "files": "SELECT count(*) FROM file WHERE reason IS NULL",
            "symbols": "SELECT count(*) FROM symbol",
            "files_with_breadcrumbs": "SELECT count(*) FROM file WHERE breadcrumbs IS NOT NULL",
        }
        return {name: rows[0][0] if (rows := self._rows(query)) else 0 for name, query in queries.items()}

    def _rows(self, query: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        """All rows; none while there is no database, because the next refresh makes one."""
        if not self._path.exists():
            return []
        with damage_reported(self._path.parent), self._connection() as connection:
            if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'symbol'").fetchone():
                return []
            return connection.execute(query, values).fetchall()

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(self._path, timeout=30)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            # A lost last transaction only means that some files are read again.
            connection.execute("PRAGMA synchronous = NORMAL")
            with connection:
                yield connection
        finally:
            connection.close()

    def _delete(self) -> None:
        for suffix in ("", "-wal", "-shm"):
            self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)


_TABLES = ("symbol", "call", "import")
_DEFINITION = "name, kind, first, last, signature, comment_start, doc"
_INSERT_FILE = (
    "INSERT INTO file (path, size, mtime_ns, language, reason, breadcrumbs) VALUES (?, ?, ?, ?, ?, ?)"
)
_INSERT_SYMBOL = "INSERT INTO symbol VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"


def _forget(connection: sqlite3.Connection, path: str) -> None:
    row = connection.execute("SELECT id FROM file WHERE path = ?", (path,)).fetchone()
    if row is not None:
        for table in _TABLES:
            connection.execute(f"DELETE FROM {table} WHERE file = ?", row)
        connection.execute("DELETE FROM file WHERE id = ?", row)


def _store(connection: sqlite3.Connection, facts: FileFacts) -> None:
    file = facts.file
    _forget(connection, file.path)
    blob = msgspec.msgpack.encode(facts.breadcrumbs) if facts.breadcrumbs else None
    cursor = connection.execute(
        _INSERT_FILE, (file.path, file.size, file.mtime_ns, file.language, None, blob)
    )
    number = cursor.lastrowid
    connection.executemany(
        _INSERT_SYMBOL,
        [
            (x.name.lower(), number, x.name, x.kind, x.start, x.end, x.comment_start, x.signature, x.doc)
            for x in facts.definitions
        ],
    )
    connection.executemany("INSERT OR IGNORE INTO call VALUES (?, ?)", [(x, number) for x in facts.calls])
    connection.executemany(
        "INSERT INTO import VALUES (?, ?, ?)", [(import_key(x), number, x) for x in facts.imports]
    )
