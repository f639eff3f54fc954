"""The plain prompt in a pipe: one entry a line, and an exit status."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

from copilot_tui.repl.conversation import Conversation
from copilot_tui.repl.face import PlainFace
from copilot_tui.repl.reading import LineReader
from copilot_tui.session.command_desk import CommandDesk
from copilot_tui.session.commands import BY_NAME
from copilot_tui.session.opening import Opening
from tests.cli.conftest import (
    COMMAND,
    GOOD_BODY,
    WRONG_BODY,
    Finished,
    body_of,
    call,
    configure,
    conversation,
)

TASK = "Return twice the value in calc_double of @calc.c"


def talk(project: Path, *lines: str) -> Finished:
    return call("repl", project, stdin="".join(f"{line}\n" for line in lines).encode())


def test_the_plain_prompt_carries_out_every_command_of_the_table(tmp_path: Path) -> None:
    held = Conversation(Opening(tmp_path), interactive=False)
    face = PlainFace(held.driver, held.listener, LineReader(open(os.devnull)))  # noqa: PTH123, SIM115
    assert CommandDesk(held.driver, face).commands == set(BY_NAME)


def test_a_task_is_solved_from_a_pipe(calc_project: Path) -> None:
    configure(calc_project, conversation(WRONG_BODY, GOOD_BODY))
    done = talk(calc_project, TASK, "/run 3", "/diff", "/stats")
    assert done.code == 0
    assert "tokens/s" in done.out
    assert "Always shown to the model: calc.c" in done.out
    assert "Multiply by two." in done.out
    assert '{"requirements"' not in done.out
    assert "+    return 2 * value;" in done.out
    assert "return 2 * value;" in body_of(calc_project)


def test_what_is_not_solved_is_told_by_the_exit_status(calc_project: Path) -> None:
    configure(calc_project, conversation(WRONG_BODY))
    done = talk(calc_project, TASK, "/run 1")
    assert done.code == 1
    assert "Session unsolved" in done.out


def test_a_wrong_line_does_not_keep_the_next_from_its_turn(calc_project: Path) -> None:
    configure(calc_project, conversation(GOOD_BODY))
    done = talk(calc_project, "/exlore", "", "!echo one; exit 3", "/stop", "/theme", "/help")
    assert done.code == 2
    assert "Did you mean /explore?" in done.err
    assert "exit status 3" in done.out
    assert all(command.usage in done.out for command in BY_NAME.values())


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("/tasks", "1. calc_double  calc.c:10"),
        ("/sessions", "There is no other session"),
        ("/branch", "There is no session to branch from"),
        ("/model", "/model NAME uses another one"),
        ("/config", "codegen.engine = 'scripted'"),
        ("/run", "There is no task yet"),
    ],
)
def test_lists_are_printed_where_nobody_can_choose(solvable: Path, line: str, shown: str) -> None:
    done = talk(solvable, line)
    assert shown in done.out + done.err


def test_a_session_goes_on_in_another_process(solvable: Path) -> None:
    assert talk(solvable, "/tasks 1", "/rename Twice", "/explore", "/quit", "/reason").code == 0
    done = talk(solvable, "/sessions", "/resume last", "/branch", "/branch 1")
    assert "Twice" in done.out
    assert "explore done" in done.out
    assert "reason done" not in done.out
    assert done.code == 0


def test_explore_takes_a_text_as_its_task(solvable: Path) -> None:
    done = talk(solvable, "/explore what doubles in calc_double")
    assert "Task: what doubles in calc_double" in done.out
    assert "1. calc.c" in done.out
    assert "[reason]" not in done.out
    assert done.code == 0


def test_without_a_code_base_nothing_begins(tmp_path: Path) -> None:
    done = call("repl", tmp_path / "nowhere")
    assert done.code == 2
    assert "does not exist" in done.err


def test_a_plain_kill_leaves_the_session_to_be_resumed(calc_project: Path) -> None:
    configure(calc_project, conversation(GOOD_BODY), delay=0.2)
    process = subprocess.Popen(
        [*COMMAND, "repl", str(calc_project)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"{TASK}\n/run\n".encode())
    process.stdin.flush()
    while b"[explore]" not in process.stdout.readline():
        assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"Traceback" not in out + err
    assert call("sessions", "list", "--source", calc_project).out.count("stopped") == 1
