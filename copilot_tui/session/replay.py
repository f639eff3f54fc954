"""The timing of a stored session, for showing it again as it ran."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from copilot_tui.core.events import EventRecord

LONGEST_WAIT_SECONDS = 5.0
"""Of a pause in which a person thought, or was away, no more is shown."""


def timed(records: Iterable[EventRecord], speed: float) -> Iterator[tuple[float, EventRecord]]:
    """Each record with the seconds to wait before it; ``speed`` 1 is as it ran, 0 without waiting."""
    before: datetime | None = None
    for record in records:
        now = datetime.fromisoformat(record.time.replace("Z", "+00:00"))
        wait = (now - before).total_seconds() if before is not None and speed else 0.0
        before = now
        yield (min(max(0.0, wait), LONGEST_WAIT_SECONDS) / speed if wait else 0.0), record
