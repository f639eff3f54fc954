"""Choosing the colours: the app wears each theme while the cursor is on it. Esc takes the old one back."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from copilot_tui.core.text import printable_line


class ThemePicker(ModalScreen[str | None]):
    """Gives the chosen theme's name, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "cancel", "Keep the old one")]

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__()
        self._names = names
        self._before = ""

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialogue -small") as dialogue:
            dialogue.border_title = "Theme"
            dialogue.border_subtitle = "Enter takes it · Esc goes back"
            options = [Option(Content(printable_line(name))) for name in self._names]
            yield OptionList(*options, id="theme-list", markup=False)

    def on_mount(self) -> None:
        self._before = self.app.theme
        if self._before in self._names:
            self.query_one(OptionList).highlighted = self._names.index(self._before)

    @on(OptionList.OptionHighlighted)
    def _try(self, message: OptionList.OptionHighlighted) -> None:
        self.app.theme = self._names[message.option_index]

    @on(OptionList.OptionSelected)
    def _take(self, message: OptionList.OptionSelected) -> None:
        self.dismiss(self._names[message.option_index])

    def action_cancel(self) -> None:
        self.app.theme = self._before
        self.dismiss(None)
