"""The work place: a task from its statement to a green build, by keyboard alone."""

from __future__ import annotations

import pytest

from tests.conftest import GOOD_DOUBLE, WRONG_DOUBLE, Script
from tests.tui.conftest import NARROW, TASK, WIDE, OpenStage


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["80x24", "120x40"])
async def test_a_task_is_solved_by_keyboard(open_stage: OpenStage, size: tuple[int, int]) -> None:
    async with open_stage(Script([WRONG_DOUBLE, GOOD_DOUBLE]), size=size) as stage:
        await stage.opened()
        await stage.work(TASK)
        assert TASK in stage.pane("conversation")
        await stage.work("/run")
        print(stage.text())
        assert stage.app.work_screen.driver.state.status == "solved"
