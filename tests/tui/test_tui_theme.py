"""Theme files: the packaged ones, a person's own, and broken ones."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.command import CommandPalette

from copilot_tui.core.errors import ConfigurationError
from copilot_tui.tui.screens.theme_picker import ThemePicker
from copilot_tui.tui.terminal import has_few_colours, is_remote
from copilot_tui.tui.theme import DEFAULT_THEME, load_themes, read_theme, user_themes_directory
from tests.tui.conftest import OpenStage

GOOD = 'name = "mine"\ndark = true\nprimary = "#7aa2f7"\n'


def test_the_packaged_themes_load() -> None:
    loaded = load_themes()
    assert DEFAULT_THEME in loaded.themes
    assert len(loaded.themes) >= 6
    assert loaded.errors == ()


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        (GOOD + 'acccent = "#ffffff"\n', 4, "Did you mean accent?"),
        (GOOD + 'accent = "#fffff"\n', 4, "Write colours as #rrggbb."),
        (GOOD + "dark_mode = \n", 4, "not valid TOML"),
        (GOOD.replace("true", '"yes"'), 2, "true or false"),
        (GOOD + '\n[variables]\nborder = "#12345"\n', 6, "border is no colour"),
        (GOOD + "\n[variables]\nborder = 3\n", 6, "must be a text"),
        (GOOD.replace("primary", "secondary"), 1, "has no primary"),
    ],
)
def test_a_broken_theme_names_its_line(tmp_path: Path, text: str, line: int, said: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(ConfigurationError) as caught:
        read_theme(path)
    assert said in str(caught.value)
    assert str(path) in caught.value.message
    assert f":{line}:" in caught.value.message or f"line {line}" in caught.value.message


async def test_own_themes_are_offered_and_broken_ones_told(open_stage: OpenStage) -> None:
    directory = user_themes_directory()
    directory.mkdir(parents=True)
    (directory / "mine.toml").write_text(GOOD)
    (directory / "other.toml").write_text("primary = 3\n")
    async with open_stage() as stage:
        await stage.opened()
        assert "other.toml" in stage.said()
        await stage.enter("/theme mine")
        assert stage.app.theme == "mine"


def test_few_colours_and_a_remote_screen_are_seen() -> None:
    assert has_few_colours("standard", no_color=False)
    assert has_few_colours("truecolor", no_color=True)
    assert not has_few_colours("256", no_color=False)
    assert is_remote({"SSH_CONNECTION": "1.2.3.4 5 6.7.8.9 22"})
    assert not is_remote({"SSH_CONNECTION": ""})


async def test_without_colours_the_cursor_in_a_list_stands_out_and_phases_have_words(
    open_stage: OpenStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("SSH_CONNECTION", "1.2.3.4 5 6.7.8.9 22")
    async with open_stage() as stage:
        await stage.opened()
        assert stage.app.animation_level == "none"
        assert "○ explore" in stage.text()
        assert "pending" in stage.text()
        await stage.enter("/theme")
        await stage.until(lambda: isinstance(stage.app.screen, ThemePicker), "themes are offered")
        strips = stage.app.screen._compositor.render_strips()
        segments = [segment for strip in strips for segment in strip]
        underlined = {s.text.strip() for s in segments if s.style is not None and s.style.underline}
        assert "midnight" in underlined


async def test_the_palette_runs_every_command(open_stage: OpenStage) -> None:
    async with open_stage() as stage:
        await stage.opened()
        await stage.pilot.press("ctrl+p")
        await stage.until(lambda: isinstance(stage.app.screen, CommandPalette), "the palette is open")
        await stage.pilot.press(*"redo")
        await stage.until(lambda: "Put back what was undone last" in stage.text(), "the command is found")
        await stage.pilot.press("down", "enter")
        await stage.until(lambda: "Nothing was undone" in stage.said(), "the command is carried out")
