from __future__ import annotations

import threading
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from copilot_tui.core import events as ev
from copilot_tui.core.artefacts import Summary, Task
from copilot_tui.core.errors import SessionNotFoundError, UsageError
from copilot_tui.store.database import Database
from copilot_tui.store.lock import WriterLock
from copilot_tui.store.logs import write_session_log
from copilot_tui.store.sessions import SessionStore

START = ev.SessionStarted(Task("Sort the list\nin place"), "/code", project="kernel")
ENDED = ev.SessionEnded("solved", Summary("solved", 1, 1, 0, 10, 5, 3, 0.5))


def test_events_are_numbered_from_one_without_gaps_and_timed_in_utc(sessions: SessionStore) -> None:
    records = [sessions.append("s", event) for event in (START, ev.PhaseStarted("explore", 1), ENDED)]
    assert [record.seq for record in records] == [1, 2, 3]
    assert sessions.records("s") == records
    assert sessions.records("s", after=2) == records[2:]
    moment = datetime.fromisoformat(records[0].time)
    assert moment.utcoffset() == timedelta(0)
    assert abs(datetime.now(timezone.utc) - moment) < timedelta(minutes=1)


def test_another_thread_appends_while_this_one_reads(sessions: SessionStore) -> None:
    sessions.append("s", START)

    def append_many() -> None:
        for number in range(200):
            sessions.append("s", ev.TokenStreamed("generate", str(number)))

    worker = threading.Thread(target=append_many)
    worker.start()
    while worker.is_alive():
        seen = [record.seq for record in sessions.records("s")]
        assert seen == list(range(1, len(seen) + 1))
    worker.join()
    assert len(sessions.records("s")) == 201


def test_an_overview_tells_what_happened(sessions: SessionStore) -> None:
    sessions.append("a", START)
    sessions.append("a", ev.IterationStarted(1))
    sessions.append("a", ev.PhaseStarted("explore", 1))
    sessions.append("a", ev.PhaseFinished("explore", 1, 0.1))
    sessions.append("a", ev.IterationStarted(2))
    sessions.append("a", ev.PhaseStarted("reason", 2))
    sessions.append("a", ev.TokenStreamed("reason", "word"))
    last = sessions.append("a", ENDED)
    (overview,) = sessions.overviews()
    assert (overview.id, overview.title, overview.task) == ("a", "Sort the list", "Sort the list\nin place")
    assert (overview.source, overview.project, overview.status) == ("/code", "kernel", "solved")
    assert (overview.iterations, overview.events, overview.last_phase) == (2, 8, "reason")
    assert overview.updated_at == last.time


def test_a_session_without_an_end_runs_only_while_a_process_holds_the_lock(
    database: Database, sessions: SessionStore
) -> None:
    sessions.append("old", START)
    sessions.append("young", START)
    assert [overview.status for overview in sessions.overviews()] == ["interrupted", "interrupted"]
    with WriterLock(database.directory):
        assert [(o.id, o.status) for o in sessions.overviews()] == [
            ("young", "running"),
            ("old", "interrupted"),
        ]


def test_a_session_that_cannot_be_decoded_does_not_hide_the_others(
    database: Database, sessions: SessionStore
) -> None:
    sessions.append("bad", START)
    sessions.append("good", START)
    with database.transaction() as connection:
        connection.execute(
            "UPDATE events SET payload = '{' WHERE session = (SELECT number FROM sessions WHERE id = 'bad')"
        )
    assert {o.id: o.status for o in sessions.overviews()} == {"bad": "unreadable", "good": "interrupted"}


def test_a_prefix_finds_a_session_when_it_is_the_only_one(sessions: SessionStore) -> None:
    with pytest.raises(SessionNotFoundError, match="no sessions"):
        sessions.resolve("last")
    for session in ("01ABC1", "01ABD2", "01ABD2X"):
        sessions.append(session, START)
    sessions.append("01ABC1", ev.SessionRenamed("worked on last"))
    assert sessions.resolve("01abc") == "01ABC1"
    assert sessions.resolve("01ABD2") == "01ABD2"
    assert sessions.resolve("last") == "01ABC1"
    with pytest.raises(SessionNotFoundError, match="2 sessions begin with '01ABD'"):
        sessions.resolve("01ABD")
    with pytest.raises(SessionNotFoundError, match="01ABC1"):
        sessions.resolve("01ABX")
    with pytest.raises(SessionNotFoundError):
        sessions.resolve("")


def test_a_branch_is_the_prefix_under_a_new_id_that_names_its_parent(sessions: SessionStore) -> None:
    originals = [sessions.append("s", event) for event in (START, ev.PhaseStarted("explore", 1), ENDED)]
    branch = sessions.branch("s", 2)
    copied = sessions.records(branch)
    assert copied[0].event == replace(START, parent="s", parent_seq=2)
    assert copied[1:] == [replace(originals[1], session=branch)]
    assert sessions.append(branch, ENDED).seq == 3
    assert sessions.records("s") == originals
    assert sessions.resolve("last") == branch
    for wrong in (0, 4):
        with pytest.raises(UsageError, match="1 to 3"):
            sessions.branch("s", wrong)


def test_removing_a_session_removes_its_log_too(database: Database, sessions: SessionStore) -> None:
    sessions.append("s", START)
    log = write_session_log(database.directory, sessions.records("s"))
    sessions.remove("s")
    assert not log.exists()
    assert sessions.overviews() == []
    with pytest.raises(SessionNotFoundError):
        sessions.records("s")
    with pytest.raises(SessionNotFoundError):
        sessions.remove("s")


def test_importing_twice_changes_nothing_and_a_longer_copy_extends(
    sessions: SessionStore, tmp_path: Path
) -> None:
    records = [sessions.append("s", event) for event in (START, ev.PhaseStarted("explore", 1), ENDED)]
    with Database.open(tmp_path / "other") as other_database:
        other = SessionStore(other_database)
        for part in (records[:2], records, records, records[:1]):
            other.import_records(part)
        assert other.records("s") == records


def test_a_conflicting_or_gapped_import_is_refused_whole(sessions: SessionStore) -> None:
    stored = sessions.append("s", START)
    fresh = ev.EventRecord("fresh", 1, stored.time, START)
    conflicting = replace(stored, event=replace(START, source="/elsewhere"))
    with pytest.raises(UsageError, match="another content"):
        sessions.import_records([fresh, conflicting])
    with pytest.raises(UsageError, match="not numbered"):
        sessions.import_records([fresh, replace(fresh, seq=3)])
    with pytest.raises(UsageError, match="cannot be a session id"):
        sessions.import_records([replace(fresh, session="../../etc/passwd")])
    assert [overview.id for overview in sessions.overviews()] == ["s"]
