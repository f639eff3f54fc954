"""A stored session, to be shown again: at once with the state after each record, or timed as it ran."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from datetime import datetime

from copilot_tui.core.events import EventRecord
from copilot_tui.core.state import SessionState, apply_event
from copilot_tui.session.archive import joined

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


def with_states(stored: list[EventRecord]) -> tuple[tuple[EventRecord, SessionState], ...]:
    """Each record with the state right after it; the pieces of a streamed text as one."""
    state = SessionState()
    records = []
    for record in joined(stored):
        state = apply_event(state, record)
        records.append((record, state))
    return tuple(records)


async def until(event: asyncio.Event, seconds: float) -> None:
    """Wait for the event, at most so long."""
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except asyncio.TimeoutError:
        return  # the time was the point
