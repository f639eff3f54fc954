"""`copilot-tui models` and `copilot-tui doctor`, as a person or a script calls them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from copilot_tui.cli.main import main
from copilot_tui.models.catalog import CATALOG, EVERYTHING
from copilot_tui.models.model_store import ModelStore

SMALLEST, DEFAULT, LARGEST = CATALOG


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModelStore:
    """An empty store, and a working directory without a project's settings."""
    monkeypatch.setenv("COPILOT_TUI_MODELS__DIRECTORY", str(tmp_path / "models"))
    monkeypatch.chdir(tmp_path)
    return ModelStore()


def install(store: ModelStore) -> None:
    """The smallest model, by its size; its content is zeros."""
    store.blob(SMALLEST).parent.mkdir(parents=True)
    with store.blob(SMALLEST).open("wb") as file:
        file.truncate(SMALLEST.bytes)


def call(*arguments: str) -> int:
    with pytest.raises(SystemExit) as left:
        main(list(arguments))
    return int(left.value.code or 0)


def json_lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_list_tells_what_is_installed(store: ModelStore, capsys: pytest.CaptureFixture[str]) -> None:
    install(store)
    assert call("models", "list") == 0
    rows = capsys.readouterr().out.splitlines()[1:]
    assert [row.split()[0] for row in rows] == [entry.name for entry in EVERYTHING]
    assert [" yes " in row for row in rows] == [True, *[False] * (len(EVERYTHING) - 1)]


def test_list_as_json(store: ModelStore, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    install(store)
    assert call("models", "list", "--json") == 0
    rows = json_lines(capfdbinary.readouterr().out.decode())
    assert [row["installed"] for row in rows] == [True, *[False] * (len(EVERYTHING) - 1)]
    assert rows[0]["path"] == str(store.blob(SMALLEST))
    assert rows[1]["bytes"] == 491_400_064


def test_pulling_what_is_here_returns_at_once(store: ModelStore, capsys: pytest.CaptureFixture[str]) -> None:
    install(store)
    assert call("models", "pull", SMALLEST.name) == 0
    assert "is installed" in capsys.readouterr().err


def test_offline_with_nothing_here_ends_with_3(store: ModelStore, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("models", "pull", SMALLEST.name, "--offline") == 3
    assert "offline" in capsys.readouterr().err
    assert not store.blob(SMALLEST).exists()


def test_offline_may_also_be_a_setting(
    store: ModelStore, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COPILOT_TUI_MODELS__OFFLINE", "true")
    assert call("models", "pull", SMALLEST.name) == 3
    assert "offline" in capsys.readouterr().err


def test_without_a_terminal_the_next_smaller_model_is_taken_with_a_notice(
    store: ModelStore, capsys: pytest.CaptureFixture[str]
) -> None:
    install(store)
    assert call("models", "pull", DEFAULT.name, "--offline") == 0
    said = capsys.readouterr().err
    assert f"Taking the next smaller model, {SMALLEST.name}" in said
    assert f"--model {SMALLEST.name}" in said


def test_an_unknown_model_ends_with_3_and_the_nearest_name(
    store: ModelStore, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("models", "info", "qwen2.5-coder-0.5") == 3
    assert f"Did you mean {DEFAULT.name}?" in capsys.readouterr().err


def test_info_verifies_when_asked(store: ModelStore, capsys: pytest.CaptureFixture[str]) -> None:
    install(store)
    assert call("models", "info", SMALLEST.name) == 0
    assert SMALLEST.sha256 in capsys.readouterr().out
    assert call("models", "info", SMALLEST.name, "--verify") == 3
    assert "hash is wrong" in capsys.readouterr().err


def test_remove_frees_the_file(store: ModelStore, capsys: pytest.CaptureFixture[str]) -> None:
    install(store)
    assert call("models", "remove", SMALLEST.name, "--yes") == 0
    assert not store.blob(SMALLEST).exists()
    assert call("models", "remove", SMALLEST.name, "--yes") == 0
    assert "not installed" in capsys.readouterr().err


def doctor(capfdbinary: pytest.CaptureFixture[bytes]) -> tuple[int, dict[str, dict[str, Any]]]:
    code = call("doctor", "--json")
    return code, {row["name"]: row for row in json_lines(capfdbinary.readouterr().out.decode())}


def test_doctor_tells_what_is_here_and_how_to_get_the_rest(
    store: ModelStore,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    install(store)
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "make").write_text("#!/bin/sh\nprintf 'Fake Make \\033[31m9.9\\n'\n")
    (tools / "cargo").write_text("#!/bin/sh\nexit 7\n")
    for tool in tools.iterdir():
        tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tools))
    code, checks = doctor(capfdbinary)
    assert code == 0
    assert checks["make"]["detail"] == "Fake Make 9.9"
    assert checks["cargo"]["status"] == "problem"
    assert checks["gcc"]["status"] == "missing"
    assert "apt install gcc" in checks["gcc"]["advice"]
    assert checks[SMALLEST.name]["status"] == "found"
    assert f"models pull {DEFAULT.name}" in checks[DEFAULT.name]["advice"]
    assert checks["xllamacpp"]["status"] == "found"


def test_doctor_ends_with_2_on_a_configuration_that_cannot_be_read(
    store: ModelStore, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    (tmp_path / ".copilot-tui.toml").write_text("[codegen]\ntemperatur = 1\n")
    code, checks = doctor(capfdbinary)
    assert code == 2
    assert ".copilot-tui.toml:2" in checks["configuration"]["detail"]
    assert "temperature" in checks["configuration"]["advice"]


def test_doctor_ends_with_1_when_the_models_cannot_be_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("COPILOT_TUI_MODELS__DIRECTORY", str(tmp_path / "file" / "models"))
    monkeypatch.chdir(tmp_path)
    code, checks = doctor(capfdbinary)
    assert code == 1
    assert checks["model directory"]["status"] == "problem"
    assert not (tmp_path / "models").exists()


def test_doctor_does_not_load_torch() -> None:
    program = (
        "import sys\nfrom copilot_tui.cli.main import main\n"
        "try:\n    main(['doctor'])\nexcept SystemExit:\n    pass\n"
        "print('torch' in sys.modules, 'transformers' in sys.modules, file=sys.stderr)"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert run.stderr.splitlines()[-1] == "False False"
