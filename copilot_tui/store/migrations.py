"""The database's schema, as the ordered list of steps that lead to it.

``user_version`` counts the steps that a file has behind it. A step is never edited once released;
a change of the schema is a new step at the end. Each step and its count are one transaction, so a
process that is killed in between leaves the schema of before or of after.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

from copilot_tui.core.errors import StoreError

APPLICATION_ID = 0x43545549
"""``CTUI``: tells a database of this program from any other SQLite file."""


def _create_sessions(connection: sqlite3.Connection) -> None:
    """Events are only ever added; a session is its events and nothing else.

    The partial index holds the few events that an overview is folded from, so that listing sessions
    does not read every token that was ever streamed. Its condition must stay word for word the one
    in ``sessions.MILESTONES``, or SQLite does not use it.
    """
    connection.execute(
        "CREATE TABLE sessions ("
        " number INTEGER PRIMARY KEY,"
        " id TEXT NOT NULL UNIQUE,"
        " created_at TEXT NOT NULL)"
    )
    connection.execute(
        "CREATE TABLE events ("
        " session INTEGER NOT NULL REFERENCES sessions(number) ON DELETE CASCADE,"
        " seq INTEGER NOT NULL CHECK (seq > 0),"
        " time TEXT NOT NULL,"
        " type TEXT NOT NULL,"
        " payload TEXT NOT NULL,"
        " PRIMARY KEY (session, seq))"
    )
    connection.execute(
        "CREATE INDEX milestones ON events(session, seq) WHERE type IN ("
        "'session_started','session_resumed','session_renamed','session_ended','task_changed',"
        "'iteration_started','phase_started')"
    )


def _create_errors(connection: sqlite3.Connection) -> None:
    """Errors by fingerprint, and what cleared them."""
    connection.execute(
        "CREATE TABLE errors ("
        " fingerprint TEXT PRIMARY KEY NOT NULL,"
        " message TEXT NOT NULL,"
        " first_seen TEXT NOT NULL,"
        " last_seen TEXT NOT NULL,"
        " occurrences INTEGER NOT NULL,"
        " contexts TEXT NOT NULL,"
        " status TEXT NOT NULL)"
    )
    connection.execute(
        "CREATE TABLE resolutions ("
        " number INTEGER PRIMARY KEY,"
        " fingerprint TEXT NOT NULL REFERENCES errors(fingerprint) ON DELETE CASCADE,"
        " timestamp TEXT NOT NULL,"
        " rule TEXT NOT NULL,"
        " patch TEXT NOT NULL,"
        " verified INTEGER NOT NULL,"
        " fix_commit TEXT,"
        " context TEXT NOT NULL,"
        " UNIQUE (fingerprint, rule, patch))"
    )


def _count_by_origin(connection: sqlite3.Connection) -> None:
    """Counts of errors and of what their fixes did, one for each database that counted.

    So the counts of two machines can be put together any number of times, in any order.
    """
    connection.execute("ALTER TABLE errors ADD COLUMN counts TEXT NOT NULL DEFAULT '{}'")
    connection.execute("ALTER TABLE resolutions ADD COLUMN counts TEXT NOT NULL DEFAULT '{}'")
    connection.execute("UPDATE errors SET counts = json_object('', occurrences)")
    connection.execute("CREATE TABLE origin (name TEXT NOT NULL)")


def _index_edit_forms(connection: sqlite3.Connection) -> None:
    """Which forms of edits a model keeps to is counted over all sessions, without reading their tokens."""
    connection.execute("CREATE INDEX edit_forms ON events(session, seq) WHERE type = 'edit_form_tried'")


MIGRATIONS: tuple[Callable[[sqlite3.Connection], None], ...] = (
    _create_sessions,
    _create_errors,
    _count_by_origin,
    _index_edit_forms,
)


def schema_version(connection: sqlite3.Connection) -> int:
    """How many migrations the file has behind it."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def check_version(connection: sqlite3.Connection, path: Path) -> None:
    """Refuse a file that a newer program has migrated further than this one can follow."""
    version = schema_version(connection)
    if version > len(MIGRATIONS):
        raise StoreError(
            f"{path} has the schema version {version};"
            f" this copilot-tui knows versions up to {len(MIGRATIONS)}.",
            "It was written by a newer copilot-tui; update this one, or keep its state apart with LOGS.",
        )


def migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Bring the schema up to date. Safe when several processes open a new file at once."""
    check_version(connection, path)
    for number, step in enumerate(MIGRATIONS, 1):
        if schema_version(connection) >= number:
            continue
        connection.execute("BEGIN IMMEDIATE")
        try:
            if schema_version(connection) < number:  # another process may have been faster
                step(connection)
                connection.execute(f"PRAGMA user_version = {number}")
                connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
