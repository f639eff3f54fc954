"""Widgets that come and go while others look at them.

Below a modal screen Textual draws the last layout, in which a widget may still stand that was taken away
since. It has no screen any more, and to draw its text raises NoScreen, which would end the app.
"""

from __future__ import annotations

from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget


class BlankWhenDetached(Widget):
    """Draws blank rows once it was taken away. It stands first among the base classes."""

    def render_lines(self, crop: Region) -> list[Strip]:
        if self.is_attached:
            return super().render_lines(crop)
        return blank_rows(crop)


def blank_rows(crop: Region) -> list[Strip]:
    """What stands where a widget was."""
    return [Strip.blank(crop.width)] * crop.height
