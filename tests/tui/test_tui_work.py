"""The work place: a task from its statement to a green build, by keyboard alone."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from copilot_tui.models.loader import LocalModelLoader
from copilot_tui.models.scripted_engine import ScriptedEngine
from copilot_tui.session.opening import Opening
from copilot_tui.tui.app import CopilotApp
from copilot_tui.tui.screens.task_picker import TaskPicker
from copilot_tui.tui.widgets.code import CodePane
from copilot_tui.tui.widgets.compiler import CompilerPane
from copilot_tui.tui.widgets.exploration import ExplorationPane, RankedFiles
from tests.conftest import BROKEN_DOUBLE, GOOD_DOUBLE, Script
from tests.tui.conftest import NARROW, TASK, WIDE, OpenStage, Stage


def standings(stage: Stage) -> dict[str, str]:
    """Phase to the word that the phase bar shows for it."""
    bar = stage.app.work_screen.query_one("#phase-bar")
    words = (str(widget.render()).split() for widget in bar.children)
    return {parts[1]: parts[2] for parts in words}


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["80x24", "120x40"])
async def test_a_task_is_solved_by_keyboard_and_undone(
    open_stage: OpenStage, calc_project: Path, size: tuple[int, int]
) -> None:
    before = (calc_project / "calc.c").read_text()
    async with open_stage(Script([BROKEN_DOUBLE, GOOD_DOUBLE]), size=size) as stage:
        await stage.opened()
        await stage.work("/undo")
        assert "nothing to undo" in stage.said()
        await stage.pilot.press(*"double", "space", *"it", "enter")
        await stage.idle()
        assert "double it" in stage.said()
        await stage.enter("/new " + TASK)
        await stage.idle()
        await stage.work("/run 2")
        assert stage.app.work_screen.driver.state.status == "solved"
        assert "return 2 * value" in (calc_project / "calc.c").read_text()
        assert set(standings(stage).values()) == {"done"}
        await stage.pilot.press("f4")
        assert "return 2 * value" in stage.pane("code")
        assert "#1 ✗ red" in stage.pane("code")
        assert "#2 ✓ green" in stage.pane("code")
        assert "errors 1→0 ↓" in stage.text()
        await stage.work("/undo")
        assert (calc_project / "calc.c").read_text() == before
        await stage.enter("/diff")
        await stage.pilot.pause()
        assert "-" in stage.pane("code")
        assert stage.app.screen.query_one(CodePane).tabs.tab_count == 2


async def test_each_pane_shows_its_part_and_a_diagnostic_opens_the_candidate_at_its_line(
    open_stage: OpenStage,
) -> None:
    async with open_stage(Script([BROKEN_DOUBLE, GOOD_DOUBLE])) as stage:
        await stage.opened()
        await stage.work(TASK)
        for command in ("/explore", "/reason", "/generate", "/compile"):
            await stage.work(command)
        assert "1. calc.c" in stage.pane("exploration")
        assert "calc_add shows the form" in stage.pane("exploration")
        assert "Multiply by two" in stage.said()
        assert "return twice * value" in stage.pane("code")
        table = stage.app.screen.query_one(CompilerPane).table
        rows = [[str(cell) for cell in table.get_row_at(row)] for row in range(table.row_count)]
        assert rows[0][:2] == ["calc.c:16:12", "✗ error"]
        assert "twice" in rows[0][2]
        output = "\n".join(stage.app.screen.query_one(CompilerPane).output.lines)
        assert "calc.c:16:12: error:" in output
        assert standings(stage)["review"] == "pending"
        await stage.pilot.press("f5", "enter")
        await stage.until(lambda: "▶16" in stage.pane("code"), "the line is marked")
        assert "return twice * value" in stage.pane("code")
        await stage.work("/generate")
        await stage.until(lambda: "return 2 * value" in stage.pane("code"), "there is a newer candidate")
        await stage.pilot.press("f5", "enter")
        await stage.until(lambda: "▶16" in stage.pane("code"), "the text that was built is shown")
        assert "return twice * value" in stage.pane("code")


async def test_step_runs_one_phase(open_stage: OpenStage) -> None:
    async with open_stage(Script([GOOD_DOUBLE])) as stage:
        await stage.opened()
        await stage.work(TASK)
        await stage.pilot.press("f8")
        await stage.idle()
        assert standings(stage)["explore"] == "done"
        assert standings(stage)["reason"] == "pending"
        await stage.work("/step")
        assert standings(stage)["reason"] == "done"
        await stage.work("with zero as a special case")
        assert standings(stage)["reason"] == "stale"
        assert stage.app.work_screen.driver.state.task.text == "with zero as a special case"


async def test_escape_stops_the_phase_that_runs_and_so_does_control_c_which_twice_leaves(
    open_stage: OpenStage,
) -> None:
    async with open_stage(Script([GOOD_DOUBLE]), delay=0.5) as stage:
        await stage.opened()
        await stage.work(TASK)
        await stage.enter("/run")
        driver = stage.app.work_screen.driver
        files = stage.app.screen.query_one(RankedFiles)
        await stage.until(lambda: driver.state.phase == "explore" and files.option_count > 0, "runs")
        await stage.enter("/explore")
        assert "Run is under way" in stage.said()
        await stage.pilot.press("escape")
        await stage.idle()
        assert driver.state.status == "stopped"
        assert standings(stage)["explore"] == "stopped"
        assert "The exploration was stopped" in stage.pane("exploration")
        await stage.enter("/run")
        await stage.until(lambda: driver.state.status == "running" and bool(driver.busy), "runs again")
        await stage.pilot.press("ctrl+c")
        await stage.idle()
        assert driver.state.status == "stopped"
        assert driver.is_open
        await stage.pilot.press("ctrl+c", "ctrl+c")  # the first one may come too late to be the second
        await stage.until(lambda: not driver.is_open, "the code base is closed")
        assert stage.app.return_value == 0


async def test_files_are_pinned_dropped_and_opened_from_the_exploration(open_stage: OpenStage) -> None:
    async with open_stage() as stage:
        await stage.opened()
        await stage.work(TASK)
        await stage.work("/explore")
        await stage.pilot.press("f3", "p")
        await stage.idle()
        driver = stage.app.work_screen.driver
        assert driver.state.pins == {"calc.c"}
        assert "pinned" in stage.pane("exploration")
        await stage.pilot.press("down", "x")
        await stage.idle()
        assert driver.state.drops == {"calc.h"}
        options = stage.app.screen.query_one(ExplorationPane).files.options
        assert not any("calc.h" in str(option.prompt).split("\n")[0] for option in options)
        await stage.pilot.press("enter")
        await stage.until(lambda: "Returns the sum" in stage.pane("code"), "the file is shown")
        findings = stage.app.screen.query_one(ExplorationPane).findings
        crumb = next(n for n, o in enumerate(findings.options) if "CALC_DOUBLE" in str(o.prompt))
        findings.highlighted = crumb
        await stage.pilot.press("f3", "tab", "enter")
        await stage.until(lambda: "▶10" in stage.pane("code"), "the breadcrumb's line is marked")
        insight = next(n for n, o in enumerate(findings.options) if "calc_add shows" in str(o.prompt))
        assert not findings.options[insight].disabled
        findings.action_first()
        await stage.pilot.press("f3", "tab", "enter")
        await stage.until(lambda: "▶ 1" in stage.pane("code"), "the insight's line is marked")


async def test_what_a_command_answers_is_in_the_conversation(open_stage: OpenStage, tmp_path: Path) -> None:
    async with open_stage(Script([BROKEN_DOUBLE])) as stage:
        await stage.opened()
        await stage.enter("/config")
        assert "codegen.engine = 'scripted'" in stage.said()
        await stage.enter("/models")
        assert "Did you mean /model?" in stage.said()
        await stage.work(TASK)
        await stage.work("/run 1")
        await stage.enter("/errors")
        await stage.until(lambda: "Errors seen here" in stage.said(), "errors are listed")
        await stage.enter(f"/export {tmp_path / 'mistyped' / 'report.md'}")
        await stage.until(lambda: "report.md cannot be written" in stage.said(), "no folder is made for it")
        await stage.enter(f"/export {tmp_path / 'report.md'}")
        await stage.until(lambda: (tmp_path / "report.md").exists(), "the report is written")
        assert TASK in (tmp_path / "report.md").read_text()
        before = (stage.app.opening.source / "calc.c").read_bytes()
        await stage.enter(f"/export {stage.app.opening.source / 'calc.c'}")
        await stage.until(lambda: "calc.c cannot be written: File exists" in stage.said(), "it is refused")
        assert (stage.app.opening.source / "calc.c").read_bytes() == before


async def test_an_open_task_is_chosen_from_the_breadcrumbs(open_stage: OpenStage) -> None:
    async with open_stage() as stage:
        await stage.opened()
        await stage.work("/tasks")
        await stage.until(lambda: isinstance(stage.app.screen, TaskPicker), "the tasks are offered")
        assert "CALC_DOUBLE calc_double" in stage.text()
        await stage.pilot.press("enter")
        await stage.until(lambda: bool(stage.app.work_screen.driver.state.session), "the session is begun")
        task = stage.app.work_screen.driver.state.task
        assert (task.symbol, task.path, task.phase) == ("calc_double", "calc.c", "CALC_DOUBLE")


async def test_the_app_is_usable_while_the_model_is_loaded_once(calc_project: Path, tmp_path: Path) -> None:
    go_on = threading.Event()
    loads: list[str] = []

    def load(specification: object, notice: object) -> ScriptedEngine:
        loads.append("load")
        go_on.wait(30)
        return ScriptedEngine(Script([GOOD_DOUBLE]))

    flags = {"codegen.engine": "scripted", "llm.engine": "scripted"}
    opening = Opening(
        calc_project,
        tmp_path / "state",
        flags,
        lambda settings: LocalModelLoader(settings, engines={"scripted": load}),
    )
    app = CopilotApp(opening)
    async with app.run_test(size=WIDE) as pilot:
        stage = Stage(app, pilot)
        await stage.opened()
        await stage.until(lambda: "… loading" in stage.text(), "the status line says so")
        await stage.work(TASK)
        assert TASK in stage.said()
        assert "… loading" in stage.text()
        go_on.set()
        await stage.until(lambda: "● ready" in stage.text(), "the model is ready")
        await stage.work("/explore")
        assert standings(stage)["explore"] == "done"
    assert loads == ["load"]
