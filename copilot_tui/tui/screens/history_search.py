"""Searching what was typed before: Ctrl+R in the prompt. Gives the entry, or None."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from copilot_tui.core.text import printable_line

SHOWN = 200
CHARACTERS = 300


class HistorySearch(ModalScreen[str | None]):
    """Newest first; all words that are typed must be in an entry. Ctrl+R goes to the next older one."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Back"),
        Binding("ctrl+r,down", "move(1)", "Older", show=False, priority=True),
        Binding("ctrl+s,up", "move(-1)", "Newer", show=False, priority=True),
    ]

    def __init__(self, entries: Sequence[str], typed: str = "") -> None:
        super().__init__()
        self._entries = tuple(dict.fromkeys(reversed(entries)))
        self._typed = typed
        self._shown: tuple[str, ...] = ()

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialogue") as dialogue:
            dialogue.border_title = "What was typed before"
            dialogue.border_subtitle = "Enter takes it · Ctrl+R older · Esc back"
            yield Input(self._typed, placeholder="Search", id="history-search")
            yield OptionList(id="history-list", markup=False)

    def on_mount(self) -> None:
        self._show(self._typed)
        self.query_one(Input).focus()

    def action_move(self, step: int) -> None:
        entries = self.query_one(OptionList)
        if step > 0:
            entries.action_cursor_down()
        else:
            entries.action_cursor_up()

    @on(Input.Changed)
    def _searched(self, message: Input.Changed) -> None:
        self._show(message.value)

    @on(Input.Submitted)
    def _entered(self) -> None:
        row = self.query_one(OptionList).highlighted
        self.dismiss(self._shown[row] if row is not None and self._shown else None)

    @on(OptionList.OptionSelected)
    def _selected(self, message: OptionList.OptionSelected) -> None:
        self.dismiss(self._shown[message.option_index])

    def _show(self, wanted: str) -> None:
        self._shown = holding(self._entries, wanted)[:SHOWN]
        entries = self.query_one(OptionList)
        entries.set_options(Option(_line(entry)) for entry in self._shown)
        entries.highlighted = 0 if self._shown else None


def holding(entries: Sequence[str], wanted: str) -> tuple[str, ...]:
    """The entries that hold each word of ``wanted``, in their order."""
    words = wanted.casefold().split()
    return tuple(entry for entry in entries if all(word in entry.casefold() for word in words))


def _line(entry: str) -> Content:
    lines = entry.count("\n")
    more = f"  (+{lines} lines)" if lines else ""
    return Content.assemble(printable_line(entry[:CHARACTERS]), (more, "$foreground-muted"))
