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
_INTRODUCERS = "\x90\x98\x9b\x9d\x9e\x9f"
"""With none of these every sequence begins with ESC, and that is found at the speed of memory."""
_SEQUENCE_OF_ESC = re.compile(
    r"""
    \x1b (?:
        \] [^\x07\x1b]* (?: \x07 | \x1b\\ )?
        | [PX^_] [^\x1b]* (?: \x1b\\ )?
        | \[ [0-?]* [ -/]* [@-~]?
        | [ -/]* [0-~]?
    )
    """,
    re.VERBOSE,
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_CARRIAGE_RETURN = re.compile(r"\r+\n?")
_ODD_BEYOND_ASCII = (
    re.compile(rb"\xc2[\x80-\x9f]"),
    re.compile(rb"\xe2(?:\x80[\x8e\x8f\xaa-\xae]|\x81[\xa6-\xa9])"),
)
"""All beyond ASCII that the three above could match, in UTF-8: bytes that begin alike are found faster than
a set."""
_PIECE = 1 << 16
_ASCII_CONTROL = bytes(code for code in (*range(32), 127) if code not in b"\t\n")


def printable(text: str) -> str:
    """``text`` without escape sequences, control and direction-override characters.

    Tabs and line ends stay; a carriage return becomes a line end. Linear in the length.
    """
    if not _is_odd(text):
        return text
    general = "\x9c" in text or any(introducer in text for introducer in _INTRODUCERS)
    text = (_ESCAPE_SEQUENCE if general else _SEQUENCE_OF_ESC).sub("", text)
    if "\r" in text:
        text = _CARRIAGE_RETURN.sub("\n", text)
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text) if _is_odd(text) else text


def _is_odd(text: str) -> bool:
    """Megabytes of build output hold nothing odd as a rule, or colours alone; told at memory speed."""
    pieces = range(0, len(text), _PIECE)
    return any(_piece_is_odd(text[start : start + _PIECE]) for start in pieces)


def _piece_is_odd(text: str) -> bool:
    encoded = text.encode("utf-8", "surrogatepass")
    if len(encoded.translate(None, _ASCII_CONTROL)) != len(encoded):
        return True
    return not text.isascii() and any(odd.search(encoded) for odd in _ODD_BEYOND_ASCII)


def printable_line(text: str) -> str:
    """:func:`printable`, with line ends and tabs made visible as spaces: for file names and titles."""
    return " ".join(printable(text).split("\n")).replace("\t", " ")
