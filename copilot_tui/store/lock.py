"""One writer for each state directory.

The operating system's file lock does the work: it vanishes with the process, however that ends, so
there is never a stale lock to remove by hand. The file's text only tells others who holds it. The
file itself stays; deleting it would let two processes lock two files of one name.
"""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from copilot_tui.core.errors import StoreError, StoreLockedError
from copilot_tui.store.clock import timestamp
from copilot_tui.store.files import make_directory

LOCK_NAME = "copilot.lock"
_ATTEMPTS = 5
_PAUSE_SECONDS = 0.01

if sys.platform == "win32":
    import msvcrt

    _LOCKED_BYTE = 1 << 30  # far behind the text, for a locked byte cannot be read by others

    def _try_lock(descriptor: int) -> bool:
        os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _unlock(descriptor: int) -> None:
        os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _try_lock(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _unlock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_UN)


def _lock_patiently(descriptor: int) -> bool:
    """A few attempts, because :meth:`WriterLock.holder` elsewhere takes the lock for an instant."""
    for attempt in range(_ATTEMPTS):
        if attempt:
            time.sleep(_PAUSE_SECONDS)
        if _try_lock(descriptor):
            return True
    return False


@dataclass(frozen=True, slots=True)
class LockHolder:
    """Who holds a lock, as that process wrote it down; ``process`` 0 when it could not be read."""

    process: int
    since: str


class WriterLock:
    """The right to write in ``directory``. Not for sharing between threads."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / LOCK_NAME
        self._descriptor: int | None = None

    @property
    def held(self) -> bool:
        return self._descriptor is not None

    def acquire(self) -> None:
        """Take the lock, or raise :class:`StoreLockedError` that names the process which has it."""
        if self.held:
            return
        descriptor = self._open_file()
        try:
            if not _lock_patiently(descriptor):
                raise self._refusal()
            text = json.dumps({"process": os.getpid(), "since": timestamp()})
            os.ftruncate(descriptor, 0)
            os.lseek(descriptor, 0, os.SEEK_SET)
            os.write(descriptor, text.encode())
        except OSError as error:
            os.close(descriptor)
            raise self._unusable(error) from error
        except StoreLockedError:
            os.close(descriptor)
            raise
        self._descriptor = descriptor

    def release(self) -> None:
        """Give the lock back. Without it, nothing happens."""
        if self._descriptor is None:
            return
        descriptor, self._descriptor = self._descriptor, None
        os.ftruncate(descriptor, 0)
        _unlock(descriptor)
        os.close(descriptor)

    def holder(self) -> LockHolder | None:
        """Who holds the lock now (this object's own process included), or None."""
        if not self.held:
            try:
                descriptor = os.open(self._path, os.O_RDONLY)
                try:
                    if _try_lock(descriptor):
                        _unlock(descriptor)
                        return None
                finally:
                    os.close(descriptor)
            except OSError:  # no file, or no locks on this file system: nobody can hold it
                return None
        return self._read_holder()

    def __enter__(self) -> WriterLock:
        self.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def _open_file(self) -> int:
        make_directory(self._path.parent)
        try:
            return os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise self._unusable(error) from error

    def _read_holder(self) -> LockHolder:
        try:
            table = json.loads(self._path.read_bytes())
            return LockHolder(int(table["process"]), str(table["since"])[:40])
        except (OSError, ValueError, TypeError, KeyError):
            return LockHolder(0, "")  # locked, but not written down yet

    def _unusable(self, error: OSError) -> StoreError:
        return StoreError(
            f"{self._path} cannot be opened and locked: {error.strerror}.",
            "Check its permissions and the room on its disk, or give a directory on a local disk (LOGS).",
        )

    def _refusal(self) -> StoreLockedError:
        holder = self._read_holder()
        who = f"Process {holder.process}" if holder.process else "Another process"
        since = f", since {holder.since}" if holder.since else ""
        return StoreLockedError(
            f"{who} is working on this code base{since} (its state is in {self._path.parent}).",
            "Wait for it or stop it. Reading works meanwhile: copilot-tui sessions list, show and replay.",
        )
