"""How a neighbourhood of files does things: errors, memory, names, includes, headers, layout.

Each line states what was counted, and cites one place as ``file:line``. Only habits that are seen at
least twice, or that every file shares, are worth a line; nothing is guessed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from copilot_tui.index.file_outline import FileOutline
from copilot_tui.index.habits import C_LIKE, HABITS, PHRASES, spoken
from copilot_tui.index.languages import language_of

_MOST_FILES = 8
_MOST_LINES = 500


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
        return PHRASES[kind].format(what=what, count=count, place=place)


def gather_patterns(
    paths: Sequence[str],
    text_of: Callable[[str], str | None],
    outline_of: Callable[[str, str], FileOutline],
) -> tuple[str, ...]:
    """At most a dozen lines on the first files of ``paths``; empty where nothing repeats.

    ``outline_of`` gets a path and its text. Of a long file the first five hundred lines tell enough.
    """
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
        _see_names(names, name_places, path, outline_of(path, text))
        if not layout and language in C_LIKE:
            layout = _layout(path, text)
    lines += _names(names, name_places)
    for kind, most, least in (("errors", 3, 2), ("memory", 3, 2), ("includes", 2, 2), ("headers", 1, 2)):
        ordered = habits.counts.get(kind, Counter()).most_common(most)
        lines += [habits.line(kind, what) for what, count in ordered if count >= least]
    return tuple(lines + layout)


def _see_lines(habits: _Habits, path: str, text: str, language: str) -> None:
    patterns = HABITS.get(language, ())
    for number, line in enumerate(text.split("\n", _MOST_LINES)[:_MOST_LINES], 1):
        if not line or len(line) > 400:
            continue
        for kind, pattern in patterns:
            match = pattern.search(line)
            if match:
                habits.see(kind, spoken(kind, match.group(1), line), f"{path}:{number}")


def _see_names(names: Counter[str], places: dict[str, str], path: str, outline: FileOutline) -> None:
    for item in outline.definitions:
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
