"""The catalogue's SQLite file: one reader that any thread may use, and a writer for each change.

Another process may replace the file at any time; the reader notices by its inode.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from copilot_tui.index.catalogue_schema import VERSION
from copilot_tui.index.damage import damage_reported


class CatalogueFile:
    """The database ``path``, which need not exist."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._reader: sqlite3.Connection | None = None
        self._opened: tuple[int, int] = (0, 0)

    def rows(self, query: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        """All rows; none while there is no database, because the next refresh makes one."""
        with damage_reported(self._path.parent), self._lock:
            reader = self._current_reader()
            return reader.execute(query, values).fetchall() if reader is not None else []

    @contextmanager
    def writer(self) -> Iterator[sqlite3.Connection]:
        """One transaction; the file is made where it is missing."""
        connection = _connect(self._path)
        try:
            with damage_reported(self._path.parent), connection:
                yield connection
        finally:
            connection.close()

    def close(self) -> None:
        """Let go of the file; the next question opens it again."""
        with self._lock:
            self._close_reader()

    def delete(self) -> None:
        with self._lock:
            self._close_reader()
            for suffix in ("", "-wal", "-shm"):
                self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)

    def _current_reader(self) -> sqlite3.Connection | None:
        """The shared connection, anew where another process replaced the file.

        None without tables, or with those of another version: the next refresh makes them anew.
        """
        try:
            status = self._path.stat()
        except OSError:
            self._close_reader()
            return None
        if self._reader is None or self._opened != (status.st_dev, status.st_ino):
            self._close_reader()
            reader = _connect(self._path)
            if not _is_current(reader):
                reader.close()
                return None
            self._reader, self._opened = reader, (status.st_dev, status.st_ino)
        return self._reader

    def _close_reader(self) -> None:
        if self._reader is not None:
            self._reader.close()
            self._reader = None


def _is_current(reader: sqlite3.Connection) -> bool:
    if not reader.execute("SELECT 1 FROM sqlite_master WHERE name = 'left_out'").fetchone():
        return False
    row = reader.execute("SELECT value FROM meta WHERE key = 'version'").fetchone()
    return row is not None and row[0] == VERSION


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
