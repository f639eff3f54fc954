"""Stored sessions: replay shows what ran, the picker offers what is unfinished, branches go on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from textual.widgets import Input, Tab

from copilot_tui.core.artefacts import Task
from copilot_tui.core.events import (
    Event,
    EventRecord,
    PhaseFinished,
    PhaseStarted,
    SessionStarted,
    TokenStreamed,
)
from copilot_tui.session.archive import joined
from copilot_tui.store.database import Database
from copilot_tui.store.identifiers import new_session_id
from copilot_tui.store.sessions import SessionStore
from copilot_tui.tui.screens.event_picker import EventPicker
from copilot_tui.tui.screens.session_picker import SessionPicker, age
from copilot_tui.tui.widgets.code import CodePane
from copilot_tui.tui.widgets.compiler import CompilerPane
from copilot_tui.tui.widgets.conversation import Conversation
from copilot_tui.tui.widgets.exploration import ExplorationPane
from tests.conftest import BROKEN_DOUBLE, GOOD_DOUBLE, Script
from tests.tui.conftest import TASK, OpenStage, Stage


def shown(stage: Stage) -> dict[str, str]:
    """What the widgets hold, without what only the running program says."""
    screen = stage.app.work_screen
    exploration, compiler = screen.query_one(ExplorationPane), screen.query_one(CompilerPane)
    said = [line for line in stage.said().split("\n") if not line.startswith("·")]
    rows = [compiler.table.get_row_at(row) for row in range(compiler.table.row_count)]
    return {
        "conversation": "\n".join(said),
        "exploration": "\n".join(str(option.prompt) for option in exploration.files.options),
        "insights": "\n".join(str(option.prompt) for option in exploration.findings.options),
        "code": screen.query_one(CodePane).text,
        "tabs": "\n".join(tab.label_text for tab in screen.query_one(CodePane).tabs.query(Tab)),
        "diagnostics": "\n".join(" ".join(str(cell) for cell in row) for row in rows),
        "output": "\n".join(compiler.output.lines),
        "verdict": str(compiler.query_one("#verdict").render()),
        "phases": "\n".join(str(mark.render()) for mark in screen.query_one("#phase-bar").children),
    }


async def test_a_replayed_session_looks_like_the_live_one(open_stage: OpenStage) -> None:
    async with open_stage(Script([BROKEN_DOUBLE, GOOD_DOUBLE])) as stage:
        await stage.opened()
        await stage.work(TASK)
        await stage.work("/run 1")
        await stage.pilot.pause(0.3)
        live = shown(stage)
        assert "calc.c:16:12" in live["diagnostics"]
        assert "return twice * value" in live["conversation"]
        session = stage.app.work_screen.driver.state.session
        await stage.app.work_screen.driver.show(session)
        await stage.pilot.pause(0.3)
        assert shown(stage) == live


async def test_unfinished_sessions_are_offered_at_the_start(open_stage: OpenStage) -> None:
    async with open_stage() as stage:
        await stage.opened()
        await stage.work("one thing")
        await stage.work("/new another thing")
    async with open_stage() as stage:
        await stage.until(lambda: isinstance(stage.app.screen, SessionPicker), "the picker is there")
        assert "another thing" in stage.text()
        await stage.pilot.press(*"onething")
        assert stage.app.screen.query_one(Input).value == "onething"
        await stage.pilot.press("enter")
        await stage.until(
            lambda: stage.app.work_screen.driver.state.task.text == "one thing", "it is resumed"
        )
        await stage.idle()
        assert "one thing" in stage.said()
        await stage.work("/branch 1")
        driver = stage.app.work_screen.driver
        assert driver.state.task.text == "one thing"
        await stage.enter("/resume")
        await stage.until(lambda: isinstance(stage.app.screen, SessionPicker), "all others are offered")
        await stage.pilot.press("escape")
        assert stage.app.screen is stage.app.work_screen


async def test_a_solved_session_that_is_looked_at_again_stays_solved(open_stage: OpenStage) -> None:
    async with open_stage(Script([GOOD_DOUBLE])) as stage:
        await stage.opened()
        await stage.work(TASK)
        await stage.work("/run 1")
        assert stage.app.work_screen.driver.state.status == "solved"
    for _ in range(2):
        async with open_stage() as stage:
            await stage.opened()
            await stage.pilot.pause(0.2)
            assert stage.app.screen is stage.app.work_screen
            await stage.work("/resume last")
            assert "● in code" in stage.text()


async def test_a_solved_session_that_is_undone_is_unfinished(open_stage: OpenStage) -> None:
    async with open_stage(Script([GOOD_DOUBLE])) as stage:
        await stage.opened()
        await stage.work(TASK)
        await stage.work("/run 1")
    async with open_stage() as stage:
        await stage.opened()
        await stage.work("/resume last")
        await stage.work("/undo")
    async with open_stage() as stage:
        await stage.until(lambda: isinstance(stage.app.screen, SessionPicker), "it is offered")


async def test_without_unfinished_sessions_nothing_is_asked(open_stage: OpenStage) -> None:
    async with open_stage() as stage:
        await stage.opened()
        await stage.pilot.pause(0.2)
        assert stage.app.screen is stage.app.work_screen
        await stage.work("/resume last")
        assert "There are no sessions" in stage.said()


def test_pieces_of_text_are_joined_for_a_replay() -> None:
    events: list[Event] = [
        SessionStarted(Task("x"), "/x"),
        TokenStreamed("explore", "a"),
        TokenStreamed("explore", "b"),
        TokenStreamed("reason", "c"),
        PhaseStarted("generate", 1),
        TokenStreamed("reason", "d"),
    ]
    stored = [EventRecord("s", number, "", event) for number, event in enumerate(events, 1)]
    texts = [record.event.text for record in joined(stored) if isinstance(record.event, TokenStreamed)]
    assert texts == ["ab", "c", "d"]


def test_an_age_is_told_in_the_largest_unit() -> None:
    from datetime import datetime, timezone

    now = datetime(2026, 5, 2, 12, 0, tzinfo=timezone.utc)
    assert age("2026-05-02T11:59:30.000Z", now) == "just now"
    assert age("2026-05-02T10:59:30.000Z", now) == "1 hour ago"
    assert age("2026-04-29T10:59:30.000Z", now) == "3 days ago"
    assert age("yesterday\x1b[2J", now) == "yesterday"


async def test_two_apps_on_one_code_base_the_second_says_why_not(
    open_stage: OpenStage, tmp_path: Path
) -> None:
    async with open_stage() as first:
        await first.opened()
        async with open_stage() as second:
            await second.until(lambda: "is working on this code base" in second.said(), "it is told")
            assert "Wait for it or stop it" in second.said()
            await second.enter("the first waits")
            await second.until(lambda: second.said().count("is working on this") == 2, "it is told again")
            assert second.app.work_screen.prompt.area.text == "the first waits"
            await first.app.work_screen.driver.close()
            await second.pilot.press("enter")
            await second.until(lambda: bool(second.app.work_screen.driver.state.session), "it goes on")
            assert second.app.work_screen.driver.state.task.text == "the first waits"


async def test_a_wrong_setting_is_told_with_its_place(open_stage: OpenStage, calc_project: Path) -> None:
    (calc_project / ".copilot-tui.toml").write_text("[codegen]\ntemprature = 1\n")
    async with open_stage() as stage:
        await stage.enter("a task typed ahead")
        await stage.until(lambda: "temprature" in stage.said(), "it is told")
        assert stage.app.work_screen.prompt.area.text == "a task typed ahead"
        assert ".copilot-tui.toml:2" in stage.said()
        assert "Did you mean codegen.temperature?" in stage.said()


async def test_a_branch_begins_after_an_event_that_is_chosen(open_stage: OpenStage) -> None:
    async with open_stage(Script([GOOD_DOUBLE])) as stage:
        await stage.opened()
        await stage.work(TASK)
        await stage.work("/explore")
        await stage.work("/reason")
        before = stage.app.work_screen.driver.state.session
        await stage.enter("/branch")
        await stage.until(lambda: isinstance(stage.app.screen, EventPicker), "the events are offered")
        assert "reason done" in stage.text()
        await stage.pilot.press(*"explore done", "enter")
        await stage.until(lambda: stage.app.work_screen.driver.state.session != before, "it is branched")
        await stage.idle()
        state = stage.app.work_screen.driver.state
        assert state.finished_phases == ("explore",)
        assert state.plan is None


async def test_a_session_is_renamed_and_shown_again_with_its_timing(open_stage: OpenStage) -> None:
    async with open_stage(Script([GOOD_DOUBLE])) as stage:
        await stage.opened()
        await stage.work(TASK)
        await stage.work("/rename Twice the value")
        assert stage.app.work_screen.driver.state.title == "Twice the value"
        await stage.work("/explore")
        live = shown(stage)
        await stage.work("/replay 1000")
        assert shown(stage) == live
        await stage.enter("/replay 0.01")
        await stage.until(lambda: stage.app.work_screen.driver.busy == "replay", "it is shown")
        await stage.pilot.press("escape")
        await stage.idle()
        assert shown(stage) == live


async def test_a_task_is_taken_by_its_number(open_stage: OpenStage) -> None:
    async with open_stage() as stage:
        await stage.opened()
        await stage.work("/tasks 2")
        assert "There is no open task 2." in stage.said()
        await stage.work("/tasks 1")
        assert stage.app.work_screen.driver.state.task.symbol == "calc_double"


async def test_what_is_true_of_the_machine_is_told_once(open_stage: OpenStage) -> None:
    notice = "No graphics device was found; the model runs on the CPU."
    async with open_stage(notice=notice) as stage:
        await stage.opened()
        await stage.until(lambda: notice in stage.said(), "it is told when the model is loaded")
        await stage.work(TASK)
        await stage.work("/explore")
        assert notice not in stage.said()
        await stage.work("/model smollm2-135m")
        await stage.until(lambda: "● ready" in stage.text(), "the other model is ready")
        await stage.work("/reason")
        assert notice not in stage.said()
    async with open_stage(notice=notice) as stage:
        await stage.until(lambda: isinstance(stage.app.screen, SessionPicker), "sessions are offered")
        await stage.until(lambda: "● ready" in stage.text(), "the model is ready")
        await stage.pilot.press("enter")
        await stage.until(lambda: "Resumed" in stage.said(), "the session is shown")
        await stage.work("/reason")
        assert notice not in stage.said()


async def test_a_model_that_is_not_there_leaves_the_one_in_use(open_stage: OpenStage) -> None:
    absent = {"engine": "auto", "model_path": "/nowhere/model.gguf"}
    flags = {f"{role}.{key}": value for role in ("codegen", "llm") for key, value in absent.items()}
    async with open_stage(flags=flags) as stage:
        await stage.opened()
        before = stage.app.work_screen.driver.manager
        await stage.work("/model qwen9")
        assert "There is no model called 'qwen9'" in stage.said()
        assert stage.app.work_screen.driver.manager is before


def long_replies(session: str, count: int) -> Iterator[EventRecord]:
    events: list[Event] = [SessionStarted(Task("A long task"), "/x")]
    for number in range(count):
        lines = "".join(f"    total += {number}; /* line {line} */\n" for line in range(150))
        events += [PhaseStarted("generate", 1), TokenStreamed("generate", lines)]
        events += [PhaseFinished("generate", 1, 0.1)]
    for seq, event in enumerate(events, 1):
        yield EventRecord(session, seq, "2026-01-01T00:00:00.000+00:00", event)


async def test_a_long_session_shows_its_end_and_more_as_one_scrolls_up(
    open_stage: OpenStage, tmp_path: Path
) -> None:
    session = new_session_id()
    with Database.open(tmp_path / "state") as database:
        SessionStore(database).import_records(long_replies(session, 6))
    async with open_stage() as stage:
        await stage.opened()
        await stage.until(lambda: isinstance(stage.app.screen, SessionPicker), "the picker")
        await stage.pilot.press("escape")
        conversation = stage.app.work_screen.query_one(Conversation)
        await stage.app.work_screen.driver.show(session)
        await stage.until(lambda: "total += 5; /* line 149 */" in stage.pane("conversation"), "the end")
        assert "total += 0" not in stage.said()
        seen = []
        for _ in range(8):
            top = next(iter(conversation.scroller.children))
            seen.append(top)
            conversation.scroller.scroll_home(animate=False)
            await stage.pilot.pause()
            await stage.pilot.pause()
        assert "A long task" in stage.pane("conversation")
        starts = [stage.said().index(f"total += {number};") for number in range(6)]
        assert starts == sorted(starts)
        assert len(set(seen)) > 2, "it came in pieces"
