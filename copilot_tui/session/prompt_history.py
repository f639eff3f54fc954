"""What was typed before, kept as JSON lines in the state directory of the code base.

A file that is damaged or cannot be written costs the history, never the work: what can be read is
used. Loading and saving block and belong in a thread.
"""

from __future__ import annotations

import json
from pathlib import Path

FILE_NAME = "prompt-history.jsonl"
KEPT = 1_000
ENTRY_CHARACTERS = 20_000


class PromptHistory:
    """A list of entries, oldest first, and a place in it while a person goes up and down."""

    def __init__(self, entries: list[str] | None = None) -> None:
        self._entries = list(entries or [])
        self._position = len(self._entries)
        self._draft = ""

    @property
    def entries(self) -> tuple[str, ...]:
        return tuple(self._entries)

    def extend_before(self, older: list[str]) -> None:
        """Put entries of earlier sessions before those of this one."""
        self._entries[:0] = older
        self._position += len(older)

    def add(self, entry: str) -> bool:
        """Remember an entry; False where it repeats the last one."""
        new = bool(entry.strip()) and (not self._entries or self._entries[-1] != entry)
        if new:
            self._entries.append(entry)
        self._position = len(self._entries)
        self._draft = ""
        return new

    def older(self, typed: str) -> str | None:
        """The entry before the one shown; ``typed`` is kept as a draft to come back to."""
        if self._position == 0:
            return None
        if self._position == len(self._entries):
            self._draft = typed
        self._position -= 1
        return self._entries[self._position]

    def newer(self) -> str | None:
        """The entry after the one shown, at last the draft."""
        if self._position >= len(self._entries):
            return None
        self._position += 1
        return self._draft if self._position == len(self._entries) else self._entries[self._position]


def load_entries(state: Path) -> list[str]:
    """The stored entries, oldest first; lines that are no texts are passed over."""
    try:
        lines = (state / FILE_NAME).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    entries = []
    for line in lines[-KEPT:]:
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if isinstance(entry, str):
            entries.append(entry)
    return entries


def save_entry(state: Path, entry: str) -> None:
    """Append one entry; a full or read-only disk is let pass, for the entry was only a convenience."""
    try:
        with (state / FILE_NAME).open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry[:ENTRY_CHARACTERS]) + "\n")
    except OSError:
        return
