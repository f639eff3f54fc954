"""The session in figures: errors, attempts and tokens per second over the iterations, while they go on."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Grid, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import DataTable, Sparkline, Static

from copilot_tui.session.statistics import (
    HEADINGS,
    Figures,
    IterationFigures,
    cells,
    figures_after,
)
from copilot_tui.tui.messages import Recorded

PLOTS: tuple[tuple[str, str, Callable[[IterationFigures], float]], ...] = (
    ("errors", "Errors", lambda figures: float(figures.errors or 0)),
    ("attempts", "Attempts", lambda figures: float(figures.attempts)),
    ("speed", "Tokens per second", lambda figures: figures.tokens_per_second),
)


class StatsScreen(ModalScreen[None]):
    """Esc closes it; records keep it up to date.

    ``figures`` hold what the records up to ``seq`` tell, of which some may still be on their way here.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q", "dismiss", "Close")]

    def __init__(self, figures: Figures, seq: int) -> None:
        super().__init__()
        self._figures = figures
        self._seq = seq

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialogue") as dialogue:
            dialogue.border_title = "Figures of this session"
            dialogue.border_subtitle = "Esc closes"
            with Grid(id="plots"):
                for name, _, _ in PLOTS:
                    with Vertical(classes="plot"):
                        yield Static(Content(""), id=f"plot-title-{name}")
                        yield Sparkline([], id=f"plot-{name}")
            table: DataTable[str] = DataTable(id="figures", cursor_type="row")
            yield table

    def on_mount(self) -> None:
        self.query_one(DataTable).focus()
        self._show()

    @on(Recorded)
    def _record(self, message: Recorded) -> None:
        if message.record.seq <= self._seq:
            return
        self._seq = message.record.seq
        figures = figures_after(self._figures, message.record.event)
        if figures is not self._figures:
            self._figures = figures
            self._show()

    def _show(self) -> None:
        table: DataTable[str] = self.query_one("#figures", DataTable)
        table.clear(columns=True)
        table.add_columns(*HEADINGS)
        table.add_rows(cells(iteration) for iteration in self._figures)
        for name, title, value in PLOTS:
            values = [value(iteration) for iteration in self._figures]
            # The nought before the first iteration makes the heights count from nought.
            self.query_one(f"#plot-{name}", Sparkline).data = [0.0, *values] if values else []
            self.query_one(f"#plot-title-{name}", Static).update(Content(plot_title(title, values)))


def plot_title(title: str, values: list[float]) -> str:
    """``Attempts``, and below it ``3 now, 1 to 3``"""
    if not values:
        return f"{title}\nnone yet"
    return f"{title}\n{values[-1]:.0f} now, {min(values):.0f} to {max(values):.0f}"
