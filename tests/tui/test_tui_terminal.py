"""The app in a real terminal: resized, lost, suspended, killed, and ended by a defect."""

from __future__ import annotations

import os
import random
import signal
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import GOOD_BODY, call, configure, conversation
from tests.terminal import Terminal
from tests.tui.conftest import OpenStage

CTRL_Q = "\x11"
CTRL_Z = "\x1a"
TASK = "Return twice the value in calc_double of calc.c"
SHOWN = "State a task"


def begin(project: Path, delay: float, *, controlling: bool = True) -> Terminal:
    """The app with a phase that runs."""
    configure(project, conversation(GOOD_BODY), delay=delay)
    terminal = Terminal(project, controlling=controlling)
    terminal.until(SHOWN)
    terminal.send(f"{TASK}\r")
    terminal.until("❯ Return twice")
    terminal.send("/run\r")
    terminal.until("▌ explore")
    return terminal


@pytest.mark.parametrize("end", ["hang up", "hang up without a signal", "SIGTERM"])
def test_a_terminal_that_goes_away_leaves_a_session_to_resume(calc_project: Path, end: str) -> None:
    with begin(calc_project, 0.3, controlling=end != "hang up without a signal") as terminal:
        if end.startswith("hang up"):
            terminal.hang_up()
        else:
            terminal.process.send_signal(signal.SIGTERM)
        assert terminal.wait() == 0
        assert "Traceback" not in terminal.text
    listed = call("sessions", "list", "--source", calc_project).out
    assert "stopped" in listed or "interrupted" in listed
    configure(calc_project, conversation(GOOD_BODY))
    resumed = call("sessions", "resume", "--source", calc_project)
    assert resumed.code == 0, resumed.err


def test_it_is_resized_at_any_moment(calc_project: Path) -> None:
    sizes = random.Random(7)
    with begin(calc_project, 0.02) as terminal:
        for _ in range(40):
            terminal.resize(sizes.choice([1, 2, 20, 79, 80, 100, 300]), sizes.choice([1, 2, 5, 24, 40, 100]))
            terminal.read_for(0.02)
        terminal.resize(120, 40)
        terminal.until("Solved")
        terminal.send(CTRL_Q)
        terminal.until(f"Go on with: copilot-tui {calc_project}")
        assert terminal.wait() == 0
        assert "Traceback" not in terminal.text


def test_it_is_suspended_and_goes_on(calc_project: Path) -> None:
    configure(calc_project, conversation(GOOD_BODY))
    shell = ("bash", "--norc", "--noprofile", "-i")
    with Terminal(program=shell, environment={"PS1": "shell> "}) as terminal:
        terminal.until("shell>")
        terminal.send(f"{sys.executable} -m copilot_tui {calc_project}\r")
        terminal.until(SHOWN)
        terminal.until("ready")
        terminal.send(CTRL_Z)
        terminal.until("Stopped")
        terminal.until("shell>")
        terminal.send("echo in the $((1+1))nd shell\r")
        terminal.until("in the 2nd shell")
        terminal.send("fg\r")
        terminal.until(SHOWN)
        terminal.send(f"{TASK}\r")
        terminal.until("❯ Return twice")
        terminal.send(CTRL_Q)
        terminal.until("shell>")
        assert "Traceback" not in terminal.text
        terminal.send("exit\r")
        assert terminal.wait() == 0


async def test_a_defect_leaves_a_report_and_a_session_to_resume(
    open_stage: OpenStage, tmp_path: Path
) -> None:
    secret = "a value that no report may hold"

    def defect() -> None:
        value = secret
        raise ZeroDivisionError(len(value))

    with pytest.raises(ZeroDivisionError):  # noqa: PT012
        async with open_stage() as stage:
            await stage.opened()
            await stage.work("a task")
            session = stage.app.work_screen.driver.state.session
            stage.app.call_later(defect)
            await stage.pilot.pause(0.5)
    (report,) = (tmp_path / "state" / "crashes").iterdir()
    text = report.read_text()
    assert "ZeroDivisionError" in text
    assert session in text
    assert f"{os.linesep}Python 3." in text
    assert secret not in text
    async with open_stage() as stage:
        await stage.opened()
        await stage.until(lambda: "Unfinished sessions" in stage.text(), "it is offered")


async def test_a_defect_of_the_work_is_told_and_the_app_goes_on(open_stage: OpenStage) -> None:
    async with open_stage() as stage:
        await stage.opened()

        async def defect() -> None:
            raise RuntimeError("[red]no\x1b[2J")

        stage.app.work_screen.face.begin_work("defect", defect)
        await stage.idle()
        await stage.until(lambda: "The report is in" in stage.said(), "it is told")
        assert "RuntimeError: [red]no" in stage.said()
        await stage.work("a task")
        assert stage.app.work_screen.driver.state.task.text == "a task"
