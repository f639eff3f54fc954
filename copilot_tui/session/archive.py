"""Reading what is stored, for lists, previews and replay, without going through the manager.

Each function opens the store for reading only, and blocks: call it in a thread. The store is imported
there too, so that the first screen need not wait for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from copilot_tui.core.errors import UsageError
from copilot_tui.core.events import EventRecord, TokenStreamed

if TYPE_CHECKING:
    from copilot_tui.store.database import Database
    from copilot_tui.store.errors import ErrorEntry
    from copilot_tui.store.sessions import SessionOverview

UNFINISHED = frozenset({"interrupted", "stopped", "failed"})


@contextmanager
def _reading(state: Path) -> Iterator[Database]:
    from copilot_tui.store.database import Database

    database = Database.open(state, read_only=True)
    try:
        yield database
    finally:
        database.close()


def overviews(state: Path, current: str) -> list[SessionOverview]:
    """All sessions but the current one, the one that was worked on last first.

    The store takes the newest session without an end for the one that the lock's holder works on. The
    holder is this process, so what is not current was interrupted.
    """
    from copilot_tui.store.sessions import SessionStore

    with _reading(state) as database:
        found = SessionStore(database).overviews()
    return [
        replace(overview, status="interrupted") if overview.status == "running" else overview
        for overview in found
        if overview.id != current
    ]


def records(state: Path, session: str) -> list[EventRecord]:
    """All records of a session (an id, a unique beginning of one, or ``last``)."""
    from copilot_tui.store.sessions import SessionStore

    with _reading(state) as database:
        store = SessionStore(database)
        return store.records(store.resolve(session))


def known_errors(state: Path, limit: int) -> list[ErrorEntry]:
    """The errors seen in this code base, most frequent first."""
    from copilot_tui.store.errors import ErrorStore

    with _reading(state) as database:
        return ErrorStore(database).entries(limit)


def export(state: Path, session: str, name: str) -> Path:
    """Write a session to the file ``name``, in the state directory where none is given.

    A name that ends in ``.json`` or ``.jsonl`` gets JSON lines, any other Markdown. A file that is there
    already is left as it is, for a mistyped name may be one of the code base.
    """
    from copilot_tui.session.export import export_json, export_markdown

    path = Path(name).expanduser().absolute() if name else state / "exports" / f"{session}.md"
    stored = records(state, session)
    text = export_json(stored) if path.suffix in {".jsonl", ".json"} else export_markdown(stored)
    try:
        if not name:
            path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x" if name else "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}.", "Name another file.") from error
    return path


def joined(stored: Iterable[EventRecord]) -> Iterator[EventRecord]:
    """The records with neighbouring pieces of one phase's text put together.

    What is shown at the end is the same, and a replay of many thousands of tokens is a few hundred
    paragraphs.
    """
    held: EventRecord | None = None
    phase = ""
    pieces: list[str] = []
    for record in stored:
        event = record.event
        if held is not None and not (isinstance(event, TokenStreamed) and event.phase == phase):
            yield replace(held, event=TokenStreamed(phase, "".join(pieces)))
            held, pieces = None, []
        if isinstance(event, TokenStreamed):
            held, phase = record, event.phase
            pieces.append(event.text)
        else:
            yield record
    if held is not None:
        yield replace(held, event=TokenStreamed(phase, "".join(pieces)))
