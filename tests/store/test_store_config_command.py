"""``copilot-tui config``, called as a person calls it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


class Program:
    """The command line, with a configuration folder of its own."""

    def __init__(self, home: Path) -> None:
        self.user_file = home / "config" / "copilot-tui" / "config.toml"
        kept = {name: value for name, value in os.environ.items() if not name.startswith("COPILOT_TUI_")}
        self._environment = {**kept, "XDG_CONFIG_HOME": str(home / "config")}

    def __call__(self, *arguments: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "copilot_tui", "config", *map(str, arguments)],
            env=self._environment,
            capture_output=True,
            text=True,
        )


@pytest.fixture
def config(tmp_path: Path) -> Program:
    return Program(tmp_path)


def test_show_names_every_key_its_value_and_its_origin(config: Program, tmp_path: Path) -> None:
    project = tmp_path / ".copilot-tui.toml"
    project.write_text('[projects.core]\ndirectories = ["src"]\n[codegen]\ntemperature = 0\n')
    lines = [json.loads(line) for line in config("show", "--source", tmp_path, "--json").stdout.splitlines()]
    rows = {line["key"]: line for line in lines}
    assert rows["codegen.temperature"] == {
        "key": "codegen.temperature",
        "value": 0.0,
        "origin": f"{project}:4",
    }
    assert rows["projects.core.directories"]["value"] == ["src"]
    assert "built-in" in rows["hardware.threads"]["origin"]
    shown = config("show", "--source", tmp_path)
    assert shown.returncode == 0
    assert [line.split()[0] for line in shown.stdout.splitlines()] == list(rows)


def test_a_wrong_key_ends_with_2_and_names_the_place(config: Program, tmp_path: Path) -> None:
    (tmp_path / ".copilot-tui.toml").write_text("[llm]\ntemprature = 1\n")
    result = config("show", "--source", tmp_path)
    assert (result.returncode, result.stdout) == (2, "")
    assert ".copilot-tui.toml:2" in result.stderr
    assert "llm.temperature" in result.stderr


def test_a_source_that_is_no_folder_ends_with_2(config: Program, tmp_path: Path) -> None:
    assert config("show", "--source", tmp_path / "none").returncode == 2


def test_import_writes_the_users_file_once_and_again_only_by_force(config: Program, tmp_path: Path) -> None:
    assert config("path").stdout.strip() == str(config.user_file)
    models = tmp_path / "models.json"
    models.write_text('{"llm": {"device": "cuda", "model_type": "causal"}}')
    first = config("import", models)
    assert first.returncode == 0
    assert "llm.device" in first.stderr
    assert "llm.model_type" in first.stderr
    before = config.user_file.read_bytes()
    models.write_text('{"llm": {"device": "cpu"}}')
    refused = config("import", models)
    assert refused.returncode == 2
    assert "--force" in refused.stderr
    assert config.user_file.read_bytes() == before
    assert config("import", models, "--force").returncode == 0
    assert 'device = "cpu"' in config.user_file.read_text()
    assert config.user_file.with_name("config.toml.former").read_bytes() == before
