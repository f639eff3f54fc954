"""Code that may be long and may grow: only the lines on the screen are coloured and drawn.

A line that is wider than the widget goes on in the next row. Lines are coloured in pieces, so a comment that
spans two of them may look like code in the second; in return a thousand lines cost what twenty do.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections.abc import Sequence

from rich.cells import cell_len
from textual.content import Content
from textual.geometry import Region, Size
from textual.selection import Selection
from textual.strip import Strip
from textual.style import Style
from textual.visual import Visual
from textual.widget import Widget
from textual.worker import Worker

from copilot_tui.tui.code_view import coloured_piece, load_language, loaded_language
from copilot_tui.tui.widgets.detached import blank_rows

PIECE_LINES = 32
PIECES_KEPT = 6
"""So many coloured pieces are kept: what a tall screen shows, and some to scroll to."""
STRIPS_KEPT = 256
TAB_SIZE = 8


class CodeText(Widget, can_focus=False):
    """``path`` tells the language; one that is not known is shown without colours."""

    DEFAULT_CSS = "CodeText { height: auto; width: 1fr; text-wrap: nowrap; }"

    def __init__(self, path: str, text: str = "") -> None:
        super().__init__()
        self._path = path
        self._lines = [""]
        self._rows: list[int] = []
        """Of each line its first row."""
        self.rows = 0
        """How many rows the text takes in the width that the widget has."""
        self._width = 0
        self._pieces: dict[int, list[Content]] = {}
        self._strips: dict[int, Strip] = {}
        """Rows as they were drawn in :attr:`_drawn_in`."""
        self._drawn_in: object = None
        self.take(text)

    @property
    def text(self) -> str:
        return "\n".join(self._lines)

    def append(self, text: str) -> None:
        """Add a text at the end, in the last line at first."""
        self.take(text)
        self.refresh(layout=True)

    def take(self, text: str) -> None:
        """Add a text without showing it."""
        changed = len(self._lines) - 1
        first, *rest = text.split("\n")
        self._lines[-1] = (self._lines[-1] + first).expandtabs(TAB_SIZE)
        self._lines += [line.expandtabs(TAB_SIZE) for line in rest]
        self._pieces.pop(changed // PIECE_LINES, None)
        self._fold(changed)

    def on_mount(self) -> None:
        if loaded_language(self._path) is None:
            _worker: Worker[None] = self.run_worker(self._load_language, exit_on_error=False)

    async def _load_language(self) -> None:
        """In a thread, where it keeps no key waiting."""
        await asyncio.to_thread(load_language, self._path)
        self._pieces.clear()
        self._strips.clear()
        self.refresh()

    # Rows

    def _fold(self, changed: int) -> None:
        """Count the rows anew from this line on. A last line without text is no line yet."""
        if not self._width:
            return
        del self._rows[changed:]
        row = self._rows_before(changed)
        self._strips = {number: strip for number, strip in self._strips.items() if number < row}
        for line in self._lines[changed:]:
            self._rows.append(row)
            row += max(1, -(-len(line) // self._width) if line.isascii() else len(self._ends(line)))
        self.rows = row - (len(self._lines) > 1 and not self._lines[-1])

    def _rows_before(self, line: int) -> int:
        if not line:
            return 0
        before = self._lines[line - 1]
        return self._rows[line - 1] + len(self._ends(before))

    def _ends(self, line: str) -> list[int]:
        """Where each row of the line ends."""
        if line.isascii():
            return [*range(self._width, len(line), self._width), len(line)]
        ends, cells = [], 0
        for place, character in enumerate(line):
            cells += (size := cell_len(character))
            if cells > self._width and place:
                ends.append(place)
                cells = size
        return [*ends, len(line)]

    def row(self, number: int) -> tuple[int, int, str]:
        """Which line the row shows, from which character on, and the text."""
        line = bisect_right(self._rows, number) - 1
        text = self._lines[line]
        ends = self._ends(text)
        place = number - self._rows[line]
        start = ends[place - 1] if place else 0
        return line, start, text[start : ends[place]]

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        if width != self._width:
            self._width = width
            self._fold(0)
        return max(1, self.rows)

    # Drawing

    def render_lines(self, crop: Region) -> list[Strip]:
        """Without Textual's cache of padding and borders, which forgets all when the text grows."""
        if not self.is_attached:
            return blank_rows(crop)
        look = (self.visual_style, self.text_selection, self.app.theme, self.size.width)
        if look != self._drawn_in or len(self._strips) > STRIPS_KEPT:
            self._strips.clear()
            self._drawn_in = look
        shown = range(crop.y, min(crop.bottom, self.rows if self._width == self.size.width else 0))
        if missing := [row for row in shown if row not in self._strips]:
            self._draw(missing)
        blank = Strip.blank(self.size.width, self.visual_style.rich_style)
        background = self.background_colors[1]
        strips = [self._strips.get(row, blank).crop(crop.x, crop.right) for row in crop.line_range]
        for line_filter in self.get_line_filters():
            strips = [strip.apply_filter(line_filter, background) for strip in strips]
        return strips

    def _draw(self, rows: Sequence[int]) -> None:
        places = [self.row(row) for row in rows]
        lines = [
            self._selected(self._coloured(number), number)[start : start + len(text)]
            for number, start, text in places
        ]
        content = Content("\n").join(lines)
        width, style = self._width, self.visual_style
        strips = Visual.to_strips(self, content, width, len(lines), style, apply_selection=False, pad=True)
        for row, (number, start, _), strip in zip(rows, places, strips, strict=True):
            self._strips[row] = strip.apply_offsets(start, number)

    def _coloured(self, number: int) -> Content:
        piece, place = divmod(number, PIECE_LINES)
        lines = self._pieces.pop(piece, None)
        if lines is None:
            lines = coloured_piece(self._lines[piece * PIECE_LINES : (piece + 1) * PIECE_LINES], self._path)
        self._pieces[piece] = lines
        if len(self._pieces) > PIECES_KEPT:
            del self._pieces[next(iter(self._pieces))]
        return lines[place]

    def _selected(self, line: Content, number: int) -> Content:
        selection = self.text_selection
        span = selection.get_span(number) if selection is not None else None
        if span is None:
            return line
        start, end = span
        style = Style.from_styles(self.screen.get_component_styles("screen--selection"))
        return line.stylize(style, start, len(line) if end == -1 else end)

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        return selection.extract(self.text), "\n"
