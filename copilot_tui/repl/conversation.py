"""The loop of the plain prompt: read a line, carry it out, say what happened.

Ctrl+C stops what runs; a second one within moments leaves. In a pipe the lines are carried out one after
the other, and the exit status is that of the first error; without one it tells whether the session that
was worked on is solved.
"""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from prompt_toolkit.utils import is_dumb_terminal

from copilot_tui.core.errors import CopilotError, ExitCode
from copilot_tui.core.state import SessionState
from copilot_tui.core.text import printable_line
from copilot_tui.repl.face import PlainFace
from copilot_tui.repl.listener import PlainListener
from copilot_tui.repl.reading import LineReader, Reader, TerminalReader
from copilot_tui.session import archive
from copilot_tui.session.command_desk import CommandDesk
from copilot_tui.session.driver import SessionDriver
from copilot_tui.session.opening import Opening

TWICE_WITHIN_SECONDS = 2.0
PATIENCE_SECONDS = 5.0
ENDING = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))
WELCOME = "Say what you want done, or /tasks; then /run. /help shows the commands, Ctrl+D leaves."


class Conversation:
    """One from opening the code base to leaving it."""

    def __init__(self, opening: Opening, *, interactive: bool) -> None:
        self.listener = PlainListener(sys.stdout, sys.stderr)
        self.driver = SessionDriver(opening, self.listener)
        self._interactive = interactive
        self._interrupted_at = 0.0
        self._interrupted = False
        self._main: asyncio.Task[int] | None = None
        self._leaving: asyncio.Task[None] | None = None

    async def hold(self) -> int:
        """Open, talk, close; returns the exit status. Raises what kept the code base from opening."""
        self._main = asyncio.current_task()
        self._listen()
        try:
            await self.driver.open()
            return await self._talk()
        except asyncio.CancelledError:
            return ExitCode.INTERRUPTED
        finally:
            closing = asyncio.ensure_future(self._close())
            try:
                await asyncio.shield(closing)
            except asyncio.CancelledError:
                await closing  # a stop that was on its way when there was nothing left to stop

    def _listen(self) -> None:
        """Take the signals; said again after each line, for prompt_toolkit gives up those it borrowed."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, *ENDING):
            loop.add_signal_handler(number, self._signalled, number)

    async def _talk(self) -> int:
        reader: Reader = LineReader(sys.stdin, sys.stdout if self._interactive else None)
        if self._interactive and not is_dumb_terminal():
            manager = self.driver.manager
            reader = TerminalReader(
                manager.place.state,
                lambda kind: desk.choices(kind),
                self._status,
                vi_keys=manager.settings.interface.vi_keys,
            )
        face = PlainFace(self.driver, self.listener, reader)
        desk = CommandDesk(self.driver, face)
        choices = asyncio.ensure_future(desk.learn_choices()) if self._interactive else None
        try:
            if self._interactive:
                await self._welcome()
            while not face.leaving:
                line = face.next_lines.popleft() if face.next_lines else await self._next_line(reader)
                if line is None:
                    break
                await self._carry_out(desk, face, line)
        finally:
            if choices is not None:
                choices.cancel()
        return self._exit_status()

    async def _welcome(self) -> None:
        self.listener.said(WELCOME)
        found = await asyncio.to_thread(archive.overviews, self.driver.state_directory, "")
        unfinished = [overview for overview in found if overview.status in archive.UNFINISHED]
        if unfinished:
            newest = printable_line(unfinished[0].title or unfinished[0].task)[:80]
            self.listener.said(f"Not finished: {newest}. /resume {unfinished[0].id[:8]} or /sessions.")

    async def _next_line(self, reader: Reader) -> str | None:
        """The next line; None when there is none, or when Ctrl+C came twice."""
        while True:
            try:
                return await reader.read()
            except EOFError:
                return None
            except KeyboardInterrupt:
                if self._second_interrupt():
                    self._interrupted = True
                    return None
                self.listener.said("Ctrl+C again leaves; the session can be resumed.")

    async def _carry_out(self, desk: CommandDesk, face: PlainFace, line: str) -> None:
        self._listen()
        try:
            desk.carry_out(line)
        except CopilotError as error:
            self.listener.failed(error)
        await face.settle()

    def _signalled(self, number: signal.Signals) -> None:
        if number != signal.SIGINT or self._second_interrupt():
            self._leave()
        elif self.driver.busy:
            self.driver.stop()
            self.listener.said("Stopping; Ctrl+C again leaves.")
        elif self._interactive:
            self.listener.said("\nCtrl+C again leaves; the session can be resumed.")
        else:
            self._leave()

    def _second_interrupt(self) -> bool:
        now = time.monotonic()
        second = now - self._interrupted_at < TWICE_WITHIN_SECONDS
        self._interrupted_at = now
        return second

    def _leave(self) -> None:
        """Stop what runs, and go as soon as it has left the code base in order."""
        self._interrupted = True
        self.driver.stop()
        if self._leaving is None:
            self._leaving = asyncio.ensure_future(self._until_idle())

    async def _until_idle(self) -> None:
        try:
            await asyncio.wait_for(self.driver.idle.wait(), PATIENCE_SECONDS)
        except asyncio.TimeoutError:
            pass  # what is left open is settled when the session is resumed
        if self._main is not None:
            self._main.cancel()

    async def _close(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, *ENDING):
            loop.remove_signal_handler(number)
        await self.driver.close()

    def _exit_status(self) -> int:
        if self._interrupted:
            return ExitCode.INTERRUPTED
        if self._interactive:
            return ExitCode.DONE
        if self.listener.first_error is not None:
            return self.listener.first_error.exit_code
        return exit_status(self.driver.state, failed=self.listener.failed_phase)

    def _status(self) -> str:
        """The line at the bottom of the terminal."""
        state = self.driver.state
        parts = [self.listener.engine]
        if state.session:
            parts.append(printable_line(state.title)[:50])
        if state.iteration:
            parts.append(f"iteration {state.iteration}")
        if self.driver.git_branch:
            parts.append(printable_line(self.driver.git_branch)[:30])
        return " │ ".join(part for part in parts if part)


def exit_status(state: SessionState, *, failed: bool) -> int:
    """0 where nothing was left undone: no session, one that is solved, or phases that all went well."""
    worked = state.status in {"unsolved", "failed", "stopped"}
    return ExitCode.NOT_SOLVED if worked or failed else ExitCode.DONE


def open_repl(source: Path, logs: Path | None, flags: Mapping[str, Any]) -> int:
    """Talk until the person leaves or the lines end; returns the exit status."""
    interactive = sys.stdin.isatty() and sys.stdout.isatty()
    conversation = Conversation(Opening(source, logs, flags), interactive=interactive)
    return asyncio.run(conversation.hold())
