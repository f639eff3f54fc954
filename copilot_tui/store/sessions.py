"""Sessions: an append-only list of events each, stored before anyone sees them.

Nothing is kept beside the events. What a list of sessions shows is folded from the few events that
mark a session's way, which an index holds apart from the many that carry tokens.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING

import msgspec

from copilot_tui.core.errors import SessionNotFoundError, StoreError, UsageError
from copilot_tui.core.events import (
    EVENT_TYPES,
    Event,
    EventRecord,
    PhaseStarted,
    SessionStarted,
    decode_event,
)
from copilot_tui.core.events import encode_event as encode
from copilot_tui.core.state import SessionState, apply_event
from copilot_tui.store.clock import timestamp
from copilot_tui.store.identifiers import checked_session_id, new_session_id
from copilot_tui.store.lock import WriterLock
from copilot_tui.store.plain_text import plain

if TYPE_CHECKING:
    from copilot_tui.store.database import Database

MILESTONES = (
    "type IN ("
    "'session_started','session_resumed','session_renamed','session_ended','task_changed',"
    "'iteration_started','phase_started')"
)
"""The condition of the index of the same name; see ``migrations``."""

_TYPE_NAMES = {kind: name for name, kind in EVENT_TYPES.items()}
_PHASE_STARTED = _TYPE_NAMES[PhaseStarted]
_LAST_EVENT = "(SELECT MAX(seq) FROM events WHERE session = sessions.number)"
_NEWEST_FIRST = " ORDER BY MAX(sessions.created_at, events.time) DESC, events.rowid DESC"
"""For events as the last of their session; ``rowid`` tells those of one millisecond apart."""


@dataclass(frozen=True, slots=True)
class SessionOverview:
    """One line of a list of sessions.

    ``status`` is the one the session ended with; without an end it is ``running`` while a process
    works on this code base and ``interrupted`` when none does. ``unreadable`` means that its events
    cannot be decoded. ``updated_at`` is when the last event, or the branch, was made.
    """

    id: str
    title: str
    task: str
    source: str
    project: str
    started_at: str
    updated_at: str
    status: str
    iterations: int
    events: int
    last_phase: str


class SessionStore:
    """The sessions of one code base."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def append(self, session: str, event: Event) -> EventRecord:
        """Store ``event`` as the session's next one; it is on its way to the disk when this returns.

        The record that comes back holds what a reload will give. A first event begins a session.
        """
        time = timestamp()
        payload, event = _storable(event)
        with self._database.transaction() as connection:
            row = connection.execute(
                f"SELECT number, {_LAST_EVENT} FROM sessions WHERE id = ?", (session,)
            ).fetchone()
            number, last = row or (_insert_session(connection, session, time), 0)
            seq = (last or 0) + 1
            connection.execute(
                "INSERT INTO events VALUES (?, ?, ?, ?, ?)",
                (number, seq, time, _TYPE_NAMES[type(event)], payload),
            )
        return EventRecord(session, seq, time, event)

    def records(self, session: str, after: int = 0) -> list[EventRecord]:
        """The session's events with a ``seq`` above ``after``, in order."""
        with self._database.reading() as connection:
            number = _number(connection, session)
            rows = connection.execute(
                "SELECT seq, time, type, payload FROM events WHERE session = ? AND seq > ? ORDER BY seq",
                (number, after),
            ).fetchall()
        return [EventRecord(session, seq, time, decode_event(kind, text)) for seq, time, kind, text in rows]

    def edit_forms(self, model: str) -> dict[str, tuple[int, int]]:
        """How many replies of ``model`` were asked for in each form of edits, and how many fitted."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT payload ->> '$.form', COUNT(*), SUM(payload ->> '$.fitted')"
                " FROM events INDEXED BY edit_forms"
                " WHERE type = 'edit_form_tried' AND payload ->> '$.model' = ? GROUP BY 1",
                (model,),
            ).fetchall()
        return {form: (asked, fitted) for form, asked, fitted in rows}

    def records_of(self, types: Sequence[str]) -> Mapping[str, list[EventRecord]]:
        """For each session, oldest first, its events of the given wire types, in order."""
        marks = ", ".join("?" for _ in types)
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT sessions.id, seq, time, type, payload FROM events"
                f" JOIN sessions ON sessions.number = events.session WHERE type IN ({marks})"
                " ORDER BY sessions.number, seq",
                tuple(types),
            ).fetchall()
        found: dict[str, list[EventRecord]] = {}
        for session, seq, time, kind, text in rows:
            found.setdefault(session, []).append(EventRecord(session, seq, time, decode_event(kind, text)))
        return found

    def overviews(self) -> list[SessionOverview]:
        """All sessions, the one that was worked on last first."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT sessions.number, sessions.id, MAX(sessions.created_at, events.time), events.seq"
                f" FROM sessions JOIN events ON events.session = number AND events.seq = {_LAST_EVENT}"
                f"{_NEWEST_FIRST}"
            ).fetchall()
            milestones = connection.execute(
                "SELECT session, seq, time, type, payload FROM events INDEXED BY milestones"
                f" WHERE {MILESTONES} ORDER BY session, seq"
            ).fetchall()
        grouped = {number: list(group) for number, group in groupby(milestones, key=lambda row: row[0])}
        found = [
            _overview(session, updated, count, grouped.get(number, []))
            for number, session, updated, count in rows
        ]
        return self._with_liveness(found)

    def resolve(self, prefix: str) -> str:
        """The id that ``prefix`` stands for: ``last``, a whole id, or the beginning of just one."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT sessions.id FROM sessions"
                f" JOIN events ON events.session = number AND events.seq = {_LAST_EVENT}"
                f"{_NEWEST_FIRST}"
            ).fetchall()
        sessions = [row[0] for row in rows]
        if not sessions:
            raise SessionNotFoundError(
                f"There are no sessions in {self._database.directory} yet.",
                "Begin one: copilot-tui run PROJECT --task TEXT.",
            )
        if prefix.lower() == "last":
            return str(sessions[0])
        matches = [session for session in sessions if session.lower().startswith(prefix.lower()) and prefix]
        exact = [session for session in matches if session.lower() == prefix.lower()]
        if len(exact or matches) == 1:
            return str((exact or matches)[0])
        raise _not_found(prefix, matches, sessions)

    def branch(self, session: str, seq: int) -> str:
        """Copy the events up to ``seq`` into a new session, whose start names where it comes from."""
        records = self.records(session)
        if not 1 <= seq <= len(records):
            raise UsageError(
                f"Session {session} has no event {seq}.", f"Its events are numbered 1 to {len(records)}."
            )
        new = new_session_id()
        copied = [replace(record, session=new) for record in records[:seq]]
        start = copied[0].event
        if isinstance(start, SessionStarted):
            copied[0] = replace(copied[0], event=replace(start, parent=session, parent_seq=seq))
        with self._database.transaction() as connection:
            _insert_records(connection, _insert_session(connection, new, timestamp()), copied)
        return new

    def remove(self, session: str) -> None:
        """Delete the session's events and its JSON log, from which a rebuild would bring it back."""
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM sessions WHERE number = ?", (_number(connection, session),))
        log = self._database.directory / "sessions" / f"{session}.json"
        try:
            log.unlink(missing_ok=True)
        except OSError as error:
            raise StoreError(
                f"Session {session} is removed, but its log {log} is not: {error.strerror}.",
                "Delete that file by hand.",
            ) from error

    def import_records(self, records: Iterable[EventRecord]) -> None:
        """Take over whole sessions, as exported or logged.

        Events that are here already are passed over, so importing twice changes nothing. Events
        with gaps, or others than those here under the same id, raise :class:`UsageError`; then
        nothing is imported.
        """
        with self._database.transaction() as connection:
            for session, group in groupby(records, key=lambda record: record.session):
                _import_session(connection, session, list(group))

    def _with_liveness(self, overviews: list[SessionOverview]) -> list[SessionOverview]:
        """Only one process writes, on one session: the latest without an end is it, if there is one."""
        live = WriterLock(self._database.directory).holder() is not None
        result = []
        for overview in overviews:
            if overview.status == "running":
                if not live:
                    overview = replace(overview, status="interrupted")
                live = False
            result.append(overview)
        return result


def _storable(event: Event) -> tuple[str, Event]:
    """The event's JSON, and the event as that JSON will be read.

    Reading it back here finds what JSON cannot hold (not-a-number) before it is stored. Names that
    the file system gave as broken text hold lone surrogates; these become question marks.
    """
    kind = type(event)
    try:
        payload = encode(event)
    except UnicodeEncodeError:
        payload = msgspec.json.encode(plain(event))
    except (TypeError, RecursionError, msgspec.MsgspecError) as error:
        raise StoreError(f"A {_TYPE_NAMES[kind]} event holds what cannot be stored: {error}.") from error
    return payload.decode(), decode_event(_TYPE_NAMES[kind], payload)


def _insert_session(connection: sqlite3.Connection, session: str, time: str) -> int:
    cursor = connection.execute(
        "INSERT INTO sessions (id, created_at) VALUES (?, ?)", (checked_session_id(session), time)
    )
    number = cursor.lastrowid
    assert number is not None  # an INSERT always sets it
    return number


def _insert_records(connection: sqlite3.Connection, number: int, records: Sequence[EventRecord]) -> None:
    def rows() -> Iterator[tuple[int, int, str, str, str]]:
        for record in records:
            payload, event = _storable(record.event)
            yield number, record.seq, record.time, _TYPE_NAMES[type(event)], payload

    connection.executemany("INSERT INTO events VALUES (?, ?, ?, ?, ?)", rows())


def _import_session(connection: sqlite3.Connection, session: str, records: list[EventRecord]) -> None:
    if [record.seq for record in records] != list(range(1, len(records) + 1)):
        raise UsageError(f"The events of session {session[:80]!r} are not numbered 1, 2, 3 and so on.")
    row = connection.execute("SELECT number FROM sessions WHERE id = ?", (session,)).fetchone()
    number = row[0] if row else _insert_session(connection, session, records[0].time)
    stored = connection.execute(
        "SELECT time, type, payload FROM events WHERE session = ? ORDER BY seq", (number,)
    ).fetchall()
    for record, (time, kind, payload) in zip(records, stored, strict=False):
        if (record.time, record.event) != (time, decode_event(kind, payload)):
            raise UsageError(
                f"Event {record.seq} of session {session} is stored here with another content.",
                "Remove that session first, if the imported one is to take its place.",
            )
    _insert_records(connection, number, records[len(stored) :])


def _number(connection: sqlite3.Connection, session: str) -> int:
    row = connection.execute("SELECT number FROM sessions WHERE id = ?", (session,)).fetchone()
    if row is None:
        raise SessionNotFoundError(
            f"There is no session {session[:80]!r}.", "List them: copilot-tui sessions list."
        )
    return int(row[0])


def _not_found(prefix: str, matches: list[str], sessions: list[str]) -> SessionNotFoundError:
    if matches:
        shown = ", ".join(matches[:5])
        return SessionNotFoundError(
            f"{len(matches)} sessions begin with {prefix!r}: {shown}{', ...' if len(matches) > 5 else ''}.",
            "Give more of the id.",
        )

    def likeness(session: str) -> int:
        pairs = zip(session.lower(), prefix.lower(), strict=False)
        return sum(1 for ours, theirs in pairs if ours == theirs)

    near = sorted((session for session in sessions if likeness(session)), key=likeness, reverse=True)[:3]
    nearest = f"The nearest: {', '.join(near)}. " if near else ""
    return SessionNotFoundError(
        f"No session's id begins with {prefix[:80]!r}.",
        f"{nearest}/resume alone, or copilot-tui sessions list, shows them all; last is the newest.",
    )


def _overview(
    session: str, updated: str, count: int, milestones: Sequence[tuple[int, int, str, str, str]]
) -> SessionOverview:
    """Fold the milestones; of the phases that began only the last one, since no other shows.

    A session that cannot be decoded must not hide the others.
    """
    state, last_phase = SessionState(), ""
    phases = [row for row in milestones if row[3] == _PHASE_STARTED]
    try:
        for row in (*(row for row in milestones if row[3] != _PHASE_STARTED), *phases[-1:]):
            _, seq, time, kind, payload = row
            state = apply_event(state, EventRecord(session, seq, time, decode_event(kind, payload)))
        last_phase = state.phase or ""
    except StoreError:
        state = replace(state, status="unreadable")
    return SessionOverview(
        id=session,
        title=state.title,
        task=state.task.text,
        source=state.source,
        project=state.project,
        started_at=state.started_at,
        updated_at=updated,
        status=state.status,
        iterations=state.iteration,
        events=count,
        last_phase=last_phase,
    )
