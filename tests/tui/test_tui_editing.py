"""Artefacts are edited between the phases, breakpoints stop the run, and the figures are shown."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from textual.widgets import DataTable

from copilot_tui.models.engine import GenerationRequest
from copilot_tui.session import archive
from copilot_tui.session.statistics import cells, figures_of
from copilot_tui.tui.screens.editor import EditorScreen
from copilot_tui.tui.screens.stats import StatsScreen
from copilot_tui.tui.widgets.code import CodePane
from tests.conftest import BROKEN_DOUBLE, GOOD_DOUBLE, Script, asked_for
from tests.tui.conftest import NARROW, TASK, OpenStage, Stage
from tests.tui.test_tui_work import standings


async def in_the_editor(stage: Stage) -> EditorScreen:
    await stage.until(lambda: isinstance(stage.app.screen, EditorScreen), "the editor is there")
    assert isinstance(stage.app.screen, EditorScreen)
    return stage.app.screen


async def back_at_work(stage: Stage) -> None:
    await stage.until(lambda: stage.app.screen is stage.app.work_screen, "the editor is gone")
    await stage.idle()


async def test_plan_and_candidate_are_edited_and_what_follows_turns_stale(
    open_stage: OpenStage, calc_project: Path
) -> None:
    async with open_stage(Script([GOOD_DOUBLE])) as stage:
        await stage.opened()
        await stage.work(TASK)
        for command in ("/explore", "/reason", "/generate", "/review"):
            await stage.work(command)
        await stage.pilot.press("f2", "e")
        editor = await in_the_editor(stage)
        text = editor.area.text
        editor.area.text = text.replace("# Files", "# Flies")
        await stage.pilot.press("ctrl+s")
        await stage.until(lambda: "there is no part '# Flies'" in stage.text(), "the line is named")
        await stage.pilot.press("escape")
        await stage.until(lambda: "not saved" in stage.text(), "the change is kept")
        editor.area.text = text.replace("Multiply by two.", "Add it to itself.")
        await stage.pilot.press("ctrl+s")
        await back_at_work(stage)
        assert standings(stage)["explore"] == standings(stage)["reason"] == "done"
        assert standings(stage)["generate"] == standings(stage)["review"] == "stale"
        await stage.pilot.press("f4", "e")
        editor = await in_the_editor(stage)
        editor.area.text = editor.area.text.replace("2 * value", "value << 1")
        await stage.pilot.press("ctrl+s")
        await back_at_work(stage)
        assert standings(stage)["generate"] == "done"
        assert standings(stage)["review"] == "stale"
        await stage.until(lambda: "value << 1" in stage.pane("code"), "one's own version is shown")
        await stage.work("/run")
        assert "value << 1" in (calc_project / "calc.c").read_text()
        await stage.enter("/edit candidate")
        await in_the_editor(stage)
        await stage.pilot.press("escape")
        await back_at_work(stage)


class Interrupting(Script):
    """Does something the moment the second candidate is asked for, in the midst of a run."""

    def __init__(self, codes: list[str]) -> None:
        super().__init__(codes)
        self.midway: Callable[[], object] = lambda: None

    def __call__(self, request: GenerationRequest) -> str:
        if asked_for(request) == "generate" and self.written == 1:
            self.midway()
        return super().__call__(request)


async def test_a_run_stops_at_a_breakpoint_and_the_figures_follow_it(open_stage: OpenStage) -> None:
    script = Interrupting([BROKEN_DOUBLE, GOOD_DOUBLE])
    async with open_stage(script, size=NARROW) as stage:
        script.midway = lambda: stage.app.work_screen.carry_out("/stats")
        await stage.opened()
        await stage.work("/break compile")
        await stage.work("/break")
        assert "/run stops before compile." in stage.said()
        await stage.work(TASK)
        await stage.work("/run")
        assert "Stopped before compile." in stage.said()
        assert "┃" in stage.text().split("\n")[0]  # the phase bar shows where
        await stage.work("/break compile")
        await stage.work("/run")
        assert isinstance(stage.app.screen, StatsScreen)  # opened while the run went on
        table = stage.app.screen.query_one(DataTable)
        rows = [table.get_row_at(row) for row in range(table.row_count)]
        driver = stage.app.work_screen.driver
        stored = archive.records(driver.state_directory, driver.state.session)
        assert rows == [list(cells(figures)) for figures in figures_of(r.event for r in stored)]
        assert [row[:3] for row in rows] == [["1", "1", "1"], ["2", "1", "0"]]
        assert [row[-1] for row in rows] == ["✗ not solved", "✓ solved"]
        await stage.until(lambda: "0 now, 0 to 1" in stage.text(), "the plot of errors is labelled")
        await stage.pilot.press("escape")
        assert stage.app.screen.query_one(CodePane)


async def test_a_file_that_changed_meanwhile_is_merged_by_a_command_that_the_refusal_names(
    open_stage: OpenStage, calc_project: Path
) -> None:
    source = calc_project / "calc.c"
    async with open_stage(Script([GOOD_DOUBLE]), size=NARROW, toasts=True) as stage:
        await stage.opened()
        await stage.work(TASK)
        await stage.work("/generate")
        mine = source.read_text().replace("/* Returns the sum. */", "/* The sum, in my words. */")
        source.write_text(mine)
        await stage.pilot.press("f4", "A", "enter")
        await stage.idle()
        assert source.read_text() == mine
        await stage.until(lambda: "/accept merge puts" in stage.text(), "the way out is on the screen")
        await stage.pilot.press(*"/accept merge", "enter")
        await stage.idle()
        assert "in my words" in source.read_text()
        assert "return 2 * value" in source.read_text()
        await stage.work("/undo")
        assert source.read_text() == mine
