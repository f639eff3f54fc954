"""Searching what was typed before: Ctrl+R in the prompt. Gives the entry, or None."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content

from copilot_tui.core.text import printable_line
from copilot_tui.tui.screens.search_dialogue import SearchDialogue

SHOWN = 200
CHARACTERS = 300


class HistorySearch(SearchDialogue[str]):
    """Newest first; all words that are typed must be in an entry. Ctrl+R goes to the next older one."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+r", "move(1)", "Older", show=False, priority=True),
        Binding("ctrl+s", "move(-1)", "Newer", show=False, priority=True),
    ]

    def __init__(self, entries: Sequence[str], typed: str = "") -> None:
        super().__init__("What was typed before", "Enter takes it · Ctrl+R older · Esc back", typed)
        self._entries = tuple(dict.fromkeys(reversed(entries)))

    def found(self, wanted: str) -> Sequence[str]:
        return holding(self._entries, wanted)[:SHOWN]

    def line(self, result: str) -> Content:
        lines = result.count("\n")
        more = f"  (+{lines} lines)" if lines else ""
        return Content.assemble(printable_line(result[:CHARACTERS]), (more, "$foreground-muted"))


def holding(entries: Sequence[str], wanted: str) -> tuple[str, ...]:
    """The entries that hold each word of ``wanted``, in their order."""
    words = wanted.casefold().split()
    return tuple(entry for entry in entries if all(word in entry.casefold() for word in words))
