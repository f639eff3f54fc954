"""Ctrl+C at many moments: exit 130, the code base as it was, and the session goes on later."""

from __future__ import annotations

import signal
import time
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import (
    GOOD_BODY,
    ORIGINAL_BODY,
    Finished,
    Running,
    body_of,
    call,
    configure,
    conversation,
)
from tests.conftest import processes_in

REPLIES = conversation(GOOD_BODY)

SLOW_TEST = "if [ -e slow ] && grep -qf slow calc.c; then echo $$$$ > waiting; exec sleep 60; fi; ./run_tests"
"""The test step waits while `calc.c` holds what the file `slow` says."""

STUBBORN_TEST = SLOW_TEST.replace("exec sleep 60", "trap '' INT TERM HUP; sleep 60; sleep 60")


def make_slow(project: Path, pattern: str, recipe: str = SLOW_TEST) -> None:
    makefile = project / "Makefile"
    makefile.write_text(makefile.read_text().replace("\t./run_tests", f"\t{recipe}"))
    (project / "slow").write_text(pattern + "\n")


def wait_until_it_builds(project: Path) -> None:
    """Wait for the test step that hangs."""
    waiting = project / "waiting"
    for _ in range(1000):
        if waiting.exists() and waiting.read_text().endswith("\n"):
            assert processes_in(project)
            return
        time.sleep(0.01)
    raise AssertionError("the build never came to its tests")


def assert_goes_on(project: Path, stopped: Finished) -> None:
    """The stopped session is taken up again and solves its task; nothing it had shown is lost."""
    asked = {"explore", "reason", "generate", "review"}
    answered = [line for line in stopped.of_type("phase_finished") if line["phase"] in asked]
    configure(project, REPLIES[len(answered) :])
    (project / "slow").unlink(missing_ok=True)
    resumed = call("sessions", "resume", "--json", "--source", project)
    assert resumed.code == 0, resumed.err
    assert "return 2 * value;" in body_of(project)
    whole = call("sessions", "replay", "--json", "--source", project)
    assert whole.out == stopped.out + resumed.out


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("session_started", {}),
        ("phase_started", {"phase": "explore"}),
        ("token_streamed", {"phase": "reason"}),
        ("token_streamed", {"phase": "generate"}),
        ("candidate_proposed", {}),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_stopped_while_the_model_works(calc_project: Path, kind: str, fields: dict[str, Any]) -> None:
    make_slow(calc_project, "calc_double")  # it cannot be done before it is stopped
    configure(calc_project, REPLIES, delay=0.03)
    run = Running("run", ".", "2", calc_project, "--json")
    run.until(kind, **fields)
    run.interrupt()
    ended = run.end()
    assert ended.code == 130, ended.err
    assert "Ctrl+C again leaves at once" in ended.err
    assert ended.objects[-1]["status"] == "stopped"
    assert body_of(calc_project) == ORIGINAL_BODY
    assert_goes_on(calc_project, ended)


@pytest.mark.parametrize("pattern", ["calc_double", "2 \\* value"], ids=["baseline", "candidate"])
def test_stopped_while_the_code_base_builds(calc_project: Path, pattern: str) -> None:
    make_slow(calc_project, pattern)
    configure(calc_project, REPLIES)
    run = Running("run", ".", "2", calc_project, "--json")
    wait_until_it_builds(calc_project)
    run.interrupt()
    ended = run.end()
    assert ended.code == 130, ended.err
    assert ended.objects[-1]["status"] == "stopped"
    assert body_of(calc_project) == ORIGINAL_BODY
    assert not processes_in(calc_project)
    assert_goes_on(calc_project, ended)


def test_stopped_while_tasks_are_looked_for(calc_project: Path) -> None:
    configure(calc_project, REPLIES, delay=0.03)
    run = Running("run", ".", "2", calc_project)
    run.until_it_says("open tasks in")
    run.interrupt()
    assert run.end().code == 130
    assert body_of(calc_project) == ORIGINAL_BODY


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_polite_kill_leaves_neither_a_candidate_nor_a_build_behind(
    calc_project: Path, number: signal.Signals
) -> None:
    make_slow(calc_project, "2 \\* value")
    configure(calc_project, REPLIES)
    run = Running("run", ".", "2", calc_project, "--json")
    wait_until_it_builds(calc_project)
    run.process.send_signal(number)
    ended = run.end()
    assert (ended.code, body_of(calc_project)) == (130, ORIGINAL_BODY), ended.err
    assert not processes_in(calc_project)


def test_a_second_interrupt_leaves_at_once(calc_project: Path) -> None:
    make_slow(calc_project, "2 \\* value", STUBBORN_TEST)
    configure(calc_project, REPLIES)
    run = Running("run", ".", "2", calc_project, "--json")
    wait_until_it_builds(calc_project)
    run.interrupt()
    run.until_it_says("Ctrl+C again")
    started = time.monotonic()
    run.interrupt()
    ended = run.end()
    assert ended.code == 130, ended.err
    assert time.monotonic() - started < 10, "the build would have gone on for two minutes"
    assert not processes_in(calc_project)
    assert_goes_on(calc_project, ended)


def test_compile_stopped_kills_the_build(calc_project: Path) -> None:
    make_slow(calc_project, "calc_double")
    run = Running("compile", "--source", calc_project, "--json")
    wait_until_it_builds(calc_project)
    run.interrupt()
    ended = run.end()
    assert (ended.code, ended.out) == (130, "")
    assert "Stopped" in ended.err
    assert not processes_in(calc_project)


def test_explore_stopped_while_the_model_reads(calc_project: Path) -> None:
    configure(calc_project, REPLIES, delay=30)
    run = Running("explore", "calc_double", "--source", calc_project)
    listed = ""
    while not listed:  # its session is in the store as soon as it works
        time.sleep(0.05)
        listed = call("sessions", "list", "--source", calc_project).out
    run.interrupt()
    ended = run.end()
    assert (ended.code, ended.out) == (130, "")
