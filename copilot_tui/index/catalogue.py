"""What is known of each indexed file: size, time and digest, definitions, calls, imports, breadcrumbs.

An SQLite file, and a cache: a damaged or outdated one is deleted and made anew by the next update.
``identity`` ties it to the word indexes beside it; where they differ, all are rebuilt. A file is entered
when its words are indexed and completed when its facts are read, so what is missing is known at any moment.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from copilot_tui.core.places import Breadcrumb
from copilot_tui.index.catalogue_file import CatalogueFile
from copilot_tui.index.catalogue_schema import SCHEMA, VERSION
from copilot_tui.index.damage import DamagedIndexError, damage_reported
from copilot_tui.index.definition import KINDS, Definition, Outline
from copilot_tui.index.facts import FileFacts
from copilot_tui.index.imports import import_key
from copilot_tui.index.packing import Columns, unpack_details, unpack_outlines, unpack_uses, whole
from copilot_tui.index.scan import KnownFile, SourceFile

_FACTS = ("facts", "symbol", "call", "import")
_MOST_VARIABLES = 500
_MOST_NAMESAKES = 2000


Stamp = tuple[int, int]
"""Size and time of a file."""


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
        self._directory = path.parent
        self._database = CatalogueFile(path)

    # Writing; needs the writer lock.

    def prepare(self, *, anew: bool = False) -> None:
        """Create the tables.

        A database that is damaged or outdated, or any when ``anew`` is set, is deleted first.
        """
        if anew:
            self._database.delete()
        try:
            version = self._prepared_version()
        except (sqlite3.DatabaseError, DamagedIndexError):
            version = ""  # not readable as a database, or with other tables
        if version != VERSION:
            self._database.delete()
            self._prepared_version()

    def clear(self, identity: str) -> None:
        """Forget every file; from now on the catalogue belongs to the word indexes ``identity``."""
        with self._database.writer() as connection:
            for table in ("file", "left_out", *_FACTS):
                connection.execute(f"DELETE FROM {table}")
            connection.execute("INSERT OR REPLACE INTO meta VALUES ('identity', ?)", (identity,))

    def enter(self, words: Iterable[IndexedWords], touched: Iterable[SourceFile] = ()) -> None:
        """Note files whose words are indexed; their facts are forgotten until they are read anew.

        ``touched`` are files with another time but the same content: they stay complete.
        """
        with self._database.writer() as connection:
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
        with self._database.writer() as connection:
            # Rows in the order of their keys go in several times as fast.
            facts = sorted(facts, key=lambda item: item.number)
            symbols = sorted((row for item in facts for row in item.symbols), key=_in_key_order)
            calls = sorted(row for item in facts for row in item.calls)
            imports = sorted(row for item in facts for row in item.imports)
            connection.executemany(
                "INSERT INTO facts VALUES (?, ?, ?, ?)",
                [(item.number, item.outlines, item.details, item.uses) for item in facts],
            )
            connection.executemany("INSERT INTO symbol VALUES (?, ?, ?, ?, ?, ?, ?)", symbols)
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
        with self._database.writer() as connection:
            for path in (*paths, *(rejected or {})):
                _forget_facts(connection, path)
                connection.execute("DELETE FROM file WHERE path = ?", (path,))
            for path, known in (rejected or {}).items():
                row = (path, known.size, known.mtime_ns, known.reason)
                connection.execute(_INSERT_REJECTED, row)

    def list_left_out(self, left_out: Mapping[str, Sequence[str]]) -> None:
        """Replace the list of what the scan left out, by reason."""
        with self._database.writer() as connection:
            connection.execute("DELETE FROM left_out")
            rows = [(reason, path) for reason, paths in left_out.items() for path in paths]
            connection.executemany("INSERT INTO left_out VALUES (?, ?)", rows)

    # Reading; any thread, no lock.

    def identity(self) -> str:
        """The identity given at the last :meth:`clear`; empty where there is none or no database."""
        rows = self._database.rows("SELECT value FROM meta WHERE key = 'identity'")
        return str(rows[0][0]) if rows else ""

    def known(self) -> dict[str, KnownFile]:
        """Every file that was looked at, good or rejected."""
        rows = self._database.rows("SELECT path, size, mtime_ns, reason FROM file")
        return {path: KnownFile(size, mtime_ns, reason) for path, size, mtime_ns, reason in rows}

    def digests(self) -> dict[str, bytes]:
        """The digest of every indexed file's bytes."""
        return dict(self._database.rows("SELECT path, digest FROM file WHERE digest IS NOT NULL"))

    def incomplete(self) -> list[Incomplete]:
        """The files whose facts are still to be read."""
        rows = self._database.rows("SELECT id, path, language, size FROM file WHERE NOT complete ORDER BY id")
        return [Incomplete(*row) for row in rows]

    def files(self) -> list[SourceFile]:
        """The files whose facts are known, by path."""
        rows = self._database.rows(
            "SELECT path, size, mtime_ns, language FROM file WHERE reason IS NULL AND complete ORDER BY path"
        )
        return [SourceFile(*row) for row in rows]

    def paths(self) -> list[str]:
        """The indexed files."""
        # Joined, since a row for each takes twice as long; no path holds the sign between them.
        rows = self._database.rows("SELECT group_concat(path, char(0)) FROM file WHERE reason IS NULL")
        return rows[0][0].split("\0") if rows and rows[0][0] else []

    def left_out(self) -> list[tuple[str, str]]:
        """Reason and path of what the last scan left out."""
        return self._database.rows("SELECT reason, path FROM left_out ORDER BY reason, path")

    def outlines(self, paths: Sequence[str]) -> Iterator[tuple[str, Stamp, Columns]]:
        """Each of ``paths`` whose facts are known, with the stamp that it had then and its definitions."""
        for path, size, mtime_ns, content in self._by_path("path, size, mtime_ns, outlines", paths):
            with damage_reported(self._directory):
                yield path, (size, mtime_ns), unpack_outlines(content)

    def definitions_by_file(self, paths: Sequence[str]) -> Iterator[tuple[str, list[Definition]]]:
        """As :meth:`outlines`, with what is said about each definition."""
        for path, outlines, details in self._by_path("path, outlines, details", paths):
            with damage_reported(self._directory):
                yield path, whole(unpack_outlines(outlines), unpack_details(details))

    def outlines_named(self, names: Sequence[str]) -> list[tuple[str, Outline]]:
        """Path and outline of every definition with one of ``names``, letter case ignored."""
        return [(path, outline) for path, _, outline in self._named(names)]

    def definitions_named(self, names: Sequence[str]) -> list[tuple[str, Definition]]:
        """As :meth:`outlines_named`, with what is said about each definition."""
        found = self._named(names)
        known = dict(self.definitions_by_file(list(dict.fromkeys(path for path, *_ in found))))
        return [(path, known[path][position]) for path, position, _ in found if path in known]

    def _named(self, names: Sequence[str]) -> list[tuple[str, int, Outline]]:
        folded = list(dict.fromkeys(name.lower() for name in names))[:_MOST_VARIABLES]
        if not folded:
            return []
        rows = self._database.rows(
            "SELECT path, position, name, kind, first, last, comment_start FROM symbol "
            f"JOIN file ON file.id = symbol.file WHERE name IN ({','.join('?' * len(folded))}) "
            f"ORDER BY path, first LIMIT {_MOST_NAMESAKES}",
            tuple(folded),
        )
        return [
            (path, position, Outline(name, KINDS[kind], *lines))
            for path, position, name, kind, *lines in rows
        ]

    def _by_path(self, columns: str, paths: Sequence[str]) -> Iterator[tuple[Any, ...]]:
        for first in range(0, len(paths), _MOST_VARIABLES):
            some = tuple(paths[first : first + _MOST_VARIABLES])
            yield from self._database.rows(
                f"SELECT {columns} FROM file JOIN facts ON file.id = facts.file "
                f"WHERE path IN ({','.join('?' * len(some))}) AND complete",
                some,
            )

    def imports_in(self, path: str) -> list[str]:
        """What one file imports, as written, in order."""
        return self._uses(path)[1]

    def calls_in(self, path: str) -> tuple[str, ...]:
        """The names that one file calls, in alphabetical order."""
        return tuple(sorted(self._uses(path)[0]))

    def _uses(self, path: str) -> tuple[list[str], list[str]]:
        for (content,) in self._by_path("uses", [path]):
            with damage_reported(self._directory):
                return unpack_uses(content)
        return [], []

    def imports_named(self, keys: Sequence[str], limit: int) -> list[tuple[str, str]]:
        """Path and target of the first ``limit`` imports with one of ``keys`` (see ``import_key``)."""
        marks = ",".join("?" * len(keys))
        return self._database.rows(
            "SELECT path, target FROM import JOIN file ON file.id = import.file "
            f"WHERE key IN ({marks}) LIMIT ?",
            (*keys, limit),
        )

    def callers_of(self, name: str) -> list[str]:
        """The files that call ``name``, by path."""
        query = "SELECT path FROM call JOIN file ON file.id = call.file WHERE name = ? ORDER BY path"
        return [row[0] for row in self._database.rows(query, (name,))]

    def breadcrumbs(self) -> list[Breadcrumb]:
        """Every breadcrumb of the code base, by path and line."""
        rows = self._database.rows("SELECT breadcrumbs FROM file WHERE breadcrumbs IS NOT NULL ORDER BY path")
        decoder = msgspec.msgpack.Decoder(tuple[Breadcrumb, ...])
        with damage_reported(self._directory):
            return [breadcrumb for (blob,) in rows for breadcrumb in decoder.decode(blob)]

    def counts(self) -> dict[str, int]:
        """How many files, symbols and files with breadcrumbs there are, and how many wait for symbols."""
        queries = {
            "files": "SELECT count(*) FROM file WHERE reason IS NULL",
            "symbols": "SELECT count(*) FROM symbol",
            "files_with_breadcrumbs": "SELECT count(*) FROM file WHERE breadcrumbs IS NOT NULL",
            "files_without_symbols_yet": "SELECT count(*) FROM file WHERE NOT complete",
        }
        return {
            name: rows[0][0] if (rows := self._database.rows(query)) else 0 for name, query in queries.items()
        }

    def close(self) -> None:
        """Let go of the file; the next question opens it again."""
        self._database.close()

    def _prepared_version(self) -> str:
        with self._database.writer() as connection:
            connection.executescript(SCHEMA)
            connection.execute("INSERT OR IGNORE INTO meta VALUES ('version', ?)", (VERSION,))
            row = connection.execute("SELECT value FROM meta WHERE key = 'version'").fetchone()
            return str(row[0])


_CHANGE_FILE = (
    "UPDATE file SET size = ?, mtime_ns = ?, digest = ?, language = ?, reason = NULL, complete = 0, "
    "breadcrumbs = NULL WHERE path = ?"
)
_INSERT_REJECTED = (
    "INSERT INTO file (path, size, mtime_ns, language, reason, complete) VALUES (?, ?, ?, '', ?, 1)"
)
_INSERT_FILE = "INSERT INTO file (size, mtime_ns, digest, language, path, complete) VALUES (?, ?, ?, ?, ?, 0)"


def _in_key_order(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return (row[0].lower(), *row[1:3])


def _forget_facts(connection: sqlite3.Connection, path: str) -> None:
    """The rows of a file are found by what is packed of it."""
    row = connection.execute(
        "SELECT id, outlines, uses FROM file JOIN facts ON file.id = facts.file WHERE path = ?", (path,)
    ).fetchone()
    if row is None:
        return
    number, outlines, uses = row
    calls, imports = unpack_uses(uses)
    for table, column, values in (
        ("symbol", "name", set(unpack_outlines(outlines)[0].split("\n"))),
        ("call", "name", set(calls)),
        ("import", "key", set(map(import_key, imports))),
    ):
        query = f"DELETE FROM {table} WHERE {column} = ? AND file = ?"
        connection.executemany(query, [(value, number) for value in values])
    connection.execute("DELETE FROM facts WHERE file = ?", (number,))
