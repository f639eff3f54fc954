"""A file that says what a defect was, so that it can be reported, with nothing in it of the person's code.

It holds the traceback without the values of variables, what the program runs on, and the session's id.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import copilot_tui
from copilot_tui.core.text import printable
from copilot_tui.store.clock import timestamp

DIRECTORY = "crashes"
KEPT = 20
PARTS = ("textual", "prompt_toolkit", "xllamacpp", "torch")


def write_crash_report(state: Path, error: BaseException, facts: Mapping[str, str]) -> Path | None:
    """The file, in the state directory; None where it cannot be written. Older ones are cleared away."""
    import platform
    import traceback  # here, because most starts of the program need neither

    time = timestamp()
    lines = [
        f"copilot-tui {copilot_tui.__version__}, {time}",
        f"Python {sys.version.split()[0]} on {platform.platform()}",
        ", ".join(_versions()),
        *(f"{name}: {value}" for name, value in facts.items()),
        "",
        *traceback.format_exception(type(error), error, error.__traceback__),
    ]
    directory = state / DIRECTORY
    path = directory / f"{time.replace(':', '-')}.txt"
    try:
        directory.mkdir(parents=True, exist_ok=True)
        path.write_text(printable("\n".join(line.rstrip("\n") for line in lines)) + "\n", encoding="utf-8")
        for old in sorted(directory.glob("*.txt"))[:-KEPT]:
            old.unlink(missing_ok=True)
    except OSError:
        return None  # the defect itself is told all the same
    return path


def _versions() -> list[str]:
    from importlib.metadata import PackageNotFoundError, version

    found = []
    for part in PARTS:
        try:
            found.append(f"{part} {version(part)}")
        except PackageNotFoundError:
            continue
    return found
