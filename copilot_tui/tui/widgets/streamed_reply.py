"""A model's reply while it is written, and what became of it.

Code is shown as Markdown, re-rendered some times a second at most, however fast the tokens come, in pieces
of some lines, of which only the last grows: the keyboard goes first. The replies of the other phases are
JSON objects meant for the program: of these the newest lines are shown until the artefact that they make
takes their place. A reply of unreasonable length is shown up to a limit, and says so.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Static

from copilot_tui.core.text import printable
from copilot_tui.tui.terminal import is_remote

if TYPE_CHECKING:
    from textual.widgets import Markdown

REFRESH_SECONDS = 0.2
REMOTE_REFRESH_SECONDS = 0.3
SHARE_OF_TIME = 0.12
"""How much of the time may go into showing a reply that grows."""
PIECE_LINES = 40
"""How long a piece of code may grow: it is coloured anew each time."""
SHOWN_CHARACTERS = 60_000
LINE_CHARACTERS = 1_000
CUT = " [... the line goes on]"
TAIL_LINES = 4
TAIL_CHARACTERS = 400


class StreamedReply(Vertical):
    """``language`` is that of the code fence that the reply stands in; None for an object in JSON."""

    def __init__(self, language: str | None) -> None:
        from textual.widgets import Markdown  # late: its parser is not needed for the first screen

        super().__init__(classes="reply")
        self._language = language
        self._text = ""
        self._shown = 0
        self._column = 0
        self._lines = 0
        """Of the piece that grows."""
        self._ready = False
        self._artefact: Markdown | None = None
        self._timer: Timer | None = None
        self._least_pause = REMOTE_REFRESH_SECONDS if is_remote(os.environ) else REFRESH_SECONDS
        self._pause = self._least_pause
        self._markdown = Markdown("", open_links=False)
        self._tail = Static(Content(""), classes="tail")

    @property
    def is_code(self) -> bool:
        return self._language is not None

    @property
    def text(self) -> str:
        """All of the reply so far, made safe to show."""
        return self._text

    def compose(self) -> ComposeResult:
        if self._artefact is not None:
            yield self._artefact
        elif self._language is None:
            yield self._tail
        else:
            yield self._markdown

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
        if self._timer is not None:
            self._timer.stop()
        await self._show_more()

    async def replace_with(self, markdown: str) -> None:
        """Show an artefact instead of the reply that it was read from."""
        from textual.widgets import Markdown

        self._artefact = Markdown(markdown, open_links=False)
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        if self._ready:
            await self.remove_children()
            await self.mount(self._artefact)

    async def _show_more(self) -> None:
        self._timer = None
        if not self._ready or not self.is_attached or self._artefact is not None:
            return  # not yet mounted, then it is shown on mount; or already taken away
        if self._language is None:
            lines = self._text[-TAIL_CHARACTERS:].split("\n")[-TAIL_LINES:]
            self._tail.update(Content("\n".join(lines)))
        elif len(self._text) > self._shown:
            began = time.monotonic()
            await self._grow()
            self.call_after_refresh(self._rest, began)

    async def _grow(self) -> None:
        """Show the new lines, in new pieces where the last one is long enough."""
        from textual.widgets import Markdown

        beginning = f"```{self._language}\n"
        fragments = self._fragments()
        for place, fragment in enumerate(fragments):
            if place:
                self._markdown = Markdown(beginning + fragment, open_links=False)
                await self.mount(self._markdown)
            elif fragment:
                await self._markdown.append(fragment if self._markdown.source else beginning + fragment)

    def _fragments(self) -> list[str]:
        """What is not shown yet: for the last piece, then for new ones. There are no more where the code may
        have ended and a remark begun."""
        end = self._text.find("```")
        fragments = [""]
        for line in self._text[self._shown :].splitlines(keepends=True):
            if self._lines >= PIECE_LINES and (end < 0 or self._shown < end):
                fragments.append("")
                self._lines = 0
            fragments[-1] += line
            self._shown += len(line)
            self._lines += line.endswith("\n")
        return fragments

    def _rest(self, began: float) -> None:
        """The text is on the screen: wait in proportion to what that took."""
        self._pause = max(self._least_pause, (time.monotonic() - began) / SHARE_OF_TIME)
