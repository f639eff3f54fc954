"""The database of one code base: one file, one connection, and its way back from damage.

A :class:`Database` may be used from several threads; they take turns. It does not keep a second
process from writing: who writes holds a :class:`~copilot_tui.store.lock.WriterLock`.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from copilot_tui.store import recovery
from copilot_tui.store.connection import (
    DATABASE_NAME,
    DamagedDatabaseError,
    connect,
    connect_memory,
    translated,
)
from copilot_tui.store.files import make_directory


class Database:
    """An open database. ``notices`` tell a person what had to be repaired on the way."""

    def __init__(self, connection: sqlite3.Connection, path: Path, notices: tuple[str, ...] = ()) -> None:
        self.path = path
        self.notices = notices
        self._connection = connection
        self._turn = threading.RLock()

    @classmethod
    def open(cls, directory: Path, *, read_only: bool = False) -> Database:
        """Open, and where needed create, migrate or rebuild, the database in ``directory``.

        A file that is damaged, or missing beside JSON logs, is rebuilt from those logs; the damaged
        one is kept under another name, which ``notices`` give. That also happens for a reader,
        unless another process is writing. A reader of a directory without history gets an empty
        database and creates nothing. Raises :class:`StoreError` on a full disk, a read-only
        directory and a file of a newer program.
        """
        path = directory / DATABASE_NAME
        with translated(path):
            notices = recovery.rebuild(path, cls) if recovery.lost(path) else ()
            if read_only and not path.exists():
                return cls(connect_memory(), path)
            if not read_only:
                make_directory(directory)
            try:
                connection = connect(path, read_only=read_only)
            except DamagedDatabaseError:
                notices = recovery.rebuild(path, cls)
                connection = connect(path, read_only=read_only)
            return cls(connection, path, notices)

    @property
    def directory(self) -> Path:
        return self.path.parent

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All statements of the block are stored together, or none is."""
        with self._turn, translated(self.path):
            connection = self._connection
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The connection for statements that only read."""
        with self._turn, translated(self.path):
            yield self._connection

    def close(self) -> None:
        """Close the file. Closing twice is harmless."""
        with self._turn, translated(self.path):
            self._connection.close()

    def __enter__(self) -> Database:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
