from __future__ import annotations

import os
import sqlite3
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from copilot_tui.core import events as ev
from copilot_tui.core.artefacts import Task
from copilot_tui.core.errors import StoreError, UsageError
from copilot_tui.store import migrations
from copilot_tui.store.connection import DATABASE_NAME
from copilot_tui.store.database import Database
from copilot_tui.store.errors import ErrorStore
from copilot_tui.store.lock import WriterLock
from copilot_tui.store.logs import write_error_log, write_session_log
from copilot_tui.store.sessions import SessionStore

START = ev.SessionStarted(Task("t"), "/code")


def fill(directory: Path, *, logs: bool = True) -> dict[str, list[ev.EventRecord]]:
    """A store with two sessions and an error, large enough to have pages of every kind."""
    kept = {}
    with Database.open(directory) as database:
        sessions, errors = SessionStore(database), ErrorStore(database)
        for session in ("one", "two"):
            sessions.append(session, START)
            for _ in range(200):
                sessions.append(session, ev.TokenStreamed("generate", "x" * 300))
            kept[session] = sessions.records(session)
            if logs:
                write_session_log(directory, kept[session])
        errors.record("f1", "undeclared", {"file": "a.c"})
        if logs:
            write_error_log(directory, errors)
    return kept


def overwrite(path: Path, offset: int, content: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(content)


DAMAGE: dict[str, Callable[[Path], None]] = {
    "not a database": lambda path: void(
        path.write_bytes(b"this is no database, but it is long enough\n" * 99)
    ),
    "header gone": lambda path: overwrite(path, 0, bytes(100)),
    "schema page gone": lambda path: overwrite(path, 100, b"\xff" * 3996),
    "inner page zeroed": lambda path: overwrite(path, 4096 * 5, bytes(4096)),
    "inner page is noise": lambda path: overwrite(path, 4096 * 7, os.urandom(4096)),
    "cut short": lambda path: os.truncate(path, path.stat().st_size // 2),
    "cut to nothing": lambda path: os.truncate(path, 0),
    "another program's": lambda path: replace_by_another(path),
}


def void(_: object) -> None:
    return None


def replace_by_another(path: Path) -> None:
    path.unlink()
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE bookmarks (url TEXT)")
    connection.commit()
    connection.close()


@pytest.mark.parametrize("read_only", [False, True])
@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_database_is_moved_aside_named_and_rebuilt(
    tmp_path: Path, damage: str, read_only: bool
) -> None:
    kept = fill(tmp_path)
    DAMAGE[damage](tmp_path / DATABASE_NAME)
    damaged = (tmp_path / DATABASE_NAME).read_bytes()
    with Database.open(tmp_path, read_only=read_only) as database:
        sessions = SessionStore(database)
        assert {session: sessions.records(session) for session in ("one", "two")} == kept
        entry = ErrorStore(database).lookup("f1")
        assert entry is not None
        assert entry.occurrences == 1
        notices = " ".join(database.notices)
    (aside,) = tmp_path.glob("copilot.db.corrupt-*")
    assert aside.read_bytes() == damaged
    assert str(aside) in notices
    assert "2 sessions and 1 error were restored" in notices
    with Database.open(tmp_path) as database:
        assert database.notices == ()


def test_a_missing_database_beside_logs_is_rebuilt_and_said(tmp_path: Path) -> None:
    kept = fill(tmp_path)
    (tmp_path / DATABASE_NAME).unlink()
    with Database.open(tmp_path, read_only=True) as database:
        assert SessionStore(database).records("one") == kept["one"]
        assert "missing" in database.notices[0]


def test_broken_logs_are_counted_and_keep_no_other_from_being_restored(tmp_path: Path) -> None:
    kept = fill(tmp_path)
    logs = tmp_path / "sessions"
    (logs / "cut.json").write_bytes((logs / "one.json").read_bytes()[:5000])
    (logs / "of-the-seed.json").write_text('{"id": "of-the-seed", "task": "t", "turns": []}')
    (logs / "bomb.json").write_text("[" * 100_000)
    whole = (logs / "two.json").read_text()
    (logs / "two.json").write_text(whole.replace('"seq": 100,', '"seq": 7777,'))
    (tmp_path / "errors" / "list.json").write_text("[1, 2]")
    (tmp_path / DATABASE_NAME).write_bytes(b"gone" * 100)
    with Database.open(tmp_path) as database:
        sessions = SessionStore(database)
        assert sessions.records("one") == kept["one"]
        assert sessions.records("two") == kept["two"][:99]
        last = database.notices[-1]
    for name in ("cut.json", "of-the-seed.json", "bomb.json", "two.json (after event 99)", "list.json"):
        assert name in last


def test_a_rebuild_that_was_killed_is_done_again(tmp_path: Path) -> None:
    kept = fill(tmp_path)
    (tmp_path / DATABASE_NAME).rename(tmp_path / "copilot.db.corrupt-20260101T000000.000000Z")
    (tmp_path / "copilot.db.rebuilding").write_bytes(b"half of it")
    with Database.open(tmp_path) as database:
        assert SessionStore(database).records("one") == kept["one"]
    assert not list(tmp_path.glob("*.rebuilding*"))


def test_the_process_that_holds_the_lock_may_rebuild_and_another_may_not(tmp_path: Path) -> None:
    fill(tmp_path)
    (tmp_path / DATABASE_NAME).write_bytes(b"gone" * 100)
    with WriterLock(tmp_path) as lock:
        (tmp_path / "copilot.lock").write_text('{"process": 1, "since": "2026-01-01"}')
        with pytest.raises(StoreError, match="Process 1 "):
            Database.open(tmp_path)
        lock.release()
        lock.acquire()
        with Database.open(tmp_path) as database:
            assert database.notices
        assert lock.held


def test_a_newer_schema_is_refused_and_left_alone(tmp_path: Path) -> None:
    fill(tmp_path)
    connection = sqlite3.connect(tmp_path / DATABASE_NAME)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    for read_only in (False, True):
        with pytest.raises(StoreError, match="99") as caught:
            Database.open(tmp_path, read_only=read_only)
        assert "update" in caught.value.hint
    assert not list(tmp_path.glob("*corrupt*"))


@pytest.mark.parametrize("read_only", [False, True])
@pytest.mark.parametrize("steps", range(len(migrations.MIGRATIONS)))
def test_an_older_schema_is_brought_up_to_date_and_keeps_its_data(
    tmp_path: Path, steps: int, read_only: bool
) -> None:
    connection = sqlite3.connect(tmp_path / DATABASE_NAME, isolation_level=None)
    for number, step in enumerate(migrations.MIGRATIONS[:steps], 1):
        step(connection)
        connection.execute(f"PRAGMA user_version = {number}")
        connection.execute(f"PRAGMA application_id = {migrations.APPLICATION_ID}")
    if steps:
        connection.execute("INSERT INTO sessions VALUES (1, 's', '2026-01-01')")
    connection.close()
    with Database.open(tmp_path, read_only=read_only) as database, database.reading() as opened:
        assert migrations.schema_version(opened) == len(migrations.MIGRATIONS)
        assert opened.execute("SELECT COUNT(*) FROM sessions").fetchone()[0] == min(steps, 1)


def test_a_failing_migration_leaves_the_schema_of_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(connection: sqlite3.Connection) -> None:
        connection.execute("CREATE TABLE half_done (x)")
        connection.execute("INSERT INTO nowhere VALUES (1)")

    fill(tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(migrations, "MIGRATIONS", (*migrations.MIGRATIONS, failing))
        with pytest.raises(StoreError, match="nowhere"):
            Database.open(tmp_path)
    with Database.open(tmp_path) as database, database.reading() as connection:
        names = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
        assert "half_done" not in names


def test_a_reader_of_a_folder_without_history_creates_nothing(tmp_path: Path) -> None:
    with Database.open(tmp_path / "none", read_only=True) as database:
        assert SessionStore(database).overviews() == []
        with pytest.raises(StoreError):
            SessionStore(database).append("s", START)
    assert not (tmp_path / "none").exists()


def test_a_reader_cannot_write(tmp_path: Path) -> None:
    fill(tmp_path)
    with Database.open(tmp_path, read_only=True) as database, pytest.raises(StoreError, match="read-only"):
        SessionStore(database).append("one", START)


def test_a_full_disk_is_said_and_loses_nothing(database: Database, sessions: SessionStore) -> None:
    sessions.append("s", START)
    with database.reading() as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages + 2}")
    with pytest.raises(StoreError, match="disk is full"):
        sessions.append("s", ev.TokenStreamed("generate", "x" * 20_000))
    with database.reading() as connection:
        connection.execute("PRAGMA max_page_count = 1000000")
    assert sessions.append("s", START).seq == 2


@contextmanager
def read_only_folder() -> Iterator[Path]:
    """A store with two sessions, in a folder that this process may read but not write."""
    with tempfile.TemporaryDirectory() as folder:
        fill(Path(folder), logs=False)
        for path in (*Path(folder).iterdir(), Path(folder)):
            path.chmod(0o555)
        root = os.geteuid() == 0
        if root:  # permissions do not hold for root, so be somebody else for a while
            os.seteuid(65534)
        try:
            yield Path(folder)
        finally:
            if root:
                os.seteuid(0)
            Path(folder).chmod(0o755)


def test_a_directory_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be made"):
        Database.open(tmp_path / "file" / "state")


@pytest.mark.skipif(sys.platform == "win32", reason="permissions of POSIX")
def test_a_read_only_directory_can_be_read_and_refuses_a_writer() -> None:
    with read_only_folder() as folder:
        with Database.open(folder, read_only=True) as database:
            assert len(SessionStore(database).records("one")) == 201
        with pytest.raises(StoreError, match="read-only"):
            Database.open(folder)
        with pytest.raises(StoreError, match="cannot be opened"):
            WriterLock(folder).acquire()


def test_use_after_closing_is_a_store_error(tmp_path: Path) -> None:
    database = Database.open(tmp_path)
    database.close()
    database.close()
    with pytest.raises(StoreError, match="closed"):
        SessionStore(database).overviews()


def test_a_failed_block_is_rolled_back(database: Database, sessions: SessionStore) -> None:
    bad = ev.EventRecord("half", 2, "2026-01-01", START)
    with pytest.raises(UsageError):
        sessions.import_records([replace(bad, session="whole", seq=1), bad])
    assert sessions.append("s", START).seq == 1
    assert [overview.id for overview in sessions.overviews()] == ["s"]


def test_other_people_of_the_machine_cannot_look_into_the_state(tmp_path: Path) -> None:
    Database.open(tmp_path / "state").close()
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) & 0o077 == 0
