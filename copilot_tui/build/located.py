"""Finding the file that a tool named shorter than by its path from the top of the code base.

``go test``, a virtual machine and valgrind print bare file names, and a recursive make without "Entering
directory" prints paths as seen from folders that it does not tell. Where such a name is the end of
exactly one file's path, that file is meant; else the name stays as it is.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from copilot_tui.core.artefacts import Diagnostic, Note

_MOST_FILES = 60_000
_LEFT_OUT = {".git", ".hg", ".svn", "node_modules", "__pycache__", "venv", ".venv"}


def located(diagnostics: Sequence[Diagnostic], root: Path) -> tuple[Diagnostic, ...]:
    """The diagnostics with each name that is no path from ``root`` replaced by the one path it can mean."""
    names = {name for diagnostic in diagnostics for name in _names(diagnostic) if _is_lost(name, root)}
    if not names:
        return tuple(diagnostics)
    paths = _paths(names, root)
    return tuple(_renamed(diagnostic, paths) for diagnostic in diagnostics)


def _names(diagnostic: Diagnostic) -> list[str]:
    return [file for file in (diagnostic.file, *(note.file for note in diagnostic.notes)) if file]


def _is_lost(name: str, root: Path) -> bool:
    plain = not name.startswith(("/", "<", "../")) and ":" not in name and len(name) < 1000
    return plain and "\0" not in name and not (root / name).exists()


def _paths(names: set[str], root: Path) -> dict[str, str]:
    by_basename: dict[str, list[str]] = {}
    for name in names:
        by_basename.setdefault(name.rpartition("/")[2], []).append(name)
    found: dict[str, list[str]] = {}
    seen = 0
    for folder, folders, files in os.walk(root):
        folders[:] = [name for name in folders if name not in _LEFT_OUT]
        seen += len(files)
        for file in by_basename.keys() & set(files):
            path = os.path.relpath(os.path.join(folder, file), root)  # noqa: PTH118 (speed)
            for name in by_basename[file]:
                if path.endswith("/" + name):
                    found.setdefault(name, []).append(path)
        if seen > _MOST_FILES:
            return {}  # of a part of the tree nobody can say that a name is the only one
    return {name: paths[0] for name, paths in found.items() if len(paths) == 1}


def _renamed(diagnostic: Diagnostic, paths: dict[str, str]) -> Diagnostic:
    if not any(name in paths for name in _names(diagnostic)):
        return diagnostic
    notes = tuple(_note(note, paths) for note in diagnostic.notes)
    file = paths.get(diagnostic.file, diagnostic.file) if diagnostic.file else None
    return replace(diagnostic, file=file, notes=notes)


def _note(note: Note, paths: dict[str, str]) -> Note:
    return replace(note, file=paths[note.file]) if note.file in paths else note
