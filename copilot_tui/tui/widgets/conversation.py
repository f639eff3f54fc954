"""The conversation: task, phases as they run, what the model writes, verdicts and questions.

The newest part is kept in view until a person scrolls away from it. Only the newest paragraphs are
kept; the store has them all, and /export writes them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from copilot_tui.core import events as ev
from copilot_tui.core.artefacts import Candidate
from copilot_tui.core.state import SessionState
from copilot_tui.core.text import printable, printable_line
from copilot_tui.tui.messages import (
    CommandRan,
    CommandWanted,
    Failed,
    Recorded,
    Replayed,
    Said,
    SessionCleared,
)
from copilot_tui.tui.rendering import (
    Entry,
    counted,
    entry_of,
    insights_markdown,
    plan_markdown,
    review_markdown,
    shell_entry,
)
from copilot_tui.tui.widgets.pane import CONVERSATION, Pane
from copilot_tui.tui.widgets.paragraph import Paragraph
from copilot_tui.tui.widgets.streamed_reply import StreamedReply

PARAGRAPHS_KEPT = 300
CHARACTERS_KEPT = 40_000
CHARACTERS_AT_ONCE = 3_000
"""Of replies that are replayed: more than fits on most screens."""
RECORDS_REPLAYED = 60

WELCOME = (
    "State what you want done, in your own words, and press Enter; or choose an open task: /tasks.\n"
    "Then /run works on it until the compiler and the tests are content; /step goes one phase at a time.\n"
    "F1 shows keys and commands."
)


class Conversation(Pane):
    """Renders every record as a paragraph, a phase's banner, or a streamed reply."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("e", "edit_plan", "Edit the plan")]

    def __init__(self) -> None:
        super().__init__(CONVERSATION)
        self.is_filled = True  # from the beginning, for there may be news before anything is open
        self._reply: StreamedReply | None = None
        self._written: StreamedReply | None = None
        self._banner: Static | None = None
        self._unmounted: list[Widget] = []
        self._above: list[Widget] = []
        """What was replayed and not scrolled to yet."""
        self._growing = False

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="conversation-scroll"):
            yield Static(Content(WELCOME), classes="welcome")

    def on_mount(self) -> None:
        self.watch(self.scroller, "scroll_y", self._scroll_changed, init=False)
        self.watch(self.scroller, "virtual_size", self._room_changed, init=False)

    @property
    def scroller(self) -> VerticalScroll:
        return self.query_one("#conversation-scroll", VerticalScroll)

    @property
    def focus_target(self) -> Widget:
        return self.scroller

    def hold_back(self) -> None:
        """Somebody types, which is to be seen before what is streamed."""
        if self._reply is not None:
            self._reply.hold_back()

    def action_edit_plan(self) -> None:
        self.post_message(CommandWanted("/edit plan"))

    @on(SessionCleared)
    async def _clear(self) -> None:
        self._reply = self._written = self._banner = None
        self._unmounted.clear()
        self._above.clear()
        await self.scroller.remove_children()
        self.scroller.anchor(False)

    @on(Recorded)
    async def _record(self, message: Recorded) -> None:
        await self._tell(message)
        await self._mount_told()

    @on(Replayed)
    async def _replay(self, message: Replayed) -> None:
        """Lay out what fits on a screen; what stands above it comes when it is scrolled to."""
        for recorded in message.records[-RECORDS_REPLAYED:]:
            await self._tell(recorded)
        told = self._unmounted[_surplus(self._unmounted, CHARACTERS_KEPT) :]
        passed = len(message.records) - RECORDS_REPLAYED
        if passed > 0:
            words = f"({passed:,} earlier events are not shown; /export writes them all.)"
            told.insert(0, Paragraph(Entry("notice", words)))
        place = _surplus(told, CHARACTERS_AT_ONCE)
        self._above, self._unmounted = told[:place], told[place:]
        await self._mount_told()
        self.call_after_refresh(self._scrolled)

    def _room_changed(self) -> None:
        """Only now is it known how much room the paragraphs take, and whether to follow them."""
        self.call_after_refresh(self._follow)

    def _scroll_changed(self) -> None:
        self.call_after_refresh(self._scrolled)

    async def _scrolled(self) -> None:
        """At the beginning of what is laid out, lay out more above it; what is read stays in place."""
        self._follow()
        scroller = self.scroller
        if self._above and scroller.scroll_y <= 0 and not self._growing:
            self._growing = True
            place = _surplus(self._above, CHARACTERS_AT_ONCE)
            piece, self._above = self._above[place:], self._above[:place]
            below = scroller.virtual_size.height
            await scroller.mount_all(piece, before=0 if scroller.children else None)
            self.call_after_refresh(self._stay, below)

    async def _stay(self, below: int) -> None:
        """Scroll to where so many lines are below the upper edge; there may be room for more above it."""
        self._growing = False
        scroller = self.scroller
        scroller.scroll_to(y=scroller.virtual_size.height - below, animate=False, immediate=True)
        await self._scrolled()

    async def _tell(self, message: Recorded) -> None:
        """Make the paragraphs of one record, and bring those before it up to date."""
        event = message.record.event
        match event:
            case ev.TokenStreamed():
                self._stream(event, message.state)
            case ev.PhaseStarted():
                self._begin_phase(event)
            case ev.PhaseFinished() | ev.PhaseFailed():
                await self._end_phase(event)
            case ev.ExplorationProduced():
                found = event.exploration
                count = f"{counted(len(found.files), 'file')} found among {found.files_scanned:,}."
                await self._artefact(insights_markdown(found.insights), Entry("notice", count))
            case ev.PlanProduced():
                await self._artefact(plan_markdown(event.plan))
            case ev.ReviewProduced():
                await self._artefact(review_markdown(event.review))
            case ev.GenerationFinished():
                await self._finish_reply()
            case ev.CandidateProposed():
                await self._show_whole(event.candidate, message.state)
        entry = entry_of(event)
        if entry is not None:
            self._add(entry)

    @on(Said)
    async def _say(self, message: Said) -> None:
        self._add(Entry("notice", "\n".join([message.title, *message.lines])))
        await self._mount_told()

    @on(CommandRan)
    async def _command_ran(self, message: CommandRan) -> None:
        self._add(shell_entry(message.ran))
        await self._mount_told()

    @on(Failed)
    async def _fail(self, message: Failed) -> None:
        self._add(Entry("error", message.error.message, message.error.hint))
        await self._mount_told()

    def _begin_phase(self, event: ev.PhaseStarted) -> None:
        self._reply = self._written = None
        text = Content.assemble((f"▌ {printable_line(event.phase)}", "bold $text-primary"))
        self._banner = Static(text, classes="banner")
        self._mount(self._banner)

    async def _end_phase(self, event: ev.PhaseFinished | ev.PhaseFailed) -> None:
        await self._finish_reply()
        self._reply = None
        if self._banner is None:
            return
        error = event.error if isinstance(event, ev.PhaseFailed) else ""
        done = not error
        word = "✓ done in" if done else "■ stopped after" if error == "Cancelled" else "✗ failed after"
        verdict = f"  {word} {event.seconds:.1f} s"
        self._banner.update(
            Content.assemble(
                (f"▌ {printable_line(event.phase)}", "bold $text-primary"),
                (verdict, "$foreground-muted" if done else "$text-error"),
            )
        )
        self._banner = None

    def _stream(self, event: ev.TokenStreamed, state: SessionState) -> None:
        if self._reply is None:
            self._reply = StreamedReply(_path(state) if event.phase == "generate" else None)
            self._mount(self._reply)
        self._reply.add(event.text)

    async def _finish_reply(self) -> None:
        """The end of a generation; the next text belongs to another reply."""
        if self._reply is not None:
            await self._reply.finish()
            if self._reply.is_code:
                self._written, self._reply = self._reply, None

    async def _show_whole(self, candidate: Candidate, state: SessionState) -> None:
        """The code as the candidate holds it: of the reply, the beginning may have been given."""
        await self._finish_reply()
        if self._written is not None and len(candidate.changes) == 1:
            await self._written.replace_with_code(candidate.code)
        self._written = None

    async def _artefact(self, markdown: str, *entries: Entry) -> None:
        """Show an artefact where the reply that it was made of stood."""
        if self._reply is not None:
            await self._reply.replace_with_markdown(markdown)
            self._reply = None
        elif markdown:
            from textual.widgets import Markdown  # late: its parser is not needed for the first screen

            self._mount(Markdown(printable(markdown), open_links=False))
        for entry in entries:
            self._add(entry)

    def _add(self, entry: Entry) -> None:
        self._mount(Paragraph(entry))

    def _mount(self, widget: Widget) -> None:
        self._unmounted.append(widget)

    async def _mount_told(self) -> None:
        """Put new paragraphs on the screen, and let the oldest go."""
        told, self._unmounted = self._unmounted, []
        if told:
            scroller = self.scroller
            await scroller.mount_all(told)
            surplus = _surplus(scroller.children, CHARACTERS_KEPT)
            if surplus > 0:
                await scroller.remove_children(list(scroller.children)[:surplus])
        self.touched()

    def _follow(self) -> None:
        """Keep the end in view while there is more than fits; where all of it fits, also since the pane grew,
        Textual's anchor would push the text to the bottom of the pane."""
        scroller = self.scroller
        fits = scroller.max_scroll_y <= 0
        if not scroller.is_anchored and not fits:
            scroller.anchor()
        elif scroller.is_anchored and fits:
            scroller.anchor(False)
            scroller.scroll_to(y=0, animate=False, immediate=True)


def _surplus(paragraphs: Sequence[Widget], allowed: int) -> int:
    """How many of the oldest are to go: laid out and coloured, a long reply takes megabytes.

    ``allowed`` is how many characters of replies may stand below the first that stays.
    """
    characters = 0
    for place in range(len(paragraphs) - 1, 0, -1):
        paragraph = paragraphs[place]
        characters += len(paragraph.text) if isinstance(paragraph, StreamedReply) else 0
        if characters > allowed or len(paragraphs) - place >= PARAGRAPHS_KEPT:
            return place
    return 0


def _path(state: SessionState) -> str:
    """The file whose code is written now, as far as it is known."""
    files = state.plan.files if state.plan is not None else ()
    return files[0].path if files else state.task.path or ""
