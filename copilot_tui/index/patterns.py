"""How a neighbourhood of files does things: errors, memory, names, includes, layout.

Each line states what was counted, and cites one place as ``file:line``. Only habits that are seen at
least twice, or that every file shares, are worth a line; nothing is guessed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from copilot_tui.index.languages import language_of
from copilot_tui.index.symbols import definitions

_MOST_FILES = 8
_C_LIKE = frozenset({"c", "cpp", "objc"})

_C_HABITS = (
    ("errors", re.compile(r"^\s*return\s+(NULL|nullptr|-1|FALSE|false|-E[A-Z]+|[A-Z]+_ERR\w*|ERR\w*)\s*;")),
    ("errors", re.compile(r"^\s*goto\s+(\w*(?:fail|err|out|exit|cleanup|done|end)\w*)\s*;", re.IGNORECASE)),
    ("errors", re.compile(r"\b(errno)\s*=\s*E[A-Z]+")),
    ("errors", re.compile(r"\b(assert|ASSERT)\s*\(")),
    ("memory", re.compile(r"\b(malloc|calloc|realloc|strdup|\w*[Aa]lloc\w*|ALLOC\w*)\s*\(")),
    ("memory", re.compile(r"\b(free|Free\w+|\w+_free)\s*\(")),
    ("includes", re.compile(r"^\s*#\s*include\s+([<\"][^>\"\n]+[>\"])")),
)
_PYTHON_HABITS = (
    ("errors", re.compile(r"^\s*raise\s+(\w+)")),
    ("errors", re.compile(r"^\s*except\s+\(?(\w+)")),
    ("includes", re.compile(r"^((?:from\s+[\w.]+\s+)?import\s+[\w.]+)")),
)
_PHRASES = {
    "errors": "errors: {what} ({count} times, as in {place})",
    "memory": "memory: {what} ({count} times, as in {place})",
    "includes": "includes: {what} (in {count} files, as in {place})",
}


@dataclass(slots=True)
class _Habits:
    """Counts of what was seen, each with the first place."""

    counts: dict[str, Counter[str]] = field(default_factory=dict)
    places: dict[tuple[str, str], str] = field(default_factory=dict)

    def see(self, kind: str, what: str, place: str) -> None:
        self.counts.setdefault(kind, Counter())[what] += 1
        self.places.setdefault((kind, what), place)

    def line(self, kind: str, what: str) -> str:
        count, place = self.counts[kind][what], self.places[kind, what]
        return _PHRASES[kind].format(what=what, count=count, place=place)


def gather_patterns(paths: Sequence[str], text_of: Callable[[str], str | None]) -> tuple[str, ...]:
    """At most a dozen lines on the first files of ``paths``; empty where nothing repeats."""
    habits = _Habits()
    lines: list[str] = []
    names: Counter[str] = Counter()
    name_places: dict[str, str] = {}
    layout: list[str] = []
    for path in paths[:_MOST_FILES]:
        text = text_of(path)
        language = language_of(path)
        if text is None or language is None:
            continue
        _see_lines(habits, path, text, language)
        _see_names(names, name_places, path, text, language)
        if not layout and language in _C_LIKE:
            layout = _layout(path, text)
    lines += _names(names, name_places)
    for kind, most, least in (("errors", 3, 2), ("memory", 3, 2), ("includes", 2, 2)):
        ordered = habits.counts.get(kind, Counter()).most_common(most)
        lines += [habits.line(kind, what) for what, count in ordered if count >= least]
    return tuple(lines + layout)


def _see_lines(habits: _Habits, path: str, text: str, language: str) -> None:
    patterns = _C_HABITS if language in _C_LIKE else _PYTHON_HABITS if language == "python" else ()
    for number, line in enumerate(text.split("\n"), 1):
        if len(line) > 400:
            continue
        for kind, pattern in patterns:
            match = pattern.search(line)
            if match:
                habits.see(kind, _spoken(kind, match, line), f"{path}:{number}")


def _spoken(kind: str, match: re.Match[str], line: str) -> str:
    word = match.group(1)
    if kind == "errors":
        keyword = line.split(None, 1)[0]
        return f"{keyword} {word}" if keyword in {"return", "goto", "raise", "except"} else word
    return f"{word}()" if kind == "memory" else word


def _see_names(names: Counter[str], places: dict[str, str], path: str, text: str, language: str) -> None:
    for item in definitions(text, language):
        prefix = item.name.partition("_")[0] + "_"
        if item.kind in {"function", "prototype"} and len(prefix) > 2 and item.name != prefix[:-1]:
            names[prefix] += 1
            places.setdefault(prefix, f"{path}:{item.start}")


def _names(names: Counter[str], places: dict[str, str]) -> list[str]:
    common = [(prefix, count) for prefix, count in names.most_common(2) if count >= 3]
    return [
        f"names: functions begin with {prefix} ({count} do, as in {places[prefix]})"
        for prefix, count in common
    ]


def _layout(path: str, text: str) -> list[str]:
    """Indentation and brace style of one C file."""
    lines = text.split("\n")
    found: list[str] = []
    indents = Counter(
        "tabs" if line.startswith("\t") else f"{len(line) - len(line.lstrip(' '))} spaces"
        for line in lines
        if line.startswith(("\t", "  ")) and not line.lstrip().startswith("*")
    )
    smallest = next(
        (name for name in ("tabs", "2 spaces", "4 spaces", "8 spaces") if indents[name] > 2), None
    )
    own_line = next((n for n, line in enumerate(lines, 1) if line.rstrip() == "{"), None)
    same_line = next((n for n, line in enumerate(lines, 1) if re.match(r"\w[^;]*\)\s*\{\s*$", line)), None)
    if smallest:
        first = next(
            n for n, line in enumerate(lines, 1) if line.startswith("\t" if smallest == "tabs" else "  ")
        )
        found.append(f"layout: indented with {smallest} ({path}:{first})")
    if own_line and not same_line:
        found.append(f"layout: a function's opening brace stands on its own line ({path}:{own_line})")
    elif same_line and not own_line:
        found.append(f"layout: a function's opening brace ends its first line ({path}:{same_line})")
    return found
