"""The files of a git work tree, as git itself lists them.

Tracked files and new ones that no ignore rule covers. Submodules and nested repositories stand in the list
as folders; the caller asks again for each. Limit: where git is missing, refuses (an owner it does not trust)
or fails, the answer is None and the caller walks the folder.
"""

from __future__ import annotations

import os
from pathlib import Path

from copilot_tui.core.cancellation import CancelToken
from copilot_tui.index.git_command import run_git

_TIMEOUT_SECONDS = 120.0
_LISTING = ("ls-files", "--cached", "--others", "--exclude-standard", "-z")


def git_paths(folder: Path, cancel: CancelToken) -> list[str] | None:
    """Paths relative to ``folder``, sorted, each once; None where git cannot tell.

    An empty list means that every file is ignored, or that there is none. Names that are no valid
    UTF-8 carry surrogate escapes.
    """
    listing = run_git(folder, _LISTING, cancel, _TIMEOUT_SECONDS)
    if listing is None:
        return None
    return sorted({path.rstrip("/") for path in os.fsdecode(listing).split("\0") if path not in {"", "./"}})
