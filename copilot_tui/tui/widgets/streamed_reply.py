"""A model's reply while it is written, and what became of it.

It is brought up to date some times a second at most, however fast the tokens come: the keyboard goes first.
Code is shown as code, and what follows its fence as Markdown. The replies of the other phases are JSON
objects meant for the program: of these the newest lines are shown until the artefact that they make takes
their place.
A reply of unreasonable length is shown up to a limit, and says so.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Static

from copilot_tui.core.text import printable
from copilot_tui.tui.terminal import is_remote
from copilot_tui.tui.widgets.code_text import CodeText
from copilot_tui.tui.widgets.detached import BlankWhenDetached

if TYPE_CHECKING:
    from textual.widgets import Markdown

REFRESH_SECONDS = 0.3
REMOTE_REFRESH_SECONDS = 0.4
HELD_BACK_SECONDS = 0.5
"""How much later it may become where somebody types."""
AFTER_LETTER_SECONDS = 0.03
"""By then the letter itself is on the screen."""
SHARE_OF_TIME = 0.12
"""How much of the time may go into showing a reply that grows."""
SHOWN_CHARACTERS = 60_000
LINE_CHARACTERS = 1_000
CUT = " [... the line goes on]"
TAIL_LINES = 4
TAIL_CHARACTERS = 400
FENCE = "```"
BEGUN_FENCES = ("\n`", "\n``")


class Tail(BlankWhenDetached, Static):
    """The newest lines of a reply that is meant for the program."""


class StreamedReply(Vertical):
    """``path`` is the file whose code the reply is; None for an object in JSON."""

    def __init__(self, path: str | None) -> None:
        super().__init__(classes="reply")
        self._path = path
        self._text = ""
        self._shown = 0
        self._column = 0
        self._ready = False
        self._replaced = False
        self._timer: Timer | None = None
        self._due = 0.0
        self._hurried = False
        self._least_pause = REMOTE_REFRESH_SECONDS if is_remote(os.environ) else REFRESH_SECONDS
        self._pause = self._least_pause
        self._tail = Tail(Content(""), classes="tail")
        self._code = CodeText(path or "")
        self._remark: Markdown | None = None
        self._first: Widget = self._tail if path is None else self._code

    @property
    def is_code(self) -> bool:
        return self._path is not None

    @property
    def text(self) -> str:
        """All of the reply so far, made safe to show."""
        return self._text

    def compose(self) -> ComposeResult:
        yield self._first

    async def on_mount(self) -> None:
        self._ready = True
        await self._show_more()

    def add(self, text: str) -> None:
        """Add a piece; it is on the screen within some tenths of a second."""
        room = SHOWN_CHARACTERS - len(self._text)
        if room <= 0:
            return
        piece = self._with_short_lines(printable(text))
        self._text += piece if len(piece) <= room else f"{piece[:room]}\n(... the rest is not shown)"
        if self._timer is None and self._ready:
            self._timer = self.set_timer(self._pause, self._show_more)
            self._due = time.monotonic() + self._pause

    def hold_back(self) -> None:
        """Somebody types: let the next letter go first, but not for ever.

        At last the text is shown right after a letter, so that it is done when the next one comes.
        """
        if self._timer is None or self._hurried:
            return
        self._hurried = time.monotonic() >= self._due + HELD_BACK_SECONDS
        self._timer.stop()
        self._timer = self.set_timer(AFTER_LETTER_SECONDS if self._hurried else self._pause, self._show_more)

    def _with_short_lines(self, piece: str) -> str:
        """The piece without what goes beyond a length that can be shown: one line of a megabyte would take
        minutes to be laid out."""
        if len(piece) + self._column <= LINE_CHARACTERS:
            self._column = len(piece) - piece.rfind("\n") - 1 if "\n" in piece else self._column + len(piece)
            return piece
        shown = []
        for number, line in enumerate(piece.split("\n")):
            before = self._column if number == 0 else 0
            room = LINE_CHARACTERS - before
            mark = CUT if len(line) > room and before <= LINE_CHARACTERS else ""
            shown.append(line[: max(0, room)] + mark)
            self._column = before + len(line)
        return "\n".join(shown)

    async def finish(self) -> None:
        """The reply is complete: show what is still missing."""
        self._stop_timer()
        await self._show_more()

    async def replace_with_markdown(self, source: str) -> None:
        """Show an artefact instead of the reply that it was read from."""
        from textual.widgets import Markdown  # late: its parser is not needed for the first screen

        await self._replace(Markdown(source, open_links=False))

    async def replace_with_code(self, code: str) -> None:
        """Show the code that the reply became a part of."""
        lines = (line[:LINE_CHARACTERS] for line in printable(code[:SHOWN_CHARACTERS]).split("\n"))
        self._text = "\n".join(lines)
        if len(code) > SHOWN_CHARACTERS:
            self._text += "\n(The rest is in the code pane.)"
        await self._replace(CodeText(self._path or "", self._text))

    async def _replace(self, widget: Widget) -> None:
        self._stop_timer()
        self._replaced, self._first = True, widget
        if self._ready:
            await self.remove_children()
            await self.mount(widget)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None

    async def _show_more(self) -> None:
        self._timer = None
        self._hurried = False
        if not self._ready or not self.is_attached or self._replaced:
            return  # not yet mounted, then it is shown on mount; or already taken away
        if not self.is_code:
            lines = self._text[-TAIL_CHARACTERS:].split("\n")[-TAIL_LINES:]
            self._tail.update(Content("\n".join(lines)))
        elif len(self._text) > self._shown:
            began = time.monotonic()
            await self._grow()
            self.call_after_refresh(self._rest, began)

    async def _grow(self) -> None:
        """Show what is new: before the fence that ends the code as code, after it as a remark."""
        begun = self._shown
        self._shown = len(self._text)
        if self._text.endswith(BEGUN_FENCES):
            self._shown = self._text.rfind("\n") + 1  # it will be known with the next character
        new = self._text[begun : self._shown]
        if self._remark is None:
            end = _fence_in(new, at_line_start=begun == 0 or self._text[begun - 1] == "\n")
            if end < 0:
                self._code.append(new)
                return
            self._code.append(new[:end])
            new = new[end:].partition("\n")[2]
        await self._show_remark(new)

    async def _show_remark(self, new: str) -> None:
        from textual.widgets import Markdown

        if self._remark is None:
            self._remark = Markdown("", open_links=False)
            await self.mount(self._remark)
        await self._remark.append(new)

    def _rest(self, began: float) -> None:
        """The text is on the screen: wait in proportion to what that took."""
        self._pause = max(self._least_pause, (time.monotonic() - began) / SHARE_OF_TIME)


def _fence_in(text: str, *, at_line_start: bool) -> int:
    """Where the first line of the text that ends a fence begins; -1 where there is none."""
    if at_line_start and text.startswith(FENCE):
        return 0
    place = text.find(f"\n{FENCE}")
    return place + 1 if place >= 0 else -1
