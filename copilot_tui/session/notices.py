"""Which notices a person has read already, so that none is told twice.

What the loading of a model leaves to say, such as that there is no graphics device, is true of the machine
and not of a session. It is told once in the life of the process, however many sessions are begun, resumed or
given another model, and not again in a session whose own records tell it.
"""

from __future__ import annotations

from collections.abc import Iterable

from copilot_tui.core.events import EventRecord, Noticed


class ToldNotices:
    """One in the life of a process."""

    def __init__(self) -> None:
        self._told: set[str] = set()

    def first_time(self, notices: Iterable[str]) -> tuple[str, ...]:
        """Those that were not told yet; from now on they count as told."""
        fresh = tuple(notice for notice in dict.fromkeys(notices) if notice not in self._told)
        self._told.update(fresh)
        return fresh

    def read_in(self, records: Iterable[EventRecord]) -> None:
        """What these records show counts as told."""
        self._told.update(record.event.message for record in records if isinstance(record.event, Noticed))
