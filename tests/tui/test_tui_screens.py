"""The main screens on a recorded session of the real model: they look as they did, in every frontend.

``recorded_session.jsonl`` is what /export wrote of a run on the demo library.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from io import StringIO
from pathlib import Path

import pytest
from textual.widgets import TextArea

from copilot_tui.console.narrator import Narrator
from copilot_tui.core.events import EventRecord, from_wire
from copilot_tui.core.state import SessionState, apply_event, fold
from copilot_tui.session.archive import joined
from copilot_tui.session.drafts import open_draft
from copilot_tui.session.export import export_json, export_markdown
from copilot_tui.session.statistics import figures_of
from copilot_tui.tui.messages import Recorded, Replayed, SessionCleared
from copilot_tui.tui.screens.editor import EditorScreen
from copilot_tui.tui.screens.stats import StatsScreen
from copilot_tui.tui.widgets.code import CodePane
from tests.tui.conftest import NARROW, WIDE, OpenStage, Stage
from tests.tui.screenshots import compare, skip_other_textual
from tests.tui.test_tui_sessions import shown

RECORDED = Path(__file__).with_name("recorded_session.jsonl")


def recorded() -> list[EventRecord]:
    return [from_wire(json.loads(line)) for line in RECORDED.read_text().splitlines()]


def with_states(records: Iterable[EventRecord]) -> tuple[Recorded, ...]:
    state = SessionState()
    told = []
    for record in records:
        state = apply_event(state, record)
        told.append(Recorded(record, state))
    return tuple(told)


async def replayed(stage: Stage) -> None:
    """Show the recorded session as a resumed one is shown."""
    await stage.opened()
    await stage.until(lambda: "● ready" in stage.text(), "the model is ready")
    stage.app.work_screen.post_message(SessionCleared())
    stage.app.work_screen.post_message(Replayed(with_states(joined(recorded()))))
    await stage.until(lambda: "Session solved" in stage.said(), "the session is shown")
    await stage.until(lambda: bool(stage.app.work_screen.query_one(CodePane).hunks.blocks), "hunks are shown")


async def unchanging(stage: Stage) -> None:
    """Wait until the screen stays as it is, for what is made in threads comes when it is ready."""
    looks: list[str] = []
    while len(looks) < 3 or len(set(looks[-3:])) > 1:
        assert len(looks) < 100, "the screen never comes to rest"
        await stage.pilot.pause(0.1)
        looks.append(stage.text())


@pytest.mark.parametrize("theme", ["midnight", "paper"])
@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["80x24", "120x40"])
async def test_the_main_screens_look_as_they_did(
    open_stage: OpenStage, theme: str, size: tuple[int, int], tmp_path: Path
) -> None:
    skip_other_textual()
    differences: list[str] = []
    async with open_stage(size=size) as stage:
        await replayed(stage)
        stage.app.theme = theme

        async def screen(name: str) -> None:
            for area in stage.app.screen.query(TextArea):
                area.cursor_blink = False
            await unchanging(stage)
            differences.extend(compare(stage.app, f"{name}-{theme}-{size[0]}x{size[1]}", tmp_path))

        await screen("work")
        await stage.pilot.press("f4")
        await unchanging(stage)
        await stage.pilot.press("n")
        await screen("code")
        figures = figures_of(record.event for record in recorded())
        await stage.app.push_screen(StatsScreen(figures, recorded()[-1].seq))
        await screen("stats")
        stage.app.pop_screen()
        state = fold(recorded())
        await stage.app.push_screen(EditorScreen(open_draft("plan", state, None)))  # type: ignore[arg-type]
        await screen("editor")
    assert not differences, "\n".join(differences)


async def test_a_recorded_session_is_the_same_in_every_frontend(open_stage: OpenStage) -> None:
    records = recorded()
    state = fold(records)
    assert state.status == "solved"
    assert state.candidate is not None
    assert state.build is not None
    async with open_stage() as stage:
        await replayed(stage)
        at_once = shown(stage)
        stage.app.work_screen.post_message(SessionCleared())
        for told in with_states(records):
            stage.app.work_screen.post_message(told)
        await stage.until(lambda: "Session solved" in stage.said(), "the session is shown again")
        await stage.pilot.pause(0.3)
        one_by_one = shown(stage)
        assert one_by_one == at_once
    stream = StringIO()
    narrator = Narrator(stream=stream)
    for record in records:
        narrator(record)
    narrated = stream.getvalue()
    page = export_markdown(records)
    lines = export_json(records)
    assert [from_wire(json.loads(line)) for line in lines.splitlines()] == records
    for change in state.candidate.changes:
        assert change.path in narrated
        assert change.path in one_by_one["code"]
        assert change.path in page
    for told_by in (narrated, page, one_by_one["conversation"]):
        assert state.build.reason in told_by
