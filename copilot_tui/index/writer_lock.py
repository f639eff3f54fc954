"""One writer per index directory, across processes.

SQLite is used as the lock because it locks the same way on every system and the lock dies with its
process, however that ends. Readers need no lock.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from copilot_tui.core.cancellation import CancelToken

_POLL_SECONDS = 0.05


@contextmanager
def writer_lock(directory: Path, wait_seconds: float, cancel: CancelToken) -> Iterator[bool]:
    """Hold the lock of ``directory``; yields False when another writer kept it for ``wait_seconds``."""
    connection = sqlite3.connect(directory / "writer.lock", timeout=0, isolation_level=None)
    try:
        yield _acquire(connection, time.monotonic() + wait_seconds, cancel)
    finally:
        connection.close()


def _acquire(connection: sqlite3.Connection, deadline: float, cancel: CancelToken) -> bool:
    while True:
        try:
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError:
            cancel.raise_if_cancelled()
            if time.monotonic() >= deadline:
                return False
            time.sleep(_POLL_SECONDS)
        else:
            return True
