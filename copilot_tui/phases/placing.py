"""Where in a file new definitions go.

Before what uses them; else, in a header, behind the last declaration, inside its include guard and its
``extern "C"``; in a program before ``main``; else at the end. Conditions are counted, never evaluated.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from copilot_tui.index.symbols import Definition
from copilot_tui.phases.pieces import C_FAMILY, Piece, container_of

_OPENS = re.compile(r"\s*#\s*if")
_CLOSES = re.compile(r"\s*#\s*endif\b")
_GUARD = re.compile(r"\s*#\s*ifndef\s+(\w+)\s*\n\s*#\s*define\s+\1\s*(?:\n|$)")
_PRAGMA_ONCE = re.compile(r"^\s*#\s*pragma\s+once\b", re.M)
_COMMENTS = re.compile(r"(?:\s*(?:/\*.*?\*/|//[^\n]*))*", re.S)
_CPLUSPLUS = re.compile(r"\s*#\s*if(?:def\s+|\s+defined\s*\(?\s*)__cplusplus\b")
_PYTHON_MAIN = re.compile(r"if __name__ ==")


def is_header(text: str) -> bool:
    """Whether a C text is included by others, as its guard tells."""
    return is_guarded(text) or bool(_PRAGMA_ONCE.search(text))


def is_guarded(text: str) -> bool:
    """Whether one include guard reaches from the first directive to the last line."""
    opening = _COMMENTS.match(text)
    start = opening.end() if opening else 0
    guard = _GUARD.match(text, start)
    if guard is None:
        return False
    lines = text.rstrip().split("\n")
    first = text.count("\n", 0, guard.start(1))
    return bool(_CLOSES.match(lines[-1])) and 0 not in _depths(lines)[first + 1 :]


def anchor(
    text: str,
    known: Sequence[Definition],
    language: str,
    user: Definition | None,
    adding: Sequence[Piece],
    *,
    header: bool = False,
) -> int:
    """The line index before which ``adding`` goes; ``user`` is the definition that needs it."""
    lines = text.split("\n")
    if user is not None:
        return _before(user, known)
    if language in C_FAMILY:
        if header or is_header(text):
            return _in_header(text, lines, known)
        return _in_source(lines, known, adding)
    if language == "python":
        index = _last_matching(lines, _PYTHON_MAIN)
        if index is not None:
            return index
    return _end(lines)


def insertion(
    lines: Sequence[str], at: int, new: Sequence[Piece], language: str, *, joined: bool
) -> list[str]:
    """The lines of ``new`` with the blank lines that belong around them at the index ``at``.

    ``joined``: the pieces continue a block of declarations, without a blank line before them.
    """
    gap = 2 if language == "python" else 1
    block: list[str] = []
    for piece in new:
        if block and not joined:
            block += [""] * gap
        block += piece.text.split("\n")
    blank = 0
    while blank < min(at, gap) and not lines[at - 1 - blank].strip():
        blank += 1
    before = [] if joined or blank == at else [""] * (gap - blank)
    after = [""] * gap if at < len(lines) and lines[at].strip() else []
    return [*before, *block, *after]


def continues_block(known: Sequence[Definition], at: int, new: Sequence[Piece]) -> bool:
    """Whether prototypes are added to prototypes that stand line by line without blank ones."""
    ends = {d.end: d for d in known if d.kind == "prototype"}
    last = ends.get(at)
    packed = last is not None and last.start - 1 in ends
    return packed and all(p.kind == "prototype" and "\n" not in p.text for p in new)


def _before(user: Definition, known: Sequence[Definition]) -> int:
    outer = user
    while (around := container_of(outer, known)) is not None:
        outer = around
    return outer.comment_start - 1


def _in_header(text: str, lines: Sequence[str], known: Sequence[Definition]) -> int:
    base = 1 if is_guarded(text) else 0
    depths = _depths(lines)
    level = [
        d
        for d in known
        if d.kind != "macro" and depths[d.start - 1] == base and container_of(d, known) is None
    ]
    declared = [d for d in level if d.kind == "prototype"] or level
    if declared:
        return max(d.end for d in declared)
    closing = _extern_end(lines)
    if closing is None and base:
        closing = _last_matching(lines, _CLOSES)
    return _end(lines[:closing]) if closing is not None else _end(lines)


def _extern_end(lines: Sequence[str]) -> int | None:
    """The ``#ifdef __cplusplus`` around the brace that ends ``extern "C"``."""
    brace = _last_matching(lines, re.compile(r"\s*\}\s*(?:/[/*].*)?$"))
    opening = _last_matching(lines, _CPLUSPLUS)
    return opening if brace is not None and opening is not None and opening < brace else None


def _in_source(lines: Sequence[str], known: Sequence[Definition], adding: Sequence[Piece]) -> int:
    functions = [d for d in known if d.kind == "function"]
    depths = _depths(lines)
    if functions and all(piece.kind != "function" for piece in adding):
        first = functions[0]
        leading = [d for d in known if d.end < first.comment_start and depths[d.start - 1] == 0]
        declared = [d for d in leading if d.kind == "prototype"]
        return max(d.end for d in declared) if declared else _outside(lines, first.comment_start - 1)
    main = next((d for d in functions if d.name == "main"), None)
    return _end(lines) if main is None else _outside(lines, main.comment_start - 1)


def _outside(lines: Sequence[str], at: int) -> int:
    """The index ``at``, or the beginning of the outermost condition around it."""
    depths = _depths(lines)
    while at > 0 and at < len(lines) and depths[at] > 0:
        at -= 1
    return at


def _depths(lines: Sequence[str]) -> list[int]:
    """How many preprocessor conditions enclose each line; the ``#if`` itself stands outside."""
    depth = 0
    depths = []
    for line in lines:
        if _CLOSES.match(line):
            depth = max(0, depth - 1)
            depths.append(depth + 1)
            continue
        depths.append(depth)
        depth += bool(_OPENS.match(line))
    return depths


def _last_matching(lines: Sequence[str], pattern: re.Pattern[str]) -> int | None:
    return next((i for i in range(len(lines) - 1, -1, -1) if pattern.match(lines[i])), None)


def _end(lines: Sequence[str]) -> int:
    """Behind the last line that is not blank."""
    return next((i + 1 for i in range(len(lines) - 1, -1, -1) if lines[i].strip()), 0)
