"""What the driver tells, as lines of text on the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TextIO

import click

from copilot_tui.console.narrator import Narrator, shell_lines
from copilot_tui.core.errors import CopilotError
from copilot_tui.core.events import EventRecord, PhaseFailed, ShellRan
from copilot_tui.core.state import SessionState
from copilot_tui.core.text import printable, printable_line
from copilot_tui.models.engine import EngineInformation
from copilot_tui.session.moments import moments

MOMENTS_SHOWN = 12


class PlainListener:
    """Writes to ``out``, errors to ``err``. ``first_error`` is what the exit status is made of."""

    def __init__(self, out: TextIO, err: TextIO) -> None:
        self._out = out
        self._err = err
        self._narrator = Narrator(stream=out, artefacts=True)
        self.first_error: CopilotError | None = None
        self.failed_phase = False
        self.engine = ""

    def recorded(self, record: EventRecord, state: SessionState) -> None:
        if isinstance(record.event, PhaseFailed) and record.event.error != "Cancelled":
            self.failed_phase = True
        self._narrator(record)

    def replayed(self, records: Sequence[tuple[EventRecord, SessionState]]) -> None:
        """The way of the session in some lines; all of it would scroll everything else away."""
        found = moments(record for record, _ in records)
        if len(found) > MOMENTS_SHOWN:
            self.said(
                f"({len(found) - MOMENTS_SHOWN} earlier steps; /replay shows all, /export writes them.)"
            )
        for moment in found[-MOMENTS_SHOWN:]:
            self.said(f"  {moment.time[11:19]}  {moment.text[:200]}")

    def session_cleared(self) -> None:
        """Nothing: what was printed stays."""

    def engine_changed(
        self, condition: str, model: str, information: EngineInformation | None = None
    ) -> None:
        signs = {"loading": "is loading ...", "ready": "is ready", "failed": "cannot be used"}
        self.engine = f"{printable_line(model).rpartition('/')[2]} {signs[condition]}"

    def work_changed(self, work: str) -> None:
        if not work:
            self._narrator.close()

    def index_progressed(self, progress: str) -> None:
        """Nothing: a plain prompt has no place that is always there."""

    def failed(self, error: CopilotError) -> None:
        self.first_error = self.first_error or error
        self._narrator.close()
        click.echo(printable(f"{error.message}\n  {error.hint}".rstrip()), file=self._err)

    def shell_ran(self, ran: ShellRan) -> None:
        self.said(shell_lines(ran))

    def said(self, title: str, lines: Sequence[str] = ()) -> None:
        self._narrator.close()
        click.echo(printable("\n".join([title, *(f"  {line}" for line in lines)])), file=self._out)
