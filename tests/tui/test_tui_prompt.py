"""The prompt: mentions, the shell, the history, vi keys, and texts of any length."""

from __future__ import annotations

from pathlib import Path

from textual.events import Key, Paste

from copilot_tui.tui.screens.history_search import HistorySearch, holding
from tests.conftest import GOOD_DOUBLE, Script
from tests.tui.conftest import NARROW, OpenStage


async def test_a_path_is_completed_inside_a_sentence(open_stage: OpenStage, calc_project: Path) -> None:
    (calc_project / "other.c").write_text("int other;\n")
    async with open_stage() as stage:
        await stage.opened()
        prompt = stage.app.work_screen.prompt
        await stage.until(lambda: bool(prompt.choices("path").names), "the paths are known")
        await stage.pilot.press(*"mend @oth")
        assert prompt.popup.is_open
        await stage.pilot.press("tab", *"now")
        assert prompt.area.text == "mend @other.c now"
        await stage.pilot.press("enter")
        await stage.idle()
        state = stage.app.work_screen.driver.state
        assert state.task.text == "mend other.c now"
        assert state.pins == {"other.c"}
        await stage.work("/explore")
        files = stage.app.work_screen.driver.state.exploration
        assert files is not None
        assert any(file.path == "other.c" and file.pinned for file in files.files)


async def test_a_shell_command_runs_beside_no_session_and_goes_into_the_next(open_stage: OpenStage) -> None:
    script = Script([GOOD_DOUBLE])
    async with open_stage(script) as stage:
        await stage.opened()
        await stage.work("!echo hello; exit 3")
        assert "$ echo hello; exit 3" in stage.said()
        assert "Exit status 3" in stage.said()
        await stage.work("calc_double of calc.c")
        (ran,) = stage.app.work_screen.driver.state.shell
        assert (ran.output, ran.exit_code) == ("hello\n", 3)
        assert "$ echo hello; exit 3" in stage.said()
        await stage.work("!")
        assert stage.app.work_screen.driver.state.shell == ()


async def test_a_command_that_reads_or_hangs_does_not_hang_the_app(open_stage: OpenStage) -> None:
    async with open_stage(flags={"interface.shell_timeout_seconds": 0.3}) as stage:
        await stage.opened()
        await stage.work("!cat; echo read")
        assert "read" in stage.said()
        await stage.work("!sleep 60")
        assert "Killed at the time limit" in stage.said()
    async with open_stage() as stage:
        await stage.opened()
        await stage.enter("!sleep 60")
        await stage.until(lambda: stage.app.work_screen.driver.busy.startswith("!"), "it runs")
        await stage.pilot.press("escape")
        await stage.idle()
        assert "sleep 60 was stopped." in stage.said()


async def test_vi_keys_are_an_option(open_stage: OpenStage) -> None:
    async with open_stage(flags={"interface.vi_keys": True}) as stage:
        await stage.opened()
        prompt = stage.app.work_screen.prompt
        await stage.until(lambda: prompt.area.vi is not None, "the settings are read")
        await stage.pilot.press(*"one two three", "escape")
        assert prompt.query_one("#prompt-mode").display
        await stage.pilot.press("b", "d", "w", "0", "x", "A", *"!", "escape", "b", "i", "X")
        assert prompt.area.text == "ne Xtwo !"
        assert not prompt.query_one("#prompt-mode").display
    async with open_stage() as stage:
        await stage.opened()
        await stage.pilot.press(*"one", "escape", "x")
        assert stage.app.work_screen.prompt.area.text == "onex"


async def test_what_was_typed_is_found_again_after_a_restart(open_stage: OpenStage) -> None:
    async with open_stage() as stage:
        await stage.opened()
        for line in ("/config", "a task\nwith two lines", "/errors"):
            await stage.work(line)
    async with open_stage() as stage:
        await stage.opened()
        await stage.until(lambda: bool(stage.app.work_screen.prompt.history.entries), "history is read")
        await stage.pilot.press("escape", "ctrl+r")
        assert isinstance(stage.app.screen, HistorySearch)
        await stage.pilot.press(*"lines", "enter")
        assert stage.app.work_screen.prompt.area.text == "a task\nwith two lines"


def test_a_search_of_the_history_takes_words_in_any_order() -> None:
    assert holding(("Run the tests", "/run 3", "test"), "TEST run") == ("Run the tests",)


async def test_a_paste_of_ten_thousand_lines_is_one_entry(open_stage: OpenStage) -> None:
    async with open_stage(size=NARROW) as stage:
        await stage.opened()
        text = "\n".join(f"line {number} of [red]text" for number in range(10_000))
        area = stage.app.work_screen.prompt.area
        stage.app.post_message(Paste(text))
        await stage.pilot.pause()
        assert area.document.line_count == 10_000
        assert stage.app.work_screen.prompt.size.height <= 8
        await stage.pilot.press("enter")
        await stage.idle()
        assert stage.app.work_screen.driver.state.task.text == text


async def test_a_task_that_is_typed_ahead_waits_for_the_code_base(open_stage: OpenStage) -> None:
    async with open_stage(filled=False) as stage:
        assert not stage.app.work_screen.driver.is_open
        await stage.enter("a task typed ahead")
        await stage.until(
            lambda: stage.app.work_screen.driver.state.task.text == "a task typed ahead", "it is taken"
        )


async def test_what_is_typed_right_after_enter_begins_the_next_line(open_stage: OpenStage) -> None:
    async with open_stage() as stage:
        await stage.opened()
        area = stage.app.work_screen.prompt.area
        for key, character in (*((letter, letter) for letter in "!echo hi"), ("enter", "\r"), ("x", "x")):
            area.post_message(Key(key, character))
        await stage.until(lambda: "Exit status" in stage.said(), "the command ran")
        assert "$ echo hi\n" in stage.said()
        assert area.text == "x"


async def test_a_command_typed_faster_than_it_is_completed_is_the_one_typed(open_stage: OpenStage) -> None:
    async with open_stage() as stage:
        await stage.opened()
        area = stage.app.work_screen.prompt.area
        for letter in "/diff":
            area.post_message(Key(letter, letter))
        area.post_message(Key("enter", "\r"))
        await stage.until(lambda: "There is no candidate yet" in stage.said(), "/diff was carried out")
        assert area.text == ""
