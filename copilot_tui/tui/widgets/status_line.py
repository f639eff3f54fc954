"""The status line: model, context, speed, iteration, errors, branch. What is not known is not shown.

Where the line is too narrow, what matters least is left out first.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from textual import on
from textual.content import Content
from textual.events import Resize
from textual.widgets import Static

from copilot_tui.core.text import printable_line
from copilot_tui.tui.messages import (
    EngineChanged,
    IndexProgressed,
    Recorded,
    Replayed,
    SessionCleared,
    WorkChanged,
)
from copilot_tui.tui.meter import Meter

TICK_SECONDS = 1.0
SEPARATOR = " │ "
CONDITIONS = {"loading": "… loading", "ready": "● ready", "failed": "✗ not usable"}


@dataclass(frozen=True, slots=True)
class Segment:
    """``weight`` says how long it stays when room is short: the lowest goes first."""

    text: str
    weight: int
    style: str = ""


class StatusLine(Static):
    """Folds records into figures; the rest it is told."""

    def __init__(self) -> None:
        super().__init__(Content(""), id="status-line")
        self._meter = Meter()
        self._engine: EngineChanged | None = None
        self._since = 0.0
        self._work = ""
        self._index = ""
        self._branch = ""

    def show_branch(self, branch: str) -> None:
        self._branch = branch
        self._render_line()

    def on_mount(self) -> None:
        self._render_line()
        self.set_interval(TICK_SECONDS, self._tick)

    def _tick(self) -> None:
        """A model that loads shows for how long."""
        if self._engine is not None and self._engine.condition == "loading":
            self._render_line()

    @on(Resize)
    def _resized(self) -> None:
        self._render_line()

    @on(SessionCleared)
    def _clear(self) -> None:
        self._meter = Meter()
        self._render_line()

    @on(EngineChanged)
    def _engine_changed(self, message: EngineChanged) -> None:
        self._engine = message
        self._since = time.monotonic()
        self._render_line()

    @on(WorkChanged)
    def _work_changed(self, message: WorkChanged) -> None:
        self._work = message.work
        self._render_line()

    @on(IndexProgressed)
    def _index_progressed(self, message: IndexProgressed) -> None:
        self._index = message.progress
        self._render_line()

    @on(Recorded)
    def _record(self, message: Recorded) -> None:
        meter = self._meter.after(message.record, message.state)
        if meter != self._meter:
            self._meter = meter
            self._render_line()

    @on(Replayed)
    def _replay(self, message: Replayed) -> None:
        for recorded in message.records:
            self._meter = self._meter.after(recorded.record, recorded.state)
        self._render_line()

    def _render_line(self) -> None:
        # The line has a fixed size: without this, every figure would lay the whole screen out again.
        self.update(fitted(self._segments(), self.size.width), layout=False)

    def _segments(self) -> list[Segment]:
        segments: list[Segment] = []
        if self._work:
            segments.append(Segment(f"▶ {self._work}", 95, "bold $text-primary"))
        if self._engine is not None:
            loading = self._engine.condition == "loading"
            segments.append(_engine_segment(self._engine, time.monotonic() - self._since if loading else 0.0))
            information = self._engine.information
            if information is not None and information.device not in {"", "none"}:
                segments.append(Segment(f"{information.engine} on {information.device}", 20))
        segments += meter_segments(self._meter)
        if self._index:
            segments.append(Segment(self._index, 70))
        if self._branch:
            segments.append(Segment(f"⎇ {printable_line(self._branch)[:30]}", 30))
        return segments


def _engine_segment(engine: EngineChanged, seconds: float) -> Segment:
    # A path says most at its end.
    name = printable_line(engine.model).rpartition("/")[2][-28:]
    style = {"ready": "$text-success", "failed": "bold $text-error"}.get(engine.condition, "$text-warning")
    waiting = f" {seconds:.0f} s" if seconds >= 1 else ""
    return Segment(f"{name} {CONDITIONS[engine.condition]}{waiting}", 90, style)


def meter_segments(meter: Meter) -> list[Segment]:
    """The figures that are known, in the order in which they are read."""
    segments = []
    if meter.progress:
        segments.append(Segment(printable_line(meter.progress), 85))
    if meter.window:
        share = 100 * meter.context_used / meter.window
        style = "$text-warning" if share > 85 else ""
        text = f"context {meter.context_used:,}/{meter.window:,} {share:.0f}%"
        segments.append(Segment(text, 80, style))
        segments.append(Segment(f"cached {meter.cached_tokens:,}", 40))
    if meter.dropped:
        segments.append(Segment(f"! {len(meter.dropped)} left out", 60, "$text-warning"))
    if meter.tokens_per_second:
        segments.append(Segment(f"{meter.tokens_per_second:.0f} tok/s", 50))
    if meter.iteration:
        segments.append(Segment(f"it {meter.iteration}", 65))
    if meter.errors is not None:
        segments.append(errors_segment(meter.errors, meter.errors_before))
    return segments


def errors_segment(now: int, before: int | None) -> Segment:
    """``errors 3→1 ↓``: then, now, and which way it goes."""
    if before is None:
        return Segment(f"errors {now}", 75)
    sign = "↓" if now < before else "↑" if now > before else "="
    style = {"↓": "$text-success", "↑": "$text-error"}.get(sign, "")
    return Segment(f"errors {before}→{now} {sign}", 75, style)


def fitted(segments: list[Segment], width: int) -> Content:
    """As many segments as fit, in their order."""
    kept = list(segments)
    while kept and sum(len(s.text) for s in kept) + len(SEPARATOR) * (len(kept) - 1) > width > 0:
        kept.remove(min(kept, key=lambda s: s.weight))
    parts: list[str | tuple[str, str]] = []
    for segment in kept:
        if parts:
            parts.append((SEPARATOR, "$foreground-disabled"))
        parts.append((segment.text, segment.style))
    return Content.assemble(*parts)
