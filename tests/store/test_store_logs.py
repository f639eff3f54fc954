from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from copilot_tui.core import artefacts as art
from copilot_tui.core import events as ev
from copilot_tui.core.errors import UsageError
from copilot_tui.store.database import Database
from copilot_tui.store.errors import ErrorStore
from copilot_tui.store.files import write_atomically
from copilot_tui.store.logs import read_session_log, write_build_log, write_error_log, write_session_log
from copilot_tui.store.sessions import SessionStore

DIAGNOSTICS = (
    art.Diagnostic("gcc", "error", "expected ';'", "a.c", 3, 7),
    art.Diagnostic("gcc", "warning", "unused", "a.c", 4, code="-Wunused-variable"),
    art.Diagnostic("aarch64-elf-ld", "error", "undefined reference"),
    art.Diagnostic("pytest", "error", "assert 1 == 2", test="test_a"),
    art.Diagnostic("gcc", "note", "declared here"),
)
BUILD = art.BuildReport(
    compiled=False,
    success=False,
    reason="3 errors",
    steps=(
        art.StepResult("build", ("make", "-k"), 2, 1.0, "out\n", "err\n"),
        art.StepResult("test", ("make", "check"), 2, 0.5, "more\n"),
    ),
    diagnostics=DIAGNOSTICS,
    seconds=1.5,
)
CRUMB = art.Breadcrumb("a.c", 9, 11, (("AI_PHASE", "INIT"), ("AI_STATUS", "partial")))
STORY: tuple[ev.Event, ...] = (
    ev.SessionStarted(art.Task("sort"), "/code", context={"goal": "speed"}),
    ev.IterationStarted(1),
    ev.PhaseStarted("explore", 1),
    ev.ExplorationProduced(
        art.Exploration(
            "sort", files=(art.RankedFile("a.c", 1.0),), breadcrumbs=(CRUMB,), patterns=("P1", "P2")
        )
    ),
    ev.PhaseFinished("explore", 1, 0.1),
    ev.PhaseStarted("generate", 1),
    ev.PromptPacked("generate", 8192, 900, 700, ()),
    ev.TokenStreamed("generate", "int"),
    ev.CandidateProposed(art.Candidate(1, "d", (), "int x;")),
    ev.PhaseFinished("generate", 1, 0.2),
    ev.PhaseStarted("compile", 1),
    ev.PhaseFailed("compile", 1, "BuildToolMissingError", "no make"),
    ev.SessionEnded("failed", art.Summary("failed", 1, 1, 0, 900, 0, 5, 0.2)),
)


def tell(sessions: SessionStore) -> list[ev.EventRecord]:
    return [sessions.append("s", event) for event in STORY]


def test_a_session_log_has_the_keys_of_the_seed(database: Database, sessions: SessionStore) -> None:
    records = tell(sessions)
    path = write_session_log(database.directory, records)
    assert path == database.directory / "sessions" / "s.json"
    log = json.loads(path.read_text())
    assert (log["id"], log["task"], log["context"], log["status"]) == (
        "s",
        "sort",
        {"goal": "speed"},
        "failed",
    )
    assert (log["started_at"], log["ended_at"]) == (records[0].time, records[-1].time)
    assert log["summary"]["prompt_tokens"] == 900
    assert [turn["action"] for turn in log["turns"]] == ["explore", "generate", "compile"]
    assert set(log["turns"][0]) == {"action", "input", "result", "timestamp"}
    assert log["turns"][2]["result"]["error"] == "BuildToolMissingError"
    assert log["exploration_results"][0]["files"][0]["path"] == "a.c"
    assert log["patterns_recalled"] == ["P1", "P2"]
    assert log["breadcrumb_influences"] == [
        {"file": "a.c", "line": 9, "phase": "INIT", "status": "PARTIAL", "symbol": None}
    ]
    assert log["generated_code"] == [
        {
            "code": "int x;",
            "timestamp": records[8].time,
            "used_exploration": True,
            "iteration": 1,
            "streamed": True,
            "context_size": 900,
            "exploration_files": ["a.c"],
        }
    ]


def test_a_session_log_holds_the_events_themselves(database: Database, sessions: SessionStore) -> None:
    records = tell(sessions)
    assert read_session_log(write_session_log(database.directory, records)) == (records, True)


def test_a_session_without_an_end_is_logged_as_running(database: Database, sessions: SessionStore) -> None:
    path = write_session_log(database.directory, tell(sessions)[:3])
    log = json.loads(path.read_text())
    assert (log["status"], log["ended_at"], log["summary"], log["turns"]) == ("running", None, None, [])


def test_a_log_goes_nowhere_but_into_its_directory(tmp_path: Path) -> None:
    record = ev.EventRecord("../../escape", 1, "2026-01-01", STORY[0])
    with pytest.raises(UsageError):
        write_session_log(tmp_path, [record])
    with pytest.raises(UsageError):
        write_build_log(tmp_path, "../../escape", 1, BUILD, "2026-01-01")
    with pytest.raises(UsageError):
        write_session_log(tmp_path, [])
    assert list(tmp_path.iterdir()) == []


def test_a_build_log_has_the_keys_of_the_seed_and_the_places(tmp_path: Path) -> None:
    path = write_build_log(tmp_path, "s", 2, BUILD, "2026-01-01T10:00:00.000+00:00")
    assert path.parent == tmp_path / "compile"
    log = json.loads(path.read_text())
    assert (log["iteration"], log["target"], log["success"], log["duration"]) == (2, "make -k", False, 1.5)
    assert (log["stdout"], log["stderr"]) == ("out\nmore\n", "err\n")
    assert [error["type"] for error in log["errors"]] == ["compile", "link", "test"]
    assert [warning["code"] for warning in log["warnings"]] == ["-Wunused-variable"]
    first = log["errors"][0]
    assert (first["message"], first["file"], first["line"], first["column"]) == ("expected ';'", "a.c", 3, 7)
    other = write_build_log(tmp_path, "s", 2, BUILD, "2026-01-01T10:00:00.001+00:00")
    assert other != path


def test_the_error_log_is_the_export(tmp_path: Path, errors: ErrorStore) -> None:
    errors.record("f", "m", {})
    path = write_error_log(tmp_path, errors)
    assert path == tmp_path / "errors" / "errors.json"
    assert json.loads(path.read_text()) == errors.export()


@pytest.mark.skipif(sys.platform == "win32", reason="no limits on file sizes")
def test_a_write_that_fails_in_the_middle_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "log.json"
    write_atomically(path, b"old")
    script = """
import resource, sys
from pathlib import Path
from copilot_tui.core.errors import StoreError
from copilot_tui.store.files import write_atomically
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    write_atomically(Path(sys.argv[1]), b"new" * 10_000)
except StoreError as error:
    print(error)
"""
    result = subprocess.run([sys.executable, "-c", script, path], capture_output=True, text=True, check=True)
    assert str(path) in result.stdout
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
