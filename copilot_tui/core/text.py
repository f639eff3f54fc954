"""Making text that came from outside safe to show.

Model output, compiler output, file names and file contents may hold terminal escape sequences that
move the cursor, change the title or write the clipboard. Whatever reaches a terminal or a log passes
through :func:`printable` first.
"""

from __future__ import annotations

import re

_ESCAPE_SEQUENCE = re.compile(
    # One set of characters stands in front, since the engine skips quickly to the next of them.
    r"""
    [\x1b\x90\x98\x9b\x9d-\x9f] (?:
        (?: (?<=\x1b)\] | (?<=\x9d) ) [^\x07\x1b\x9c]* (?: \x07 | \x1b\\ | \x9c )?  # OSC ... BEL or ST
        | (?: (?<=\x1b)[PX^_] | (?<=[\x90\x98\x9e\x9f]) ) [^\x1b\x9c]* (?: \x1b\\ | \x9c )?  # DCS, SOS ...
        | (?: (?<=\x1b)\[ | (?<=\x9b) ) [0-?]* [ -/]* [@-~]?  # CSI
        | (?<=\x1b) [ -/]* [0-~]?  # two-character sequences
    )
    """,
    re.VERBOSE,
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_CARRIAGE_RETURN = re.compile(r"\r+\n?")
_ODD = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""All that any of the three above could match."""
_PIECE = 1 << 16
_ASCII_CONTROL = bytes(code for code in (*range(32), 127) if code not in b"\t\n")


def printable(text: str) -> str:
    """``text`` without escape sequences, control and direction-override characters.

    Tabs and line ends stay; a carriage return becomes a line end. Linear in the length.
    """
    pieces = range(0, len(text), _PIECE)
    if not any(_is_odd(text[start : start + _PIECE]) for start in pieces):
        return text
    if "\r" in text:
        text = _CARRIAGE_RETURN.sub("\n", _ESCAPE_SEQUENCE.sub("", text))
    else:
        text = _ESCAPE_SEQUENCE.sub("", text)
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)


def _is_odd(text: str) -> bool:
    """Megabytes of build output hold nothing odd as a rule, and that is told at memory speed."""
    if not text.isascii():
        return _ODD.search(text) is not None
    encoded = text.encode("ascii")
    return len(encoded.translate(None, _ASCII_CONTROL)) != len(encoded)


def printable_line(text: str) -> str:
    """:func:`printable`, with line ends and tabs made visible as spaces: for file names and titles."""
    return " ".join(printable(text).split("\n")).replace("\t", " ")
