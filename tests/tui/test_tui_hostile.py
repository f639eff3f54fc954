"""Text from outside is shown as it is: no markup is read in it, and nothing in it drives the terminal."""

from __future__ import annotations

import re
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.content import Content
from textual.geometry import Size

from copilot_tui.core.artefacts import (
    Breadcrumb,
    Candidate,
    Diagnostic,
    Exploration,
    FileChange,
    Finding,
    Plan,
    PlannedFile,
    RankedFile,
    ReviewReport,
)
from copilot_tui.core.text import printable
from copilot_tui.tui.code_view import coloured_lines, numbered
from copilot_tui.tui.diff_view import candidate_diff, side_by_side, unified
from copilot_tui.tui.rendering import (
    Entry,
    candidate_line,
    insights_markdown,
    plan_markdown,
    review_markdown,
)
from copilot_tui.tui.widgets.code_text import CodeText
from copilot_tui.tui.widgets.compiler import LINE_CHARACTERS, _cells, _lines
from copilot_tui.tui.widgets.exploration import file_line
from copilot_tui.tui.widgets.findings import findings
from tests.conftest import Script
from tests.tui.conftest import OpenStage

HARMFUL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
NASTY = "[red]x[/] [@click=app.quit]go[/] \x1b]52;c;aGk=\x07\x1b[2J\x1b[31mred \u202eevil `~~~ <b>"

texts = st.one_of(
    st.text(),
    st.text(alphabet=st.sampled_from("\x1b[]()@=31mJ\x07\x9b\u202e\r\t\n\\`#*_<>&|漢e\u0301")),
    st.just(NASTY),
)


def harmless(content: Content | str) -> bool:
    return HARMFUL.search(content.plain if isinstance(content, Content) else content) is None


@given(texts, texts)
def test_entries_and_markdown_hold_nothing_that_drives_a_terminal(text: str, hint: str) -> None:
    plan = Plan((text,), (text,), (text,), (PlannedFile(text, text, text),))
    review = ReviewReport("", (Finding("warning", text, text),), False)
    assert harmless(Entry("error", text, hint).content())
    assert all(harmless(source) for source in (plan_markdown(plan), insights_markdown(text)))
    assert harmless(review_markdown(review))


@settings(max_examples=50)
@given(texts, texts)
def test_code_holds_nothing_that_drives_a_terminal(before: str, after: str) -> None:
    candidate = Candidate(1, "", (FileChange("a\x1b[2J.c", before, after),), after)
    assert harmless(numbered(after, "a.c", 1))
    diffs, _ = candidate_diff(candidate, [candidate.changes[0].path])
    assert all(harmless(unified(diff)) and harmless(side_by_side(diff, 40)) for diff in diffs)
    assert all(harmless(diff.heading) for diff in diffs)
    assert harmless(candidate_line(candidate))


@given(texts)
def test_tables_and_lists_hold_nothing_that_drives_a_terminal(text: str) -> None:
    file = RankedFile(text, 1.0, (text,))
    crumb = Breadcrumb(text, 1, 1, (("AI_PHASE", text), ("AI_NOTE", text)))
    assert harmless(file_line(1, file))
    told = findings(Exploration("", (file,), (), (crumb,), (text,), text))
    assert all(harmless(finding.content) for finding in told)
    assert all(harmless(str(cell)) for cell in _cells(Diagnostic("t", "error", text, text, 1, 2, code=text)))
    assert all(harmless(line) and "\n" not in line for line in _lines(text))


def test_markup_is_text() -> None:
    assert Entry("notice", "[red]x[/]").content().plain == "[red]x[/]"


def test_a_line_of_a_megabyte_is_cut() -> None:
    (line,) = _lines("x" * 1_000_000)
    assert len(line) < LINE_CHARACTERS + 50
    (coloured,) = coloured_lines("x" * 1_000_000, "a.c")
    assert len(coloured) == LINE_CHARACTERS


async def test_a_hostile_model_and_file_harm_nothing(open_stage: OpenStage, calc_project: Path) -> None:
    (calc_project / "[red]double.c").write_text("int calc_double_too(int value) { return value; }\n")
    script = Script([f"int calc_double(int value)\n{{\n    return 2 * value; /* {NASTY} */\n}}\n"])
    script.insights["helpful"] = [{"at": "calc.c:1", "note": NASTY}]
    script.plan["strategy"] = [NASTY]
    async with open_stage(script) as stage:
        await stage.opened()
        await stage.work(f"calc_double in calc.c {NASTY}")
        await stage.work("/run 1")
        await stage.pilot.press("f3")
        assert "[red]x[/]" in stage.said()
        assert "[@click=app.quit]go[/]" in stage.said()
        assert HARMFUL.search(stage.text()) is None
        assert "[red]double.c" in stage.pane("exploration")
        assert stage.app.is_running


@given(st.lists(texts, min_size=1, max_size=4), st.integers(1, 12))
def test_code_in_pieces_is_folded_into_rows_that_fit(pieces: list[str], width: int) -> None:
    code = CodeText("a.c")
    for piece in pieces:
        code.take(printable(piece))
        code.get_content_height(Size(80, 24), Size(80, 24), width)
    assert code.text == "".join(map(printable, pieces)).expandtabs(8)
    at_once = CodeText("a.c", code.text)
    assert at_once.get_content_height(Size(80, 24), Size(80, 24), width) == code.rows
    rows = [code.row(number) for number in range(code.rows)]
    assert all(cell_len(text) <= max(2, width) for _, _, text in rows)
    assert "".join(text for _, _, text in rows) == code.text.replace("\n", "")
