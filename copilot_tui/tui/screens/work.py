"""The work place: phase bar, panes, status line and prompt, and the way between them and the session.

Records go from the driver to every widget that shows them, as messages; wishes come back from the
prompt and the panes. The screen starts workers and routes, nothing more.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import TextArea
from textual.worker import Worker, WorkerState

from copilot_tui.core.errors import CopilotError
from copilot_tui.core.events import TokenStreamed
from copilot_tui.core.text import printable_line
from copilot_tui.session import archive
from copilot_tui.session.command_desk import CommandDesk
from copilot_tui.session.driver import SessionDriver
from copilot_tui.session.opening import Opening
from copilot_tui.session.prompt_history import load_entries, save_entry
from copilot_tui.tui.collector import collect_again, collect_now
from copilot_tui.tui.face import AppFace, load_ahead
from copilot_tui.tui.messages import (
    CommandRan,
    CommandWanted,
    DefectFound,
    EngineChanged,
    Failed,
    FileWanted,
    IndexProgressed,
    MessageListener,
    PinWanted,
    Recorded,
    Replayed,
    Said,
    SessionCleared,
    WorkChanged,
)
from copilot_tui.tui.widgets.code import CodePane
from copilot_tui.tui.widgets.conversation import Conversation
from copilot_tui.tui.widgets.pane import CODE, PANES
from copilot_tui.tui.widgets.pane_deck import PaneDeck
from copilot_tui.tui.widgets.phase_bar import PhaseBar
from copilot_tui.tui.widgets.prompt import Prompt
from copilot_tui.tui.widgets.status_line import StatusLine

AT_ONCE = ("/help", "/quit", "/theme")
"""Commands that need no code base, and so do not wait until it is open."""


class WorkScreen(Screen[None]):
    """The only screen that is always there; dialogues lie on top of it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *(
            Binding(pane.key, f"activate('{pane.identifier}')", pane.title, priority=True, show=False)
            for pane in PANES
        ),
        Binding("f6", "zoom", "Zoom the pane", priority=True),
        Binding("f7", "hide", "Hide the pane", priority=True),
        Binding("f8", "step", "Next phase", priority=True),
        Binding("f1", "help", "Keys and commands", priority=True),
        Binding("question_mark", "help", "Keys and commands", show=False),
        Binding("escape", "stop_or_return", "Stop", show=False),
        Binding("slash", "command", "Command", priority=True, show=False),
    ]

    def __init__(self, opening: Opening) -> None:
        super().__init__()
        self.driver = SessionDriver(opening, MessageListener(self.post_message))
        self.face = AppFace(self)
        self.desk = CommandDesk(self.driver, self.face)
        self._source: Path = opening.source
        self._early: list[str] | None = []
        """What was sent while the code base was being opened; None once it is, or cannot be."""

    def compose(self) -> ComposeResult:
        yield PhaseBar()
        yield PaneDeck(self._source)
        yield StatusLine()
        yield Prompt()

    def on_mount(self) -> None:
        self.prompt.choices = self.desk.choices
        self.prompt.area.focus()
        self.call_after_refresh(self._complete)

    @property
    def prompt(self) -> Prompt:
        return self.query_one(Prompt)

    @property
    def deck(self) -> PaneDeck:
        return self.query_one(PaneDeck)

    # Opening

    async def _complete(self) -> None:
        """The frames are on the screen: fill them, and open the code base."""
        await self.deck.fill()
        self.open_code_base()

    def open_code_base(self) -> None:
        """Open in the background; the screen is there already."""
        _worker: Worker[None] = self.run_worker(
            self._open, name="open", group="open", exclusive=True, exit_on_error=False
        )

    async def _open(self) -> None:
        try:
            await self.driver.open()
        except CopilotError as error:
            self.post_message(Failed(error))
            return
        finally:
            early, self._early = self._early or [], None
            collect_again()
            if not self.driver.is_open:
                self._give_back(early)
        self.query_one(StatusLine).show_branch(self.driver.git_branch)
        self.prompt.use_vi_keys(self.driver.manager.settings.interface.vi_keys)
        state = self.driver.state_directory
        self.prompt.history.extend_before(await asyncio.to_thread(load_entries, state))
        found = await asyncio.to_thread(archive.overviews, state, self.driver.state.session)
        unfinished = [overview for overview in found if overview.status in archive.UNFINISHED]
        if unfinished and not early and not self.driver.state.session:
            self.face.offer_sessions(unfinished, "Unfinished sessions")
        self.face.begin_reading(self.desk.learn_choices)
        self.face.begin_reading(lambda: asyncio.to_thread(load_ahead))
        for text in early:
            await self.driver.idle.wait()
            self.carry_out(text)

    def _give_back(self, early: list[str]) -> None:
        """What was sent to a code base that cannot be opened stands in the prompt again."""
        area = self.prompt.area
        area.text = "\n".join([*early, *([area.text] if area.text else [])])

    # Downwards: what happened, to all who show it

    @on(Recorded)
    def _recorded(self, message: Recorded) -> None:
        streamed = isinstance(message.record.event, TokenStreamed)
        for viewer in self._viewers_of_tokens() if streamed else self._viewers():
            viewer.post_message(Recorded(message.record, message.state))

    @on(Replayed)
    def _replayed(self, message: Replayed) -> None:
        for viewer in self._viewers():
            viewer.post_message(Replayed(message.records))

    @on(SessionCleared)
    def _cleared(self) -> None:
        for viewer in self._viewers():
            viewer.post_message(SessionCleared())

    @on(IndexProgressed)
    def _index_progressed(self, message: IndexProgressed) -> None:
        self.query_one(StatusLine).post_message(IndexProgressed(message.progress))

    @on(EngineChanged)
    @on(WorkChanged)
    def _told_to_status_line(self, message: EngineChanged | WorkChanged) -> None:
        status = self.query_one(StatusLine)
        if isinstance(message, WorkChanged):
            self.prompt.area.working = bool(message.work)
            status.post_message(WorkChanged(message.work))
            if not message.work:
                self.call_after_refresh(collect_now)
        else:
            status.post_message(EngineChanged(message.condition, message.model, message.information))

    @on(Said)
    def _said(self, message: Said) -> None:
        self.query_one(Conversation).post_message(Said(message.title, message.lines))

    @on(CommandRan)
    def _command_ran(self, message: CommandRan) -> None:
        self.query_one(Conversation).post_message(CommandRan(message.ran))

    @on(Failed)
    def _failed(self, message: Failed) -> None:
        self.query_one(Conversation).post_message(Failed(message.error))
        if "conversation" not in self.deck.shown():
            told = "\n".join(filter(None, map(printable_line, (message.error.message, message.error.hint))))
            self.notify(told, severity="error", markup=False)

    def _viewers_of_tokens(self) -> list[Widget]:
        """Of what comes hundreds of times a second only those hear that show it."""
        return [self.query_one(StatusLine), self.query_one(Conversation)]

    def _viewers(self) -> list[Widget]:
        dialogues = self.app.screen_stack[1:]  # the figures of the session are one of them
        return [*dialogues, self.query_one(PhaseBar), self.query_one(StatusLine), *self.deck.panes]

    # Upwards: what a person wants

    @on(Prompt.Submitted)
    def _submitted(self, message: Prompt.Submitted) -> None:
        message.stop()
        new = self.prompt.history.add(message.text)
        if new and self.driver.is_open:
            self.face.begin_reading(self._saving(message.text))
        at_once = message.text.lstrip().startswith(AT_ONCE)
        if self._early is not None and not at_once:
            self._early.append(message.text)
            self.face.say("The code base is being opened; this is done then.")
            return
        if not self.driver.is_open and not self.driver.busy and not at_once:
            self._early = [message.text]
            self.face.say("The code base is opened again; this is done then.")
            self.open_code_base()
            return
        self.carry_out(message.text)
        if not self.driver.is_open and not at_once:
            self._give_back([message.text])

    @on(TextArea.Changed)
    def _typed(self) -> None:
        self.query_one(Conversation).hold_back()

    def _saving(self, entry: str) -> Callable[[], Awaitable[object]]:
        return lambda: asyncio.to_thread(save_entry, self.driver.state_directory, entry)

    def carry_out(self, text: str) -> None:
        """Do what a line of the prompt says; what is wrong with it is shown."""
        self.tried(lambda: self.desk.carry_out(text))

    def tried(self, wish: Callable[[], None]) -> None:
        try:
            wish()
        except CopilotError as error:
            self.post_message(Failed(error))

    @on(FileWanted)
    def _file_wanted(self, message: FileWanted) -> None:
        self.deck.activate(CODE.identifier)
        self.query_one(CodePane).post_message(FileWanted(message.path, message.line, message.as_built))

    @on(CommandWanted)
    def _command_wanted(self, message: CommandWanted) -> None:
        self.carry_out(message.line)

    @on(PinWanted)
    def _pin_wanted(self, message: PinWanted) -> None:
        self.carry_out(f"/{'pin' if message.pin else 'drop'} {message.path}")

    # Keys

    def action_activate(self, identifier: str) -> None:
        self.deck.activate(identifier)

    def action_zoom(self) -> None:
        self.deck.toggle_zoom()

    def action_hide(self) -> None:
        if not self.deck.toggle_hidden():
            self.notify("Only one pane is on the screen.")

    def action_help(self) -> None:
        self.face.show_help()

    def action_step(self) -> None:
        self.carry_out("/step")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """In the prompt a slash is a slash."""
        return action != "command" or not isinstance(self.focused, TextArea)

    def action_command(self) -> None:
        """A slash outside of the prompt begins a command in it.

        The key has priority and the focus is set at once, here and in the deck: ``focus()`` does it a moment
        later, and what is typed or pasted quickly would go to the pane.
        """
        self.set_focus(self.prompt.area)
        self.prompt.insert("/")

    def action_stop_or_return(self) -> None:
        if self.driver.busy:
            self.driver.stop()
        elif self.deck.is_zoomed:
            self.deck.toggle_zoom()
        else:
            self.set_focus(self.prompt.area)

    @on(Worker.StateChanged)
    def _worker_ended(self, event: Worker.StateChanged) -> None:
        error = event.worker.error
        if event.state == WorkerState.ERROR and error is not None:
            self._unexpected(error)

    def _unexpected(self, error: BaseException) -> None:
        """The boundary to defects in the work: they are told like other errors, and the session can go on."""
        self.post_message(DefectFound(error))
