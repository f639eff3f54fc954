"""The little that the app remembers by itself from one start to the next: the theme.

It is kept in the program's state folder. A file that is damaged or cannot be written means the
defaults, never an error. Both functions block.
"""

from __future__ import annotations

import json
from pathlib import Path

from copilot_tui.core.errors import StoreError
from copilot_tui.store.files import write_atomically
from copilot_tui.store.locations import state_directory

FILE_NAME = "app.json"


def preferences_path(source: Path) -> Path:
    """One file for all code bases: beside their folders."""
    return state_directory(source).parent / FILE_NAME


def load_theme(source: Path) -> str:
    """The name of the theme chosen last; empty where none was."""
    try:
        table = json.loads(preferences_path(source).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ""
    name = table.get("theme") if isinstance(table, dict) else None
    return name if isinstance(name, str) else ""


def save_theme(source: Path, name: str) -> None:
    """Remember the theme; where nothing can be written, the choice lasts until the app is left."""
    path = preferences_path(source)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, json.dumps({"theme": name}).encode())
    except (OSError, StoreError):
        return
