"""Choosing a session: a searchable list with a preview. Gives the session's id, or None."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timezone
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option
from textual.worker import Worker

from copilot_tui.core.errors import CopilotError
from copilot_tui.core.state import SessionState, fold
from copilot_tui.core.text import printable, printable_line
from copilot_tui.session import archive
from copilot_tui.session.names import ranked_matches

if TYPE_CHECKING:
    from copilot_tui.store.sessions import SessionOverview

ATTEMPTS_SHOWN = 20


class SessionPicker(ModalScreen[str | None]):
    """Up and down choose, Enter resumes, Esc goes on without."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Not now"),
        Binding("down", "move(1)", "Next", show=False, priority=True),
        Binding("up", "move(-1)", "Previous", show=False, priority=True),
    ]

    def __init__(self, state: Path, overviews: Sequence[SessionOverview], title: str) -> None:
        super().__init__()
        self._state = state
        self._all = tuple(overviews)
        self._shown: tuple[SessionOverview, ...] = ()
        self._title = title

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialogue") as dialogue:
            dialogue.border_title = self._title
            dialogue.border_subtitle = "Enter resumes · Esc not now"
            yield Input(placeholder="Search task, status or id", id="session-search")
            with Horizontal(id="session-body"):
                yield OptionList(id="session-list", markup=False)
                with VerticalScroll(id="session-preview-scroll", can_focus=False):
                    yield Static(Content(""), id="session-preview")

    def on_mount(self) -> None:
        self._show("")
        self.query_one(Input).focus()

    @property
    def list(self) -> OptionList:
        return self.query_one("#session-list", OptionList)

    def action_move(self, step: int) -> None:
        if step > 0:
            self.list.action_cursor_down()
        else:
            self.list.action_cursor_up()

    @on(Input.Changed)
    def _searched(self, message: Input.Changed) -> None:
        self._show(message.value)

    @on(Input.Submitted)
    def _entered(self) -> None:
        row = self.list.highlighted
        if row is not None and self._shown:
            self.dismiss(self._shown[row].id)

    @on(OptionList.OptionSelected)
    def _selected(self, message: OptionList.OptionSelected) -> None:
        self.dismiss(self._shown[message.option_index].id)

    @on(OptionList.OptionHighlighted)
    def _highlighted(self, message: OptionList.OptionHighlighted) -> None:
        if message.option_index < len(self._shown):
            overview = self._shown[message.option_index]
            _worker: Worker[None] = self.run_worker(
                partial(self._preview, overview), group="preview", exclusive=True, exit_on_error=False
            )

    def _show(self, wanted: str) -> None:
        texts = {f"{o.title or o.task} {o.status} {o.id}": o for o in self._all}
        self._shown = tuple(texts[text] for text in ranked_matches(wanted, texts))
        self.list.set_options(Option(overview_line(overview)) for overview in self._shown)
        self.list.highlighted = 0 if self._shown else None
        if not self._shown:
            self.query_one("#session-preview", Static).update(Content("No session fits."))

    async def _preview(self, overview: SessionOverview) -> None:
        try:
            stored = await asyncio.to_thread(archive.records, self._state, overview.id)
            content = preview(overview, await asyncio.to_thread(fold, stored))
        except CopilotError as error:
            content = Content.styled(printable(str(error)), "$text-error")
        self.query_one("#session-preview", Static).update(content)


def overview_line(overview: SessionOverview) -> Content:
    """The task, and below it age, status and how far it came."""
    title = printable_line(overview.title or overview.task) or "(no task)"
    far = f"iteration {overview.iterations}" if overview.iterations else "not begun"
    phase = f", in {overview.last_phase}" if overview.last_phase else ""
    below = f"\n  {age(overview.updated_at)} · {overview.status} · {far}{phase}"
    return Content.assemble((title[:200], "bold"), (below, "$foreground-muted"))


def preview(overview: SessionOverview, state: SessionState) -> Content:
    """The whole task, each attempt with its verdict, and the session's id."""
    parts: list[str | tuple[str, str]] = [(printable(state.task.text) + "\n\n", "bold")]
    for attempt in state.attempts[-ATTEMPTS_SHOWN:]:
        verdict = printable_line(attempt.build.reason) if attempt.build is not None else "not built"
        sign = "✓" if attempt.build is not None and attempt.build.success else "✗"
        parts.append(
            f"{sign} iteration {attempt.iteration}, candidate {attempt.candidate.number}: {verdict}\n"
        )
    models = ", ".join(sorted({printable_line(model) for model in state.models.values()}))
    parts.append((f"\n{overview.events:,} events · {models}\n{overview.id}", "$foreground-muted"))
    return Content.assemble(*parts)


def age(time: str, now: datetime | None = None) -> str:
    """``3 hours ago``; the time itself where it cannot be read."""
    try:
        then = datetime.fromisoformat(time.replace("Z", "+00:00"))
    except ValueError:
        return printable_line(time)
    seconds = int(((now or datetime.now(timezone.utc)) - then).total_seconds())
    for name, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        count = seconds // length
        if count:
            return f"{count} {name}{'s' if count > 1 else ''} ago"
    return "just now"
