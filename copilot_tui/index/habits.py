"""What to look for in a line to learn how a code base handles errors, memory, includes and headers.

One table a family of languages: the kind of habit, and a pattern whose first group says what was done.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TypeAlias

Habits: TypeAlias = Sequence[tuple[str, re.Pattern[str]]]

C_LIKE = frozenset({"c", "cpp", "objc"})

_C: Habits = (
    ("errors", re.compile(r"^\s*return\s+(NULL|nullptr|-1|FALSE|false|-E[A-Z]+|[A-Z]+_ERR\w*|ERR\w*)\s*;")),
    ("errors", re.compile(r"^\s*goto\s+(\w*(?:fail|err|out|exit|cleanup|done|end)\w*)\s*;", re.IGNORECASE)),
    ("errors", re.compile(r"\b(errno)\s*=\s*E[A-Z]+")),
    ("errors", re.compile(r"\b(assert|ASSERT)\s*\(")),
    ("memory", re.compile(r"\b(malloc|calloc|realloc|strdup|\w*[Aa]lloc\w*|ALLOC\w*)\s*\(")),
    ("memory", re.compile(r"\b(free|Free\w+|\w+_free)\s*\(")),
    ("includes", re.compile(r"^\s*#\s*include\s+([<\"][^>\"\n]+[>\"])")),
    ("headers", re.compile(r"^\s*#\s*(pragma\s+once)\b")),
    ("headers", re.compile(r"^\s*#\s*(ifndef)\s+\w+_H\w*\s*$")),
)
_PYTHON: Habits = (
    ("errors", re.compile(r"^\s*raise\s+(\w+)")),
    ("errors", re.compile(r"^\s*except\s+\(?(\w+)")),
    ("includes", re.compile(r"^((?:from\s+[\w.]+\s+)?import\s+[\w.]+)")),
)
_GO: Habits = (
    ("errors", re.compile(r"^\s*(if err != nil)\b")),
    ("errors", re.compile(r"\b(fmt\.Errorf|errors\.(?:New|Is|As|Wrap)|panic)\(")),
    ("includes", re.compile(r'^\s+(?:\w+\s+)?("[\w./-]+")\s*$')),
)
_RUST: Habits = (
    ("errors", re.compile(r"(\?)\s*;\s*$")),
    ("errors", re.compile(r"\b(Err|unwrap|expect|panic!|bail!|anyhow!)\(")),
    ("includes", re.compile(r"^\s*(use\s+[\w:]+)")),
)
_JAVA: Habits = (
    ("errors", re.compile(r"^\s*throw\s+new\s+(\w+)")),
    ("errors", re.compile(r"\bcatch\s*\(\s*(?:final\s+)?(\w+)")),
    ("includes", re.compile(r"^\s*(import\s+(?:static\s+)?[\w.]+)")),
)
_SCRIPT: Habits = (
    ("errors", re.compile(r"^\s*throw\s+(?:new\s+)?(\w+)")),
    ("errors", re.compile(r"(\.catch|\breject|\bnext)\(\s*\w*err", re.IGNORECASE)),
    ("includes", re.compile(r"(?:\brequire\(|\bfrom\s+)(['\"][^'\"\n]+['\"])")),
)
HABITS: Mapping[str, Habits] = {
    **dict.fromkeys(C_LIKE, _C),
    "python": _PYTHON,
    "go": _GO,
    "rust": _RUST,
    "java": _JAVA,
    **dict.fromkeys(("javascript", "typescript"), _SCRIPT),
}

PHRASES: Mapping[str, str] = {
    "errors": "errors: {what} ({count} times, as in {place})",
    "memory": "memory: {what} ({count} times, as in {place})",
    "includes": "includes: {what} (in {count} files, as in {place})",
    "headers": "headers: guarded by #{what} ({count} do, as in {place})",
}

_KEYWORDS = frozenset({"return", "goto", "raise", "except", "throw", "catch"})


def spoken(kind: str, what: str, line: str) -> str:
    """What was seen, in the words of the code: the keyword before a name, or parentheses behind it."""
    if kind == "memory":
        return f"{what}()"
    if kind == "errors":
        words = re.findall(r"\w+", line[: line.find(what)])
        keyword = next((word for word in reversed(words) if word in _KEYWORDS), "")
        return f"{keyword} {what}".strip()
    return " ".join(what.split())
