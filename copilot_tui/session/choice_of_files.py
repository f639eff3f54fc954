"""A person's say in what the model is shown: explorations with a file pinned or taken out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from copilot_tui.core.artefacts import Exploration, RankedFile
from copilot_tui.core.errors import UsageError
from copilot_tui.core.state import SessionState
from copilot_tui.workspace.paths import resolve_inside


def explored(state: SessionState) -> Exploration:
    """What was explored; raises UsageError where nothing was."""
    if state.exploration is None:
        raise UsageError("Nothing was explored yet.", "Begin with /explore.")
    return state.exploration


def existing(source: Path, path: str) -> str:
    """The path as the index writes it; raises when it is no file of the code base."""
    place = resolve_inside(source, path)
    if not place.is_file():
        raise UsageError(f"There is no file {path} in the code base.", "Tab completes its name.")
    return place.relative_to(source).as_posix()


def with_pin(exploration: Exploration, path: str) -> Exploration:
    """With the file pinned; one that was not found is put last."""
    files = exploration.files
    if path in {file.path for file in files}:
        files = tuple(replace(file, pinned=True) if file.path == path else file for file in files)
    else:
        files = (*files, RankedFile(path, 0.0, ("pinned by you",), pinned=True))
    return replace(exploration, files=files)


def without(exploration: Exploration, path: str) -> Exploration:
    """Without the file and what was shown of it; raises where it is not among the files."""
    if path not in {file.path for file in exploration.files}:
        raise UsageError(f"{path} is not among the files found.", "See the exploration.")
    return replace(
        exploration,
        files=tuple(f for f in exploration.files if f.path != path),
        snippets=tuple(s for s in exploration.snippets if s.path != path),
        breadcrumbs=tuple(b for b in exploration.breadcrumbs if b.path != path),
    )
