"""Choosing the event that a branch begins after, newest first. Gives its number, or None."""

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

from copilot_tui.session.moments import Moment
from copilot_tui.session.names import NameIndex

SHOWN = 1_000


class EventPicker(ModalScreen[int | None]):
    """Up and down choose, Enter branches, Esc does nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Not now"),
        Binding("down", "move(1)", "Next", show=False, priority=True),
        Binding("up", "move(-1)", "Previous", show=False, priority=True),
    ]

    def __init__(self, moments: Sequence[Moment]) -> None:
        super().__init__()
        self._by_text = {f"{moment.text} {moment.seq}": moment for moment in reversed(moments)}
        self._index = NameIndex(self._by_text)
        self._shown: tuple[Moment, ...] = ()

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialogue") as dialogue:
            dialogue.border_title = "Branch: go on in a copy from here"
            dialogue.border_subtitle = "Enter branches · Esc not now"
            yield Input(placeholder="Search", id="event-search")
            yield OptionList(id="event-list", markup=False)

    def on_mount(self) -> None:
        self._show("")
        self.query_one(Input).focus()

    def action_move(self, step: int) -> None:
        events = self.query_one(OptionList)
        if step > 0:
            events.action_cursor_down()
        else:
            events.action_cursor_up()

    @on(Input.Changed)
    def _searched(self, message: Input.Changed) -> None:
        self._show(message.value)

    @on(Input.Submitted)
    def _entered(self) -> None:
        row = self.query_one(OptionList).highlighted
        if row is not None and self._shown:
            self.dismiss(self._shown[row].seq)

    @on(OptionList.OptionSelected)
    def _selected(self, message: OptionList.OptionSelected) -> None:
        self.dismiss(self._shown[message.option_index].seq)

    def _show(self, wanted: str) -> None:
        self._shown = tuple(self._by_text[text] for text in self._index.matches(wanted, SHOWN))
        events = self.query_one(OptionList)
        events.set_options(Option(_line(moment)) for moment in self._shown)
        events.highlighted = 0 if self._shown else None


def _line(moment: Moment) -> Content:
    return Content.assemble(
        (f"{moment.seq:6} {moment.time[11:19]}  ", "$foreground-muted"), moment.text[:300]
    )
