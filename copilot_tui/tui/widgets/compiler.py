"""The compiler's and the tests' word: diagnostics as a table, the raw output beside or below it."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.content import Content
from textual.events import Resize
from textual.widget import Widget
from textual.widgets import DataTable, Log, Static

from copilot_tui.core import events as ev
from copilot_tui.core.artefacts import BuildReport, Diagnostic, StepResult
from copilot_tui.core.text import printable, printable_line
from copilot_tui.tui.messages import FileWanted, Recorded, Replayed, SessionCleared
from copilot_tui.tui.rendering import counted, place_of, verdict_line
from copilot_tui.tui.widgets.pane import COMPILER, Pane

LOG_LINES = 20_000
LINE_CHARACTERS = 1_000
ROWS_SHOWN = 1_000
BESIDE_COLUMNS = 90
"""From this width on, the raw output stands beside the table, else below it."""
SEVERITIES = {"error": "✗ error", "warning": "! warning", "note": "· note"}
ORDER = ("error", "warning", "note")


class CompilerPane(Pane):
    """Rows come while the build runs; its report, at the end, has the last word."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("o", "toggle_output", "Raw output"),
        Binding("y", "copy", "Copy"),
    ]

    def __init__(self) -> None:
        super().__init__(COMPILER)
        self._diagnostics: list[Diagnostic] = []

    def contents(self) -> ComposeResult:
        yield Static(Content("Not built yet."), id="verdict")
        with Container(id="compiler-body"):
            table: DataTable[Text] = DataTable(id="diagnostics", cursor_type="row", zebra_stripes=False)
            yield table
            yield Log(id="raw-output", max_lines=LOG_LINES)

    def on_filled(self) -> None:
        self._begin()

    @property
    def table(self) -> DataTable[Text]:
        table: DataTable[Text] = self.query_one("#diagnostics", DataTable)
        return table

    @property
    def output(self) -> Log:
        return self.query_one("#raw-output", Log)

    @property
    def focus_target(self) -> Widget:
        return self.table

    @on(Resize)
    def _resized(self) -> None:
        self.set_class(self.size.width >= BESIDE_COLUMNS, "-beside")

    def action_toggle_output(self) -> None:
        """Show the raw output alone, or beside the table again."""
        self.toggle_class("-output-only")
        (self.output if self.has_class("-output-only") else self.table).focus()

    def action_copy(self) -> None:
        """The diagnostic under the cursor, or all of the raw output where that has the keyboard."""
        row = self.table.cursor_row
        if self.output.has_focus or not 0 <= row < len(self._diagnostics):
            self.app.copy_to_clipboard("\n".join(self.output.lines))
            self.app.notify("The output was copied.")
        else:
            self.app.copy_to_clipboard("  ".join(cell.plain for cell in _cells(self._diagnostics[row])))
            self.app.notify("The diagnostic was copied.")

    @on(SessionCleared)
    def _clear(self) -> None:
        self._begin()
        self.output.clear()
        self._verdict(Content("Not built yet."))

    @on(Recorded)
    def _record(self, message: Recorded) -> None:
        match message.record.event:
            case ev.PhaseStarted(phase="compile"):
                self._begin()
                self.output.clear()
                self._verdict(Content("Building ..."))
            case ev.BuildStepStarted(command=command):
                self.output.write_line(f"$ {printable_line(' '.join(command))}")
            case ev.DiagnosticFound(diagnostic=diagnostic):
                self._add(diagnostic)
            case ev.BaselineRecorded(build=build):
                self._show_steps(build.steps, "before any change: ")
            case ev.BuildProduced(build=build):
                self._report(build)
            case _:
                return
        self.touched()

    @on(Replayed)
    def _replay(self, message: Replayed) -> None:
        # Each compilation begins afresh, so only the newest one is still to be seen.
        newest: list[Recorded] = []
        for recorded in message.records:
            if recorded.record.event == ev.PhaseStarted("compile", recorded.state.iteration):
                newest.clear()
            newest.append(recorded)
        for recorded in newest:
            self._record(recorded)

    @on(DataTable.RowSelected)
    def _open(self, message: DataTable.RowSelected) -> None:
        message.stop()
        if message.cursor_row < len(self._diagnostics):
            chosen = self._diagnostics[message.cursor_row]
            if chosen.file is not None:
                self.post_message(FileWanted(chosen.file, chosen.line, as_built=True))

    def _begin(self) -> None:
        self._diagnostics = []
        # The columns too, because they keep the width of the longest message that they ever held.
        self.table.clear(columns=True)
        self.table.add_columns("place", "severity", "message")

    def _add(self, diagnostic: Diagnostic) -> None:
        if len(self._diagnostics) >= ROWS_SHOWN:
            return
        self._diagnostics.append(diagnostic)
        self.table.add_row(*_cells(diagnostic))

    def _report(self, build: BuildReport) -> None:
        self._begin()
        for diagnostic in sorted(build.diagnostics, key=lambda d: ORDER.index(d.severity)):
            self._add(diagnostic)
        self.output.clear()
        self._show_steps(build.steps)
        sign, style = ("✓", "$text-success") if build.success else ("✗", "$text-error")
        verdict = f"{sign} {printable_line(verdict_line(build))}"
        self._verdict(Content.assemble((verdict, style), (_counts(build), "$foreground-muted")))

    def _show_steps(self, steps: tuple[StepResult, ...], title: str = "") -> None:
        for step in steps:
            code = "killed at a limit" if step.exit_code is None else f"exit status {step.exit_code}"
            lines = [f"$ {title}{printable_line(' '.join(step.command))}"]
            lines += _lines(step.stdout) + _lines(step.stderr)
            self.output.write_lines([*lines, f"({code}, {step.seconds:.1f} s)", ""])

    def _verdict(self, content: Content) -> None:
        self.query_one("#verdict", Static).update(content)


def _counts(build: BuildReport) -> str:
    """How many errors and tests there are, as far as the verdict does not say so."""
    parts = []
    if build.errors:
        parts.append(counted(len(build.errors), "error"))
    passing = f"{len(build.tests) - len(build.failed_tests)} of {len(build.tests)} tests pass"
    if build.tests and passing not in build.reason:
        parts.append(passing)
    return "".join("  " + part.replace(" ", "\N{NO-BREAK SPACE}") for part in parts)


def _cells(diagnostic: Diagnostic) -> tuple[Text, Text, Text]:
    code = f" [{diagnostic.code}]" if diagnostic.code else ""
    style = {"error": "bold red", "warning": "yellow"}.get(diagnostic.severity, "")
    return (
        Text(place_of(diagnostic) or "-"),
        Text(SEVERITIES[diagnostic.severity], style),
        Text(printable_line(f"{diagnostic.message}{code}")[:LINE_CHARACTERS]),
    )


def _lines(text: str) -> list[str]:
    """The lines of an output, each cut to a length that a terminal can be asked to show."""
    lines = printable(text).rstrip("\n").split("\n") if text.strip() else []
    return [
        line if len(line) <= LINE_CHARACTERS else f"{line[:LINE_CHARACTERS]} (... {len(line):,} characters)"
        for line in lines[-LOG_LINES:]
    ]
