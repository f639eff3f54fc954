"""Settings: layers, checks, and messages that say where and what."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot_tui.core import config
from copilot_tui.core.errors import ConfigurationError
from copilot_tui.store.resources import resource_path

DEFAULTS = config.parse_toml(resource_path("config.toml").read_text(), "config.toml")


def resolve(text: str, origin: str = "mine.toml") -> config.Settings:
    return config.resolve([DEFAULTS, config.parse_toml(text, origin)])


def test_the_packaged_file_holds_every_key_and_no_other() -> None:
    assert set(DEFAULTS.values) == set(config.schema())


def test_every_key_of_the_packaged_file_is_documented_on_its_line() -> None:
    lines = resource_path("config.toml").read_text().splitlines()
    for key, number in DEFAULTS.lines.items():
        assert "#" in lines[number - 1], f"{key} has no comment"


def test_a_later_layer_wins_and_is_named_as_the_origin() -> None:
    settings = resolve("[codegen]\nmax_length = 9\n")
    assert settings.codegen.max_length == 9
    assert settings.origins["codegen.max_length"] == "mine.toml:2"
    assert settings.origins["codegen.device"].startswith("config.toml:")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("[codegen]\n\ntemprature = 1\n", ("mine.toml:3", "codegen.temprature", "codegen.temperature")),
        ("[codegn]\ndevice = 'cpu'\n", ("mine.toml:2", "codegn.device", "codegen.device")),
        ("[codegen]\nmax_length = 'many'\n", ("mine.toml:2", "a whole number", "'many'")),
        ("[codegen]\nmax_length = true\n", ("mine.toml:2", "a whole number")),
        ("[exploration]\nenabled = 1\n", ("mine.toml:2", "true or false")),
        ("[codegen]\ntemperature = 9.0\n", ("mine.toml:2", "outside 0 to 2")),
        ("[generation]\nedit_format = 'functon'\n", ("mine.toml:2", "function")),
        ("[projects.x]\ndirectory = ['a']\n", ("mine.toml:2", "projects.x.directories")),
        ("[projects.x]\ndirectories = [1]\n", ("mine.toml:2", "a list of str")),
        ("[codegen\n", ("mine.toml", "not valid TOML")),
    ],
)
def test_an_error_names_file_line_key_and_what_is_valid(text: str, parts: tuple[str, ...]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        resolve(text)
    for part in parts:
        assert part in str(caught.value)


def test_environment_variables_are_read_by_the_type_of_their_key() -> None:
    layer = config.layer_from_environment(
        {"COPILOT_TUI_CODEGEN__MAX_LENGTH": "12", "COPILOT_TUI_EXPLORATION__ENABLED": "off", "PATH": "x"}
    )
    settings = config.resolve([DEFAULTS, layer])
    assert settings.codegen.max_length == 12
    assert settings.exploration.enabled is False
    with pytest.raises(ConfigurationError, match="COPILOT_TUI_CODEGEN__MAX_LENGTH"):
        config.layer_from_environment({"COPILOT_TUI_CODEGEN__MAX_LENGTH": "a lot"})


def test_a_project_has_its_own_directories_and_commands() -> None:
    settings = resolve('[projects.kernel]\ndirectories = ["rom/kernel"]\nbuild_command = "make k"\n')
    assert settings.project("kernel").directories == ("rom/kernel",)
    assert settings.project("kernel").build_command == "make k"
    assert settings.project("unknown") == config.ProjectSettings()


@given(st.text())
def test_any_text_gives_settings_or_a_configuration_error(text: str) -> None:
    try:
        resolve(text)
    except ConfigurationError as error:
        assert "mine.toml" in error.message


def test_a_list_of_numbers_is_read_and_each_of_them_checked() -> None:
    assert resolve("[ensemble]\ntemperatures = [0, 0.5]\n").ensemble.temperatures == (0.0, 0.5)
    layer = config.layer_from_environment({"COPILOT_TUI_ENSEMBLE__TEMPERATURES": "0.25, 1"})
    assert config.resolve([DEFAULTS, layer]).ensemble.temperatures == (0.25, 1.0)
    for text in ("[ensemble]\ntemperatures = [3]\n", "[ensemble]\ntemperatures = ['warm']\n"):
        with pytest.raises(ConfigurationError, match=r"mine.toml:2.*ensemble.temperatures"):
            resolve(text)


def test_a_code_base_cannot_put_a_server_among_the_models_of_the_ensemble() -> None:
    layer = config.parse_toml("[ensemble]\nmodels = ['http://far.example']\n", ".copilot-tui.toml")
    with pytest.raises(ConfigurationError, match="cannot choose the server"):
        config.refuse_personal_keys(layer)
