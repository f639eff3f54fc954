"""A paragraph of the conversation: its sign stands in the margin, so that lines that wrap stay beside it."""

from __future__ import annotations

from textual.geometry import Region
from textual.strip import Strip
from textual.visual import Visual
from textual.widgets import Static

from copilot_tui.tui.rendering import Entry
from copilot_tui.tui.widgets.detached import BlankWhenDetached

MARGIN = 2
"""Columns at the left, which the style sheet keeps free."""


class Paragraph(BlankWhenDetached, Static):
    """The text is the widget's content; the sign is no part of it, and so is not copied with it either."""

    def __init__(self, entry: Entry) -> None:
        super().__init__(entry.content(), classes=f"entry {entry.kind}")
        self.sign = entry.sign()

    def render_lines(self, crop: Region) -> list[Strip]:
        strips = super().render_lines(crop)
        left = self.styles.padding.left - MARGIN
        if strips and (crop.x, crop.y) == (0, 0) and left >= 0 and self.is_attached:
            sign = Visual.to_strips(
                self, self.sign, MARGIN, 1, self.visual_style, apply_selection=False, pad=True
            )
            first = strips[0]
            strips = [Strip.join([first.crop(0, left), *sign, first.crop(left + MARGIN)]), *strips[1:]]
        return strips
