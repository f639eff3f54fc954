"""The full-screen app: themes, leaving in good order, and the one work screen.

Everything else belongs to the screen and its widgets. :func:`open_app` is how the command line starts it.
"""

from __future__ import annotations

import asyncio
import os
import shlex
import signal
import threading
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar

from rich.text import Text
from textual import on
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.driver import Driver
from textual.screen import Screen
from textual.widgets import TextArea

from copilot_tui.core.errors import CopilotError, ExitCode, UsageError
from copilot_tui.core.text import printable_line
from copilot_tui.session.commands import COMMANDS
from copilot_tui.session.crash_report import write_crash_report
from copilot_tui.session.names import ranked_matches
from copilot_tui.session.opening import Opening
from copilot_tui.store.locations import state_directory
from copilot_tui.tui.messages import DefectFound, Failed, ThemeWanted
from copilot_tui.tui.preferences import load_theme, save_theme
from copilot_tui.tui.screens.work import WorkScreen
from copilot_tui.tui.terminal import FEW_COLOURS, has_few_colours, is_remote
from copilot_tui.tui.theme import DEFAULT_THEME, load_themes

LEAVING_SIGNALS = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))
TWICE_WITHIN_SECONDS = 2.0
PATIENCE_SECONDS = 5.0
LOOK_FOR_TERMINAL_SECONDS = 1.0


class CopilotApp(App[int]):
    """One app works on one code base."""

    TITLE = "copilot-tui"
    CSS_PATH = "app.tcss"
    ENABLE_COMMAND_PALETTE = True

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+c", "interrupt", "Copy, stop or leave", priority=True, show=False),
        Binding("ctrl+q", "quit", "Leave", priority=True, show=False),
        Binding("ctrl+z", "suspend_process", "Suspend", priority=True, show=False),
    ]

    def __init__(self, opening: Opening) -> None:
        super().__init__()
        self.set_class(has_few_colours(self.console.color_system, no_color=self.no_color), FEW_COLOURS)
        if is_remote(os.environ):
            self.animation_level = "none"
        self.opening = opening
        self.work_screen = WorkScreen(opening)
        self._interrupted_at = 0.0
        self._leaving = False
        self.session_left = ""
        """Which session was on the screen when a person left; empty where the terminal went away."""
        loaded = load_themes()
        for theme in loaded.themes.values():
            self.register_theme(theme)
        self._theme_names = tuple(loaded.themes)
        self._theme_errors = loaded.errors
        remembered = load_theme(opening.source)
        wanted = remembered if remembered in loaded.themes else DEFAULT_THEME
        if wanted in loaded.themes:
            self.theme = wanted
        self.stylesheet.set_variables(self.get_css_variables())
        self._styled_for = self.theme

    def get_driver_class(self) -> type[Driver]:
        """Textual's choice; that for terminals as one that bears the loss of its terminal."""
        chosen = super().get_driver_class()
        if chosen.__name__ != "LinuxDriver":
            return chosen
        from copilot_tui.tui.terminal_driver import TerminalDriver

        return TerminalDriver

    def refresh_css(self, animate: bool = True) -> None:
        """Style everything anew for another theme.

        Textual asks for it at the start, too, where it would double the work: the styles are in the colours
        of the first theme already.
        """
        before, self._styled_for = self._styled_for, self.theme
        if before != self.theme:
            super().refresh_css(animate)

    def get_default_screen(self) -> Screen[None]:
        return self.work_screen

    def on_mount(self) -> None:
        self._listen()
        self.work_screen.desk.theme_names = self._theme_names
        for error in self._theme_errors:
            self.work_screen.post_message(Failed(error))

    def _listen(self) -> None:
        """A lost terminal and a plain kill are ways to leave, too; a browser's driver has its own."""
        if not self.is_web and threading.current_thread() is threading.main_thread():
            loop = asyncio.get_running_loop()
            for number in LEAVING_SIGNALS:
                loop.add_signal_handler(number, lambda: self.call_later(self._end))
        if hasattr(self._driver, "is_lost"):
            self.set_interval(LOOK_FOR_TERMINAL_SECONDS, self._leave_lost_terminal)

    async def _leave_lost_terminal(self) -> None:
        """Not every program is told by a signal that its terminal is gone."""
        if getattr(self._driver, "is_lost", False):
            await self._end()

    def _handle_exception(self, error: Exception) -> None:
        """A defect ends the app, as Textual has it; but what is left on the screen is a file's name, not a
        traceback with the values of variables."""
        super()._handle_exception(error)
        self._exit_renderables[:] = [Text(self.report_defect(error))]

    def report_defect(self, error: BaseException) -> str:
        """Write the report; returns what to tell the person."""
        screen = self.work_screen
        place = (
            screen.driver.state_directory if screen.driver.is_open else state_directory(self.opening.source)
        )
        facts = {
            "session": screen.driver.state.session or "none",
            "size": f"{self.size.width}x{self.size.height}",
            "terminal": os.environ.get("TERM", ""),
        }
        report = write_crash_report(place, error, facts)
        where = f"The report is in {report}" if report is not None else "No report could be written"
        return (
            f"Something unexpected went wrong: {type(error).__name__}: {printable_line(str(error))[:200]}\n"
            f"{where}; please send it in. The session is stored and can be resumed."
        )

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The palette: every slash command, those with an argument as the beginning of a line."""
        for command in COMMANDS:
            if command.name in {"theme", "quit", "help"} or not command.needs_argument:
                yield SystemCommand(
                    f"/{command.name}", command.help, lambda name=command.name: self._command(name)
                )
            else:
                yield SystemCommand(
                    f"{command.usage} ...", command.help, lambda name=command.name: self._begin_line(name)
                )

    def _command(self, name: str) -> None:
        self.work_screen.carry_out(f"/{name}")

    def _begin_line(self, name: str) -> None:
        self.work_screen.prompt.area.text = f"/{name} "
        self.work_screen.prompt.area.move_cursor(self.work_screen.prompt.area.document.end)
        self.work_screen.set_focus(self.work_screen.prompt.area)

    @on(DefectFound)
    def _defect_found(self, message: DefectFound) -> None:
        what, _, hint = self.report_defect(message.error).partition("\n")
        self.work_screen.post_message(Failed(CopilotError(what, hint)))

    @on(ThemeWanted)
    def _theme_wanted(self, message: ThemeWanted) -> None:
        """Take a theme by its name, or let a person choose."""
        name = message.name
        if not name:
            from copilot_tui.tui.screens.theme_picker import ThemePicker

            self.push_screen(ThemePicker(self._theme_names), self._theme_chosen)
        elif name in self._theme_names:
            self.theme = name
            self._theme_chosen(name)
        else:
            near = ranked_matches(name, self._theme_names)
            hint = f"Did you mean {near[0]}?" if near else f"Themes: {', '.join(self._theme_names)}."
            error = UsageError(f"There is no theme {printable_line(name)}.", hint)
            self.work_screen.post_message(Failed(error))

    def _theme_chosen(self, name: str | None) -> None:
        if name is not None:
            source = self.opening.source
            self.run_worker(lambda: save_theme(source, name), thread=True, exit_on_error=False)

    def action_interrupt(self) -> None:
        """Copy what is selected; else stop what runs, or clear the prompt; a second time within moments:
        leave."""
        if self._copied():
            return
        now = time.monotonic()
        if now - self._interrupted_at < TWICE_WITHIN_SECONDS:
            self.call_later(self.action_quit)
            return
        self._interrupted_at = now
        if self.work_screen.driver.busy:
            self.work_screen.driver.stop()
            self.notify("Stopping. Ctrl+C again leaves.", timeout=TWICE_WITHIN_SECONDS)
        elif self.focused is self.work_screen.prompt.area and self.work_screen.prompt.put_away():
            self.notify("Up brings the text back. Ctrl+C again leaves.", timeout=TWICE_WITHIN_SECONDS)
        else:
            self.notify("Ctrl+C again leaves; the session can be resumed.", timeout=TWICE_WITHIN_SECONDS)

    def _copied(self) -> bool:
        focused = self.focused
        text = focused.selected_text if isinstance(focused, TextArea) else ""
        text = text or self.screen.get_selected_text() or ""
        if not text:
            return False
        self.copy_to_clipboard(text)
        self.screen.clear_selection()
        if isinstance(focused, TextArea):
            focused.move_cursor(focused.cursor_location)
        self.notify("Copied.", timeout=TWICE_WITHIN_SECONDS)
        return True

    async def action_quit(self) -> None:
        """A person leaves: say on the terminal how to come back."""
        self.session_left = self.session_left or self.work_screen.driver.state.session
        await self._end()

    async def _end(self) -> None:
        """Stop what runs, close the code base, and go; the session can be resumed."""
        if self._leaving:
            return
        self._leaving = True
        self.work_screen.driver.stop()
        await self._until_idle()
        await self.work_screen.driver.close()
        self.exit(ExitCode.DONE)

    async def _until_idle(self) -> None:
        """Give the stopped work the moments that it needs to leave the code base in order."""
        try:
            await asyncio.wait_for(self.work_screen.driver.idle.wait(), PATIENCE_SECONDS)
        except (asyncio.TimeoutError, TimeoutError):
            return  # what is left open is settled when the session is resumed

    async def on_unmount(self) -> None:
        """However the app ends (a lost terminal, a defect), the code base is closed."""
        await self.work_screen.driver.close()


def open_app(source: Path, logs: Path | None, flags: Mapping[str, Any]) -> int:
    """Run the app in this terminal until it is left; returns the exit code."""
    app = CopilotApp(Opening(source, logs, flags))
    result = app.run()
    if app.session_left and not app.is_web:
        print(way_back(source, logs))
    return result if result is not None else (app.return_code or ExitCode.DONE)


def way_back(source: Path, logs: Path | None) -> str:
    """What a person who left types to go on; the folders of a demo are known to nobody else."""
    command = ["copilot-tui", str(source), *(["--logs", str(logs)] if logs is not None else [])]
    return f"The session is kept. Go on with: {shlex.join(command)}"
