"""The logs of a session: files beside the database that a person reads without this program.

Written through the store's thread, from what the database holds, and only where ``session.save_sessions``
wants them.
"""

from __future__ import annotations

from pathlib import Path

from copilot_tui.core.state import SessionState
from copilot_tui.session.locked_store import LockedStore
from copilot_tui.store.clock import timestamp
from copilot_tui.store.logs import write_build_log, write_error_log, write_session_log


class SessionLogs:
    """``folder`` is the state directory of the code base; nothing is written where ``wanted`` is False."""

    def __init__(self, folder: Path, store: LockedStore, *, wanted: bool) -> None:
        self._folder = folder
        self._store = store
        self._wanted = wanted

    async def write_build(self, state: SessionState) -> None:
        """What the newest build said."""
        if self._wanted and state.build is not None:
            await self._store.thread.call(
                write_build_log, self._folder, state.session, state.iteration, state.build, timestamp()
            )

    async def write_session(self, state: SessionState) -> None:
        """The session from its beginning, and the errors known so far."""
        if self._wanted:
            records = await self._store.thread.call(self._store.sessions.records, state.session)
            await self._store.thread.call(write_session_log, self._folder, records)
            await self._store.thread.call(write_error_log, self._folder, self._store.errors)
