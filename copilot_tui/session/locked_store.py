"""The store of a code base while one process may write to it: its locks, its database, and their thread."""

from __future__ import annotations

from contextlib import ExitStack

from copilot_tui.core.errors import CopilotError
from copilot_tui.session.store_thread import StoreThread
from copilot_tui.session.workplace import Workplace
from copilot_tui.store.database import Database
from copilot_tui.store.errors import ErrorStore
from copilot_tui.store.lock import WriterLock
from copilot_tui.store.sessions import SessionStore


class LockedStore:
    """Raises StoreLockedError when another process has the code base.

    Once it is open, ``sessions`` and ``errors`` are used through ``thread`` only.
    """

    def __init__(self, place: Workplace) -> None:
        self._locks = ExitStack()
        try:
            for directory in place.lock_directories:
                self._locks.enter_context(WriterLock(directory))
            self._database = Database.open(place.state)
        except CopilotError:
            self._locks.close()
            raise
        self.thread = StoreThread()
        self.sessions = SessionStore(self._database)
        self.errors = ErrorStore(self._database)

    @property
    def notices(self) -> tuple[str, ...]:
        """What had to be repaired on the way."""
        return self._database.notices

    def close(self) -> None:
        """Write what was handed in, and let others have the code base."""
        self.thread.close()
        self._database.close()
        self._locks.close()
