"""Text from outside cannot drive a terminal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot_tui.core.text import printable, printable_line


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07after", "after"),
        ("\x1b]52;c;cGFzcw==\x1b\\after", "after"),
        ("\x1bP1$q\x1b\\after", "after"),
        ("\x9b2Jafter", "after"),
        ("a\rb\r\nc", "a\nb\nc"),
        ("tab\tstays\n", "tab\tstays\n"),
        ("evil\u202etxt", "evil\ufffdtxt"),
        ("bell\x07", "bell\ufffd"),
    ],
)
def test_escape_sequences_vanish_and_text_stays(raw: str, shown: str) -> None:
    assert printable(raw) == shown


@given(st.text())
def test_no_control_character_survives(text: str) -> None:
    shown = printable(text)
    assert not any((ord(c) < 32 and c not in "\n\t") or 0x7F <= ord(c) < 0xA0 for c in shown)
    assert printable(shown) == shown
    assert "\n" not in printable_line(text)


@given(st.text(alphabet="ab\x1b]\x1b[;0m\x07\\PX \r\n\tß\u202e\x00\x7f", max_size=40))
def test_colours_alone_are_taken_out_as_all_sequences_are(text: str) -> None:
    closed = text + "\x1b\\"
    # A sequence that begins with one character of eight bits sends all of the text through the general way.
    assert printable(closed + "\x9bm") == printable(closed)
