"""Panes, prompt, keys and colours."""

from __future__ import annotations

import pytest
from textual.events import Key

from copilot_tui.core.artefacts import Usage
from copilot_tui.core.events import Event, EventRecord, GenerationFinished, PromptPacked
from copilot_tui.core.state import SessionState
from copilot_tui.tui.meter import Meter
from copilot_tui.tui.phase_marks import SIGNS, STYLES
from copilot_tui.tui.screens.help import HelpScreen
from copilot_tui.tui.screens.theme_picker import ThemePicker
from copilot_tui.tui.widgets.compiler import CompilerPane
from copilot_tui.tui.widgets.conversation import Conversation
from copilot_tui.tui.widgets.pane_deck import visible_panes
from copilot_tui.tui.widgets.status_line import Segment, errors_segment, fitted
from tests.tui.conftest import NARROW, OpenStage

ALL = {"conversation", "exploration", "code", "compiler"}


def test_which_panes_are_on_the_screen() -> None:
    assert visible_panes(wide=True, active="code", zoomed=False, hidden=()) == ALL
    assert visible_panes(wide=True, active="code", zoomed=False, hidden={"compiler"}) == ALL - {"compiler"}
    assert visible_panes(wide=True, active="code", zoomed=True, hidden=()) == {"code"}
    assert visible_panes(wide=False, active="code", zoomed=False, hidden={"code"}) == {"code"}


async def test_panes_are_focused_zoomed_hidden_and_resized_by_key(open_stage: OpenStage) -> None:
    async with open_stage() as stage:
        deck = stage.app.work_screen.deck
        await stage.pilot.press("f5")
        assert deck.active_pane.pane.identifier == "compiler"
        assert deck.active_pane.has_focus_within
        await stage.pilot.press("f6")
        assert deck.shown() == {"compiler"}
        await stage.pilot.press("f6", "f7")
        assert deck.shown() == ALL - {"compiler"}
        await stage.pilot.press("f7")
        assert deck.shown() == ALL
        before = deck.query_one("#left").size.width
        await stage.pilot.press("ctrl+right")
        await stage.pilot.pause()
        assert deck.query_one("#left").size.width > before
        await stage.pilot.press("escape")
        assert stage.app.focused is stage.app.work_screen.prompt.area


async def test_what_is_typed_at_once_after_a_key_that_moves_the_focus_is_not_lost(
    open_stage: OpenStage,
) -> None:
    async with open_stage() as stage:
        screen = stage.app.work_screen
        screen.action_activate("code")
        assert screen.focused is screen.deck.active_pane.focus_target
        for key in "/pin a/b":
            stage.app.post_message(Key({"/": "slash", " ": "space"}.get(key, key), key))
        await stage.pilot.pause()
        assert screen.focused is screen.prompt.area
        assert screen.prompt.area.text == "/pin a/b"
        screen.action_activate("compiler")
        screen.action_stop_or_return()
        assert screen.focused is screen.prompt.area


async def test_the_splits_are_dragged_by_the_mouse(open_stage: OpenStage) -> None:
    async with open_stage() as stage:
        await stage.opened()
        deck = stage.app.work_screen.deck
        code, conversation = deck.query_one("#code"), deck.query_one("#conversation")
        border = (code.region.x, code.region.y + 3)
        await stage.pilot.mouse_down(offset=border)
        await stage.pilot.hover(offset=(40, border[1]))
        await stage.pilot.mouse_up(offset=(40, border[1]))
        assert abs(code.region.x - 40) <= 1
        await stage.pilot.hover(offset=(70, border[1]))
        assert abs(code.region.x - 40) <= 1
        await stage.pilot.mouse_down(offset=(10, conversation.region.bottom))
        await stage.pilot.hover(offset=(10, 30))
        await stage.pilot.mouse_up(offset=(10, 30))
        assert abs(conversation.region.bottom - 30) <= 1


async def test_below_a_hundred_columns_panes_are_tabs(open_stage: OpenStage) -> None:
    async with open_stage(size=NARROW) as stage:
        deck = stage.app.work_screen.deck
        assert deck.shown() == {"conversation"}
        await stage.pilot.press("f3")
        assert deck.shown() == {"exploration"}
        assert "▶F3 Exploration" in stage.text()
        await stage.pilot.press("f2")
        scroller = deck.query_one("#conversation-scroll")
        for number in range(12):
            await stage.enter(f"/nonsense{number}")
            await stage.until(lambda: scroller.is_vertical_scroll_end, "the newest line is in view")
            assert f"/nonsense{number}" in stage.text()
        assert scroller.max_scroll_y > 0
        await stage.pilot.click("#tab-code")
        assert deck.shown() == {"code"}
        await stage.pilot.resize_terminal(130, 40)
        await stage.pilot.pause()
        assert deck.shown() == ALL


async def test_a_conversation_that_fits_again_stands_at_the_top(open_stage: OpenStage) -> None:
    async with open_stage() as stage:
        await stage.opened()
        scroller = stage.app.work_screen.query_one(Conversation).scroller
        while scroller.max_scroll_y <= 0:
            await stage.enter("/tusks")
        await stage.until(lambda: scroller.is_anchored, "the end is kept in view")
        await stage.pilot.press("f2", "f6")
        await stage.until(lambda: scroller.max_scroll_y <= 0 <= scroller.scroll_y, "all of it fits")
        await stage.until(lambda: "State what you want" in stage.pane("conversation").split("\n")[0], "top")
        await stage.pilot.press("f6")
        await stage.until(lambda: scroller.scroll_y == scroller.max_scroll_y > 0, "the end is in view again")


async def test_lines_that_wrap_stay_beside_their_sign_and_output_beside_its_table(
    open_stage: OpenStage,
) -> None:
    words = "word " * 60
    async with open_stage(size=(200, 40)) as stage:
        await stage.opened()
        await stage.work(words)
        conversation = stage.pane("conversation").split("\n")
        task = [line.strip("│ ").rstrip() for line in conversation if "word" in line]
        columns = {line.index("word") for line in conversation if "word" in line}
        assert len(task) > 1
        assert len(columns) == 1
        assert task[0].startswith("❯ word")
        compiler = stage.app.work_screen.query_one(CompilerPane)
        assert compiler.output.region.y == compiler.table.region.y
        assert compiler.output.region.x >= compiler.table.region.right
        await stage.pilot.resize_terminal(170, 40)
        await stage.pilot.pause()
        assert compiler.output.region.x == compiler.table.region.x
        assert compiler.output.region.y >= compiler.table.region.bottom


async def test_the_prompt_completes_recalls_and_takes_many_lines(open_stage: OpenStage) -> None:
    async with open_stage() as stage:
        await stage.opened()
        prompt = stage.app.work_screen.prompt
        await stage.pilot.press("slash", "s", "t")
        assert prompt.popup.is_open
        assert "/step" in stage.text()
        assert "Run the next phase and stop there." in stage.text()
        await stage.pilot.press("down", "tab")
        assert prompt.area.text == "/stop"
        prompt.area.text = "first line"
        await stage.pilot.press("end", "ctrl+j")
        await stage.pilot.press(*"second", "enter")
        await stage.idle()
        assert stage.app.work_screen.driver.state.task.text == "first line\nsecond"
        await stage.enter("/config")
        await stage.pilot.press(*"draft", "up", "up")
        assert prompt.area.text == "first line\nsecond"
        await stage.pilot.press("down", "down", "down")
        assert prompt.area.text == "draft"
        await stage.pilot.press("ctrl+c")
        assert prompt.area.text == ""
        await stage.pilot.press("up")
        assert prompt.area.text == "draft"
        await stage.pilot.press("tab", "x")
        assert prompt.area.text == "draftx"
    async with open_stage() as stage:
        await stage.until(lambda: len(stage.app.work_screen.prompt.history.entries) == 2, "history is read")
        assert stage.app.work_screen.prompt.history.entries == ("first line\nsecond", "/config")


async def test_enter_on_an_unfinished_command_takes_the_completion(open_stage: OpenStage) -> None:
    async with open_stage() as stage:
        await stage.opened()
        await stage.pilot.press("slash", "h", "e", "l", "enter")
        await stage.until(lambda: isinstance(stage.app.screen, HelpScreen), "help is shown")
        assert "/explore" in stage.text() or "Everywhere" in stage.text()
        await stage.pilot.press("escape")
        await stage.until(lambda: stage.app.focused is stage.app.work_screen.prompt.area, "help is closed")
        await stage.pilot.press("slash", "p", "i", "n", "enter")
        assert stage.app.work_screen.prompt.area.text == "/pin "
        await stage.until(
            lambda: "calc.c" in stage.app.work_screen.desk.choices("path").names, "the paths are known"
        )
        await stage.pilot.press("c", "a", "l", "c", "enter")
        await stage.pilot.pause()
        assert "Nothing was explored yet" in stage.said()


async def test_a_theme_is_tried_chosen_and_remembered(open_stage: OpenStage) -> None:
    async with open_stage() as stage:
        await stage.opened()
        assert stage.app.theme == "midnight"
        await stage.enter("/theme")
        await stage.until(lambda: isinstance(stage.app.screen, ThemePicker), "themes are offered")
        await stage.pilot.press("home")
        await stage.pilot.pause()
        assert stage.app.theme == "ember"
        await stage.pilot.press("escape")
        assert stage.app.theme == "midnight"
        await stage.enter("/theme papyr")
        assert "There is no theme papyr" in stage.said()
        await stage.enter("/theme paper")
        assert stage.app.theme == "paper"
        await stage.app.workers.wait_for_complete()
    async with open_stage() as stage:
        assert stage.app.theme == "paper"


async def test_no_color_is_respected(open_stage: OpenStage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with open_stage() as stage:
        await stage.pilot.pause()
        strips = stage.app.screen._compositor.render_strips()
        filtered = [
            strip.apply_filter(f, stage.app.background_colors[1])
            for strip in strips[:3]
            for f in stage.app._filters
            if f.enabled
        ]
        colours = {s.style.color.triplet for strip in filtered for s in strip if s.style and s.style.color}
        assert all(len(set(colour)) == 1 for colour in colours if colour)


def test_no_standing_is_told_by_colour_alone() -> None:
    assert len(set(SIGNS.values())) == len(SIGNS) == len(STYLES)


def test_errors_are_compared_with_the_build_before() -> None:
    assert errors_segment(3, None).text == "errors 3"
    assert errors_segment(1, 3).text == "errors 3→1 ↓"
    assert errors_segment(3, 1).text == "errors 1→3 ↑"
    assert errors_segment(3, 3).text == "errors 3→3 ="


def test_the_status_line_drops_what_matters_least() -> None:
    segments = [Segment("model", 90), Segment("cached", 10), Segment("errors", 50)]
    assert fitted(segments, 40).plain == "model │ cached │ errors"
    assert fitted(segments, 15).plain == "model │ errors"
    assert fitted(segments, 6).plain == "model"


def test_the_meter_shows_what_engines_measured() -> None:
    packed = PromptPacked("reason", 2048, 500, 300, ())
    usage = Usage(500, 480, 41, 0.5, 1.5, "stop")
    meter = Meter()
    events: tuple[Event, ...] = (packed, GenerationFinished("reason", "m", usage))
    for number, event in enumerate(events, 1):
        meter = meter.after(EventRecord("s", number, "", event), SessionState())
    assert (meter.window, meter.context_used, meter.cached_tokens) == (2048, 541, 480)
    assert meter.tokens_per_second == pytest.approx(41.0)
