"""Where the program keeps things on this machine: state, data, configuration.

The platform decides (``platformdirs``); on Linux the ``XDG_*`` variables have the last word. Nothing
here creates a directory.
"""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

import platformdirs

_APPLICATION = "copilot-tui"
_HASH_LETTERS = 10


def state_directory(source: Path, logs: Path | None = None) -> Path:
    """The folder for the state of the code base at ``source``: ``logs`` when given.

    Its name is the code base's own, for people, and a hash of the resolved path, so that two code
    bases of one name stay apart and a symlink leads to the same folder as its target.
    """
    if logs is not None:
        return logs.absolute()
    resolved = source.resolve()
    digest = hashlib.sha256(os.fsencode(resolved)).hexdigest()[:_HASH_LETTERS]
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", resolved.name).strip("-.")[:40]
    root = Path(platformdirs.user_state_dir(_APPLICATION, appauthor=False))
    return root / f"{name or 'root'}-{digest}"


def data_directory() -> Path:
    """The folder for what is large and shared by all code bases: model files."""
    return Path(platformdirs.user_data_dir(_APPLICATION, appauthor=False))


def user_config_path() -> Path:
    """The person's own configuration file, whether it exists or not."""
    return Path(platformdirs.user_config_dir(_APPLICATION, appauthor=False)) / "config.toml"
