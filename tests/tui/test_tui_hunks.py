"""The code pane: hunks as text, and taking and refusing them by keys."""

from __future__ import annotations

from pathlib import Path

from copilot_tui.core.artefacts import Candidate, FileChange
from copilot_tui.core.events import CandidateProposed, EventRecord
from copilot_tui.core.state import SessionState, apply_event
from copilot_tui.tui.diff_view import HunkDiff, candidate_diff, side_by_side, unified
from copilot_tui.tui.messages import Recorded
from copilot_tui.tui.screens.task_picker import TaskPicker
from copilot_tui.tui.widgets.code import CodePane
from copilot_tui.workspace.hunks import hunks_of
from tests.conftest import GOOD_DOUBLE, Script
from tests.tui.conftest import OpenStage, Stage

BEFORE = "".join(f"int {name};\n" for name in "abcdefghijkl")


def diffs_of(*changes: FileChange) -> tuple[HunkDiff, ...]:
    diffs, total = candidate_diff(Candidate(1, "", changes, ""), [change.path for change in changes])
    assert total == len(hunks_of(changes))
    return diffs


def test_hunks_show_signs_line_numbers_and_the_lines_around() -> None:
    after = BEFORE.replace("int b;", "int B;\nint BB;").replace("int g;\n", "")
    first, second = diffs_of(FileChange("a.c", BEFORE, after))
    assert first.heading == "a.c  (changed)"
    assert [line.rstrip() for line in unified(first).plain.split("\n")] == [
        "   1   int a;",
        "   2 - int b;",
        "   2 + int B;",
        "   3 + int BB;",
        "   4   int c;",
        "   5   int d;",
        "   6   int e;",
    ]
    assert second.heading == ""
    assert second.text.split("\n")[:3] == ["   7   int f;", "   7 - int g;", "   8   int h;"]


def test_side_by_side_faces_old_and_new() -> None:
    (diff,) = diffs_of(FileChange("a.c", "int a;\nint b;\n", "int a;\nint c;\nint d;\n"))
    rows = [[half.rstrip() for half in row.split("│")] for row in side_by_side(diff, 41).plain.split("\n")]
    assert rows == [
        ["   1   int a;", "    1   int a;"],
        ["   2 - int b;", "    2 + int c;"],
        ["", "    3 + int d;"],
    ]
    assert all(len(row) == 41 for row in side_by_side(diff, 41).plain.split("\n"))


async def generated(stage: Stage) -> CodePane:
    await stage.opened()
    await stage.work("/tasks")
    await stage.until(lambda: isinstance(stage.app.screen, TaskPicker), "the breadcrumbs are offered")
    await stage.pilot.press("enter")
    await stage.idle()
    for command in ("/reason", "/generate"):
        await stage.work(command)
    await stage.pilot.press("f4")
    pane = stage.app.work_screen.query_one(CodePane)
    await stage.until(lambda: len(pane.hunks.blocks) == 2, "both hunks are shown")
    return pane


async def test_hunks_are_refused_and_taken_by_keys(open_stage: OpenStage, calc_project: Path) -> None:
    async with open_stage(Script([GOOD_DOUBLE])) as stage:
        pane = await generated(stage)
        assert "▶ hunk 1 of 2" in stage.pane("code")
        await stage.pilot.press("x")
        assert "✗ refuse" in str(pane.hunks.blocks[0].render())
        assert "▶ hunk 2 of 2" in stage.pane("code")
        await stage.pilot.press("y")
        assert "-     return 0;" in stage.app.clipboard
        await stage.pilot.press("s")
        assert "│" in str(pane.hunks.blocks[1].render())
        await stage.pilot.press("enter")
        await stage.idle()
        await stage.until(lambda: len(pane.hunks.blocks) == 1, "the rest is a candidate of its own")
        assert pane.tabs.active == "candidate-2"
        assert "Rejected: hunk 1 of calc.c" in stage.said()
        await stage.pilot.press("a", "enter")
        await stage.idle()
        source = (calc_project / "calc.c").read_text()
        assert "return 2 * value" in source
        assert "NOT_STARTED" in source
        assert "● in code" in stage.pane("code")
        await stage.work("/undo")
        assert "● in code" not in stage.pane("code")
        await stage.work("/redo")
        assert (calc_project / "calc.c").read_text() == source


async def test_marks_decide_nothing_while_hunks_are_undecided(
    open_stage: OpenStage, calc_project: Path
) -> None:
    before = (calc_project / "calc.c").read_text()
    async with open_stage(Script([GOOD_DOUBLE])) as stage:
        pane = await generated(stage)
        await stage.pilot.press("n", "a", "enter")
        await stage.idle()
        assert (calc_project / "calc.c").read_text() == before
        await stage.pilot.press("k", "x", "enter")
        await stage.idle()
        await stage.until(lambda: len(pane.hunks.blocks) == 1, "one was taken, one refused")
        assert "return 2 * value" in (calc_project / "calc.c").read_text()
        assert "NOT_STARTED" in (calc_project / "calc.c").read_text()


async def test_a_candidate_of_several_files_has_a_tab_for_each(open_stage: OpenStage) -> None:
    changes = (FileChange("src/a.c", "int a;\n", "int b;\n"), FileChange("b.py", None, "print()\n"))
    event = CandidateProposed(Candidate(1, "digest", changes, "int b;\nprint()"))
    record = EventRecord("session", 1, "", event)
    async with open_stage() as stage:
        await stage.opened()
        stage.app.work_screen.post_message(Recorded(record, apply_event(SessionState(), record)))
        await stage.pilot.press("f4")
        pane = stage.app.work_screen.query_one(CodePane)
        await stage.until(lambda: len(pane.hunks.blocks) == 2, "both files are shown")
        assert "all files" in stage.pane("code")
        await stage.pilot.press("f", "f")
        await stage.until(lambda: len(pane.hunks.blocks) == 1, "one file is shown")
        assert "b.py  (new file)" in stage.pane("code")
        assert "hunk 2 of 2" in stage.pane("code")
        await stage.pilot.press("d")
        await stage.until(lambda: pane.text.strip() == "1 print()", "the file is shown as it was written")
