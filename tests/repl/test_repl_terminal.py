"""The plain prompt at a terminal, a capable one and one that can do nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import GOOD_BODY, body_of, call, configure, conversation
from tests.terminal import Terminal

CTRL_C = "\x03"
CTRL_D = "\x04"
CTRL_R = "\x12"
ESCAPE = "\x1b"


@pytest.mark.parametrize("term", ["xterm-256color", "dumb"])
def test_a_task_is_solved_at_a_terminal(solvable: Path, term: str) -> None:
    with Terminal("repl", solvable, term=term) as terminal:
        terminal.until("copilot>")
        terminal.send("/tasks\r")
        terminal.until("none of them")
        terminal.send("1\r")
        terminal.until("/run works on it")
        terminal.send("/run 1\r")
        terminal.until("Session solved")
        terminal.until("copilot>")
        terminal.send(CTRL_D)
        assert terminal.wait() == 0
        if term == "dumb":
            assert b"\x1b" not in terminal.raw
    assert "return 2 * value;" in body_of(solvable)


def test_what_was_typed_is_completed_remembered_and_searched(solvable: Path) -> None:
    with Terminal("repl", solvable) as terminal:
        terminal.until("copilot>")
        terminal.send("/mod")
        terminal.until("Show the models, or use another one.")
        terminal.send("\t\r")
        terminal.until("/model NAME uses another one")
        terminal.until("copilot>")
        terminal.send(CTRL_D)
        assert terminal.wait() == 0
    with Terminal("repl", solvable) as terminal:
        terminal.until("copilot>")
        terminal.send(CTRL_R + "mod")
        terminal.until("/model")
        terminal.send("\r\r")
        terminal.until("/model NAME uses another one")


def test_a_line_is_edited_with_the_keys_of_vi(solvable: Path) -> None:
    with Terminal("repl", solvable, "--set", "interface.vi_keys=true") as terminal:
        terminal.until("copilot>")
        terminal.send("/xmodel" + ESCAPE + "0lx\r")  # to the second letter, and take it out
        terminal.until("/model NAME uses another one")
    with Terminal("repl", solvable) as terminal:
        terminal.until("copilot>")
        terminal.send("/xmodel" + ESCAPE + "0lx\r")
        terminal.until("There is no command")


def test_ctrl_c_stops_the_phase_and_twice_leaves(calc_project: Path) -> None:
    configure(calc_project, conversation(GOOD_BODY), delay=0.3)
    with Terminal("repl", calc_project) as terminal:
        terminal.until("copilot>")
        terminal.send("Return twice the value in calc_double of calc.c\r")
        terminal.until("/run works on it")
        terminal.send("/run\r")
        terminal.until("[explore]")
        terminal.send(CTRL_C)
        terminal.until("Stopping")
        terminal.until("Session stopped")
        terminal.until("copilot>")
        while terminal.goes_on():  # how often depends on how much time went by between the keys
            terminal.send(CTRL_C)
        assert terminal.wait() == 130
        assert "Traceback" not in terminal.text
    assert "stopped" in call("sessions", "list", "--source", calc_project).out


def test_a_terminal_that_goes_away_leaves_the_session_in_order(calc_project: Path) -> None:
    configure(calc_project, conversation(GOOD_BODY), delay=0.3)
    with Terminal("repl", calc_project) as terminal:
        terminal.until("copilot>")
        terminal.send("/tasks 1\r")
        terminal.until("/run works on it")
        terminal.send("/run\r")
        terminal.until("[explore]")
        terminal.hang_up()
        terminal.wait()
    listed = call("sessions", "list", "--source", calc_project)
    assert "stopped" in listed.out or "interrupted" in listed.out
