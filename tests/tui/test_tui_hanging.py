"""Lines of lists that wrap hang under where they began."""

from __future__ import annotations

from textual.content import Content
from textual.strip import Strip
from textual.style import Style
from textual.visual import RenderOptions

from copilot_tui.tui.hanging import Hanging


def shown(text: str, width: int) -> list[str]:
    visual = Hanging(Content(text))
    options = RenderOptions(lambda style: Style(), {})
    strips: list[Strip] = visual.render_strips(width, None, Style(), options)
    assert len(strips) == visual.get_height({}, width)
    return [strip.text.rstrip() for strip in strips]


def test_rows_hang_below_the_beginning_of_their_line() -> None:
    text = "a title that goes on\n    four spaces and more words"
    assert shown(text, 16) == ["a title that", "  goes on", "    four spaces", "    and more", "    words"]


def test_a_line_that_fits_and_one_without_room_stay_as_they_are() -> None:
    assert shown("short\n\n  x", 16) == ["short", "", "  x"]
    assert "".join(shown("    abcdefgh", 8)).replace(" ", "") == "abcdefgh"
