"""What a person means by the argument of /accept and /reject.

(nothing)        all of the current candidate
2   1,3-4        hunks of it, by their numbers
src/text.c       all hunks in a file
#2               candidate 2 (only to accept it)
2: too long      the reason goes into the next prompt
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from copilot_tui.core.artefacts import Hunk
from copilot_tui.core.errors import UsageError
from copilot_tui.core.state import SessionState
from copilot_tui.workspace.hunks import hunks_of

_HUNKS = re.compile(r"\d{1,6}(-\d{1,6})?(\s*,\s*\d{1,6}(-\d{1,6})?)*")
_WHY = re.compile(r"(?P<what>[^:]*?)\s*:\s+(?P<why>.+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Selection:
    """``hunks`` None means all. ``candidate`` is a number, None for the current one."""

    hunks: frozenset[int] | None = None
    candidate: int | None = None
    reason: str = ""


def read_selection(text: str, state: SessionState) -> Selection:
    """Raises :class:`UsageError` for hunks and files that the current candidate does not have."""
    text = text.strip()
    reason = ""
    match = _WHY.fullmatch(text)
    if match is not None:
        text, reason = match["what"].strip(), match["why"].strip()
    if not text:
        return Selection(reason=reason)
    if text.startswith("#"):
        return Selection(candidate=candidate_number(text), reason=reason)
    if state.candidate is None:
        raise UsageError("There is no candidate yet.", "/generate writes one.")
    hunks = hunks_of(state.candidate.changes)
    chosen = _numbers(text, len(hunks)) if _HUNKS.fullmatch(text) else _of_file(text, hunks)
    return Selection(chosen, reason=reason)


def candidate_number(text: str) -> int:
    """``#2`` or ``2`` as a number; raises :class:`UsageError`."""
    digits = text.strip().removeprefix("#")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 7):
        raise UsageError(f"{text[:40]!r} is no candidate.", "Candidates are named by number: #2.")
    return int(digits)


def _numbers(text: str, count: int) -> frozenset[int]:
    chosen: set[int] = set()
    for part in text.split(","):
        first, _, last = part.strip().partition("-")
        span = range(int(first), int(last or first) + 1)
        if not span or span.start < 1 or span.stop - 1 > count:
            raise UsageError(
                f"There is no hunk {part.strip()}.", f"The candidate has {count}; /diff shows them."
            )
        chosen.update(span)
    return frozenset(chosen)


def _of_file(path: str, hunks: tuple[Hunk, ...]) -> frozenset[int]:
    chosen = frozenset(hunk.number for hunk in hunks if hunk.path == path)
    if not chosen:
        files = ", ".join(dict.fromkeys(hunk.path for hunk in hunks))
        raise UsageError(f"The candidate does not change {path[:100]}.", f"It changes {files}.")
    return chosen
