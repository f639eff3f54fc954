"""A plan as a text that a person can edit, and back.

    # Requirements
    - what the result must do
    # Strategy
    - one step after the other
    # Take care
    - what may go wrong
    # Files
    - src/text.c (text_count): what changes there

Every line below a heading is one entry; its mark may be ``-``, ``*`` or ``1.``, or missing. Headings may
be missing or empty.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from copilot_tui.core.artefacts import Plan, PlannedFile
from copilot_tui.core.errors import UsageError

_HEADINGS = {
    "requirements": "requirements",
    "strategy": "strategy",
    "take care": "challenges",
    "files": "files",
}
_MARK = re.compile(r"(?:[-*]|\d{1,3}[.)])\s+")
_NAME = r"(?:`([^`]+)`|([^`:()\s]+))"
_FILE = re.compile(rf"{_NAME}(?:\s*\(\s*{_NAME}\s*\))?\s*:\s*(\S.*)")
_PLAIN = re.compile(r"[^`:()\s]+")


def plan_text(plan: Plan) -> str:
    """The text of a plan."""
    files = [
        f"{_name(f.path)}{f' ({_name(f.symbol)})' if f.symbol else ''}: {_one_line(f.change)}"
        for f in plan.files
    ]
    return "\n".join(
        [
            *_section("Requirements", plan.requirements),
            *_section("Strategy", plan.strategy),
            *_section("Take care", plan.challenges),
            *_section("Files", files),
        ]
    )


def read_plan(text: str) -> Plan:
    """The plan that a text says; raises :class:`UsageError` with the line that cannot be understood."""
    found: dict[str, list[str]] = {name: [] for name in _HEADINGS.values()}
    files: list[PlannedFile] = []
    section = ""
    for number, line in enumerate(text.split("\n"), 1):
        entry = line.strip()
        if not entry:
            continue
        if entry.startswith("#"):
            section = _heading(entry, number)
        elif not section:
            raise UsageError(f"Line {number} stands below no heading.", "Begin with # Strategy.")
        elif section == "files":
            files.append(_file(_MARK.sub("", entry, count=1), number))
        else:
            found[section].append(_MARK.sub("", entry, count=1))
    if not files and not any(found.values()):
        raise UsageError("The plan is empty.", "Write at least one step below # Strategy.")
    return Plan(
        tuple(found["requirements"]), tuple(found["strategy"]), tuple(found["challenges"]), tuple(files)
    )


def _section(title: str, entries: Iterable[str]) -> list[str]:
    return [f"# {title}", *(f"- {_one_line(entry)}" for entry in entries), ""]


def _name(text: str) -> str:
    """A path or a symbol, in back quotes where it would not be seen as one word."""
    return text if _PLAIN.fullmatch(text) else f"`{_one_line(text)}`"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _heading(line: str, number: int) -> str:
    name = line.lstrip("#").strip().casefold()
    if name not in _HEADINGS:
        known = ", ".join(f"# {heading.capitalize()}" for heading in _HEADINGS)
        raise UsageError(f"Line {number}: there is no part {line[:60]!r}.", f"Parts: {known}.")
    return _HEADINGS[name]


def _file(entry: str, number: int) -> PlannedFile:
    match = _FILE.fullmatch(entry)
    if match is None:
        raise UsageError(
            f"Line {number} names no file and change.", "Write: path/to/file.c (function): what changes there"
        )
    quoted_path, path, quoted_symbol, symbol, change = match.groups()
    return PlannedFile(quoted_path or path, change.strip(), quoted_symbol or symbol)
