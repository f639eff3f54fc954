"""The one form in which moments are stored: ISO 8601, UTC, milliseconds.

The offset is written as ``+00:00``, because ``datetime.fromisoformat`` of Python 3.10 refuses ``Z``.
"""

from __future__ import annotations

from datetime import datetime, timezone


def timestamp() -> str:
    """Now, such as ``2026-11-22T21:38:13.042+00:00``. Texts of this form sort by time."""
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds")
