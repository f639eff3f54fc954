"""What the commands need of a frontend, on a plain terminal: lists are printed, choices are asked for.

Where nobody can be asked, in a pipe, a list is only printed; each choice can be made by a command with
an argument.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence

from copilot_tui.console.artefact_text import candidate_lines
from copilot_tui.core.artefacts import Task
from copilot_tui.core.errors import CopilotError, UsageError
from copilot_tui.repl.listener import PlainListener
from copilot_tui.repl.reading import Reader
from copilot_tui.session import archive
from copilot_tui.session.commands import COMMANDS
from copilot_tui.session.drafts import Draft
from copilot_tui.session.driver import SessionDriver
from copilot_tui.session.external_editor import edit_in_editor
from copilot_tui.session.moments import moments
from copilot_tui.session.statistics import Figures, table_lines

Wish = Callable[[], Awaitable[object]]

LISTED = 30


class PlainFace:
    """Collects what a command wants done; :meth:`settle` does it, one thing after the other."""

    def __init__(self, driver: SessionDriver, listener: PlainListener, reader: Reader) -> None:
        self._driver = driver
        self._listener = listener
        self._reader = reader
        self._wishes: deque[Wish] = deque()
        self.next_lines: deque[str] = deque()
        self.leaving = False

    async def settle(self) -> None:
        """Carry out what the last line began."""
        while self._wishes:
            await self._wishes.popleft()()

    def begin_work(self, what: str, wish: Wish) -> None:
        self._driver.reserve(what)
        self._wishes.append(lambda: self._driver.work(what, wish))

    def begin_reading(self, wish: Wish) -> None:
        async def read() -> None:
            try:
                await wish()
            except CopilotError as error:
                self._listener.failed(error)

        self._wishes.append(read)

    def say(self, title: str, lines: Sequence[str] = ()) -> None:
        self._listener.said(title, lines)

    def show_diff(self) -> None:
        candidate = self._driver.state.candidate
        if candidate is None:
            self.say("There is no candidate yet; /generate writes one.")
        else:
            self.say(f"Candidate {candidate.number}", candidate_lines(candidate))

    def show_figures(self, figures: Figures) -> None:
        self.say("Figures of this session", table_lines(figures))

    def edit(self, draft: Draft) -> None:
        """In the person's own editor; until it is left, nothing else can go on in this terminal."""
        if not self._reader.interactive:
            raise UsageError("/edit needs a terminal, and there is none here.", "Use the app, or a prompt.")
        saved = edit_in_editor(draft.text, draft.name)
        if saved is None:
            self.say("The editor saved nothing.")
        else:
            draft.check(saved)
            self.begin_work("edit", lambda: draft.save(saved))

    def show_help(self) -> None:
        for group in dict.fromkeys(command.group for command in COMMANDS):
            commands = [command for command in COMMANDS if command.group == group]
            self.say(group, [f"{command.usage:30} {command.help}" for command in commands])
        self.say("Anything else is the task; @path names a file, !command runs one in a shell.")

    def choose_session(self) -> None:
        async def choose() -> None:
            driver = self._driver
            found = await asyncio.to_thread(archive.overviews, driver.state_directory, driver.state.session)
            if not found:
                self.say("There is no other session of this code base.")
                return
            lines = [f"{o.status:11} it {o.iterations:2}  {o.title or o.task}  ({o.id})" for o in found]
            number = await self._choose("Sessions, newest first", lines, "/resume ID takes one.")
            if number is not None:
                self.next_lines.append(f"/resume {found[number].id}")

        self.begin_reading(choose)

    def choose_event(self) -> None:
        async def choose() -> None:
            driver = self._driver
            stored = await asyncio.to_thread(archive.records, driver.state_directory, driver.state.session)
            found = moments(stored)[-LISTED:]
            lines = [f"event {moment.seq:6}  {moment.text[:160]}" for moment in found]
            number = await self._choose("Branch after", lines, "/branch SEQ takes one.")
            if number is not None:
                self.next_lines.append(f"/branch {found[number].seq}")

        self.begin_reading(choose)

    def choose_task(self, tasks: Sequence[Task]) -> None:
        async def choose() -> None:
            lines = [
                f"{task.symbol or task.phase or ''}  {task.path}:{task.line}  {task.text}" for task in tasks
            ]
            number = await self._choose("Open tasks, most urgent first", lines, "/tasks N takes one.")
            if number is not None:
                self.next_lines.append(f"/tasks {number + 1}")

        self.begin_reading(choose)

    def choose_theme(self, name: str) -> None:
        self.say("Themes colour the full-screen app; here the terminal's own colours are used.")

    def leave(self) -> None:
        self.leaving = True

    async def _choose(self, title: str, lines: Sequence[str], otherwise: str) -> int | None:
        """The place in the list that a person takes; None for none of them."""
        shown = [f"{number:3}. {line.splitlines()[0][:200]}" for number, line in enumerate(lines[:LISTED], 1)]
        if len(lines) > LISTED:
            shown.append(f"... and {len(lines) - LISTED} more")
        self.say(title, shown)
        if not self._reader.interactive:
            self.say(otherwise)
            return None
        answer = (await self._reader.ask("Number (Enter: none of them)")).strip()
        if answer.isascii() and answer.isdigit() and 0 < int(answer) <= len(lines):
            return int(answer) - 1
        if answer:
            self.say(f"{answer[:40]} is not in the list.")
        return None
