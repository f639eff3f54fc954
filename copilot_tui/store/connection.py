"""Opening the SQLite file, and saying in words what SQLite says in codes.

WAL lets readers work while one process writes. ``synchronous=NORMAL`` means that a commit survives
the death of the process; after a power cut the newest commits may be missing, the file is sound.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from copilot_tui.core.errors import StoreError
from copilot_tui.store.migrations import APPLICATION_ID, MIGRATIONS, check_version, migrate, schema_version

DATABASE_NAME = "copilot.db"
BUSY_SECONDS = 10.0

_CAUSES = (
    (
        "full",
        "The disk is full: {path} cannot be written.",
        "Make room on the disk; what was stored is safe.",
    ),
    (
        "readonly",
        "{path} cannot be written: it, or its directory, is read-only.",
        "Give a directory that can be written to (LOGS), or change its permissions.",
    ),
    (
        "unable to open",
        "{path} cannot be opened.",
        "Check the permissions of its directory, and that it is on a local disk.",
    ),
    (
        "locked",
        f"{{path}} was busy for more than {BUSY_SECONDS:g} seconds.",
        "Another process writes to it; try again.",
    ),
    (
        "closed",
        "{path} was closed and is used still.",
        "This is a fault in copilot-tui; please report it.",
    ),
    (
        "disk i/o",
        "The disk reported an error on {path}.",
        "Check the disk's room and health; network drives often lack the locks that SQLite needs.",
    ),
)
_DAMAGE = ("malformed", "not a database", "file is encrypted", "malformed database schema")


class DamagedDatabaseError(StoreError):
    """The file is no database of this program, or its pages contradict each other."""


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn each error of SQLite and of the disk into a :class:`StoreError` that a person can act on."""
    try:
        yield
    except sqlite3.Error as error:
        raise explain(error, path) from error
    except OSError as error:
        raise StoreError(
            f"{error.filename or path}: {error.strerror}.",
            "Check the permissions of the state directory and the room on its disk.",
        ) from error


def explain(error: sqlite3.Error, path: Path) -> StoreError:
    text = str(error).lower()
    if any(fragment in text for fragment in _DAMAGE):
        return DamagedDatabaseError(
            f"{path} is damaged ({error}).",
            "Start again: it is then moved aside and rebuilt from the JSON logs.",
        )
    for fragment, message, hint in _CAUSES:
        if fragment in text:
            return StoreError(message.format(path=path), hint)
    return StoreError(f"{path}: {error}.")


def connect(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
    """A checked, migrated connection; :class:`DamagedDatabaseError` when the file cannot be trusted.

    It may be used from a thread other than the caller's, by one thread at a time.
    """
    with translated(path):
        if read_only:
            return _connect_reader(path)
        connection = _open(path, "rwc")
        try:
            _check(connection, path)
            mode = _enter_wal(connection)
            # Where the file system has no shared memory, the old journal needs every sync.
            connection.execute(f"PRAGMA synchronous = {'NORMAL' if mode == 'wal' else 'FULL'}")
            connection.execute("PRAGMA foreign_keys = ON")
            migrate(connection, path)
        except BaseException:
            connection.close()
            raise
        return connection


def connect_memory() -> sqlite3.Connection:
    """An empty database that is nowhere: what a reader of a code base without history gets."""
    connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    migrate(connection, Path(":memory:"))
    connection.execute("PRAGMA query_only = ON")
    return connection


def _connect_reader(path: Path) -> sqlite3.Connection:
    connection = _open(path, "ro")
    try:
        try:
            _check(connection, path)
        except sqlite3.OperationalError:
            # A read-only directory has no room for the WAL's index. Without a WAL the file cannot
            # change under us, and SQLite may be told so.
            if path.with_name(f"{path.name}-wal").exists():
                raise
            connection.close()
            connection = _open(path, "ro&immutable=1")
            _check(connection, path)
        check_version(connection, path)
        outdated = schema_version(connection) < len(MIGRATIONS)
    except BaseException:
        connection.close()
        raise
    if outdated:
        connection.close()
        connect(path).close()
        connection = _open(path, "ro")
    return connection


def _open(path: Path, mode: str) -> sqlite3.Connection:
    return sqlite3.connect(
        f"file:{quote(str(path.absolute()))}?mode={mode}",
        uri=True,
        timeout=BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=64,
    )


def _enter_wal(connection: sqlite3.Connection) -> str:
    """Switch the journal and tell its mode. SQLite does not wait here by itself for other openers."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            return str(connection.execute("PRAGMA journal_mode = WAL").fetchone()[0])
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def _check(connection: sqlite3.Connection, path: Path) -> None:
    """Raise :class:`DamagedDatabaseError` unless this is a sound database of this program."""
    findings = [row[0] for row in connection.execute("PRAGMA quick_check(1)")]
    if findings != ["ok"]:
        raise DamagedDatabaseError(f"{path} is damaged ({findings[0].splitlines()[-1]}).")
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    tables = connection.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()[0]
    if tables and application != APPLICATION_ID:
        raise DamagedDatabaseError(f"{path} is a database of another program.")
