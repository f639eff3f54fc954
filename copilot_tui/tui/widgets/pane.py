"""A pane: one of the four parts of the work place, with a title, a key and something to focus.

Most panes are empty frames at first and are filled right after the first paint, which so comes sooner.
"""

from __future__ import annotations

from dataclasses import dataclass

from textual.app import ComposeResult
from textual.compose import compose
from textual.containers import Vertical
from textual.message import Message
from textual.widget import Widget


@dataclass(frozen=True, slots=True)
class PaneName:
    """``identifier`` is also the widget's id, ``key`` focuses it from anywhere."""

    identifier: str
    title: str
    key: str


CONVERSATION = PaneName("conversation", "Conversation", "f2")
EXPLORATION = PaneName("exploration", "Exploration", "f3")
CODE = PaneName("code", "Code", "f4")
COMPILER = PaneName("compiler", "Compiler", "f5")

PANES = (CONVERSATION, EXPLORATION, CODE, COMPILER)


class Pane(Vertical):
    """Shows records; subclasses handle the messages that concern them."""

    class Touched(Message):
        """Something new is in the pane, which matters where it is out of sight."""

        def __init__(self, pane: PaneName) -> None:
            super().__init__()
            self.pane = pane

    def __init__(self, name: PaneName) -> None:
        super().__init__(id=name.identifier)
        self.pane = name
        self.is_filled = False
        self._focus_wanted = False
        self.border_title = f"{name.key.upper()} {name.title}"

    def contents(self) -> ComposeResult:
        """The widgets of a pane that is filled later."""
        yield from ()

    def on_filled(self) -> None:
        """The contents are there; show what they begin with."""

    async def fill(self) -> None:
        """Mount the contents, once."""
        if not self.is_filled:
            await self.mount_all(compose(self, self.contents()))
            self.is_filled = True
            self.on_filled()
            if self._focus_wanted:
                self.take_focus()

    def take_focus(self) -> None:
        """Give the keyboard to the pane, or as soon as there is something in it to have it."""
        self._focus_wanted = not self.is_filled
        if self.is_filled:
            self.screen.set_focus(self.focus_target)

    @property
    def focus_target(self) -> Widget:
        """What gets the keyboard when the pane does; only once the pane is filled."""
        raise NotImplementedError

    def touched(self) -> None:
        """Tell the deck that there is something new here."""
        self.post_message(self.Touched(self.pane))
