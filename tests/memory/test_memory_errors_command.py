"""``copilot-tui errors``: what was learnt can be seen and carried to another machine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from copilot_tui.cli.main import main
from copilot_tui.core import events as ev
from copilot_tui.core.artefacts import BuildReport, Candidate, Diagnostic, FileChange, Lesson, Repair, Task
from copilot_tui.core.session_state import SessionState
from copilot_tui.core.state import summarise
from copilot_tui.memory.lessons import LessonBook
from copilot_tui.store.database import Database
from copilot_tui.store.errors import ErrorStore
from copilot_tui.store.identifiers import new_session_id
from copilot_tui.store.lock import WriterLock
from copilot_tui.store.sessions import SessionStore

SEED_EXPORT = {
    "9f86d081": {
        "message": "undefined symbol",
        "first_seen": "2025-10-01T10:00:00",
        "occurrences": 4,
        "contexts": ["a string"],
        "resolutions": [{"timestamp": "2025-10-02", "resolution": "link with -lm", "fix_commit": "abc"}],
        "status": "resolved",
    }
}


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    directory = tmp_path / "state"
    with Database.open(directory) as database:
        book = LessonBook(ErrorStore(database))
        for word in ("alpha", "beta"):
            error = Diagnostic("gcc", "error", f"bad {word} \x1b[31m", "a.c", 1)
            book.observe([error], {"session": "s1"})
        book.observe([error], {})
        book.verify([error], [FileChange("a.c", None, "x;\n")], [FileChange("a.c", None, "y;\n")], {})
    return directory


class Run:
    """The command with captured output: exit code, stdout, stderr."""

    def __init__(self, capfdbinary: pytest.CaptureFixture[bytes], logs: Path, source: Path) -> None:
        self._capture, self._place = capfdbinary, ["--source", str(source), "--logs", str(logs)]

    def __call__(self, *arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as left:
            main(["errors", *arguments, *self._place])
        out, err = self._capture.readouterr()
        code = left.value.code
        assert isinstance(code, int)
        return code, out.decode(), err.decode()

    def json(self, *arguments: str) -> list[Any]:
        code, out, _ = self(*arguments)
        assert code == 0
        return [json.loads(line) for line in out.splitlines()]


@pytest.fixture
def run(capfdbinary: pytest.CaptureFixture[bytes], logs: Path, tmp_path: Path) -> Run:
    return Run(capfdbinary, logs, tmp_path)


def test_list_shows_the_most_frequent_first(run: Run) -> None:
    first, second = run.json("list", "--json")
    assert (first["occurrences"], second["occurrences"]) == (2, 1)
    assert run.json("list", "--json", "--limit", "1") == [first]
    code, out, _ = run("list")
    assert code == 0
    assert "fix known" in out.splitlines()[0]
    assert "\x1b" not in out


def test_show_takes_a_prefix_that_fits_one(run: Run) -> None:
    (first, _) = run.json("list", "--json")
    assert run.json("show", first["hash"][:8], "--json") == [first]
    code, out, _ = run("show", first["hash"][:8])
    assert code == 0
    assert "verified by a green build" in out
    assert "+y;" in out
    assert run("show", "")[0] == 2
    assert run("show", "zz")[0] == 2


def test_an_export_is_imported_again_and_merges_without_repeats(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "errors.json"
    assert run("export", str(file))[0] == 0
    (on_stdout,) = run.json("export")
    assert json.loads(file.read_text()) == on_stdout
    code, _, err = run("import", str(file))
    assert (code, err) == (0, "0 errors are new or know more now.\n")
    file.write_text(json.dumps(SEED_EXPORT))
    assert run("import", str(file))[0] == 0
    assert run("import", str(file))[0] == 0
    (shown,) = run.json("show", "9f86", "--json")
    assert (shown["occurrences"], shown["status"]) == (4, "resolved")
    assert len(run.json("list", "--json")) == 3


@pytest.mark.parametrize("content", ["", "{", "[]", '{"a": 1}', "\xff"])
def test_what_is_no_export_is_refused_and_changes_nothing(run: Run, tmp_path: Path, content: str) -> None:
    file = tmp_path / "errors.json"
    file.write_bytes(content.encode("latin-1"))
    before = run.json("export")
    code, _, err = run("import", str(file))
    assert code == 2
    assert "export" in err
    assert run.json("export") == before


def test_wrong_places_are_usage_errors(run: Run, tmp_path: Path) -> None:
    assert run("import", str(tmp_path / "absent.json"))[0] == 2
    assert run("export", str(tmp_path))[0] == 2
    with pytest.raises(SystemExit) as left:
        main(["errors", "list", "--source", str(tmp_path / "absent")])
    assert left.value.code == 2


def test_reading_works_and_importing_is_refused_while_another_process_writes(
    run: Run, logs: Path, tmp_path: Path
) -> None:
    file = tmp_path / "errors.json"
    file.write_text(json.dumps(SEED_EXPORT))
    with WriterLock(logs):
        assert run("list")[0] == 0
        code, _, err = run("import", str(file))
    assert code == 1
    assert "working on this code base" in err


def test_stats_tell_what_fixes_and_sessions_did(run: Run, logs: Path) -> None:
    with Database.open(logs) as database:
        sessions, (entry, *_) = SessionStore(database), ErrorStore(database).entries()
        fix = entry.verified_resolution
        assert fix is not None
        ErrorStore(database).count(entry.fingerprint, fix.rule, fix.patch, hits=3, successes=2, harm=1)
        mended = Candidate(1, "d1", (), "", repair="adding `;` in line 3")
        lesson = Lesson(entry.fingerprint, entry.message, 1)
        red = BuildReport(False, False, "", diagnostics=(Diagnostic("gcc", "error", "bad", "a.c", 1),))
        for errors in (2, 1, 1, 0):
            name = new_session_id()
            for event in (
                ev.SessionStarted(Task("Fix it."), "/src"),
                *[ev.BuildProduced(red)] * errors,
                ev.RepairsFound((Repair("memory", "adding", "f", mended, (lesson,)),)),
                ev.CandidateProposed(mended),
                ev.BuildProduced(BuildReport(True, True, "")),
                ev.LessonJudged(lesson, True),
                ev.SessionEnded("solved", summarise(SessionState(), "solved")),
            ):
                sessions.append(name, event)
    (stats,) = run.json("stats", "--json")
    assert (stats["errors"], stats["seen"], stats["fixes"], stats["hits"], stats["harm"]) == (2, 3, 1, 3, 1)
    newest = stats["sessions"][-1]
    figures = ("status", "attempts", "errors", "mended", "from_memory", "lessons", "helped")
    assert [newest[key] for key in figures] == ["solved", 1, 0, 1, 1, 1, 1]
    code, out, _ = run("stats", "--limit", "2")
    assert code == 0
    assert "1.5 errors a session in the older half, 0.5 in the newer" in out
    assert out.count("mended without a model") == 2
