from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from copilot_tui.core.config import parse_toml
from copilot_tui.core.errors import ConfigurationError
from copilot_tui.store.locations import data_directory, state_directory, user_config_path
from copilot_tui.store.settings import convert_seed_json, import_seed_json, load_settings

SEED = {
    "codegen": {
        "model_path": "Salesforce/codegen-350M-mono",
        "model_type": "causal",
        "device": "cpu",
        "max_length": 512,
        "temperature": 0.7,
    },
    "llm": {"model_path": 'odd "name" \\ \x7f \U0001f600', "device": "cuda", "context_window": 4096},
    "exploration": {"enabled": True, "max_files_to_scan": 50, "similarity_threshold": 0.7},
    "hardware": {"use_gpu_if_available": True, "max_memory_per_model_gb": 8},
    "extras": {"quantize": "int8", "nothing": {}},
}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No test reads or writes the configuration of the person who runs it."""
    for name in ("CONFIG", "STATE", "DATA"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    return tmp_path


def write(path: Path, text: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_each_layer_overrides_the_weaker_ones(tmp_path: Path) -> None:
    def iterations(flags: dict[str, Any], environment: dict[str, str]) -> tuple[int, str]:
        loaded = load_settings(tmp_path, flags, environment)
        return loaded.session.max_iterations, loaded.origins["session.max_iterations"]

    value, origin = iterations({}, {})
    assert value == 10
    assert origin.startswith("built-in config.toml:")
    user = write(user_config_path(), "[session]\nmax_iterations = 2\n")
    assert iterations({}, {}) == (2, f"{user}:2")
    project = write(tmp_path / ".copilot-tui.toml", "# ours\n[session]\nmax_iterations = 3\n")
    assert iterations({}, {}) == (3, f"{project}:3")
    environment = {"COPILOT_TUI_SESSION__MAX_ITERATIONS": "4"}
    assert iterations({}, environment) == (4, "environment")
    assert iterations({"session.max_iterations": 5}, environment) == (5, "command line")
    assert iterations({"session.max_iterations": "6"}, environment) == (6, "command line")
    assert iterations({"session.max_iterations": None}, environment) == (4, "environment")
    assert load_settings(None, {}, {}).session.max_iterations == 2


def test_the_process_environment_counts_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COPILOT_TUI_MODELS__OFFLINE", "yes")
    assert load_settings(None).models.offline is True
    assert load_settings(None, environment={}).models.offline is False


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[codegen]\n\ndevise = 'cpu'\n", [":3", "codegen.devise", "codegen.device"]),
        ("[sesion]\nmax_iterations = 3\n", [":2", "sesion.max_iterations", "session.max_iterations"]),
        ("[codegen]\nmax_length = 'long'\n", [":2", "codegen.max_length", "whole number"]),
        ("[codegen]\ntemperature = nan\n", [":2", "codegen.temperature"]),
        ("[codegen]\nengine = 'lama'\n", [":2", "codegen.engine", "llama"]),
        ("[projects.x]\ndirs = []\n", [":2", "dirs", "projects.x.directories"]),
        ("[codegen\n", ["line 1"]),
        (b"[codegen]\ndevice = '\xff'\n", [":2", "UTF-8"]),
    ],
)
def test_a_wrong_file_is_named_with_line_key_and_nearest_key(
    tmp_path: Path, text: str | bytes, named: list[str]
) -> None:
    path = write(tmp_path / ".copilot-tui.toml", text)
    with pytest.raises(ConfigurationError) as caught:
        load_settings(tmp_path, {}, {})
    for part in (str(path), *named):
        assert part in str(caught.value)


def test_a_folder_in_the_place_of_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / ".copilot-tui.toml").mkdir()
    with pytest.raises(ConfigurationError, match=r"\.copilot-tui\.toml"):
        load_settings(tmp_path, {}, {})


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    write(tmp_path / ".copilot-tui.toml", b"\xef\xbb\xbf[models]\r\noffline = true\r\n")
    assert load_settings(tmp_path, {}, {}).models.offline is True


def test_the_file_of_the_seed_becomes_valid_settings(tmp_path: Path) -> None:
    path = write(tmp_path / "models.json", json.dumps(SEED))
    write(user_config_path(), import_seed_json(path))
    loaded = load_settings(None, {}, {})
    assert loaded.codegen.model_path == "Salesforce/codegen-350M-mono"
    assert (loaded.codegen.max_length, loaded.codegen.device) == (512, "cpu")
    assert loaded.llm.model_path == SEED["llm"]["model_path"]  # type: ignore[index]
    assert loaded.exploration.max_files_to_scan == 50
    assert loaded.hardware.max_memory_per_model_gb == 8.0
    assert loaded.llm.temperature == 0.3  # not in the seed's file, so ours


def test_keys_that_only_the_seed_had_are_reported(tmp_path: Path) -> None:
    imported = convert_seed_json(write(tmp_path / "models.json", json.dumps(SEED)))
    assert imported.left_out == ("codegen.model_type", "extras.quantize", "extras.nothing")
    assert "codegen.device" in imported.taken
    for key in imported.left_out:
        assert f"# No meaning here: {key} = " in imported.text


def test_a_hostile_name_cannot_leave_its_comment(tmp_path: Path) -> None:
    path = write(tmp_path / "models.json", json.dumps({"x\n[models]\noffline = true\n": "y\nz"}))
    assert parse_toml(import_seed_json(path), "x").values == {}


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("{", "JSON"),
        ("[]", "object"),
        ("[" * 100_000, "JSON"),
        ('{"codegen": {"max_length": "long"}}', "codegen.max_length"),
        ('{"codegen": {"max_length": -4}}', "codegen.max_length"),
        ('{"codegen": {"temperature": NaN}}', "codegen.temperature"),
        ('{"codegen": 3}', None),
        (None, "no file"),
    ],
)
def test_a_wrong_seed_file_is_named(tmp_path: Path, text: str | None, named: str | None) -> None:
    path = tmp_path / "models.json"
    if text is not None:
        path.write_text(text)
    if named is None:
        assert convert_seed_json(path).left_out == ("codegen",)
        return
    with pytest.raises(ConfigurationError, match=named) as caught:
        import_seed_json(path)
    assert str(path) in str(caught.value)


def test_places_follow_the_platform_and_code_bases_stay_apart(tmp_path: Path) -> None:
    one, two = tmp_path / "a" / "My lib", tmp_path / "b" / "My lib"
    one.mkdir(parents=True)
    two.mkdir(parents=True)
    link = tmp_path / "link"
    link.symlink_to(one)
    place = state_directory(one)
    assert place.parent == tmp_path / "state" / "copilot-tui"
    assert place.name.startswith("My-lib-")
    assert state_directory(link) == state_directory(one / ".." / "My lib") == place
    assert state_directory(two) != place
    assert state_directory(Path("/")).name.startswith("root-")
    assert state_directory(one, tmp_path / "logs") == tmp_path / "logs"
    assert data_directory() == tmp_path / "data" / "copilot-tui"
    assert user_config_path() == tmp_path / "config" / "copilot-tui" / "config.toml"
