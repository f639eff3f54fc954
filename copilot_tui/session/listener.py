"""What the driver tells a frontend: every record, and what no event tells of.

The app turns these calls into messages, the plain prompt into lines of text. All of them come on the
event loop and return at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from copilot_tui.core.errors import CopilotError
from copilot_tui.core.events import EventRecord, ShellRan
from copilot_tui.core.state import SessionState
from copilot_tui.models.engine import EngineInformation


class Listener(Protocol):
    """One per driver."""

    def recorded(self, record: EventRecord, state: SessionState) -> None:
        """One event was stored; ``state`` is the session's right after it."""
        ...

    def replayed(self, records: Sequence[tuple[EventRecord, SessionState]]) -> None:
        """A stored session from its beginning, as if it had come event by event."""
        ...

    def session_cleared(self) -> None:
        """Another session is about to be shown."""
        ...

    def engine_changed(
        self, condition: str, model: str, information: EngineInformation | None = None
    ) -> None:
        """How the model stands: ``condition`` is loading, ready or failed."""
        ...

    def work_changed(self, work: str) -> None:
        """Whether the manager is busy, and with what (empty: idle)."""
        ...

    def index_progressed(self, progress: str) -> None:
        """How far the index of the code base is (empty: up to date)."""
        ...

    def failed(self, error: CopilotError) -> None:
        """Something went wrong that no event tells of."""
        ...

    def shell_ran(self, ran: ShellRan) -> None:
        """A command was run while no session was there to store it in; the next one will."""
        ...

    def said(self, title: str, lines: Sequence[str] = ()) -> None:
        """A line or a block of text from the program itself."""
        ...
