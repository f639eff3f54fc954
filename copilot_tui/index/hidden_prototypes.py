"""Prototypes in C and C++ that macros hide from the grammar.

``AROS_UFP2(type, name, ...);`` and its kin read like a call, ``AROS_INTP(name);`` too, and of
``void name __P((int));`` a grammar makes a variable and an error. Each is recognised by its macro; ``__P``
has a handful of other names. Limit: one that stands deeper than 300 characters in a line is not seen. All
takes linear time.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence

from copilot_tui.index.definition import Definition
from copilot_tui.index.documentation import summary

_LONGEST_LINE = 300
_LONGEST_COMMENT = 20_000
_LONGEST_SIGNATURE = 400
# AROS_LP2(type, name, ...), AROS_LD2, AROS_UFP2, AROS_UFP2S; AROS_INTP(name), AROS_PROCP. Patterns begin with
# letters, not with the beginning of a line or a word, because that is looked for several times as fast.
_AROS = re.compile(
    rb"AROS_(?:[A-Z]{0,8}?[PD](?:QUAD)?\d+[A-Z]*\(\s*[^,;{}()]{1,200},|(?:INT|PROC)P\()"
    rb"\s*([A-Za-z_]\w*)\s*(?=[,)])"
)
_WRAPPED = re.compile(rb"(?:__P|_P|__PROTO|_PROTO|PROTO|PARAMS|OF|_ANSI_ARGS_)[ \t]*(?=\(\()")
_NO_TYPE = re.compile(rb"[;(){}=#\"]|\btypedef\b")
_LAST_WORD = re.compile(rb"\b[A-Za-z_]\w*\Z")
_TOKEN = re.compile(rb"/\*.*?(?:\*/|\Z)|//[^\n]*|[(){};]", re.DOTALL)

Range = tuple[int, int]


def hidden_prototypes(content: bytes, comments: Sequence[Range], *, has_error: bool) -> list[Definition]:
    """The prototypes behind macros in ``content``; ``comments`` are where its comments stand, in order.

    ``has_error`` tells whether the grammar met an error, as it does at each ``__P((...))``.
    """
    places = [*_aros(content), *(_wrapped(content) if has_error else ())]
    places.sort()
    comment_starts = [begin for begin, _ in comments]
    found: list[Definition] = []
    row = counted_to = 0
    for position, (begin, opening, name) in enumerate(places, 1):
        row += content.count(b"\n", counted_to, begin)
        counted_to = begin
        before = bisect_right(comment_starts, begin) - 1
        comment = comments[before] if before >= 0 else (0, 0)
        end = _end(content, opening, places[position][0] if position < len(places) else len(content))
        if comment[1] > opening or end < 0:
            continue
        header = content[begin : min(end, begin + 4 * _LONGEST_SIGNATURE)].decode("utf-8", "replace")
        signature = " ".join(header.split())[:_LONGEST_SIGNATURE]
        lines, doc = _introduced(content, comment, begin)
        last = row + content.count(b"\n", begin, end) + 1
        found.append(Definition(name, "prototype", row + 1, last, signature, row + 1 - lines, doc))
    return found


def _aros(content: bytes) -> Iterator[tuple[int, int, str]]:
    """Where each AROS macro begins, where its parenthesis opens, and the name that it declares."""
    for match in _AROS.finditer(content):
        if not _line_before(content, match.start()).strip():
            yield match.start(), content.index(b"(", match.start()), match.group(1).decode()


def _wrapped(content: bytes) -> Iterator[tuple[int, int, str]]:
    """The same for parameters in a macro's double parentheses."""
    for match in _WRAPPED.finditer(content):
        before = _line_before(content, match.start())
        head = before.rstrip(b" \t")
        name = _LAST_WORD.search(head) if len(head) < len(before) and not _NO_TYPE.search(head) else None
        if name:
            yield match.start() - len(before), match.end(), name.group().decode()


def _line_before(content: bytes, place: int) -> bytes:
    """What stands in a line before ``place``; a brace where the line is too long."""
    earliest = max(0, place - _LONGEST_LINE)
    begin = content.rfind(b"\n", earliest, place) + 1
    return content[begin:place] if begin or not earliest else b"{"


def _end(content: bytes, opening: int, limit: int) -> int:
    """Behind the semicolon that follows the partner of the parenthesis at ``opening``; -1 where something
    else does, or none before ``limit``."""
    depth = 0
    for token in _TOKEN.finditer(content, opening, limit):
        match token.group():
            case b"(":
                depth += 1
            case b")":
                depth -= 1
            case b";":
                return token.end() if depth == 0 else -1
            case b"{" | b"}":
                return -1
    return -1


def _introduced(content: bytes, comment: Range, begin: int) -> tuple[int, str]:
    """How many lines above ``begin`` the comment right before it starts, and what it says first."""
    first, last = comment
    between = content[last : min(begin, last + _LONGEST_LINE)]
    if between.strip() or between.count(b"\n") > 1 or _line_before(content, first).strip():
        return 0, ""  # it speaks of something else
    lines = content.count(b"\n", first, begin)
    return lines, summary(content[first : min(last, first + _LONGEST_COMMENT)].decode("utf-8", "replace"))
