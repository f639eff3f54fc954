"""How each phase stands, as a mark and a word, from the session's state alone.

A mark never relies on colour: it has a sign and a word of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from copilot_tui.core.events import PHASES
from copilot_tui.core.state import SessionState

Standing: TypeAlias = Literal["pending", "running", "done", "stale", "stopped", "failed", "paused"]

SIGNS: dict[Standing, str] = {
    "pending": "○",
    "running": "▶",
    "done": "✓",
    "stale": "~",
    "stopped": "■",
    "failed": "✗",
    "paused": "┃",
}
BREAKPOINT = "┃"
STYLES: dict[Standing, str] = {
    "pending": "$foreground-muted",
    "running": "bold $text-primary",
    "done": "$text-success",
    "stale": "$text-warning",
    "stopped": "$text-warning",
    "paused": "bold $text-accent",
    "failed": "bold $text-error",
}


@dataclass(frozen=True, slots=True)
class PhaseMark:
    """``seconds`` and ``tokens`` are what the phase took and wrote in this session so far, 0 where it did
    not run. ``breakpoint`` says that /run stops before it."""

    phase: str
    standing: Standing
    seconds: float
    tokens: int = 0
    breakpoint: bool = False

    @property
    def sign(self) -> str:
        return SIGNS[self.standing]


def phase_marks(state: SessionState) -> tuple[PhaseMark, ...]:
    """The six marks in the order of the loop."""
    return tuple(
        PhaseMark(
            phase,
            _standing(state, phase),
            state.seconds_per_phase.get(phase, 0.0),
            state.tokens_per_phase.get(phase, 0),
            phase in state.breakpoints,
        )
        for phase in PHASES
    )


def _standing(state: SessionState, phase: str) -> Standing:
    if state.phase == phase:
        return "running"
    if state.paused_before == phase:
        return "paused"
    if state.failure is not None and state.failure.phase == phase:
        return "stopped" if state.failure.error == "Cancelled" else "failed"
    made = phase in state.seconds_per_phase
    if made and phase in state.stale:
        return "stale"
    if phase in state.finished_phases:
        return "done"
    # The exploration outlives its iteration: it is made once and used in each.
    if phase == "explore" and state.exploration is not None:
        return "done"
    return "pending"
