"""No notice is told twice."""

from __future__ import annotations

from copilot_tui.core.events import EventRecord, Noticed
from copilot_tui.session.notices import ToldNotices


def test_a_notice_is_told_once_and_not_where_the_records_tell_it() -> None:
    told = ToldNotices()
    assert told.first_time(["no graphics", "no graphics", "small window"]) == ("no graphics", "small window")
    assert told.first_time(["small window", "another"]) == ("another",)
    told.read_in([EventRecord("s", 1, "", Noticed("stored before"))])
    assert told.first_time(["stored before", "new"]) == ("new",)
