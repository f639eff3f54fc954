"""Bad input to every command: the right exit code, a message that helps, and nothing lost.

That no call ever prints a traceback or an escape sequence is checked in ``conftest.finished``.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from copilot_tui.models.catalog import find
from copilot_tui.models.model_store import ModelStore
from tests.cli.conftest import (
    GOOD_BODY,
    ORIGINAL_BODY,
    WRONG_BODY,
    body_of,
    call,
    configure,
    conversation,
    iteration,
)

COMMANDS_ON_A_FOLDER = [
    ("run", ".", "1"),
    ("compile", "--source"),
    ("explore", "x", "--no-model", "--source"),
    ("index", "build", "--source"),
    ("breadcrumbs", "check", "--source"),
    ("sessions", "list", "--source"),
    ("sessions", "resume", "--source"),
    ("errors", "list", "--source"),
    ("config", "show", "--source"),
    ("doctor", "--source"),
    ("open",),
]


@pytest.mark.parametrize("command", COMMANDS_ON_A_FOLDER, ids=lambda words: " ".join(words[:2]))
def test_a_folder_that_does_not_exist_is_named(command: tuple[str, ...], tmp_path: Path) -> None:
    result = call(*command, tmp_path / "missing")
    assert (result.code, result.out) == (2, "")
    assert str(tmp_path / "missing") in result.err


def test_a_file_in_place_of_a_folder_is_named(calc_project: Path) -> None:
    for command in (("run", ".", "1"), ("compile", "--source"), ("sessions", "list", "--source")):
        result = call(*command, calc_project / "calc.c")
        assert (result.code, result.out) == (2, "")
        assert "calc.c" in result.err


@pytest.fixture
def without_privileges() -> list[str]:
    """What to put before a command so that file permissions hold for it, for root too."""
    if os.geteuid() != 0:
        return []
    dropped = "-dac_override,-dac_read_search"
    prefix = ["setpriv", f"--bounding-set={dropped}", f"--inh-caps={dropped}"]
    if shutil.which("setpriv") is None or subprocess.run([*prefix, "true"], check=False).returncode:
        pytest.skip("root can read everything here, and there is no setpriv to change that")
    return prefix


def test_folders_that_cannot_be_read_or_written_are_named(
    calc_project: Path, tmp_path: Path, without_privileges: list[str]
) -> None:
    configure(calc_project, conversation(GOOD_BODY))
    closed = tmp_path / "closed"
    closed.mkdir(mode=0)
    for command in (("run", ".", "1"), ("compile", "--source"), ("explore", "x", "--no-model", "--source")):
        result = call(*command, closed, prefix=without_privileges)
        assert (result.code, result.out) == (2, ""), result.err
        assert str(closed) in result.err and re.search("ermission|not readable", result.err)
    state = call("run", ".", "1", calc_project, closed / "logs", "--json", prefix=without_privileges)
    assert (state.code, state.out) == (1, "")
    assert str(closed / "logs") in state.err
    assert body_of(calc_project) == ORIGINAL_BODY
    closed.rename(calc_project / "closed")
    hidden = call("index", "build", "--source", calc_project, prefix=without_privileges)
    assert (hidden.code, "closed" in hidden.err) == (0, True), hidden.err
    (calc_project / "closed").chmod(0o700)


def test_an_empty_folder_has_nothing_to_work_on(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    configure(empty, [])
    (empty / ".copilot-tui.toml").rename(tmp_path / "config.toml")
    run = call("run", ".", "1", empty, "--set", "codegen.engine=scripted", "--set", "llm.engine=scripted",
               "--model", tmp_path / "replies.json", "--json")  # fmt: skip
    assert (run.code, run.out) == (2, "")
    assert "no open task" in run.err and "--task" in run.err
    build = call("compile", "--source", empty, "--json")
    assert (build.code, build.out) == (1, "")
    assert "is empty" in build.err
    search = call("explore", "x", "--no-model", "--source", empty, "--json")
    assert (search.code, search.objects[0]["files"]) == (1, [])
    assert call("breadcrumbs", "list", "--source", empty).code == 0
    assert call("sessions", "list", "--source", empty, "--json").out == ""
    assert list(empty.iterdir()) == []


@pytest.mark.parametrize("present", [(), ("make", "sh")], ids=["no make", "no compiler"])
def test_a_missing_build_tool_is_named(solvable: Path, tmp_path: Path, present: tuple[str, ...]) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in present:
        (tools / name).symlink_to(str(shutil.which(name)))
    missing = "cc" if present else "make"
    for command in (("run", ".", "1", solvable), ("compile", "--source", solvable)):
        result = call(*command, "--json", path=str(tools))
        assert result.code == 4
        assert f"{missing} is not on PATH" in result.err
        assert "Install it" in result.err
    assert body_of(solvable) == ORIGINAL_BODY


TYPOS = [
    (["rnu"], "Did you mean 'run'"),
    (["run"], "PROJECT"),
    (["run", "clac", "1", "{source}"], "'clac' is neither a project"),
    (["run", ".", "ten", "{source}"], "'ten' is not a valid integer"),
    (["run", ".", "0", "{source}"], "1<=x<=1000"),
    (["run", ".", "1", "{source}", "--tsak", "x"], "--task"),
    (["run", ".", "1", "{source}", "--task", " "], "The task is empty"),
    (["run", ".", "1", "{source}", "--seed", "x"], "--seed"),
    (["run", ".", "1", "{source}", "--samples", "0"], "generation.samples"),
    (["run", ".", "1", "{source}", "--set", "codegen"], "has no '='"),
    (["demo", "x"], "'x' is not a valid integer"),
    (["explore"], "QUERY"),
    (["explore", " ", "--source", "{source}"], "query is empty"),
    (["explore", "x", "--limit", "0"], "--limit"),
    (["compile", "--project", "clac", "--source", "{source}"], "No project 'clac'"),
    (["diagnose", "{source}/missing.log"], "missing.log cannot be read"),
    (["sessions", "lst"], "Did you mean 'list'"),
    (["sessions", "show", "01XYZ", "--source", "{source}"], "sessions"),
    (["sessions", "replay", "last", "--speed", "-1", "--source", "{source}"], "--speed"),
    (["sessions", "branch", "last", "zero", "--source", "{source}"], "SEQ"),
    (["sessions", "resume", "last", "0", "--source", "{source}"], "MAX_ITERATIONS"),
    (["errors", "show", "zz", "--source", "{source}"], "No error has the hash 'zz'"),
    (["errors", "import", "{source}/calc.c", "--source", "{source}"], "is no JSON file"),
    (["index", "search", "--source", "{source}"], "QUERY"),
    (["breadcrumbs", "list", "--status", "NOT_STRATED", "--source", "{source}"], "Did you mean NOT_STARTED"),
    (["config", "import", "{source}/models.json"], "There is no file"),
    (["models", "pull", "qwen2.5-coder-0.5c"], "Did you mean qwen2.5-coder-0.5b"),
    (["models", "info", "qwen2.5-coder-0.5c"], "Did you mean qwen2.5-coder-0.5b"),
]


@pytest.mark.parametrize(("arguments", "message"), TYPOS, ids=lambda value: " ".join(value)[:40])
def test_a_typo_in_an_argument_is_named(calc_project: Path, arguments: list[str], message: str) -> None:
    result = call(*(word.format(source=calc_project) for word in arguments))
    assert result.code == (3 if arguments[0] == "models" else 2), result.err
    assert result.out == ""
    assert message in result.err


def test_an_unknown_key_is_named_in_each_layer(
    calc_project: Path, isolated_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = Path(call("config", "path").out.strip())
    own.parent.mkdir(parents=True)
    project = calc_project / ".copilot-tui.toml"
    for file in (own, project):
        file.write_text("[build]\n\ntimeout_secs = 3\n")
        assert_names(calc_project, f"{file}:3: unknown key 'build.timeout_secs'", "build.timeout_seconds")
        file.write_text("[session]\nmax_iterations = 'ten'\n")
        assert_names(calc_project, f"{file}:2", "session.max_iterations")
        file.write_text("[session\n")
        assert_names(calc_project, f"{file} is not valid TOML", "line 1")
        file.unlink()
    monkeypatch.setenv("COPILOT_TUI_CODEGEN__DEVISE", "cpu")
    assert_names(calc_project, "COPILOT_TUI_CODEGEN__DEVISE", "codegen.device")
    monkeypatch.delenv("COPILOT_TUI_CODEGEN__DEVISE")
    flag = call("run", ".", "1", calc_project, "--set", "codegen.devise=cpu")
    assert (flag.code, flag.out) == (2, "")
    assert "--set codegen.devise=cpu: unknown key" in flag.err and "codegen.device" in flag.err


def assert_names(project: Path, *words: str) -> None:
    result = call("run", ".", "1", project, "--json")
    assert (result.code, result.out) == (2, ""), result.err
    for word in words:
        assert word in result.err


def test_a_breadcrumb_with_broken_json_is_reported_and_still_a_task(solvable: Path) -> None:
    source = solvable / "calc.c"
    note = " * AI_NOTE: Return twice the value.\n"
    source.write_text(source.read_text().replace(note, note + ' * AI_CONTEXT: {"aros": [1, }\n'))
    check = call("breadcrumbs", "check", "--json", "--source", solvable)
    (problem,) = [line for line in check.objects if "AI_CONTEXT" in line["message"]]
    assert (problem["file"], check.code) == ("calc.c", 1 if problem["severity"] == "error" else 0)
    assert call("run", ".", "1", solvable, "--json").code == 0
    assert '{"aros": [1, }' in source.read_text()


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"", "cut short"), (b"\x00\xff" * 5000, "does not begin with GGUF"), (b"GGUF\3\0\0\0", "cut short")],
    ids=["empty", "garbage", "header only"],
)
def test_a_file_that_is_no_whole_model_is_refused(calc_project: Path, content: bytes, reason: str) -> None:
    file = calc_project.with_name("model.gguf")
    file.write_bytes(content)
    run = call("run", ".", "1", calc_project, "--json", "--model", file)
    assert run.code == 3
    assert str(file) in run.err and reason in run.err
    assert run.objects[-1]["status"] == "failed"
    assert body_of(calc_project) == ORIGINAL_BODY


def test_a_model_that_is_missing_or_cut_short_in_the_store_is_said_before_the_work(
    calc_project: Path, tmp_path: Path
) -> None:
    store = tmp_path / "models"
    entry = find("smollm2-135m")
    blob = ModelStore(store).blob(entry)
    blob.parent.mkdir(parents=True)
    blob.write_bytes(b"GGUF")
    for model in (entry.name, str(tmp_path / "none.gguf"), "smollm2-135n"):
        run = call(
            "run", ".", "1", calc_project, "--json", "--model", model, "--set", f"models.directory={store}"
        )
        assert (run.code, run.out) == (3, "")
        assert model in run.err


@pytest.mark.parametrize(
    "reply",
    [
        "",
        "I would rather not.",
        "value = value; " * 5000,
        "\x1b]0;owned\x07\x1b[2J```\n```",
        "}\n}\n}\n" * 50,
    ],
    ids=["empty", "prose", "endless", "escapes", "braces"],
)
def test_a_reply_that_holds_no_code_costs_an_iteration(calc_project: Path, reply: str) -> None:
    configure(calc_project, [*conversation("")[:2], *[reply] * 99], max_length=50)
    run = call("run", ".", "1", calc_project, "--json")
    assert run.code == 1, run.err
    assert run.objects[-1]["status"] == "unsolved"
    assert [line["solved"] for line in run.of_type("iteration_finished")] == [False]
    assert all(line["usage"]["new_tokens"] <= 50 for line in run.of_type("generation_finished"))
    assert body_of(calc_project) == ORIGINAL_BODY
    story = call("sessions", "replay", "--source", calc_project)
    assert (story.code, "owned" in story.err) == (0, False)


def test_a_model_that_never_keeps_to_the_form_solves_nothing_and_breaks_nothing(calc_project: Path) -> None:
    configure(calc_project, ["../../etc/passwd"], cycle=True)
    run = call("run", ".", "1", calc_project, "--json")
    assert run.code == 1
    assert [line for line in run.of_type("noticed") if line["level"] == "warning"]
    assert body_of(calc_project) == ORIGINAL_BODY


@pytest.mark.parametrize(
    "named", ["../victim.c", "../../../../etc/passwd", "{absolute}", "link.c", ".git/own.c"]
)
def test_a_plan_never_reaches_outside_the_code_base(calc_project: Path, named: str) -> None:
    victim = calc_project.with_name("victim.c")
    own = calc_project / ".git" / "own.c"
    own.parent.mkdir()
    for file in (victim, own):
        file.write_text("int SECRET;\n")
    (calc_project / "link.c").symlink_to(victim)
    path = named.format(absolute=victim)
    plan = [{"path": path, "function": None, "change": "Add a line."}]
    code = "int owned(void)\n{\n    return 1;\n}\n```"
    configure(calc_project, [conversation("")[0], *iteration(code, files=plan)], cycle=True)
    run = call("run", ".", "1", calc_project, "--json", "--task", f"Change {path}, calc_double")
    assert run.code == 1, run.err
    (failed,) = run.of_type("phase_failed")
    assert failed["error"] in {"PathRefusedError", "EditFormatError"}
    assert not run.of_type("edit_applied")
    assert "SECRET" not in run.out + run.err
    assert (victim.read_text(), own.read_text()) == ("int SECRET;\n", "int SECRET;\n")
    assert body_of(calc_project) == ORIGINAL_BODY


def test_a_damaged_database_is_moved_aside_by_name_and_rebuilt(solvable: Path, tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    run = call("run", ".", "1", solvable, logs, "--json")
    (logs / "copilot.db").write_bytes(b"not a database at all" * 400)
    listed = call("sessions", "list", "--json", "--source", solvable, "--logs", logs)
    assert (listed.code, listed.objects[0]["id"]) == (0, run.session)
    (aside,) = logs.glob("copilot.db.corrupt-*")
    assert aside.name in listed.err
    assert b"not a database at all" in aside.read_bytes()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system with room for 300 kB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(disk)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root may mount a small disk")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.parametrize(
    "filled",
    [280, 200, 120, 0],
    ids=["at the start", "in the search index", "in the catalogue", "in the session"],
)
def test_a_full_disk_costs_the_session_and_nothing_else(
    calc_project: Path, small_disk: Path, filled: int
) -> None:
    (small_disk / "taken").write_bytes(bytes(filled * 1000))
    configure(
        calc_project, conversation(*[WRONG_BODY, WRONG_BODY.replace("1", "2"), GOOD_BODY] * 9), cycle=True
    )
    run = call(
        "run", ".", "900", calc_project, small_disk / "logs", "--json", "--task", "Make calc_double double."
    )
    if run.code == 0:
        pytest.fail("the disk did not fill up")
    assert run.code == 1, run.err
    assert re.search(r"full|No space left|disk", run.err), run.err
    assert body_of(calc_project) == ORIGINAL_BODY
    (small_disk / "taken").unlink()
    subprocess.run(["mount", "-o", "remount,size=50m", str(small_disk)], check=True)
    listed = call("sessions", "list", "--json", "--source", calc_project, "--logs", small_disk / "logs")
    assert listed.code == 0, listed.err
    if run.out:
        shown = call("sessions", "replay", "--json", "--source", calc_project, "--logs", small_disk / "logs")
        assert shown.out.startswith(run.out)


def test_a_file_size_limit_is_no_crash(solvable: Path, tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))

    run = call("run", ".", "1", solvable, tmp_path / "logs", prepare=limit)
    assert run.code == 1, run.err
    assert str(tmp_path / "logs") in run.err
    assert body_of(solvable) == ORIGINAL_BODY
