"""What the parts of the app tell each other.

Records go down from the screen to each view, wishes come up from the views to the screen. A view never
touches another one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from textual.message import Message

from copilot_tui.core.errors import CopilotError
from copilot_tui.core.events import EventRecord, ShellRan
from copilot_tui.core.state import SessionState
from copilot_tui.models.engine import EngineInformation


@dataclass
class Recorded(Message, bubble=False):
    """One stored event, and the session's state right after it. Live and replayed alike."""

    record: EventRecord
    state: SessionState


@dataclass
class Replayed(Message, bubble=False):
    """A stored session from its beginning. A view ends up as if the records had come one by one; it
    may pass over what it would not show any more."""

    records: tuple[Recorded, ...]


class SessionCleared(Message, bubble=False):
    """Another session is about to be shown; what was shown of the last one is out of date."""


@dataclass
class EngineChanged(Message, bubble=False):
    """How the model stands: ``condition`` is loading, ready or failed."""

    condition: str
    model: str
    information: EngineInformation | None = None


@dataclass
class WorkChanged(Message, bubble=False):
    """Whether the manager is busy, and with what (empty: idle)."""

    work: str


@dataclass
class IndexProgressed(Message, bubble=False):
    """How far the index of the code base is (empty: up to date)."""

    progress: str


@dataclass
class Failed(Message, bubble=False):
    """Something went wrong that no event tells of."""

    error: CopilotError


@dataclass
class Said(Message, bubble=False):
    """A line or a block of text from the program itself, as the answer to a command."""

    title: str
    lines: tuple[str, ...] = ()


@dataclass
class CommandRan(Message, bubble=False):
    """A command of the person's was run while there was no session to store it in."""

    ran: ShellRan


@dataclass
class DefectFound(Message):
    """The work ended by an error that is no CopilotError."""

    error: BaseException


@dataclass
class FileWanted(Message):
    """A person wants to see a file of the code base, perhaps at a line, ``as_built`` as it was compiled."""

    path: str
    line: int | None = None
    as_built: bool = False


@dataclass
class CommandWanted(Message):
    """A key or a click that means the same as a line typed into the prompt."""

    line: str


@dataclass
class ThemeWanted(Message):
    """A person wants another theme; without a name, to choose one."""

    name: str


@dataclass
class PinWanted(Message):
    """A person wants a file always (``pin``) or never shown to the model."""

    path: str
    pin: bool


@dataclass(frozen=True, slots=True)
class MessageListener:
    """Hands what the driver tells to the screen, as messages."""

    post: Callable[[Message], object]

    def recorded(self, record: EventRecord, state: SessionState) -> None:
        self.post(Recorded(record, state))

    def replayed(self, records: Sequence[tuple[EventRecord, SessionState]]) -> None:
        self.post(Replayed(tuple(Recorded(record, state) for record, state in records)))

    def session_cleared(self) -> None:
        self.post(SessionCleared())

    def engine_changed(
        self, condition: str, model: str, information: EngineInformation | None = None
    ) -> None:
        self.post(EngineChanged(condition, model, information))

    def work_changed(self, work: str) -> None:
        self.post(WorkChanged(work))

    def index_progressed(self, progress: str) -> None:
        self.post(IndexProgressed(progress))

    def failed(self, error: CopilotError) -> None:
        self.post(Failed(error))

    def shell_ran(self, ran: ShellRan) -> None:
        self.post(CommandRan(ran))

    def said(self, title: str, lines: Sequence[str] = ()) -> None:
        self.post(Said(title, tuple(lines)))
