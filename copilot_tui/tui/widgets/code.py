"""The code: each candidate as a tab, as hunks or as written, and files of the code base on demand."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
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
from copilot_tui.core.artefacts import Candidate, FileChange
from copilot_tui.core.state import Attempt, SessionState
from copilot_tui.core.text import printable_line
from copilot_tui.tui.code_view import candidate_code
from copilot_tui.tui.diff_view import candidate_diff
from copilot_tui.tui.file_text import OpenFile, file_text
from copilot_tui.tui.messages import CommandWanted, FileWanted, Recorded, Replayed, SessionCleared
from copilot_tui.tui.widgets.hunks import HunkView, Standing
from copilot_tui.tui.widgets.pane import CODE, Pane

View: TypeAlias = Literal["diff", "code"]
NOTHING = "No candidate yet: /generate, or /run."
CANDIDATES_REPLAYED = 20
FILES_OPEN = 8
HINTS = {
    "diff": "N next · A take · X refuse · Enter carries out · S sides · D written · E edit · Y copy",
    "code": "D diff · E edit · Y copy · [ ] tabs",
    "file": "W close · Y copy · [ ] tabs",
}


class CodePane(Pane):
    """Tabs and one view below them; texts are made in a thread."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("d", "toggle_view", "Diff or code"),
        Binding("e", "edit", "Edit"),
        Binding("w", "close_file", "Close the file"),
        Binding("y", "copy", "Copy"),
        Binding("left_square_bracket,comma", "previous_tab", "Previous tab"),
        Binding("right_square_bracket,full_stop", "next_tab", "Next tab"),
        Binding("f", "next_file", "Next file of the candidate"),
    ]

    def __init__(self, source: Path) -> None:
        super().__init__(CODE)
        self._source = source
        self._candidates: dict[str, Candidate] = {}
        self._files: dict[str, OpenFile] = {}
        self._opened = 0
        self._view: View = "diff"
        self._state = SessionState()
        self._text = ""

    def contents(self) -> ComposeResult:
        yield Tabs(id="candidates")
        yield Tabs(id="candidate-files")
        yield HunkView()
        with ScrollableContainer(id="code-scroll"):
            yield Static(Content(NOTHING), id="code-text")
        yield Static(Content(""), id="code-hint")

    def on_filled(self) -> None:
        self.tabs.can_focus = self.file_tabs.can_focus = False
        self.tabs.display = self.file_tabs.display = False
        self._show_text(Content(NOTHING))

    @property
    def tabs(self) -> Tabs:
        return self.query_one("#candidates", Tabs)

    @property
    def file_tabs(self) -> Tabs:
        """Of a candidate that changes several files: all of them, or one."""
        return self.query_one("#candidate-files", Tabs)

    @property
    def hunks(self) -> HunkView:
        return self.query_one(HunkView)

    @property
    def scroller(self) -> ScrollableContainer:
        return self.query_one("#code-scroll", ScrollableContainer)

    @property
    def focus_target(self) -> Widget:
        return self.hunks if self.hunks.display else self.scroller

    @property
    def text(self) -> str:
        """What is shown, as plain text."""
        return self.hunks.text if self.hunks.display else self._text

    @property
    def _shown(self) -> Literal["diff", "code", "file", "nothing"]:
        active = self.tabs.active
        return "file" if active in self._files else self._view if active in self._candidates else "nothing"

    def show_newest_diff(self) -> bool:
        """Bring the newest candidate's diff up; False when there is no candidate."""
        if not self._candidates:
            return False
        self._view = "diff"
        self.tabs.active = list(self._candidates)[-1]
        self._refresh_view()
        return True

    # Keys

    def action_toggle_view(self) -> None:
        self._view = "code" if self._view == "diff" else "diff"
        self._refresh_view()

    def action_previous_tab(self) -> None:
        self.tabs.action_previous_tab()

    def action_next_tab(self) -> None:
        self.tabs.action_next_tab()

    def action_next_file(self) -> None:
        self.file_tabs.action_next_tab()

    def action_edit(self) -> None:
        """Edit the candidate, beginning at the hunk under the cursor."""
        current = self.hunks.current if self.hunks.display else None
        hunk = current.diff.hunk if current is not None else None
        what = f"{hunk.path}:{hunk.new_start}" if hunk is not None else "candidate"
        self.post_message(CommandWanted(f"/edit {what}"))

    async def action_close_file(self) -> None:
        active = self.tabs.active
        if active in self._files:
            del self._files[active]
            await self.tabs.remove_tab(active)

    def action_copy(self) -> None:
        """The hunk under the cursor, or all of the text."""
        current = self.hunks.current if self.hunks.display else None
        self.app.copy_to_clipboard(current.diff.text if current else self.text)
        self.app.notify("The hunk was copied." if current else "Copied.")

    # Records

    @on(SessionCleared)
    async def _clear(self) -> None:
        self._candidates.clear()
        self._files.clear()
        self._state = SessionState()
        await self.tabs.clear()
        self._show_text(Content(NOTHING))

    @on(Recorded)
    async def _record(self, message: Recorded) -> None:
        before, self._state = self._state, message.state
        match message.record.event:
            case ev.CandidateProposed(candidate=candidate):
                await self._add(candidate)
            case ev.ArtefactEdited(candidate=candidate) if candidate is not None:
                await self._add(candidate)
            case ev.CandidateAccepted(candidate=digest):
                self._go_to(digest)
            case _ if before.attempts == message.state.attempts and before.kept == message.state.kept:
                return
        self._relabel()
        if before.kept != message.state.kept:
            self._refresh_view()
        self.touched()

    @on(Replayed)
    async def _replay(self, message: Replayed) -> None:
        if not message.records:
            return
        self._state = message.records[-1].state
        for attempt in self._state.attempts[-CANDIDATES_REPLAYED:]:
            await self._add(attempt.candidate)
        self._relabel()

    @on(FileWanted)
    async def _open_file(self, message: FileWanted) -> None:
        message.stop()
        file = OpenFile(message.path, message.line, self._built() if message.as_built else None)
        identifier = next((name for name, other in self._files.items() if other.path == file.path), None)
        if identifier is None:
            self._opened += 1
            identifier = f"file-{self._opened}"
            label = printable_line(message.path).rpartition("/")[2]
            await self.tabs.add_tab(Tab(Content(label), id=identifier))
        self._files[identifier] = file
        if len(self._files) > FILES_OPEN:
            oldest = next(iter(self._files))
            del self._files[oldest]
            await self.tabs.remove_tab(oldest)
        self.tabs.active = identifier
        self._refresh_view()

    def _built(self) -> tuple[Candidate, ...]:
        """The candidate that the compiler speaks of; none where it saw the code base as it was."""
        if self._state.phase == "compile":
            return (self._state.candidate,) if self._state.candidate is not None else ()
        built = [attempt.candidate for attempt in self._state.attempts if attempt.build is not None]
        return tuple(built[-1:])

    @on(Tabs.TabActivated, "#candidates")
    @on(Tabs.Cleared, "#candidates")
    async def _activated(self, message: Tabs.TabActivated | Tabs.Cleared) -> None:
        message.stop()
        await self._show_file_tabs()
        self._refresh_view()

    @on(Tabs.TabActivated, "#candidate-files")
    def _file_chosen(self, message: Tabs.TabActivated) -> None:
        message.stop()
        self._refresh_view()

    async def _show_file_tabs(self) -> None:
        """The names of the candidate's files, where there is more than one."""
        candidate = self._candidates.get(self.tabs.active)
        changes = candidate.changes if candidate is not None else ()
        self.file_tabs.display = len(changes) > 1
        labels = ["all files", *(printable_line(change.path) for change in changes)]
        if len(changes) > 1 and labels != [tab.label_text for tab in self.file_tabs.query(Tab)]:
            await self.file_tabs.clear()
            for number, label in enumerate(labels):
                await self.file_tabs.add_tab(Tab(Content(label), id=f"part-{number}"))

    def _parts(self, candidate: Candidate) -> tuple[FileChange, ...]:
        """The changes that are chosen by the tabs of files."""
        number = int(self.file_tabs.active.rpartition("-")[2] or 0) if self.file_tabs.display else 0
        return candidate.changes[number - 1 : number] if number else candidate.changes

    @on(HunkView.Marked)
    def _marked(self, message: HunkView.Marked) -> None:
        message.stop()
        self._hint()

    async def _add(self, candidate: Candidate) -> None:
        # A number may come again, when a candidate was replaced: the tab then shows the newer one.
        identifier = f"candidate-{candidate.number}"
        known = identifier in self._candidates
        self._candidates[identifier] = candidate
        if not known:
            await self.tabs.add_tab(Tab(Content(f"#{candidate.number}"), id=identifier))
        self.tabs.active = identifier
        self._refresh_view()

    def _go_to(self, digest: str) -> None:
        for identifier, candidate in self._candidates.items():
            if candidate.digest == digest and self.tabs.active != identifier:
                self.tabs.active = identifier

    def _relabel(self) -> None:
        for attempt in self._state.attempts:
            tab = self.tabs.get_tab(f"candidate-{attempt.candidate.number}")
            if tab is not None:
                in_code = attempt.candidate.digest in self._state.candidates_in_code
                label = f"#{attempt.candidate.number} {_verdict(attempt)}{' ● in code' if in_code else ''}"
                tab.label = Content(label.rstrip())

    # What is shown

    def _refresh_view(self) -> None:
        active = self.tabs.active
        self.tabs.display = bool(self._candidates or self._files)
        if active in self._files:
            file = self._files[active]
            candidates = tuple(self._candidates.values()) if file.candidates is None else file.candidates
            self._render_later(lambda: file_text(self._source, file, candidates), file.line)
        elif active in self._candidates and self._view == "code":
            candidate = self._candidates[active]
            parts = self._parts(candidate)
            self._render_later(lambda: candidate_code(candidate, parts), None)
        elif active in self._candidates:
            self._show_hunks_later(self._candidates[active])
        else:
            self._show_text(Content(NOTHING))

    def _render_later(self, make: Callable[[], Content], line: int | None) -> None:
        async def render() -> None:
            self._show_text(await asyncio.to_thread(make))
            top = max(0, (line or 1) - self.scroller.size.height // 2)
            self.call_after_refresh(self.scroller.scroll_to, 0, top, animate=False)

        self._later(render)

    def _show_hunks_later(self, candidate: Candidate) -> None:
        async def render() -> None:
            paths = [change.path for change in self._parts(candidate)]
            diffs, count = await asyncio.to_thread(candidate_diff, candidate, paths)
            await self.hunks.show(diffs, count, self._standing(candidate))
            self._swap(self.hunks)

        self._later(render)

    def _standing(self, candidate: Candidate) -> Standing:
        if self._state.candidate is None or self._state.candidate.digest != candidate.digest:
            return "past"
        return "in code" if self._state.candidate_in_code else "open"

    def _later(self, render: Callable[[], Coroutine[None, None, None]]) -> None:
        _worker: Worker[None] = self.run_worker(
            render,
            group="code-text",
            exclusive=True,
            exit_on_error=False,
        )

    def _show_text(self, content: Content) -> None:
        self._text = content.plain
        self.query_one("#code-text", Static).update(content)
        self._swap(self.scroller)

    def _swap(self, view: Widget) -> None:
        """Show one of the two views; where the other had the keyboard, it gets it."""
        other = self.scroller if view is self.hunks else self.hunks
        focused = other.has_focus
        view.display, other.display = True, False
        if focused:
            self.screen.set_focus(view)
        self._hint()

    def _hint(self) -> None:
        taken, refused = len(self.hunks.marked("taken")), len(self.hunks.marked("refused"))
        marks = f"✓ {taken} ✗ {refused} " if self._shown == "diff" and taken + refused else ""
        self.query_one("#code-hint", Static).update(Content(f"{marks}{HINTS.get(self._shown, '')}"))


def _verdict(attempt: Attempt) -> str:
    if attempt.build is not None:
        return "✓ green" if attempt.build.success else "✗ red"
    if attempt.review is not None and not attempt.review.approved:
        return "! sent back"
    return ""
