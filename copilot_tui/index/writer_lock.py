"""One writer per index directory, across processes.

SQLite is used as the lock because it locks the same way on every system and the lock dies with its
process, however that ends. Readers need no lock.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from copilot_tui.core.cancellation import CancelToken

_POLL_SECONDS = 0.05
_ASK_SECONDS = 0.5


@contextmanager
def writer_lock(
    directory: Path, wait_seconds: float, cancel: CancelToken, enough: Callable[[], bool]
) -> Iterator[bool]:
    """Hold the lock of ``directory``. Yields False when another writer kept it for ``wait_seconds``, or
    when it has done ``enough``, which is asked now and then while waiting."""
    connection = sqlite3.connect(directory / "writer.lock", timeout=0, isolation_level=None)
    try:
        yield _acquire(connection, time.monotonic() + wait_seconds, cancel, enough)
    finally:
        connection.close()


def _acquire(
    connection: sqlite3.Connection, deadline: float, cancel: CancelToken, enough: Callable[[], bool]
) -> bool:
    ask_at = 0.0
    while True:
        try:
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError:
            cancel.raise_if_cancelled()
            now = time.monotonic()
            if now >= deadline:
                return False
            if now >= ask_at:
                if enough():
                    return False
                ask_at = now + _ASK_SECONDS
            time.sleep(_POLL_SECONDS)
        else:
            return True
