"""Choosing the event that a branch begins after, newest first. Gives its number, or None."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from copilot_tui.session.moments import Moment
from copilot_tui.session.names import NameIndex
from copilot_tui.tui.screens.search_dialogue import SearchDialogue

SHOWN = 1_000


class EventPicker(SearchDialogue[int]):
    """What happened in the session, searched like names."""

    def __init__(self, moments: Sequence[Moment]) -> None:
        super().__init__("Branch: go on in a copy from here", "Enter branches · Esc not now")
        self._by_seq = {moment.seq: moment for moment in moments}
        self._by_text = {f"{moment.text} {moment.seq}": moment.seq for moment in reversed(moments)}
        self._index = NameIndex(self._by_text)

    def found(self, wanted: str) -> Sequence[int]:
        return [self._by_text[text] for text in self._index.matches(wanted, SHOWN)]

    def line(self, result: int) -> Content:
        moment = self._by_seq[result]
        return Content.assemble(
            (f"{result:6} {moment.time[11:19]}  ", "$foreground-muted"), moment.text[:300]
        )
