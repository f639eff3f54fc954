"""What a fix is: a few edits, each as small as it can be, and the words for it.

The edits say what is meant (an include, an import, a line that reads differently), not how the file
looks afterwards: putting an include where it belongs is done in one place for all who need it.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias


@dataclass(frozen=True, slots=True)
class AddInclude:
    """An ``#include`` among those of a file: ``<x.h>`` or ``"x.h"``."""

    path: str
    target: str


@dataclass(frozen=True, slots=True)
class AddImport:
    """A Python import among those of a file, as it is written."""

    path: str
    statement: str


@dataclass(frozen=True, slots=True)
class ReplaceLine:
    """Line ``line`` (from 1), which reads ``old`` now, becomes ``new``: no line, one, or several."""

    path: str
    line: int
    old: str
    new: tuple[str, ...]


Edit: TypeAlias = AddInclude | AddImport | ReplaceLine


@dataclass(frozen=True, slots=True)
class Fix:
    """Edits that belong together, and what they do in words (``adding `#include <string.h>```)."""

    words: str
    edits: tuple[Edit, ...]


class CodeView(Protocol):
    """The code as it was when the error was seen. Paths are relative to the code base."""

    def path_of(self, printed: str | None) -> str | None:
        """The file that a tool's name for it means; None for one outside the code base."""
        ...

    def lines(self, path: str) -> Sequence[str]:
        """The lines of a file; none where it cannot be read."""
        ...

    def paths(self) -> Collection[str]:
        """Every file of the code base that is known."""
        ...

    def declared_in(self, name: str) -> Sequence[tuple[str, str]]:
        """Where a name is defined or declared: path and signature."""
        ...


WORD = re.compile(r"[A-Za-z_]\w*")
_NEAR = 0.75


def near_name(name: str, choices: Collection[str]) -> str | None:
    """The one choice that is so near that a slip of the pen explains the difference; None for none or two."""
    others = [choice for choice in choices if choice != name and len(choice) > 1]
    found = difflib.get_close_matches(name, others, n=2, cutoff=_NEAR)
    if not found:
        return None
    ratios = [difflib.SequenceMatcher(None, name, choice).ratio() for choice in found]
    if len(found) == 2 and sorted(name) != sorted(found[0]) and ratios[0] - ratios[1] < 0.05:
        return None
    return found[0]


def words_of(lines: Sequence[str]) -> frozenset[str]:
    """All names in some lines."""
    return frozenset(word for line in lines for word in WORD.findall(line))


def renamed(code: CodeView, path: str, old: str, new: str) -> Fix | None:
    """The fix that writes ``new`` wherever ``path`` says ``old``; None where ``path`` defines ``old`` itself,
    since then others may call it so."""
    head = r"\s*(?:def|class)\s+{}\b" if path.endswith(".py") else r"(?:\w[^;={{}}]*\W)?{}\s*\([^;]*$"
    defines = re.compile(head.format(re.escape(old)))
    if any(defines.match(line) for line in code.lines(path)):
        return None
    pattern = re.compile(rf"(?<!\w){re.escape(old)}(?!\w)")
    edits = tuple(
        ReplaceLine(path, number, line, (pattern.sub(new, line),))
        for number, line in enumerate(code.lines(path), 1)
        if pattern.search(line)
    )
    return Fix(f"writing `{new}` for `{old}`", edits) if edits else None


def line_at(code: CodeView, path: str, number: int | None) -> str | None:
    """One line of a file, counted from 1."""
    lines = code.lines(path)
    return lines[number - 1] if number is not None and 1 <= number <= len(lines) else None
