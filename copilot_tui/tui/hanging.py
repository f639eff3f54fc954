"""Text in a list whose lines hang: where one wraps, its next rows do not begin flush left."""

from __future__ import annotations

from textual.content import Content
from textual.css.styles import RulesMap
from textual.strip import Strip
from textual.style import Style
from textual.visual import RenderOptions, Visual

INDENT = 2


class Hanging(Visual):
    """Each line of ``content`` keeps the spaces that it begins with, in all of its rows."""

    def __init__(self, content: Content) -> None:
        self.content = content

    def __str__(self) -> str:
        return self.content.plain

    def render_strips(
        self, width: int, height: int | None, style: Style, options: RenderOptions
    ) -> list[Strip]:
        return Content("\n").join(self._rows(width)).render_strips(width, height, style, options)

    def get_optimal_width(self, rules: RulesMap, container_width: int) -> int:
        return self.content.get_optimal_width(rules, container_width)

    def get_minimal_width(self, rules: RulesMap) -> int:
        return self.content.get_minimal_width(rules)

    def get_height(self, rules: RulesMap, width: int) -> int:
        return len(self._rows(width))

    def _rows(self, width: int) -> list[Content]:
        rows: list[Content] = []
        for line in self.content.split("\n", allow_blank=True):
            begin = len(line.plain) - len(line.plain.lstrip(" "))
            hang = max(begin, INDENT)
            if line.cell_length <= width or width <= 2 * hang:
                rows += line.wrap(width)
                continue
            first, *more = line[begin:].wrap(width - hang)
            rows += [first.pad_left(begin), *(row.pad_left(hang) for row in more)]
        return rows
