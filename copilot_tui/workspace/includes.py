"""Adding ``#include`` lines where they take effect for the whole file.

A line scanner, no preprocessor: conditions are never evaluated, only their depth is known. That is
enough to keep out of ``#ifdef`` branches and behind include guards.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from copilot_tui.core.errors import EditFormatError

_INCLUDE = re.compile(r"\s*#\s*include\s*(<[^>\n]+>|\"[^\"\n]+\")")
_WANTED = re.compile(r"(?:\s*#\s*include)?\s*(<[^>\s]+>|\"[^\"\n]+\"|[\w./+-]+)\s*$")
_DIRECTIVE = re.compile(r"\s*#\s*(\w+)[ \t]*(\w*)")


@dataclass(frozen=True, slots=True)
class _Line:
    """A line outside comments: its number from 0, its kind, and how many conditions enclose it."""

    number: int
    kind: str  # include, guard, other (a directive) or code
    depth: int
    target: str = ""


def ensure_includes(text: str, includes: Sequence[str]) -> str:
    """``text`` with each of ``includes`` that it lacks added behind its last top-level include.

    An include is written ``#include <x.h>``, ``<x.h>``, ``"x.h"`` or ``x.h`` (which means ``<x.h>``).
    Only includes in front of the first declaration count as the place; without any, the lines go
    behind the include guard or the opening comment. Raises :class:`EditFormatError` for an include of
    another form.
    """
    wanted = list(dict.fromkeys(_target(include) for include in includes))
    scanned = list(_scan(text.split("\n")))
    base = 1 if any(line.kind == "guard" for line in scanned) else 0
    top = [line for line in scanned if line.depth <= base]
    present = {line.target for line in top if line.kind == "include"}
    missing = [f"#include {target}\n" for target in wanted if target not in present]
    if not missing:
        return text
    first_code = next((line.number for line in top if line.kind == "code"), None)
    leading = [line for line in top if first_code is None or line.number < first_code]
    anchors = [line.number for line in leading if line.kind == "include"]
    guards = [line.number for line in leading if line.kind == "guard"]
    if anchors:
        at = anchors[-1] + 1
    elif guards:
        at = guards[-1] + 1
        missing.insert(0, "\n")
    else:
        at = scanned[0].number if scanned else 0
        missing += ["\n"] if scanned else []
    lines = text.split("\n")
    head = "\n".join(lines[:at]) + ("\n" if at else "")
    return head + "".join(missing) + "\n".join(lines[at:])


def _target(include: str) -> str:
    match = _WANTED.match(include)
    if match is None:
        raise EditFormatError(f"{include[:100]!r} is no include line.", "Write it as #include <name.h>.")
    target: str = match[1]
    return target if target[0] in '<"' else f"<{target}>"


def _scan(lines: Sequence[str]) -> Iterator[_Line]:
    """Every line that holds more than comments, classified."""
    depth = 0
    in_comment = continued = False
    guard = ""
    seen_any = False
    for number, raw in enumerate(lines):
        line, in_comment = _without_comments(raw, in_comment)
        if not line.strip():
            continue
        if continued:
            continued = line.rstrip().endswith("\\")
            continue
        continued = line.rstrip().endswith("\\")
        directive = _DIRECTIVE.match(line)
        name, word = (directive[1], directive[2]) if directive else ("", "")
        if name == "endif":
            depth = max(0, depth - 1)
        include = _INCLUDE.match(line)
        kind = "include" if include else "other" if directive else "code"
        if name == "pragma" and word == "once" and depth == 0:
            yield _Line(number, "other", depth)
            continue
        if name == "define" and guard and word == guard:
            kind, guard = "guard", ""
        elif guard:
            guard = ""
        yield _Line(number, kind, depth, include[1] if include else "")
        if name in ("if", "ifdef", "ifndef"):
            guard = word if name == "ifndef" and not seen_any else ""
            depth += 1
        seen_any = True


def _without_comments(line: str, in_comment: bool) -> tuple[str, bool]:
    """``line`` without its comments, and whether a block comment goes on after it."""
    kept: list[str] = []
    position = 0
    while position < len(line):
        if in_comment:
            end = line.find("*/", position)
            if end < 0:
                return "".join(kept), True
            position, in_comment = end + 2, False
            continue
        block, rest = line.find("/*", position), line.find("//", position)
        if rest >= 0 and (block < 0 or rest < block):
            kept.append(line[position:rest])
            return "".join(kept), False
        kept.append(line[position:] if block < 0 else line[position:block])
        if block < 0:
            break
        position, in_comment = block + 2, True
    return "".join(kept), in_comment
