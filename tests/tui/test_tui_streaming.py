"""Text that streams: shown as what it is, selected and copied like any other."""

from __future__ import annotations

from textual.geometry import Offset, Region
from textual.selection import Selection
from textual.widgets import Markdown

from copilot_tui.core import events as ev
from copilot_tui.core.state import SessionState
from copilot_tui.tui.messages import Recorded
from copilot_tui.tui.rendering import Entry
from copilot_tui.tui.widgets.code_text import CodeText
from copilot_tui.tui.widgets.conversation import Conversation
from copilot_tui.tui.widgets.paragraph import Paragraph
from copilot_tui.tui.widgets.streamed_reply import Tail
from tests.tui.conftest import NARROW, OpenStage, Stage

LINES = "".join(f"    total += {number}; /* {'long ' * 20}*/\n" for number in range(60))


async def stream(stage: Stage, *pieces: str) -> None:
    events = [ev.PhaseStarted("generate", 1), *(ev.TokenStreamed("generate", piece) for piece in pieces)]
    for number, event in enumerate(events, 1):
        stage.app.work_screen.post_message(Recorded(ev.EventRecord("s", number, "", event), SessionState()))
    await stage.pilot.pause()


async def test_code_ends_at_its_fence_and_what_follows_is_markdown(open_stage: OpenStage) -> None:
    async with open_stage(size=NARROW) as stage:
        await stage.opened()
        await stream(
            stage, "int f(void) {\n    return 1; /* ``` */", "\n}\n", "``", "`\nIt is **one**", ".\n"
        )
        await stage.until(lambda: len(stage.app.query(Markdown)) > 0, "the remark is there")
        await stage.until(lambda: "It is one." in stage.text(), "it is laid out as Markdown")
        (code,) = stage.app.query(CodeText)
        assert code.text == "int f(void) {\n    return 1; /* ``` */\n}\n"


async def test_long_lines_go_on_in_the_next_row_and_are_copied_whole(open_stage: OpenStage) -> None:
    async with open_stage(size=NARROW) as stage:
        await stage.opened()
        await stream(stage, LINES[:1000], LINES[1000:])
        await stage.until(lambda: "total += 59;" in stage.text(), "the end is in view")
        (code,) = stage.app.query(CodeText)
        assert code.size.height == 120
        selection = Selection(Offset(4, 1), Offset(9, 2))
        stage.app.work_screen.selections = {code: selection}
        first, second = LINES.split("\n")[1:3]
        assert stage.app.work_screen.get_selected_text() == f"{first[4:]}\n{second[:9]}"


async def test_what_is_taken_away_below_a_dialogue_may_be_drawn_once_more(open_stage: OpenStage) -> None:
    async with open_stage(size=NARROW) as stage:
        await stage.opened()
        await stream(stage, LINES[:400])
        await stage.until(lambda: "total += 1;" in stage.text(), "the code is in view")
        work = stage.app.work_screen
        (code,) = work.query(CodeText)
        paragraph = Paragraph(Entry("notice", "A remark."))
        tail = Tail("the newest lines")
        await work.query_one(Conversation).scroller.mount(paragraph, tail)
        await stage.pilot.pause()
        work.action_help()
        await stage.until(lambda: stage.app.screen is not work, "help is open")
        for widget in (code, paragraph, tail):
            widget.refresh()
            parent, widget._parent = widget._parent, None  # so it is until the screen is laid out anew
            assert {strip.text.strip() for strip in widget.render_lines(Region(0, 0, 20, 2))} == {""}
            widget._parent = parent
