"""The exploration: ranked files with their reasons, breadcrumbs, patterns and the model's insights."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from copilot_tui.core import events as ev
from copilot_tui.core.artefacts import RankedFile
from copilot_tui.core.text import printable_line
from copilot_tui.tui.messages import FileWanted, PinWanted, Recorded, Replayed, SessionCleared
from copilot_tui.tui.widgets.findings import NOTHING, STOPPED, Findings
from copilot_tui.tui.widgets.pane import EXPLORATION, Pane


class RankedFiles(OptionList):
    """The files, best first; keys open, pin and drop the one under the cursor."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("p", "pin", "Pin"),
        Binding("x,delete", "drop", "Drop"),
    ]

    def __init__(self) -> None:
        super().__init__(id="ranked-files", markup=False)
        self._files: list[RankedFile] = []

    def show(self, files: tuple[RankedFile, ...]) -> None:
        """Replace all files, the cursor staying on its row."""
        row = self.highlighted
        self._files = list(files)
        self.set_options(Option(file_line(number, file)) for number, file in enumerate(files, 1))
        if files:
            self.highlighted = min(row or 0, len(files) - 1)

    def add(self, rank: int, file: RankedFile) -> None:
        """One more file, while the search still tells of them."""
        if rank == 1:
            self._files.clear()
            self.clear_options()
        self._files.append(file)
        self.add_option(Option(file_line(rank, file)))

    def action_pin(self) -> None:
        self._wish(pin=True)

    def action_drop(self) -> None:
        self._wish(pin=False)

    def _wish(self, *, pin: bool) -> None:
        if self.highlighted is not None:
            self.post_message(PinWanted(self._files[self.highlighted].path, pin))

    @on(OptionList.OptionSelected)
    def _open(self, message: OptionList.OptionSelected) -> None:
        message.stop()
        file = self._files[message.option_index]
        self.post_message(FileWanted(file.path, file.spans[0].start if file.spans else None))


class ExplorationPane(Pane):
    """Files above, what was learnt of them below."""

    def __init__(self) -> None:
        super().__init__(EXPLORATION)

    def contents(self) -> ComposeResult:
        yield RankedFiles()
        yield Findings()

    def on_filled(self) -> None:
        self.findings.show(None)

    @property
    def files(self) -> RankedFiles:
        return self.query_one(RankedFiles)

    @property
    def findings(self) -> Findings:
        return self.query_one(Findings)

    @property
    def focus_target(self) -> Widget:
        return self.files

    @on(SessionCleared)
    def _clear(self) -> None:
        self.files.show(())
        self.findings.show(None)

    @on(Recorded)
    def _record(self, message: Recorded) -> None:
        match message.record.event:
            case ev.PhaseStarted(phase="explore"):
                self.findings.begin()
            case ev.PhaseFailed(phase="explore") if message.state.exploration is None:
                self.findings.show(None, STOPPED if self.files.option_count else NOTHING)
            case ev.FileRanked(rank=rank, file=file):
                self.files.add(rank, file)
            case ev.ExplorationProduced() | ev.ArtefactEdited():
                exploration = message.state.exploration
                if exploration is not None:
                    self.files.show(exploration.files)
                    self.findings.show(exploration)
            case _:
                return
        self.touched()

    @on(Replayed)
    def _replay(self, message: Replayed) -> None:
        state = message.records[-1].state if message.records else None
        if state is not None and state.exploration is not None:
            self.files.show(state.exploration.files)
            self.findings.show(state.exploration)


def file_line(rank: int, file: RankedFile) -> Content:
    """``1. src/text.c  0.83  pinned`` and below it the reasons."""
    reasons = "; ".join(printable_line(reason) for reason in file.reasons)
    pinned = [("  pinned", "bold $text-accent")] if file.pinned else []
    return Content.assemble(
        (f"{rank:2}. ", "$foreground-muted"),
        (printable_line(file.path), "bold"),
        (f"  {file.score:.2f}", "$foreground-muted"),
        *pinned,
        (f"\n    {reasons}" if reasons else "", "$foreground-muted"),
    )
