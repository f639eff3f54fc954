"""Temporary folders that do not outlive this program for long, even where it is killed.

A folder is locked as long as its process lives. The operating system gives the lock back however the process
ends, so a folder that can be locked belongs to nobody any more; process numbers would not tell, since
containers may share ``/tmp`` and number their processes apart. Such folders are removed when a process of
this user makes its first one. Where the system cannot lock folders (Windows), they stay.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

PREFIXES = ("copilot-tui-build-", "copilot-tui-copy-", "copilot-tui-trial-")

YOUNG_SECONDS = 60.0
"""A folder is made first and locked then; one this young may be just between."""

if sys.platform != "win32":
    import fcntl


@contextmanager
def scratch_folder(prefix: str, place: Path | None = None) -> Iterator[Path]:
    """A new folder of this user alone; gone afterwards with all that is in it.

    ``prefix`` is one of PREFIXES, ``place`` where the folder is made (default: for temporary files).
    """
    _sweep_once(str(place or tempfile.gettempdir()))
    with tempfile.TemporaryDirectory(prefix=prefix, dir=place, ignore_cleanup_errors=True) as name:
        descriptor = _locked(Path(name))
        try:
            yield Path(name).resolve()
        finally:
            if descriptor is not None:
                os.close(descriptor)


@cache
def _sweep_once(place: str) -> None:
    """Looking through a large ``/tmp`` before each command of a build would take longer than some of them."""
    sweep(Path(place))


def sweep(place: Path) -> tuple[Path, ...]:
    """Remove what killed processes of this user left in ``place``; returns what was removed."""
    if sys.platform == "win32":
        return ()
    removed = []
    with contextlib.suppress(OSError), os.scandir(place) as entries:
        for entry in entries:
            if entry.name.startswith(PREFIXES) and _is_left_over(entry):
                shutil.rmtree(entry.path, ignore_errors=True)
                removed.append(Path(entry.path))
    return tuple(removed)


def _is_left_over(entry: os.DirEntry[str]) -> bool:
    try:
        status = entry.stat(follow_symlinks=False)
    except OSError:
        return False
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid():
        return False
    if time.time() - status.st_mtime < YOUNG_SECONDS:
        return False
    descriptor = _locked(Path(entry.path))
    if descriptor is None:
        return False
    os.close(descriptor)
    return True


def _locked(folder: Path) -> int | None:
    """A descriptor that holds the folder's lock; None where another holds it, or there are no locks."""
    if sys.platform == "win32":
        return None
    descriptor = None
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        if descriptor is not None:
            os.close(descriptor)
        return None
    return descriptor
