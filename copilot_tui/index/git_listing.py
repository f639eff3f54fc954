"""The files of a git work tree, as git itself lists them.

Tracked files and new ones that no ignore rule covers, submodules and nested repositories included.
Limit: where git is missing, refuses (an owner it does not trust) or fails, the answer is None and the
caller walks the folder.
"""

from __future__ import annotations

import os
from pathlib import Path

from copilot_tui.core.cancellation import CancelToken
from copilot_tui.index.git_command import run_git
from copilot_tui.index.languages import language_of

_DEEPEST_NESTING = 8
_TIMEOUT_SECONDS = 120.0
_LISTING = ("ls-files", "--cached", "--others", "--exclude-standard", "-z")


def git_paths(source: Path, cancel: CancelToken) -> list[str] | None:
    """Paths relative to ``source``, sorted, each once; None where git cannot tell.

    An empty list means that every file is ignored, or that there is none. Names that are no valid
    UTF-8 carry surrogate escapes.
    """
    return _list(source, cancel, _DEEPEST_NESTING)


def _list(folder: Path, cancel: CancelToken, depth: int) -> list[str] | None:
    listing = run_git(folder, _LISTING, cancel, _TIMEOUT_SECONDS)
    if listing is None:
        return None
    paths: set[str] = set()
    for raw in listing.split(b"\0"):
        path = os.fsdecode(raw)
        if not path:
            continue
        # Submodules are listed as one entry without a slash; a name with a language is none of them.
        nested = path.endswith("/") or (language_of(path) is None and _is_folder(folder / path))
        if not nested:
            paths.add(path)
        elif depth > 0:
            path = path.rstrip("/")
            below = _list(folder / path, cancel, depth - 1) or []
            paths.update(f"{path}/{name}" for name in below)
    return sorted(paths)


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir() and not path.is_symlink()
    except (OSError, ValueError):
        return False
