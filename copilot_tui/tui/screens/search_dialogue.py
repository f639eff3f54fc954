"""A dialogue with a line to search by and the list of what is found. Gives what was chosen, or None."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from typing import ClassVar, Generic, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

Result = TypeVar("Result")


class SearchDialogue(ModalScreen[Result | None], Generic[Result]):
    """Up and down choose while one types, Enter takes what is chosen, Esc nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Back"),
        Binding("down", "move(1)", "Next", show=False, priority=True),
        Binding("up", "move(-1)", "Previous", show=False, priority=True),
    ]

    def __init__(self, title: str, keys: str, typed: str = "") -> None:
        super().__init__()
        self._title = title
        self._keys = keys
        self._typed = typed
        self._shown: Sequence[Result] = ()

    @abstractmethod
    def found(self, wanted: str) -> Sequence[Result]:
        """What is offered for these words, in this order."""

    @abstractmethod
    def line(self, result: Result) -> Content:
        """How it is shown."""

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialogue") as dialogue:
            dialogue.border_title = self._title
            dialogue.border_subtitle = self._keys
            yield Input(self._typed, placeholder="Search", classes="search-line")
            yield OptionList(classes="search-list", markup=False)

    def on_mount(self) -> None:
        self._show(self._typed)
        self.query_one(Input).focus()

    def action_move(self, step: int) -> None:
        options = self.query_one(OptionList)
        if step > 0:
            options.action_cursor_down()
        else:
            options.action_cursor_up()

    @on(Input.Changed)
    def _searched(self, message: Input.Changed) -> None:
        self._show(message.value)

    @on(Input.Submitted)
    def _entered(self) -> None:
        row = self.query_one(OptionList).highlighted
        if row is not None and self._shown:
            self.dismiss(self._shown[row])

    @on(OptionList.OptionSelected)
    def _selected(self, message: OptionList.OptionSelected) -> None:
        self.dismiss(self._shown[message.option_index])

    def _show(self, wanted: str) -> None:
        self._shown = self.found(wanted)
        options = self.query_one(OptionList)
        options.set_options(self._options())
        options.highlighted = 0 if self._shown else None

    def _options(self) -> Iterable[Option]:
        return (Option(self.line(result)) for result in self._shown)
