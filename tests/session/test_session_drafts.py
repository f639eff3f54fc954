"""Plans and candidates as texts: to and fro, in one's own editor, and what is wrong with them."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot_tui.core.artefacts import Plan, PlannedFile
from copilot_tui.core.errors import UsageError
from copilot_tui.session.drafts import drafts, open_draft
from copilot_tui.session.external_editor import edit_in_editor
from copilot_tui.session.plan_text import plan_text, read_plan
from tests.conftest import GOOD_DOUBLE, Script
from tests.session.conftest import TASK, OpenBench

words = st.text(st.characters(codec="utf-8", exclude_characters="`"), min_size=1).map(
    lambda t: " ".join(t.split())
)
lines = words.filter(
    lambda text: text != "" and not text.startswith(("#", "-", "*")) and not text[0].isdigit()
)
entries = st.lists(lines, max_size=3).map(tuple)
names = words.filter(bool)
files = st.lists(st.builds(PlannedFile, names, lines, st.none() | names), max_size=3).map(tuple)


@given(st.builds(Plan, entries, entries, entries, files))
def test_a_plan_survives_being_a_text(plan: Plan) -> None:
    if plan == Plan():
        with pytest.raises(UsageError, match="empty"):
            read_plan(plan_text(plan))
    else:
        assert read_plan(plan_text(plan)) == plan


def test_a_plan_may_be_written_loosely() -> None:
    text = "#strategy\n1. first\n* second\nthird\n\n## Files\n- `src/a b.c` ( f ) : change it\n"
    plan = read_plan(text)
    assert plan.strategy == ("first", "second", "third")
    assert plan.files == (PlannedFile("src/a b.c", "change it", "f"),)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("# Files\n\nsrc/a.c", "Line 3 names no file"),
        ("# Goals\n- x", "Line 1: there is no part"),
        ("do it", "Line 1 stands below no heading"),
        ("# Strategy\n", "empty"),
    ],
)
def test_what_is_wrong_with_a_plan_names_its_line(text: str, what: str) -> None:
    with pytest.raises(UsageError, match=what):
        read_plan(text)


def editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    path = tmp_path / "my editor"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", f"'{path}' --wait")


def test_the_own_editor_gets_the_text_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    editor(tmp_path, monkeypatch, 'case "$2" in *.c) printf more >> "$2";; esac')
    assert edit_in_editor("a\x0c\x1b[1m", "src/a.c") == "a\x0c\x1b[1mmore"
    assert edit_in_editor("a", "src/a; rm -rf x") is None
    editor(tmp_path, monkeypatch, "exit 3")
    with pytest.raises(UsageError, match="editor failed"):
        edit_in_editor("a", "a.c")
    monkeypatch.setenv("EDITOR", "no-such-editor-here")
    with pytest.raises(UsageError, match="no-such-editor-here"):
        edit_in_editor("a", "a.c")
    monkeypatch.setenv("EDITOR", "'unclosed")
    with pytest.raises(UsageError, match="cannot be understood"):
        edit_in_editor("a", "a.c")


async def test_drafts_open_what_is_there_and_save_what_changed(open_bench: OpenBench) -> None:
    bench = await open_bench(Script([GOOD_DOUBLE]))
    manager = bench.manager
    await manager.start(TASK)
    assert drafts(manager.state) == []
    with pytest.raises(UsageError, match="no plan"):
        open_draft("", manager.state, manager.changes)
    for phase in ("explore", "reason", "generate"):
        await manager.run_phase(phase)
    assert drafts(manager.state) == ["plan", "candidate", "calc.c"]
    plan = open_draft("plan", manager.state, manager.changes)
    before = manager.state
    await plan.save(plan.text)
    assert manager.state == before  # nothing was changed, so nothing is stale
    await plan.save(plan.text.replace("Multiply by two.", "Add it to itself."))
    assert manager.state.plan is not None
    assert manager.state.plan.strategy == ("Add it to itself.",)
    assert manager.state.stale == {"generate"}
    code = open_draft("", manager.state, manager.changes)
    assert (code.name, "return 2 * value" in code.text) == ("calc.c", True)
    assert code.text.split("\n")[code.line - 1] == " * AI_STATUS: IMPLEMENTED"
    assert open_draft("calc.c:3", manager.state, manager.changes).line == 3
    await code.save(code.text.replace("2 * value", "value + value"))
    assert manager.state.candidate is not None
    assert "value + value" in manager.state.candidate.code
    assert manager.state.candidate.number == 2
    with pytest.raises(UsageError, match="does not change"):
        open_draft("calc.h", manager.state, manager.changes)
