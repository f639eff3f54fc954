"""From a damaged database back to a sound one, without losing or hiding anything.

The new file is built beside the old one from the JSON logs and only then put in its place, so that a
process that is killed meanwhile leaves a state from which the next one rebuilds again. The damaged
file is kept: events that never reached a log (a session cut off in the middle) are only there.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from copilot_tui.core.errors import CopilotError, StoreError, StoreLockedError
from copilot_tui.store.connection import DamagedDatabaseError, connect
from copilot_tui.store.errors import ErrorStore
from copilot_tui.store.lock import WriterLock
from copilot_tui.store.logs import error_log_paths, read_error_log, read_session_log, session_log_paths
from copilot_tui.store.sessions import SessionStore

if TYPE_CHECKING:
    from copilot_tui.store.database import Database

_COMPANIONS = ("", "-wal", "-shm")


@dataclass(frozen=True, slots=True)
class Restored:
    """How far the logs went. ``unreadable`` names the files that gave nothing, or only a part."""

    sessions: int
    errors: int
    unreadable: tuple[str, ...]


def lost(path: Path) -> bool:
    """There is no database (or an empty file in its place), but there are logs of one."""
    if path.exists() and path.stat().st_size > 0:
        return False
    return any(True for _ in session_log_paths(path.parent)) or any(
        True for _ in error_log_paths(path.parent)
    )


def rebuild(path: Path, opened: Callable[[sqlite3.Connection, Path], Database]) -> tuple[str, ...]:
    """Put a new database in the place of the unusable one; what was done, for a person to read.

    ``opened`` makes a ``Database`` of a connection. Raises :class:`StoreError` when another process
    is writing, for it may hold the damaged file open.
    """
    with _alone(path):
        reason = _unusable(path)
        if reason is None:  # another process was faster
            return ()
        fresh = path.with_name(f"{path.name}.rebuilding")
        for companion in _COMPANIONS:
            fresh.with_name(fresh.name + companion).unlink(missing_ok=True)
        with opened(connect(fresh), fresh) as database:
            restored = _restore(database, path.parent)
        aside = _move_aside(path)
        fresh.replace(path)
    return _notices(reason, aside, restored)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Hold the writer's lock, unless this very process does so already."""
    lock = WriterLock(path.parent)
    try:
        lock.acquire()
    except StoreLockedError as error:
        holder = lock.holder()
        if holder is None or holder.process != os.getpid():
            raise StoreError(
                f"{path} is damaged or gone, and cannot be rebuilt now: {error.message}",
                "Stop that process, then start again.",
            ) from error
    try:
        yield
    finally:
        lock.release()


def _unusable(path: Path) -> str | None:
    """What is wrong with the file, or None when it has become usable."""
    if lost(path):
        return f"{path} was {'empty' if path.exists() else 'missing'}."
    try:
        connect(path).close()
    except DamagedDatabaseError as error:
        return error.message
    return None


def _move_aside(path: Path) -> Path | None:
    """Rename the file and its companions; None when there is no file."""
    if not path.exists():
        return None
    moment = datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%S.%fZ")
    aside = path.with_name(f"{path.name}.corrupt-{moment}")
    for companion in _COMPANIONS:
        part = path.with_name(path.name + companion)
        if part.exists():
            part.replace(aside.with_name(aside.name + companion))
    return aside


def _restore(database: Database, directory: Path) -> Restored:
    """Read every log; a file that cannot be read is named, and keeps no other from being read."""
    sessions, errors, unreadable = SessionStore(database), ErrorStore(database), []
    restored_sessions = restored_errors = 0
    for path in session_log_paths(directory):
        try:
            records, whole = read_session_log(path)
            sessions.import_records(records)
        except CopilotError:
            unreadable.append(path.name)
            continue
        restored_sessions += 1
        if not whole:
            unreadable.append(f"{path.name} (after event {len(records)})")
    for path in error_log_paths(directory):
        try:
            restored_errors += errors.merge(read_error_log(path))
        except CopilotError:
            unreadable.append(path.name)
    return Restored(restored_sessions, restored_errors, tuple(unreadable))


def _notices(reason: str, aside: Path | None, restored: Restored) -> tuple[str, ...]:
    notices = [reason]
    if aside is not None:
        notices.append(
            f"It was moved to {aside}; nothing was deleted, and `sqlite3 FILE .recover` may read more of it."
        )
    notices.append(
        f"A new database was rebuilt from the JSON logs: {restored.sessions} "
        f"session{'s' * (restored.sessions != 1)} and {restored.errors} "
        f"error{'s' * (restored.errors != 1)} were restored."
    )
    if restored.unreadable:
        shown = ", ".join(restored.unreadable[:10])
        more = len(restored.unreadable) - 10
        notices.append(f"Not readable, or not whole: {shown}{f' and {more} more' if more > 0 else ''}.")
    return tuple(notices)
