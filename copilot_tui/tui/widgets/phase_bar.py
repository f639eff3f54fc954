"""The six phases: a mark, a word, seconds and tokens. A click runs a phase, Shift+click stops before it."""

from __future__ import annotations

import time

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.events import Click, Resize
from textual.widgets import Static

from copilot_tui.core.events import PHASES, PhaseStarted
from copilot_tui.core.state import SessionState
from copilot_tui.tui.messages import CommandWanted, Recorded, Replayed, SessionCleared
from copilot_tui.tui.phase_marks import BREAKPOINT, STYLES, PhaseMark, phase_marks

TICK_SECONDS = 0.5
TOKENS_FROM_COLUMNS = 18
"""A phase's share of the bar from which there is room for its tokens too."""


class PhaseCell(Static):
    """One phase of the bar."""

    def __init__(self, phase: str) -> None:
        super().__init__(Content(phase), id=f"phase-{phase}", classes="phase")
        self.tooltip = f"Click: /{phase}   Shift+click: /break {phase}"
        self._phase = phase

    @on(Click)
    def _clicked(self, event: Click) -> None:
        line = f"/break {self._phase}" if event.shift else f"/{self._phase}"
        self.post_message(CommandWanted(line))

    def show(self, mark: PhaseMark, elapsed: float) -> None:
        self.set_class(mark.standing == "running", "-running")
        roomy = self.size.width >= TOKENS_FROM_COLUMNS
        self.update(mark_content(mark, elapsed, tokens=roomy), layout=False)


class PhaseBar(Horizontal):
    """Renders the state of each record; while a phase runs, its seconds count up."""

    def __init__(self) -> None:
        super().__init__(id="phase-bar")
        self._marks = phase_marks(SessionState())
        self._since = 0.0

    def compose(self) -> ComposeResult:
        for phase in PHASES:
            yield PhaseCell(phase)

    def on_mount(self) -> None:
        self._render_marks()
        self.set_interval(TICK_SECONDS, self._tick)

    @on(Resize)
    def _resized(self) -> None:
        self.call_after_refresh(self._render_marks)

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
            self.query_one(f"#phase-{mark.phase}", PhaseCell).show(mark, elapsed)


def mark_content(mark: PhaseMark, elapsed: float = 0.0, *, tokens: bool = False) -> Content:
    """Two short lines: the sign and the phase, the word and the seconds."""
    # What an earlier iteration took would look odd beside a phase that is still to come.
    seconds = 0.0 if mark.standing == "pending" else mark.seconds + elapsed
    shown = f" {duration(seconds, running=mark.standing == 'running')}" if seconds else ""
    written = f" {short_count(mark.tokens)} tok" if tokens and seconds and mark.tokens else ""
    stop = f" {BREAKPOINT}" if mark.breakpoint and mark.standing != "paused" else ""
    style = STYLES[mark.standing]
    return Content.assemble(
        (f"{mark.sign} {mark.phase}{stop}", style), (f"\n  {mark.standing}{shown}{written}", style)
    )


def short_count(count: int) -> str:
    """``950``, ``1.2k``, ``34k``"""
    if count < 1_000:
        return str(count)
    return f"{count / 1_000:.1f}k" if count < 10_000 else f"{count // 1_000}k"


def duration(seconds: float, *, running: bool = False) -> str:
    """``4.2s``, ``42s``, ``3m``: short enough for a sixth of 80 columns; a count that runs has no tenths."""
    if seconds >= 100:
        return f"{seconds / 60:.0f}m"
    return f"{seconds:.0f}s" if running or seconds >= 10 else f"{seconds:.1f}s"
