"""Keys and commands on one page. The commands come from the one table."""

from __future__ import annotations

import textwrap
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from copilot_tui.session.commands import COMMANDS

KEYS: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    (
        "Everywhere",
        (
            ("F1", "this page (also ? outside of the prompt)"),
            ("F2 F3 F4 F5", "conversation, exploration, code, compiler"),
            ("F6", "zoom the pane, and back"),
            ("F7", "hide the pane; again: show all"),
            ("F8", "run the next phase (/step)"),
            ("Tab, Shift+Tab", "next, previous part of the screen"),
            ("Esc", "stop the phase that runs; else back to the prompt"),
            ("Ctrl+C", "copy what is selected; else stop; else clear the prompt; twice: leave"),
            ("Ctrl+P", "command palette"),
            ("Ctrl+Q", "leave; the session can be resumed"),
        ),
    ),
    (
        "Prompt",
        (
            ("Enter", "send"),
            ("Ctrl+J", "new line"),
            ("Up, Down", "what was typed before"),
            ("Ctrl+R", "search what was typed before"),
            ("Tab", "complete a command, its argument or a @path; where nothing is typed, go on"),
            ("@path", "name a file: it is always shown to the model"),
            ("!command", "run it in a shell; the model is shown what it prints"),
        ),
    ),
    (
        "Panes",
        (
            ("Ctrl+arrows", "move the splits"),
            ("Up, Down, PgUp, PgDn", "scroll, or move the cursor"),
            ("Enter", "open the file of a diagnostic or of the exploration"),
            ("E", "conversation: edit the plan; code: edit the candidate"),
            ("P, X", "exploration: pin, drop a file"),
            ("N, K", "code: next, previous hunk"),
            ("A, X", "code: take, refuse the hunk; Shift: all of the file"),
            ("Enter", "code: carry out what is marked"),
            ("S, D", "code: side by side; diff, or as written"),
            ("[ ] F W", "code: previous, next tab; next file; close the file"),
            ("Y", "copy the hunk, the file or the diagnostic"),
            ("O", "compiler: raw output alone, or both"),
        ),
    ),
)

NAME_COLUMNS = 24


class HelpScreen(ModalScreen[None]):
    """Scrolls by the arrow keys; Esc, F1 or Q closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,f1,q,question_mark", "dismiss", "Close")]

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialogue") as dialogue:
            dialogue.border_title = "Keys and commands"
            dialogue.border_subtitle = "Esc closes"
            with VerticalScroll():
                yield HelpText()

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).focus()


class HelpText(Static):
    """Made anew for each width, because what wraps stays in its column."""

    def __init__(self) -> None:
        super().__init__()
        self._columns = 0

    def on_resize(self) -> None:
        if self.size.width != self._columns:
            self._columns = self.size.width
            self.update(help_content(self._columns))


def help_content(columns: int) -> Content:
    """All keys and all commands, in two columns of text."""

    def row(name: str, meaning: str) -> list[str | tuple[str, str]]:
        """A name that does not fit into its column stands alone, above what it means."""
        below = "\n" + " " * NAME_COLUMNS
        lines = textwrap.wrap(meaning, max(columns - NAME_COLUMNS, 20))
        room = NAME_COLUMNS - len(name) - 2
        return [(f"  {name}", "bold"), " " * room if room > 0 else below, below.join(lines), "\n"]

    parts: list[str | tuple[str, str]] = []
    for title, keys in KEYS:
        parts.append((f"{title}\n", "bold $text-primary"))
        for key, meaning in keys:
            parts += row(key, meaning)
        parts.append("\n")
    for group in dict.fromkeys(command.group for command in COMMANDS):
        parts.append((f"{group}\n", "bold $text-primary"))
        for command in COMMANDS:
            if command.group == group:
                parts += row(command.usage, command.help)
        parts.append("\n")
    parts.append("Plain text states or refines the task; //text is a task that begins with a slash.")
    return Content.assemble(*parts)
