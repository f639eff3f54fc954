"""Session ids: ULIDs (26 letters and digits), which sort by the moment they were made.

48 bits of milliseconds, 16 bits that count within one millisecond of this process, 64 random bits.
The random part is drawn anew for each id, never counted up, so that two forked copies of a process,
which share the counter, cannot make the same id.
"""

from __future__ import annotations

import re
import secrets
import threading
import time

from copilot_tui.core.errors import UsageError

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_lock = threading.Lock()
_last = 0


def new_session_id() -> str:
    """An id greater than every earlier one of this process, and unique across processes."""
    global _last  # the one piece of state that keeps ids of one millisecond in order
    with _lock:
        # A clock set back, or more than 65,536 ids in a millisecond, only runs ahead of the clock.
        _last = max(_last + 1, time.time_ns() // 1_000_000 << 16)
        value = _last << 64 | secrets.randbits(64)
    return "".join(_ALPHABET[value >> shift & 31] for shift in range(125, -1, -5))


def checked_session_id(session: str) -> str:
    """``session`` if it can name a log file; ids in imported files may be anything."""
    if not _SAFE.fullmatch(session):
        raise UsageError(
            f"{session[:80]!r} cannot be a session id.",
            "An id has up to 64 letters, digits, hyphens and underscores.",
        )
    return session
