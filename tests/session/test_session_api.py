"""The Python API of the page that the program was asked for from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import copilot_tui
from copilot_tui.core.config import Settings
from copilot_tui.core.errors import UsageError
from copilot_tui.models.scripted_engine import ScriptedEngine
from tests.conftest import CALC_SOURCE, GOOD_DOUBLE, WRONG_DOUBLE, OneEngine, Script


def test_a_session_call_by_call(calc_project: Path, tmp_path: Path) -> None:
    models = OneEngine(ScriptedEngine(Script([GOOD_DOUBLE])))
    with copilot_tui.SessionManager(
        model_loader=models, aros_path=calc_project, log_path=tmp_path / "logs"
    ) as session:
        session_id = session.start_session(
            task_description="Implement calc_double in calc.c: return twice the value.",
            context={"phase": "CALC_DOUBLE", "project": "calc"},
        )
        assert session_id
        assert "calc_add shows the form." in session.explore("calc_double")["insights"]
        assert "Multiply by two." in session.reason()["reasoning"]
        assert "2 * value" in session.generate(use_exploration=True)["code"]
        assert session.review()["review"] == "No findings."
        compiled = session.compile()
        assert compiled["success"], compiled["reason"]
        assert session.learn()["lessons"] == []
        session.end_session(status="completed")
    assert (tmp_path / "logs" / "sessions" / f"{session_id}.json").exists()
    assert list((tmp_path / "logs" / "compile").glob("*.json"))
    assert "2 * value" in (calc_project / "calc.c").read_text()


def test_the_whole_loop_reports_successes_and_iterations(
    calc_project: Path, tmp_path: Path, make_settings: Callable[..., Settings]
) -> None:
    iteration = copilot_tui.CopilotStyleIteration(
        aros_path=calc_project,
        project_name="calc",
        log_path=tmp_path / "logs",
        max_iterations=3,
        settings=make_settings({"generation.samples": 1}),
        model_loader=OneEngine(ScriptedEngine(Script([WRONG_DOUBLE, GOOD_DOUBLE]))),
    )
    summary = iteration.run()
    assert (summary["successful"], summary["total_iterations"]) == (1, 2)
    assert summary["tasks"][0]["text"].endswith("Return twice the value.")


def test_a_project_without_open_tasks_is_said_plainly(calc_project: Path, tmp_path: Path) -> None:
    (calc_project / "calc.c").write_text(CALC_SOURCE.replace("NOT_STARTED", "IMPLEMENTED"))
    iteration = copilot_tui.CopilotStyleIteration(
        aros_path=calc_project,
        log_path=tmp_path / "logs",
        model_loader=OneEngine(ScriptedEngine(Script([]))),
    )
    with pytest.raises(UsageError, match="no open task"):
        iteration.run()


def test_generating_without_the_exploration_does_not_drop_its_files(
    calc_project: Path, tmp_path: Path
) -> None:
    engine = ScriptedEngine(Script([GOOD_DOUBLE]))
    with copilot_tui.SessionManager(OneEngine(engine), calc_project, tmp_path / "logs") as session:
        session.start_session("Implement calc_double in calc.c: return twice the value.")
        before = {file["path"] for file in session.explore()["files"]}
        session.reason()
        session.generate(use_exploration=False)
        assert "calc_add shows the form." not in engine.requests[-1].messages[1].content
        assert {file["path"] for file in session.explore()["files"]} == before
        assert not session.state.drops
