"""Writing a file so that a reader sees the old content or the new, never half of it.

The new content goes into a temporary file of the same directory, reaches the disk, and is renamed
over the old one. A full disk leaves the old file as it was and no temporary file behind.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from copilot_tui.core.errors import StoreError


def make_directory(directory: Path) -> None:
    """Create ``directory``, readable by its owner only: state holds private code."""
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"The directory {directory} cannot be made: {error.strerror}.",
            "Give a directory that can be written to, or make room on its disk.",
        ) from error


def write_atomically(path: Path, content: bytes) -> None:
    """Replace ``path`` by ``content``, or raise :class:`StoreError` and leave it as it was."""
    make_directory(path.parent)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        sync_directory(path.parent)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise StoreError(
            f"{path} cannot be written: {error.strerror}.",
            "Check the permissions of its directory and the room on its disk.",
        ) from error


def sync_directory(directory: Path) -> None:
    """Make the names in ``directory`` survive a power cut; Windows has no such call and needs none."""
    if os.name == "nt":
        return
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
