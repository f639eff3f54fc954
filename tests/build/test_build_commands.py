"""``copilot-tui diagnose`` and ``copilot-tui compile``, as a person or a program calls them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.build.conftest import wait_for_pid
from tests.conftest import processes_in

COMMAND = (sys.executable, "-m", "copilot_tui")
KEYS = ["tool", "severity", "file", "line", "column", "end_line", "end_column", "code", "message", "notes"]
ERROR = "src/a.c:3:5: error: bad thing [-Wbad]\nsrc/a.h:1:2: note: declared here\n"


@pytest.fixture(autouse=True)
def own_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "configuration"))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    folder.mkdir()
    return folder


def call(folder: Path, *arguments: str, text: str | bytes = "") -> subprocess.CompletedProcess[str]:
    given = text.encode() if isinstance(text, str) else text
    done = subprocess.run([*COMMAND, *arguments], cwd=folder, input=given, capture_output=True, check=False)
    return subprocess.CompletedProcess(
        done.args, done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8")
    )


def test_diagnose_prints_one_object_a_line_with_exactly_the_documented_keys(source: Path) -> None:
    done = call(source, "diagnose", "--json", text=ERROR + "gcc: fatal error: no input files\n")
    first, second = (json.loads(line) for line in done.stdout.splitlines())
    assert list(first) == list(second) == KEYS
    assert first == {
        "tool": "gcc", "severity": "error", "file": "src/a.c", "line": 3, "column": 5, "end_line": None,
        "end_column": None, "code": "-Wbad", "message": "bad thing",
        "notes": [{"message": "declared here", "file": "src/a.h", "line": 1, "column": 2}],
    }  # fmt: skip
    assert (second["file"], second["line"]) == (None, None)
    assert (done.returncode, done.stderr) == (0, "")


def test_diagnose_for_people_reads_a_file_of_any_bytes(source: Path) -> None:
    (source / "log").write_bytes(
        b"\xff\x00 noise\n\x1b]0;title\x07" + ERROR.encode() + b"\x1b[31m\xe9.c:1: odd\n"
    )
    done = call(source, "diagnose", "log")
    assert done.stdout.splitlines() == [
        "src/a.c:3:5: error: bad thing [-Wbad]",
        "  src/a.h:1:2: note: declared here",
        "\ufffd.c:1: error: odd",
    ]


def test_diagnose_names_a_file_that_is_not_there(source: Path) -> None:
    done = call(source, "diagnose", "nowhere.log")
    assert done.returncode == 2
    assert "nowhere.log" in done.stderr


def test_compile_prints_diagnostics_and_the_verdict_last(source: Path) -> None:
    (source / "main.c").write_text("int main(void)\n{\n    return missing;\n}\n")
    done = call(source, "compile", "--json")
    first, *_, last = (json.loads(line) for line in done.stdout.splitlines())
    assert list(first) == KEYS
    assert (first["file"], first["line"]) == ("main.c", 3)
    assert list(last) == ["type", "compiled", "success", "reason", "seconds", "tests"]
    assert (last["type"], last["compiled"], last["success"]) == ("build", False, False)
    assert done.returncode == 1
    (source / "main.c").write_text("int main(void)\n{\n    return 0;\n}\n")
    done = call(source.parent, "compile", "--source", "source")
    assert (done.returncode, done.stdout) == (0, "")
    assert "it compiles" in done.stderr


def test_compile_uses_the_commands_of_a_project(source: Path) -> None:
    (source / ".copilot-tui.toml").write_text(
        "[projects.text]\nbuild_command = \"sh -c 'echo a.c:1:2: error: x; exit 3'\"\n"
    )
    done = call(source, "compile", "--project", "text")
    assert (done.returncode, done.stdout) == (1, "a.c:1:2: error: x\n")
    done = call(source, "compile", "--project", "txet")
    assert done.returncode == 2
    assert "text" in done.stderr


@pytest.mark.parametrize(("arguments", "code"), [(["--source", "nowhere"], 2), ([], 1)])
def test_compile_refuses_what_it_cannot_build(source: Path, arguments: list[str], code: int) -> None:
    done = call(source, "compile", *arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert "copilot-tui: " in done.stderr


def test_compile_without_a_compiler_exits_with_4(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (source / "main.c").write_text("int main(void) { return 0; }\n")
    monkeypatch.setenv("PATH", str(source))
    monkeypatch.delenv("CC", raising=False)
    done = call(source, "compile")
    assert done.returncode == 4
    assert "gcc" in done.stderr


def test_control_c_kills_the_build_and_exits_with_130(source: Path) -> None:
    (source / "Makefile").write_text("all:\n\t@trap '' TERM; echo $$$$ > pid; sleep 1000\n")
    process = subprocess.Popen(
        [*COMMAND, "compile"], cwd=source, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    wait_for_pid(source / "pid")
    os.kill(process.pid, signal.SIGINT)
    _, narration = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "Traceback" not in narration
    assert not processes_in(source)
