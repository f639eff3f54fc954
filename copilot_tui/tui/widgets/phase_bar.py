"""The six phases: a mark, a word and the seconds of each."""

from __future__ import annotations

import time

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

from copilot_tui.core.events import PHASES, PhaseStarted
from copilot_tui.core.state import SessionState
from copilot_tui.tui.messages import Recorded, Replayed, SessionCleared
from copilot_tui.tui.phase_marks import STYLES, PhaseMark, phase_marks

TICK_SECONDS = 0.5


class PhaseBar(Horizontal):
    """Renders the state of each record; while a phase runs, its seconds count up."""

    def __init__(self) -> None:
        super().__init__(id="phase-bar")
        self._marks = phase_marks(SessionState())
        self._since = 0.0

    def compose(self) -> ComposeResult:
        for phase in PHASES:
            yield Static(Content(phase), id=f"phase-{phase}", classes="phase")

    def on_mount(self) -> None:
        self._render_marks()
        self.set_interval(TICK_SECONDS, self._tick)

    @on(SessionCleared)
    def _clear(self) -> None:
        self._marks = phase_marks(SessionState())
        self._render_marks()

    @on(Recorded)
    def _record(self, message: Recorded) -> None:
        if isinstance(message.record.event, PhaseStarted):
            self._since = time.monotonic()
        marks = phase_marks(message.state)
        if marks != self._marks:
            self._marks = marks
            self._render_marks()

    @on(Replayed)
    def _replay(self, message: Replayed) -> None:
        if message.records:
            self._marks = phase_marks(message.records[-1].state)
            self._render_marks()

    def _tick(self) -> None:
        if any(mark.standing == "running" for mark in self._marks):
            self._render_marks()

    def _render_marks(self) -> None:
        for mark in self._marks:
            elapsed = time.monotonic() - self._since if mark.standing == "running" else 0.0
            widget = self.query_one(f"#phase-{mark.phase}", Static)
            widget.set_class(mark.standing == "running", "-running")
            widget.update(mark_content(mark, elapsed), layout=False)


def mark_content(mark: PhaseMark, elapsed: float = 0.0) -> Content:
    """Two short lines: the sign and the phase, the word and the seconds."""
    # What an earlier iteration took would look odd beside a phase that is still to come.
    seconds = 0.0 if mark.standing == "pending" else mark.seconds + elapsed
    shown = f" {duration(seconds, running=mark.standing == 'running')}" if seconds else ""
    style = STYLES[mark.standing]
    return Content.assemble((f"{mark.sign} {mark.phase}", style), (f"\n  {mark.standing}{shown}", style))


def duration(seconds: float, *, running: bool = False) -> str:
    """``4.2s``, ``42s``, ``3m``: short enough for a sixth of 80 columns; a count that runs has no tenths."""
    if seconds >= 100:
        return f"{seconds / 60:.0f}m"
    return f"{seconds:.0f}s" if running or seconds >= 10 else f"{seconds:.1f}s"
