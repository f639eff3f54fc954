"""The app on the tiny C project: scripted replies, the real compiler, a real store."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widget import Widget
from textual.widgets import Markdown, Static
from textual.widgets._markdown import MarkdownBlock

from copilot_tui.models.engine_table import EngineSpecification, Notice
from copilot_tui.models.loader import LocalModelLoader
from copilot_tui.models.scripted_engine import ScriptedEngine
from copilot_tui.session.opening import Opening
from copilot_tui.tui.app import CopilotApp
from copilot_tui.tui.widgets.code_text import CodeText
from copilot_tui.tui.widgets.conversation import Conversation
from copilot_tui.tui.widgets.paragraph import Paragraph
from tests.conftest import Script

NARROW = (80, 24)
WIDE = (120, 40)

TASK = "Return twice the value in calc_double of calc.c"


class Stage:
    """A running app and what drives it."""

    def __init__(self, app: CopilotApp, pilot: Pilot[int]) -> None:
        self.app = app
        self.pilot = pilot

    @property
    def screen(self) -> object:
        return self.app.screen

    async def until(self, condition: Callable[[], bool], what: str = "") -> None:
        """Wait until it is so; a test that hangs fails with what is on the screen."""
        for _ in range(400):
            if (defect := self.app._exception) is not None:
                raise defect  # the app ends by itself, so the condition may even become true
            if condition():
                await self.pilot.pause()
                return
            await self.pilot.pause(0.02)
        pytest.fail(f"This never became so: {what}\n{self.text()}")

    async def opened(self) -> None:
        await self.until(lambda: self.app.work_screen.driver.is_open, "the code base is open")

    async def idle(self) -> None:
        await self.pilot.pause()
        await self.until(lambda: not self.app.work_screen.driver.busy, "the driver is idle")
        await self.pilot.pause()

    async def enter(self, line: str) -> None:
        """Type a line into the prompt, as a paste, and send it."""
        prompt = self.app.work_screen.prompt
        prompt.area.focus()
        prompt.area.text = line
        await self.pilot.pause()
        if prompt.popup.is_open:
            await self.pilot.press("escape")
        await self.pilot.press("enter")
        await self.pilot.pause()

    async def work(self, line: str) -> None:
        """Send a line, and wait until what it began is over."""
        await self.enter(line)
        await self.idle()

    def text(self) -> str:
        """What is on the screen, as lines of text."""
        compositor = self.app.screen._compositor
        strips = compositor.render_strips()
        return "\n".join("".join(segment.text for segment in strip) for strip in strips)

    def said(self) -> str:
        """All of the conversation, what is scrolled away included."""
        parts = []
        for paragraph in self.app.work_screen.query_one(Conversation).scroller.walk_children(Widget):
            if isinstance(paragraph, Markdown):
                parts.append(paragraph.source)
            elif isinstance(paragraph, Paragraph):
                parts.append(f"{paragraph.sign} {paragraph.content}")
            elif isinstance(paragraph, CodeText):
                parts.append(paragraph.text)
            elif isinstance(paragraph, Static) and not isinstance(paragraph, MarkdownBlock):
                parts.append(str(paragraph.content))
        return "\n".join(parts)

    def pane(self, identifier: str) -> str:
        """What a pane holds, as far as it is on the screen."""
        region = self.app.screen.query_one(f"#{identifier}").region
        lines = self.text().split("\n")[region.y : region.bottom]
        return "\n".join(line[region.x : region.right] for line in lines)


@pytest.fixture(autouse=True)
def colourful_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test sees the same terminal, wherever it runs."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLORTERM", "truecolor")
    for name in ("NO_COLOR", "SSH_CONNECTION", "SSH_TTY"):
        monkeypatch.delenv(name, raising=False)


OpenStage = Callable[..., AbstractAsyncContextManager[Stage]]


@pytest.fixture
def open_stage(calc_project: Path, tmp_path: Path) -> OpenStage:
    """``async with open_stage(script, size=NARROW) as stage``"""

    @asynccontextmanager
    async def opening(
        script: Script | None = None,
        *,
        size: tuple[int, int] = WIDE,
        delay: float = 0.0,
        flags: dict[str, object] | None = None,
        source: Path = calc_project,
        notice: str = "",
        toasts: bool = False,
        filled: bool = True,
    ) -> AsyncIterator[Stage]:
        engine = ScriptedEngine(script or Script([]), delay=delay)

        def load(specification: EngineSpecification, tell: Notice) -> ScriptedEngine:
            if notice:
                tell(notice)
            return engine

        scripted = {
            "codegen.engine": "scripted",
            "llm.engine": "scripted",
            "generation.samples": 1,
            "exploration.watch": False,  # what it says depends on time
        }
        opening = Opening(
            source,
            tmp_path / "state",
            scripted | (flags or {}),
            lambda settings: LocalModelLoader(settings, engines={"scripted": load}),
        )
        app = CopilotApp(opening)
        async with app.run_test(size=size, notifications=toasts) as pilot:
            stage = Stage(app, pilot)
            if filled:
                await stage.until(lambda: app.work_screen.deck.is_filled, "the panes are filled")
            yield stage

    return opening
