"""Breadcrumbs on what the program writes.

A task that came from a breadcrumb has its status moved on; a function that is new gets a breadcrumb
of its own, so that the next person (or the next run) knows where it came from. Both are made by the
harness and checked against the breadcrumb rules, never left to the model.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from copilot_tui.core.artefacts import Breadcrumb, Task
from copilot_tui.index.breadcrumbs import format_breadcrumb, parse_breadcrumbs, update_breadcrumb
from copilot_tui.index.symbols import definitions, language_of

NOTE_CHARACTERS = 100


def stamp_breadcrumb(text: str, path: str, task: Task, target: str | None, added: Sequence[str]) -> str:
    """``text`` with the task's breadcrumb marked IMPLEMENTED, or a new one before what was added."""
    own = _own_breadcrumb(text, path, task, target)
    if own is not None:
        return update_breadcrumb(text, own, {"AI_STATUS": "IMPLEMENTED"})
    if is_test(path):
        return text
    language = language_of(path) or ""
    new = set(added)
    lines = text.split("\n")
    functions = [d for d in definitions(text, language) if d.kind == "function" and d.name in new]
    for definition in sorted(functions, key=lambda d: d.start, reverse=True):
        if "static" in definition.signature.split("(", 1)[0].split():
            continue
        first = lines[definition.start - 1]
        indentation = first[: len(first) - len(first.lstrip())]
        block = format_breadcrumb(_tags(task, definition.name), language)
        stamped = [indentation + line if line else line for line in block.rstrip("\n").split("\n")]
        lines[definition.start - 1 : definition.start - 1] = stamped
    return "\n".join(lines)


def _own_breadcrumb(text: str, path: str, task: Task, target: str | None) -> Breadcrumb | None:
    """The breadcrumb in ``text`` that the task came from."""
    if task.path != path or not task.phase:
        return None
    same = [b for b in parse_breadcrumbs(text, path) if b.phase == task.phase]
    return next((b for b in same if b.symbol == target), same[0] if same else None)


def _tags(task: Task, symbol: str) -> tuple[tuple[str, str], ...]:
    note = " ".join(task.text.split()).replace("*/", "* /")
    if len(note) > NOTE_CHARACTERS:
        note = note[: NOTE_CHARACTERS - 3].rsplit(" ", 1)[0] + "..."
    return (
        ("AI_PHASE", task.phase or re.sub(r"\W+", "_", symbol).upper()),
        ("AI_STATUS", "IMPLEMENTED"),
        ("AI_NOTE", note),
    )


def is_test(path: str) -> bool:
    """Whether a file is a test by its name or its folder."""
    return bool(re.search(r"(^|/)(tests?(\.[^/.]+)?|test_[^/]*|[^/]*_test\.[^/]*)(/|$)", path))
