"""Functions in C and C++ that the grammar lost, found by how their heads look.

Macros that are no C (``SM_STATE(EAP, IDLE) {``, ``TEST_BEGIN(test_x) {``), unknown words before a name, or
braces that ``#if`` doubles confuse a grammar, which then sees errors where functions are. Only texts with
such errors come here. A macro's function is called by the first of its arguments that looks like a name, as
in ``BOOPSI_DISPATCHER(IPTR, Area_Dispatcher, cl, obj, msg)``. Limit: only a head that begins its line, and a
body that ends with ``}`` at the beginning of a line, are seen. All takes linear time.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence

from copilot_tui.index.definition import Definition

_MOST_HEAD_LINES = 12
_LONGEST_LINE = 300
_LONGEST_SIGNATURE = 400
_REMARK = re.compile(r"/\*[^*]*\*+(?:[^/*][^*]*\*+)*/|//.*")
_REMARKS = ("//", "/*", "* ")
_CALLED = re.compile(r"([A-Za-z_]\w*)\s*\(")
_PLAIN = re.compile(r"[A-Za-z_]\w*")
_KEYWORDS = "if for while switch do else return sizeof defined struct union enum"
_NOT_FUNCTIONS = frozenset(_KEYWORDS.split())
_TYPE_WORDS = "void int char long short unsigned signed float double bool const struct static"
_TYPES = frozenset(_TYPE_WORDS.split())


def with_lost_functions(text: str, found: Sequence[Definition]) -> list[Definition]:
    """``found`` in ``text`` by the grammar, and the functions that it lacks or calls by a wrong name."""
    lost = _lost(text, found)
    starts = sorted(item.start for item in lost)

    def is_right(item: Definition) -> bool:
        if item.kind != "function":
            return True
        position = bisect_left(starts, item.start)
        holds_lost = position < len(starts) and starts[position] <= item.end
        return item.name not in _NOT_FUNCTIONS and not (item.name.isupper() and holds_lost)

    return [*filter(is_right, found), *lost]


def _lost(text: str, found: Sequence[Definition]) -> list[Definition]:
    lines = text.split("\n")
    closing = [row for row, line in enumerate(lines) if line.startswith("}")]
    # An unknown word before a name, such as REGARGS, is what a grammar takes for the name.
    right = [item for item in found if item.kind == "function" and not item.name.isupper()]
    names = {item.name for item in right}
    covered = _covered(right, closing)
    lost: list[Definition] = []
    inside = -1  # the row that closes the last function
    for row, line in enumerate(lines):
        if row <= inside or not _opens_body(line):
            continue
        first, head = _head(lines, row)
        name = _name(head)
        position = bisect_left(closing, row if line.startswith("}") else row + 1)
        if not name or position == len(closing):
            continue
        inside = closing[position]
        if name not in names and first + 1 not in covered:
            signature = head[:_LONGEST_SIGNATURE]
            lost.append(Definition(name, "function", first + 1, inside + 1, signature, first + 1))
    return lost


def _covered(found: Sequence[Definition], closing: Sequence[int]) -> set[int]:
    """The lines of functions; one whose brace closed before its end, by the look of it, ends there."""
    covered: set[int] = set()
    for item in found:
        position = bisect_left(closing, item.start)
        end = min(item.end, closing[position] + 1) if position < len(closing) else item.end
        covered.update(range(item.start, end + 1))
    return covered


def _opens_body(line: str) -> bool:
    if not line or len(line) > _LONGEST_LINE:
        return False
    if line[0] == "{":
        return True
    if not line.rstrip().endswith("{") or ")" not in line:
        return False
    return not line[0].isspace() or line.count(")") > line.count("(")


def _head(lines: Sequence[str], row: int) -> tuple[int, str]:
    """The first row of what stands before a body's brace, and its text in one line."""
    first, parts = row, [lines[row].rstrip().rpartition("{")[0]]
    for above in range(row - 1, max(-1, row - 1 - _MOST_HEAD_LINES), -1):
        line = lines[above]
        bare = line.strip()
        if line.startswith("#"):
            continue  # variants of one head
        if not bare or bare[-1] in ";}{:" or bare.startswith(_REMARKS) or bare.endswith("*/"):
            break
        if len(line) > _LONGEST_LINE:
            break
        first, parts = above, [line, *parts]
    if len(lines[first]) - len(lines[first].lstrip()) > 1:
        return first, ""  # something inside a body
    return first, " ".join(_REMARK.sub(" ", " ".join(parts)).split())


def _name(head: str) -> str:
    """What a head defines: the word before the first parenthesis, or what a macro there is told."""
    match = _CALLED.search(head)
    if match is None or any(sign in head[: match.start()] for sign in '="{;'):
        return ""
    called = match.group(1)
    if called in _NOT_FUNCTIONS:
        return ""
    if not called.isupper() and not called.startswith("AROS_"):
        return called
    return next(_told(head[match.end() :].partition(")")[0]), called)


def _told(arguments: str) -> Iterator[str]:
    """The arguments that may be a name, the likeliest first."""
    parts = [part.strip() for part in arguments.split(",")]
    plain = [part for part in parts if _PLAIN.fullmatch(part) and part not in _TYPES]
    yield from (part for part in plain if not part.isupper())
    yield from reversed(plain)
