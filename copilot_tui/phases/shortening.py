"""Shorter versions of a piece of code, for a prompt that cannot hold all of it.

A version ends where a function ends, and says how many lines are missing; nothing is cut in the middle
of a line, and a function is whole or not there. Code of an unknown language, or one function alone that
is too long, is cut between two lines.
"""

from __future__ import annotations

from copilot_tui.index.symbols import definitions, language_of

_MOST_VERSIONS = 8
_PARTS_OF_PLAIN_TEXT = 4


def shorter_versions(text: str, path: str) -> tuple[str, ...]:
    """At most eight versions of ``text``, each a beginning of it; empty when it has one line."""
    lines = text.rstrip().split("\n")
    ends = sorted({d.end for d in definitions(text, language_of(path)) if 0 < d.end < len(lines)})
    if not ends:
        ends = sorted({len(lines) * part // _PARTS_OF_PLAIN_TEXT for part in range(1, _PARTS_OF_PLAIN_TEXT)})
    step = -(-len(ends) // _MOST_VERSIONS)
    return tuple(_beginning(lines, end) for end in ends[::step] if 0 < end < len(lines))


def _beginning(lines: list[str], end: int) -> str:
    return "\n".join([*lines[:end], f"... ({len(lines) - end} more lines)"])
