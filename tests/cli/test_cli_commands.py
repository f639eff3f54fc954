"""Ordinary use of every command, through real processes: streams, JSON and exit codes."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import (
    COMMAND,
    GOOD_BODY,
    ORIGINAL_BODY,
    WRONG_BODY,
    Running,
    body_of,
    call,
    configure,
    conversation,
    iteration,
)


def test_a_run_prints_its_events_and_replay_and_export_print_them_again(solvable: Path) -> None:
    run = call("run", ".", "3", solvable, "--json")
    assert run.code == 0, run.err
    assert [line["seq"] for line in run.objects] == list(range(1, len(run.objects) + 1))
    assert {line["v"] for line in run.objects} == {1}
    assert run.objects[0]["type"] == "session_started"
    assert (run.objects[-1]["type"], run.objects[-1]["status"]) == ("session_ended", "solved")
    assert "return 2 * value;" in body_of(solvable)
    for command in ("replay", "export"):
        again = call("sessions", command, run.session, "--json", "--source", solvable)
        assert (again.code, again.out, again.err) == (0, run.out, "")


def test_without_json_stdout_holds_the_result_and_stderr_the_story(solvable: Path) -> None:
    run = call("run", ".", "3", solvable)
    assert run.code == 0
    assert re.search(r"1\. solved +calc_double\n", run.out)
    assert run.out.endswith("1 of 1 tasks solved.\n")
    for phase in ("explore", "reason", "generate", "review", "compile", "learn"):
        assert f"[{phase}]" in run.err
        assert f"[{phase}]" not in run.out


def test_what_was_not_solved_is_taken_out_and_may_be_resumed(calc_project: Path) -> None:
    configure(calc_project, conversation(WRONG_BODY))
    run = call("run", ".", "1", calc_project, "--json")
    assert run.code == 1
    assert run.objects[-1]["status"] == "unsolved"
    assert body_of(calc_project) == ORIGINAL_BODY
    configure(calc_project, iteration(GOOD_BODY))
    resumed = call("sessions", "resume", "last", "2", "--source", calc_project, "--json")
    assert resumed.code == 0, resumed.err
    assert resumed.objects[0]["type"] == "session_resumed"
    assert resumed.objects[0]["seq"] == run.objects[-1]["seq"] + 1
    assert "return 2 * value;" in body_of(calc_project)
    whole = call("sessions", "replay", run.session, "--json", "--source", calc_project)
    assert whole.out == run.out + resumed.out


def test_a_stated_task_needs_no_breadcrumb(solvable: Path) -> None:
    run = call("run", ".", "1", solvable, "--json", "--task", "Make calc_double in calc.c double its value.")
    assert run.objects[0]["task"]["text"].startswith("Make calc_double")
    assert run.objects[0]["task"]["symbol"] is None
    assert run.code == 0, run.err


def test_sessions_are_listed_shown_branched_exported_and_removed(solvable: Path) -> None:
    at = ("--source", solvable)
    run = call("run", ".", "3", solvable, "--json")
    (overview,) = call("sessions", "list", "--json", *at).objects
    assert (overview["id"], overview["status"]) == (run.session, "solved")
    assert run.session in call("sessions", "list", *at).out
    (state,) = call("sessions", "show", "last", "--json", *at).objects
    assert (state["session"], state["status"]) == (run.session, "solved")
    assert "candidate 1: 2 of 2 tests pass" in call("sessions", "show", run.session, *at).out

    branch = call("sessions", "branch", run.session, "4", *at).out.strip()
    copied = call("sessions", "replay", branch, "--json", *at).objects
    assert [line["type"] for line in copied] == [line["type"] for line in run.objects[:4]]
    assert copied[0]["parent"] == run.session

    page = solvable.with_name("session.md")
    assert call("sessions", "export", run.session, str(page), *at).out == ""
    assert "return 2 * value;" in page.read_text()
    assert call("sessions", "remove", run.session, *at).code == 130  # nobody said yes
    assert call("sessions", "remove", run.session, "--yes", *at).code == 0
    (left,) = call("sessions", "list", "--json", *at).objects
    assert left["id"] == branch


def test_a_reader_that_leaves_is_no_error(solvable: Path) -> None:
    assert call("run", ".", "1", solvable).code == 0
    words = [*COMMAND, "sessions", "replay", "--json", "--source", str(solvable)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(20) == 0


def test_a_run_whose_reader_leaves_stops_and_may_be_resumed(calc_project: Path) -> None:
    slow = "test_command = \"sh -c 'sleep 2; make test'\""
    configure(calc_project, conversation(WRONG_BODY), build=slow)
    run = Running("run", ".", "1", calc_project, "--json")
    run.until("edit_applied")
    assert run.process.stdout is not None
    run.process.stdout.close()
    assert run.process.stderr is not None
    said = run.process.stderr.read().decode()
    assert run.process.wait(20) == 130
    assert "The reader of the output left" in said and "Traceback" not in said
    assert body_of(calc_project) == ORIGINAL_BODY
    (overview,) = call("sessions", "list", "--json", "--source", calc_project).objects
    assert overview["status"] == "interrupted"


def test_explore_prints_one_object_with_paths_relative_to_the_source(solvable: Path) -> None:
    documented = {"query", "files", "breadcrumbs", "patterns", "insights", "timing"}
    (plain,) = call(
        "explore", "what doubles in calc_double", "--no-model", "--json", "--source", solvable
    ).objects
    assert set(plain) == documented
    assert plain["insights"] == ""
    best = plain["files"][0]
    assert best["path"] == "calc.c"
    assert {"path", "score", "reasons", "spans"} == set(best)
    assert any(span["symbol"] == "calc_double" for span in best["spans"])
    (read,) = call("explore", "what doubles in calc_double", "--json", "--source", solvable).objects
    assert set(read) == documented
    assert "calc_add shows the form." in read["insights"]
    nothing = call("explore", "zzyzx", "--no-model", "--json", "--source", solvable)
    assert (nothing.code, nothing.objects[0]["files"]) == (1, [])


def test_compile_prints_diagnostics_and_the_verdict_last(calc_project: Path) -> None:
    red = call("compile", "--source", calc_project, "--json")
    assert red.code == 1
    verdict = red.objects[-1]
    assert (verdict["type"], verdict["compiled"], verdict["success"]) == ("build", True, False)
    assert "calc_double: seven" in verdict["reason"]
    source = calc_project / "calc.c"
    source.write_text(source.read_text().replace("return 0;", "return twice;"))
    broken = call("compile", "--source", calc_project, "--json")
    assert broken.code == 1
    first = broken.objects[0]
    assert (first["tool"], first["severity"], first["file"], first["line"]) == ("gcc", "error", "calc.c", 17)
    assert broken.objects[-1]["compiled"] is False
    source.write_text(source.read_text().replace("return twice;", "return 2 * value;"))
    assert call("compile", "--source", calc_project).code == 0


def test_diagnose_reads_standard_input(tmp_path: Path) -> None:
    told = b"\x1b[1ma.c:3:7: error: \xff no such thing [-Wfoo]\x1b[0m\n"
    for result in (call("diagnose", "--json", stdin=told), call("diagnose", "-", "--json", stdin=told)):
        assert result.code == 0
        (diagnostic,) = result.objects
        assert (diagnostic["file"], diagnostic["line"], diagnostic["column"]) == ("a.c", 3, 7)
        assert list(diagnostic) == [
            *("tool", "severity", "file", "line", "column", "end_line", "end_column", "code", "message"),
            "notes",
        ]
    assert call("diagnose", stdin=b"all is well\n").out == ""


def test_the_demo_leaves_its_copy_behind_and_refuses_to_overwrite_one(tmp_path: Path) -> None:
    replies = tmp_path / "replies.json"
    replies.write_text(json.dumps({"replies": ["I would rather not."], "cycle": True}))
    scripted = ("--set", "codegen.engine=scripted", "--set", "llm.engine=scripted", "--model", str(replies))
    target = tmp_path / "textkit"
    demo = call("demo", "1", "--directory", target, *scripted)
    assert demo.code == 0
    assert re.search(r"^0 of [3-9] tasks solved\.$", demo.out, re.MULTILINE)
    assert str(target) in demo.err
    assert (target / "Makefile").exists()
    again = call("demo", "1", "--directory", target, *scripted)
    assert again.code == 2
    assert f"{target} exists already" in again.err


def test_a_second_process_is_told_who_works_here_and_may_still_read(calc_project: Path) -> None:
    configure(calc_project, conversation(GOOD_BODY), delay=0.05)
    first = Running("run", ".", "1", calc_project, "--json")
    first.until("token_streamed")
    os.kill(first.process.pid, signal.SIGSTOP)  # so that it is still at work however slow the others are
    second = call("run", ".", "1", calc_project, "--json")
    assert (second.code, second.out) == (1, "")
    assert f"Process {first.process.pid} is working on this code base" in second.err
    elsewhere = call("run", ".", "1", calc_project, str(calc_project.with_name("logs")), "--json")
    assert elsewhere.code == 1, "other logs do not make it another code base"
    (overview,) = call("sessions", "list", "--json", "--source", calc_project).objects
    assert overview["id"] == json.loads(first.lines[0])["session"]
    refused = call("sessions", "remove", "last", "--yes", "--source", calc_project)
    assert (refused.code, refused.out) == (1, "")
    os.kill(first.process.pid, signal.SIGCONT)
    assert first.end().code == 0


def test_in_a_terminal_a_long_step_shows_that_it_goes_on(calc_project: Path) -> None:
    pty = pytest.importorskip("pty")
    makefile = calc_project / "Makefile"
    makefile.write_text(makefile.read_text().replace("all: calc.o", "all: calc.o\n\tsleep 1.2"))
    configure(calc_project, conversation(GOOD_BODY))
    for command in (("run", ".", "1", calc_project), ("compile", "--source", calc_project)):
        master, slave = pty.openpty()
        words = [*COMMAND, *map(str, command)]
        process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=slave)
        os.close(slave)
        shown = read_to_the_end(master)
        assert process.communicate()[0].count(b"make") == 0
        assert re.search(rb"(?:Working|Running): make[^\r]* \(1 s\)", shown), shown


def read_to_the_end(descriptor: int) -> bytes:
    """What a terminal shows until the last process has left it."""
    shown = b""
    try:
        while piece := os.read(descriptor, 4096):
            shown += piece
    except OSError:  # how Linux says that nobody holds the other end
        pass
    os.close(descriptor)
    return shown
