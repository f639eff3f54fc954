"""How damage of the index on disk is told from other failures.

The index is a cache: damage is answered by building it anew, never by wrong results.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from copilot_tui.core.errors import StoreError


class DamagedIndexError(StoreError):
    """The files of the search index hold what nobody wrote there."""


@contextmanager
def damage_reported(directory: Path) -> Iterator[None]:
    """Turn whatever a damaged file makes SQLite, zlib, msgspec or tantivy raise into DamagedIndexError."""
    try:
        yield
    except (sqlite3.DatabaseError, msgspec.MsgspecError, UnicodeDecodeError, zlib.error) as error:
        if isinstance(error, sqlite3.OperationalError) and "decode" not in str(error):
            raise  # locked, full or read-only: not damaged
        raise _damaged(directory, error) from error
    except BaseException as error:
        # A panic of tantivy (Rust) is no Exception and has no importable type.
        if type(error).__name__ != "PanicException":
            raise
        raise _damaged(directory, error) from error


def _damaged(directory: Path, error: BaseException) -> DamagedIndexError:
    return DamagedIndexError(
        f"The search index in {directory} is damaged: {error}.",
        "It is built anew by the next exploration or by `copilot-tui index build`.",
    )
