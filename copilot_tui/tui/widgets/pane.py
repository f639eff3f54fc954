"""A pane: one of the four parts of the work place, with a title, a key and something to focus."""

from __future__ import annotations

from dataclasses import dataclass

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
        self.border_title = f"{name.key.upper()} {name.title}"

    @property
    def focus_target(self) -> Widget:
        """What gets the keyboard when the pane does."""
        raise NotImplementedError

    def touched(self) -> None:
        """Tell the deck that there is something new here."""
        self.post_message(self.Touched(self.pane))
