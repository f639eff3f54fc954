"""The code: each candidate as a tab, as a diff or as written, and files of the code base on demand."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal, TypeAlias

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import ScrollableContainer
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static, Tab, Tabs
from textual.worker import Worker

from copilot_tui.core import events as ev
from copilot_tui.core.artefacts import Candidate
from copilot_tui.core.errors import CopilotError
from copilot_tui.core.state import Attempt, SessionState
from copilot_tui.core.text import printable_line
from copilot_tui.tui.code_view import candidate_code, candidate_diff, numbered
from copilot_tui.tui.messages import FileWanted, Recorded, Replayed, SessionCleared
from copilot_tui.tui.widgets.pane import CODE, Pane

View: TypeAlias = Literal["diff", "code"]
NOTHING = "No candidate yet: /generate, or /run."
FILE_TAB = "file"
CANDIDATES_REPLAYED = 20


@dataclass(frozen=True, slots=True)
class OpenFile:
    """A file of the code base that a person asked to see."""

    path: str
    line: int | None


class CodePane(Pane):
    """Tabs and one text below them; the text is made in a thread."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("d", "toggle_view", "Diff or code"),
        Binding("left_square_bracket,comma", "previous_tab", "Previous tab"),
        Binding("right_square_bracket,full_stop", "next_tab", "Next tab"),
    ]

    def __init__(self, source: Path) -> None:
        super().__init__(CODE)
        self._source = source
        self._candidates: dict[str, Candidate] = {}
        self._file: OpenFile | None = None
        self._view: View = "diff"

    def compose(self) -> ComposeResult:
        yield Tabs(id="candidates")
        with ScrollableContainer(id="code-scroll"):
            yield Static(Content(NOTHING), id="code-text")

    def on_mount(self) -> None:
        self._title()
        self.tabs.can_focus = False
        self.tabs.display = False

    @property
    def tabs(self) -> Tabs:
        return self.query_one(Tabs)

    @property
    def scroller(self) -> ScrollableContainer:
        return self.query_one("#code-scroll", ScrollableContainer)

    @property
    def focus_target(self) -> Widget:
        return self.scroller

    def show_newest_diff(self) -> bool:
        """Bring the newest candidate's diff up; False when there is no candidate."""
        if not self._candidates:
            return False
        self._view = "diff"
        self.tabs.active = list(self._candidates)[-1]
        self._refresh_text()
        return True

    def action_toggle_view(self) -> None:
        self._view = "code" if self._view == "diff" else "diff"
        self._refresh_text()

    def action_previous_tab(self) -> None:
        self.tabs.action_previous_tab()

    def action_next_tab(self) -> None:
        self.tabs.action_next_tab()

    @on(SessionCleared)
    async def _clear(self) -> None:
        self._candidates.clear()
        self._file = None
        await self.tabs.clear()
        self.tabs.display = False
        self._show(Content(NOTHING))

    @on(Recorded)
    async def _record(self, message: Recorded) -> None:
        match message.record.event:
            case ev.CandidateProposed(candidate=candidate):
                await self._add(candidate)
            case ev.ArtefactEdited(candidate=candidate) if candidate is not None:
                await self._add(candidate)
            case ev.ReviewProduced() | ev.BuildProduced():
                self._relabel(message.state)
            case _:
                return
        self.touched()

    @on(Replayed)
    async def _replay(self, message: Replayed) -> None:
        if not message.records:
            return
        state = message.records[-1].state
        for attempt in state.attempts[-CANDIDATES_REPLAYED:]:
            await self._add(attempt.candidate)
        self._relabel(state)

    @on(FileWanted)
    async def _open_file(self, message: FileWanted) -> None:
        message.stop()
        self._file = OpenFile(message.path, message.line)
        label = f"{printable_line(message.path).rpartition('/')[2]}"
        tab = self.tabs.get_tab(FILE_TAB)
        if tab is None:
            await self.tabs.add_tab(Tab(Content(label), id=FILE_TAB))
        else:
            tab.label = Content(label)
        self.tabs.display = True
        self.tabs.active = FILE_TAB
        self._refresh_text()

    @on(Tabs.TabActivated)
    def _activated(self, message: Tabs.TabActivated) -> None:
        message.stop()
        self._refresh_text()

    async def _add(self, candidate: Candidate) -> None:
        # A number may come again, when a person edits a candidate: the tab then shows the newer one.
        identifier = f"candidate-{candidate.number}"
        known = identifier in self._candidates
        self._candidates[identifier] = candidate
        self.tabs.display = True
        if not known:
            await self.tabs.add_tab(Tab(Content(f"#{candidate.number}"), id=identifier))
        self.tabs.active = identifier
        self._refresh_text()

    def _relabel(self, state: SessionState) -> None:
        for attempt in state.attempts:
            tab = self.tabs.get_tab(f"candidate-{attempt.candidate.number}")
            if tab is not None:
                tab.label = Content(f"#{attempt.candidate.number} {_verdict(attempt)}".rstrip())

    def _refresh_text(self) -> None:
        active = self.tabs.active
        self._title()
        if active == FILE_TAB and self._file is not None:
            self._render_later(self._file_text(self._file), self._file.line)
        elif active in self._candidates:
            candidate = self._candidates[active]
            make = candidate_diff if self._view == "diff" else candidate_code
            self._render_later(lambda: make(candidate), None)

    def _file_text(self, file: OpenFile) -> Callable[[], Content]:
        """The newest candidate's text of the file, because diagnostics speak of that; else the disk's."""
        source = self._source
        for candidate in reversed(self._candidates.values()):
            for change in candidate.changes:
                if change.path == file.path and change.after is not None:
                    after = change.after
                    return lambda: numbered(after, file.path, file.line)
        return lambda: _read(source, file)

    def _render_later(self, make: Callable[[], Content], line: int | None) -> None:
        async def render() -> None:
            content = await asyncio.to_thread(make)
            self._show(content)
            top = max(0, (line or 1) - self.scroller.size.height // 2)
            self.call_after_refresh(self.scroller.scroll_to, 0, top, animate=False)

        _worker: Worker[None] = self.run_worker(
            render, group="code-text", exclusive=True, exit_on_error=False
        )

    def _show(self, content: Content) -> None:
        self.query_one("#code-text", Static).update(content)

    def _title(self) -> None:
        shown = "file" if self._file is not None and self.tabs.active == FILE_TAB else self._view
        self.border_subtitle = f"{shown} · d changes · [ ] tabs" if self._candidates else ""


def _verdict(attempt: Attempt) -> str:
    if attempt.build is not None:
        return "✓ green" if attempt.build.success else "✗ red"
    if attempt.review is not None and not attempt.review.approved:
        return "! sent back"
    return ""


def _read(source: Path, file: OpenFile) -> Content:
    """A file of the code base; what is wrong with it takes its place."""
    from copilot_tui.workspace.paths import resolve_inside
    from copilot_tui.workspace.text_file import read_source

    try:
        text = read_source(resolve_inside(source, file.path)).text
    except CopilotError as error:
        return Content.styled(printable_line(str(error)), "$text-error")
    return numbered(text, file.path, file.line)
