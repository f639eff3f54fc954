"""Difficult code bases: odd files, old encodings, builds that hang, flood or try to drive the terminal."""

from __future__ import annotations

import os
import stat
import time
from pathlib import Path

import pytest

from tests.cli.conftest import (
    GOOD_BODY,
    ORIGINAL_BODY,
    Finished,
    body_of,
    call,
    configure,
    conversation,
    iteration,
)
from tests.conftest import processes_in

BEFORE_TASK = """\
#include "calc.h"

/* Gibt die Summe zurück; größer wird nichts. */
int calc_add(int left, int right)
{
\treturn left + right;   \n}

/*
 * AI_PHASE: CALC_DOUBLE
 * AI_STATUS: """
TASK_NOTE = """
 * AI_NOTE: Das Doppelte für jeden Wert.
 */
"""
OLD_FUNCTION = "int calc_double(int value)\n{\n    (void)value;\n    return 0;\n}"
NEW_FUNCTION = "int calc_double(int value)\n{\n    return 2 * value;\n}"
AFTER_TASK = "\n\n/* Schluß: ohne Zeilenende */"


def latin_source(status: str, function: str) -> bytes:
    text = BEFORE_TASK + status + TASK_NOTE + function + AFTER_TASK
    return text.replace("\n", "\r\n").encode("iso-8859-1")


def test_an_edit_keeps_encoding_line_ends_and_mode(solvable: Path) -> None:
    source = solvable / "calc.c"
    source.write_bytes(latin_source("NOT_STARTED", OLD_FUNCTION))
    source.chmod(0o755)
    files = {path.name for path in solvable.iterdir()}
    run = call("run", ".", "1", solvable, "--json")
    assert run.code == 0, run.err
    assert source.read_bytes() == latin_source("IMPLEMENTED", NEW_FUNCTION)
    assert stat.S_IMODE(source.stat().st_mode) == 0o755
    assert {path.name for path in solvable.iterdir()} - files == {"calc.o", "run_tests"}


def test_text_that_the_encoding_lacks_is_refused_not_mangled(calc_project: Path) -> None:
    body = "    return 2 * value; /* \N{GREEK SMALL LETTER PI} */\n}"
    configure(calc_project, conversation(body))
    source = calc_project / "calc.c"
    source.write_bytes(latin_source("NOT_STARTED", OLD_FUNCTION))
    run = call("run", ".", "1", calc_project, "--json")
    assert run.code == 1
    assert "U+03C0" in run.err and "iso-8859-1" in run.err
    assert source.read_bytes() == latin_source("NOT_STARTED", OLD_FUNCTION)


def test_a_read_only_file_is_left_alone(solvable: Path) -> None:
    source = solvable / "calc.c"
    source.chmod(0o444)
    run = call("run", ".", "1", solvable, "--json")
    assert run.code == 1
    assert "calc.c is read-only" in run.err and "chmod u+w" in run.err
    assert (body_of(solvable), stat.S_IMODE(source.stat().st_mode)) == (ORIGINAL_BODY, 0o444)


def add_odd_files(project: Path) -> None:
    outside = project.with_name("outside.c")
    outside.write_text("int calc_double_outside(void) { return 1; }\n")
    (project / "link.c").symlink_to(outside)
    (project / "linked").symlink_to("/etc")
    (project / "loop").symlink_to(".")
    (project / "binary.c").write_bytes(b"int calc_double\0\xff" * 400)
    with (project / "huge.c").open("wb") as file:
        file.truncate(100_000_000)
    os.mkfifo(project / "pipe.c")
    (project / "red\x1b[31m.c").write_text("int red;\n")
    Path(os.fsdecode(os.fsencode(project) + b"/latin\xe9.c")).write_text("int latin;\n")


def test_odd_files_are_left_out_and_said(solvable: Path) -> None:
    add_odd_files(solvable)
    built = call("index", "build", "--source", solvable)
    assert built.code == 0
    for reason, name in (
        ("symbolic link", "link.c"),
        ("binary", "binary.c"),
        ("larger than", "huge.c"),
        ("not a regular file", "pipe.c"),
        ("odd file name", "red"),
    ):
        (line,) = [line for line in built.err.splitlines() if reason in line]
        assert name in line
    (found,) = call("explore", "calc_double", "--no-model", "--json", "--source", solvable).objects
    assert {file["path"] for file in found["files"]} <= {"calc.c", "calc.h", "test.c", "Makefile"}
    assert call("run", ".", "1", solvable, "--json").code == 0
    assert solvable.with_name("outside.c").read_text().startswith("int calc_double_outside")


@pytest.mark.parametrize("named", ["binary.c", "huge.c", "pipe.c"])
def test_a_plan_that_names_an_odd_file_fails_with_a_reason(calc_project: Path, named: str) -> None:
    add_odd_files(calc_project)
    plan = [{"path": named, "function": None, "change": "Add a line."}]
    configure(calc_project, [conversation("")[0], *iteration(GOOD_BODY, files=plan)], cycle=True)
    run = call("run", ".", "1", calc_project, "--json", "--task", f"Change {named} and calc_double")
    assert run.code == 1
    assert named in run.of_type("phase_failed")[0]["message"]
    assert (calc_project / "huge.c").stat().st_size == 100_000_000


def compile_with(project: Path, recipe: str, build: str = "") -> Finished:
    (project / "Makefile").write_text("all:\n" + "".join(f"\t{line}\n" for line in recipe.splitlines()))
    configure(project, [], build=build)
    return call("compile", "--source", project, "--json", timeout=30)


def test_a_build_that_hangs_is_killed_with_all_its_children(calc_project: Path) -> None:
    escaped = "setsid sh -c 'echo $$$$ >> pids; exec sleep 301' &"
    recipe = f"sleep 300 & echo $$! >> pids; sleep 302 & echo $$! >> pids; {escaped} wait"
    result = compile_with(calc_project, recipe, build="timeout_seconds = 0.7\n")
    assert result.code == 1
    assert "time limit" in result.objects[-1]["reason"]
    assert len((calc_project / "pids").read_text().split()) == 3
    gone = time.monotonic() + 5
    while processes_in(calc_project) and time.monotonic() < gone:
        time.sleep(0.02)
    assert processes_in(calc_project) == []

    configure(calc_project, conversation(GOOD_BODY), build="timeout_seconds = 0.5\n")
    run = call("run", ".", "1", calc_project, "--json")
    assert (run.code, body_of(calc_project)) == (1, ORIGINAL_BODY), run.err


def test_a_build_that_prints_a_gigabyte_is_read_to_its_end_in_little_memory(calc_project: Path) -> None:
    resource = pytest.importorskip("resource")
    recipe = "@yes 'a long line of nothing at all, again and again and again' | head -c 1000000000\n@false"
    (calc_project / "Makefile").write_text("all:\n" + "".join(f"\t{line}\n" for line in recipe.splitlines()))

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (900_000_000, 900_000_000))

    result = call("compile", "--source", calc_project, "--json", prepare=limit)
    assert result.code == 1, result.err
    assert result.objects[-1]["compiled"] is False
    assert len(result.out) < 100_000


def test_what_a_build_prints_cannot_drive_the_terminal(calc_project: Path) -> None:
    evil = r"@printf '\033]0;owned\007\033[2Jcalc.c:3:1: error: \033[31mbad\377\376 thing\n' >&2"
    result = compile_with(calc_project, f"{evil}\n@false")
    assert result.code == 1
    (diagnostic,) = result.objects[:-1]
    assert (diagnostic["file"], diagnostic["line"]) == ("calc.c", 3)
    assert diagnostic["message"] == "bad\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER} thing"
    assert "\\u001b" not in result.out and "owned" not in result.out
    plain = call("compile", "--source", calc_project)
    assert (plain.code, plain.out.count("\n")) == (1, 1)
    configure(calc_project, conversation(GOOD_BODY))
    run = call("run", ".", "1", calc_project)
    assert (run.code, "owned" in run.out + run.err) == (1, False)
    assert body_of(calc_project) == ORIGINAL_BODY
