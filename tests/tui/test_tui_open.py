"""How the app is reached from the command line."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from copilot_tui.cli.main import main, with_default_command


def in_terminal(monkeypatch: pytest.MonkeyPatch, answer: bool) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: answer, raising=False)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: answer, raising=False)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: answer, raising=False)


def test_a_folder_or_nothing_opens_the_app(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    in_terminal(monkeypatch, True)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "run").mkdir()
    assert with_default_command([]) == ["open"]
    assert with_default_command([str(tmp_path)]) == ["open", str(tmp_path)]
    assert with_default_command(["run", "."]) == ["run", "."]
    assert with_default_command(["./run"]) == ["open", "./run"]
    assert with_default_command(["--version"]) == ["--version"]
    assert with_default_command(["nowhere"]) == ["nowhere"]


def test_without_a_terminal_there_is_the_help(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    in_terminal(monkeypatch, False)
    with pytest.raises(SystemExit) as leaving:
        main([])
    assert leaving.value.code == 2
    assert "Commands" in capsys.readouterr().err


def test_a_folder_without_a_terminal_says_what_to_use(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    in_terminal(monkeypatch, False)
    with pytest.raises(SystemExit) as leaving:
        main([str(tmp_path)])
    assert leaving.value.code == 2
    assert "copilot-tui run" in capsys.readouterr().err


def test_a_redirected_standard_error_is_refused_for_the_app_draws_on_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    in_terminal(monkeypatch, True)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: False, raising=False)
    with pytest.raises(SystemExit) as leaving:
        main([str(tmp_path)])
    assert leaving.value.code == 2
    assert "2> redirection" in capsys.readouterr().err


def test_a_wrong_command_is_still_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as leaving:
        main(["exlore"])
    assert leaving.value.code == 2
    assert "Did you mean 'explore'?" in capsys.readouterr().err


def test_flags_of_the_call_reach_the_app(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    in_terminal(monkeypatch, True)
    calls: list[tuple[object, ...]] = []

    class Frontend:
        @staticmethod
        def open_app(*arguments: object) -> int:
            calls.append(arguments)
            return 0

    monkeypatch.setattr("copilot_tui.cli.open.import_module", lambda name: Frontend)
    with pytest.raises(SystemExit) as leaving:
        main([str(tmp_path), "--model", "small", "--set", "codegen.temperature=0.1"])
    assert leaving.value.code == 0
    flags = {"codegen.temperature": 0.1, "codegen.model_path": "small", "llm.model_path": "small"}
    assert calls == [(tmp_path.resolve(), None, flags)]


FIRST_SCREEN = """
import sys
from pathlib import Path
import copilot_tui.cli.open
from copilot_tui.session.opening import Opening
from copilot_tui.tui.app import CopilotApp
from copilot_tui.tui.screens.work import WorkScreen

class PaintedScreen(WorkScreen):
    def open_code_base(self):
        print(*sys.modules, file=sys.__stderr__)
        self.app.exit()

app = CopilotApp(Opening(Path(sys.argv[1])))
app.work_screen = PaintedScreen(app.opening)
app.run(headless=True)
"""
NOT_FOR_THE_FIRST_SCREEN = """
torch transformers xllamacpp numpy sqlite3 tantivy jinja2 watchfiles pygments markdown_it
copilot_tui.index copilot_tui.phases copilot_tui.memory copilot_tui.build copilot_tui.store.database
copilot_tui.core.config copilot_tui.session.manager copilot_tui.workspace.hunks
copilot_tui.tui.screens.session_picker
"""


def test_the_first_screen_is_painted_before_anything_heavy_is_loaded(tmp_path: Path) -> None:
    environment = {**os.environ, "XDG_CONFIG_HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path)}
    command = [sys.executable, "-c", FIRST_SCREEN, str(tmp_path)]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    loaded = set(run.stderr.split())
    assert "copilot_tui.tui.widgets.conversation" in loaded, run.stderr
    assert loaded & set(NOT_FOR_THE_FIRST_SCREEN.split()) == set()
