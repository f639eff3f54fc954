"""The keys of vi in the prompt: as much of its normal mode as a text of some lines needs.

Movements ``h j k l w b 0 ^ $ gg G``, inserting ``i a I A o O``, deleting ``x X D dd dw db d0 d$``,
changing ``s C cc cw cb c0 c$``, ``u`` and ``U`` (undo, redo). Counts and registers are left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from textual.widgets import TextArea

OPERATORS = frozenset({"d", "c", "g"})
WORD = re.compile(r"\w+|[^\w\s]+")


class ViKeys:
    """``inserting`` is the mode in which keys are text; it is where a person begins."""

    def __init__(self, area: TextArea) -> None:
        self._area = area
        self._pending = ""
        self.inserting = True
        self._movements: Mapping[str, Callable[[], object]] = {
            "h": area.action_cursor_left,
            "l": area.action_cursor_right,
            "j": area.action_cursor_down,
            "k": area.action_cursor_up,
            "w": lambda: area.move_cursor(self._word_after()),
            "b": lambda: area.move_cursor(self._word_before()),
            "0": area.action_cursor_line_start,
            "^": area.action_cursor_line_start,
            "$": area.action_cursor_line_end,
            "G": lambda: area.move_cursor(area.document.end),
            "gg": lambda: area.move_cursor((0, 0)),
        }
        self._deletions: Mapping[str, Callable[[], object]] = {
            "x": area.action_delete_right,
            "X": area.action_delete_left,
            "D": area.action_delete_to_end_of_line,
            "dd": area.action_delete_line,
            "dw": lambda: area.delete(area.cursor_location, self._word_after()),
            "db": lambda: area.delete(self._word_before(), area.cursor_location),
            "d0": area.action_delete_to_start_of_line,
            "d$": area.action_delete_to_end_of_line,
            "u": area.undo,
            "U": area.redo,
        }
        self._insertions: Mapping[str, Callable[[], object]] = {
            "i": lambda: None,
            "a": area.action_cursor_right,
            "I": area.action_cursor_line_start,
            "A": area.action_cursor_line_end,
            "o": self._open_below,
            "O": self._open_above,
            "s": area.action_delete_right,
            "C": area.action_delete_to_end_of_line,
            "cc": self._empty_line,
            "cw": lambda: area.delete(area.cursor_location, self._word_end()),
            "cb": lambda: area.delete(self._word_before(), area.cursor_location),
            "c0": area.action_delete_to_start_of_line,
            "c$": area.action_delete_to_end_of_line,
        }

    def leave_insertion(self) -> None:
        """Esc: from now on keys are commands."""
        self._pending = ""
        self.inserting = False
        if self._area.cursor_location[1]:
            self._area.action_cursor_left()

    def press(self, character: str) -> None:
        """One key of the normal mode; what means nothing is let pass without an effect."""
        keys = self._pending + character
        self._pending = ""
        if keys in OPERATORS:
            self._pending = keys
        elif keys in self._insertions:
            self._insertions[keys]()
            self.inserting = True
        else:
            action = self._movements.get(keys) or self._deletions.get(keys)
            if action is not None:
                action()

    def _at(self, find: Callable[[str, int], int]) -> tuple[int, int]:
        """The place that ``find`` gives for the text and the cursor's place in it."""
        lines = self._area.document.lines
        row, column = self._area.cursor_location
        text = "\n".join(lines)
        before = text[: find(text, sum(len(line) + 1 for line in lines[:row]) + column)]
        return before.count("\n"), len(before) - before.rfind("\n") - 1

    def _word_after(self) -> tuple[int, int]:
        return self._at(next_word)

    def _word_end(self) -> tuple[int, int]:
        return self._at(end_of_word)

    def _word_before(self) -> tuple[int, int]:
        return self._at(previous_word)

    def _open_below(self) -> None:
        self._area.action_cursor_line_end()
        self._area.insert("\n")

    def _open_above(self) -> None:
        self._area.action_cursor_line_start()
        self._area.insert("\n")
        self._area.action_cursor_up()

    def _empty_line(self) -> None:
        row, _ = self._area.cursor_location
        self._area.delete((row, 0), (row, len(self._area.document.get_line(row))))


def next_word(text: str, place: int) -> int:
    """Where the next word begins; the end of the text after the last one."""
    starts = (match.start() for match in WORD.finditer(text, place))
    begun = WORD.match(text, place)
    after = begun.end() if begun is not None else place
    return next((start for start in starts if start >= after and start > place), len(text))


def end_of_word(text: str, place: int) -> int:
    """Where this word ends, or the next one where there is none here."""
    found = WORD.search(text, place)
    return found.end() if found is not None else len(text)


def previous_word(text: str, place: int) -> int:
    """Where this word begins, or the one before where this is its beginning."""
    starts = [match.start() for match in WORD.finditer(text) if match.start() < place]
    return starts[-1] if starts else 0
