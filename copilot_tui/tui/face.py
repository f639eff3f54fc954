"""What the commands ask of the app: work that runs in the background, words, and dialogues.

The command desk knows no screen; this is its face here. Dialogues lie on top of the work place, and what
is chosen in one comes back as the command that would have said the same. Each is imported when it is opened:
the first screen does without.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING

from textual.worker import Worker

from copilot_tui.core.artefacts import Task
from copilot_tui.core.errors import CopilotError
from copilot_tui.session import archive
from copilot_tui.session.drafts import Draft
from copilot_tui.session.statistics import Figures
from copilot_tui.tui.messages import Failed, Said, ThemeWanted
from copilot_tui.tui.widgets.code import CodePane
from copilot_tui.tui.widgets.pane import CODE

if TYPE_CHECKING:
    from copilot_tui.store.sessions import SessionOverview
    from copilot_tui.tui.screens.work import WorkScreen

NEEDED_NEXT = ("textual.widgets._markdown", "textual.highlight", "copilot_tui.tui.screens.session_picker")


def load_ahead() -> None:
    """Import what the first reply and the first dialogue need, while nobody waits. Blocks."""
    for module in NEEDED_NEXT:
        import_module(module)


class AppFace:
    """One per work place."""

    def __init__(self, screen: WorkScreen) -> None:
        self._screen = screen

    def begin_work(self, what: str, wish: Callable[[], Awaitable[object]]) -> None:
        """Run one piece of work; the desk has made sure that nothing else runs."""
        self._screen.driver.reserve(what)
        work = partial(self._screen.driver.work, what, wish)
        _worker: Worker[None] = self._screen.run_worker(
            work, name=what, group="session", exclusive=True, exit_on_error=False
        )

    def begin_reading(self, wish: Callable[[], Awaitable[object]]) -> None:
        """Run something that changes nothing, beside whatever else runs."""

        async def read() -> None:
            try:
                await wish()
            except CopilotError as error:
                self._screen.post_message(Failed(error))

        _worker: Worker[None] = self._screen.run_worker(read, group="reading", exit_on_error=False)

    def say(self, title: str, lines: Sequence[str] = ()) -> None:
        self._screen.post_message(Said(title, tuple(lines)))

    def show_diff(self) -> None:
        if self._screen.query_one(CodePane).show_newest_diff():
            self._screen.deck.activate(CODE.identifier, focus=False)
        else:
            self.say("There is no candidate yet; /generate writes one.")

    def show_figures(self, figures: Figures) -> None:
        from copilot_tui.tui.screens.stats import StatsScreen

        self._screen.app.push_screen(StatsScreen(figures, self._screen.driver.state.last_seq))

    def edit(self, draft: Draft) -> None:
        from copilot_tui.tui.screens.editor import EditorScreen

        def save(text: str | None) -> None:
            if text is not None:
                self._screen.tried(lambda: self._screen.desk.save(draft, text))

        self._screen.app.push_screen(EditorScreen(draft), save)

    def show_help(self) -> None:
        from copilot_tui.tui.screens.help import HelpScreen

        self._screen.app.push_screen(HelpScreen())

    def offer_sessions(self, overviews: Sequence[SessionOverview], title: str) -> None:
        """Let the person resume one of these."""
        from copilot_tui.tui.screens.session_picker import SessionPicker

        state = self._screen.driver.state_directory
        self._screen.app.push_screen(SessionPicker(state, overviews, title), self._picked)

    def choose_session(self) -> None:
        async def choose() -> None:
            state = self._screen.driver.state_directory
            others = await asyncio.to_thread(archive.overviews, state, self._screen.driver.state.session)
            if others:
                self.offer_sessions(others, "Sessions")
            else:
                self.say("There is no other session of this code base.")

        self.begin_reading(choose)

    def choose_event(self) -> None:
        from copilot_tui.session.moments import moments
        from copilot_tui.tui.screens.event_picker import EventPicker

        async def choose() -> None:
            driver = self._screen.driver
            stored = await asyncio.to_thread(archive.records, driver.state_directory, driver.state.session)
            self._screen.app.push_screen(EventPicker(moments(stored)), self._event_picked)

        self.begin_reading(choose)

    def choose_task(self, tasks: Sequence[Task]) -> None:
        from copilot_tui.tui.screens.task_picker import TaskPicker

        self._screen.app.push_screen(TaskPicker(tasks), self._task_picked)

    def choose_theme(self, name: str) -> None:
        self._screen.post_message(ThemeWanted(name))

    def leave(self) -> None:
        self._screen.app.call_later(self._screen.app.run_action, "quit")

    def _picked(self, session: str | None) -> None:
        if session is not None:
            self._screen.carry_out(f"/resume {session}")

    def _event_picked(self, seq: int | None) -> None:
        if seq is not None:
            self._screen.carry_out(f"/branch {seq}")

    def _task_picked(self, task: Task | None) -> None:
        if task is not None:
            self._screen.tried(lambda: self._screen.desk.take(task))
