"""Files named by ``@path``: which are files of the code base, and what the state makes of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from copilot_tui.core.artefacts import Exploration, RankedFile, Task
from copilot_tui.core.events import (
    Event,
    EventRecord,
    ExplorationProduced,
    FilesMentioned,
    SessionStarted,
    ShellForgotten,
    ShellRan,
)
from copilot_tui.core.session_state import SHELL_OUTPUTS_KEPT, SessionState
from copilot_tui.core.state import fold
from copilot_tui.phases.prompting import SHELL_CHARACTERS, shell_sections
from copilot_tui.session.mentions import mention, resolve_mentions


@pytest.fixture
def source(tmp_path: Path) -> Path:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "list.c").write_text("")
    (tmp_path / "my file.c").write_text("")
    (tmp_path.parent / "outside.c").write_text("")
    return tmp_path


def state_after(*events: Event) -> SessionState:
    return fold(EventRecord("s", number, "", event) for number, event in enumerate(events, 1))


def test_a_mention_becomes_the_plain_path(source: Path) -> None:
    found = resolve_mentions('In @src/list.c, and @"my file.c": sort @./src/list.c.', source)
    assert found.text == "In src/list.c, and my file.c: sort src/list.c."
    assert found.paths == ("src/list.c", "my file.c")


@pytest.mark.parametrize(
    "text", ["@Override", "mail me@src/list.c", "@ src", "a @../outside.c", "@/etc/passwd"]
)
def test_what_is_no_file_of_the_code_base_stays_text(source: Path, text: str) -> None:
    found = resolve_mentions(text, source)
    assert (found.text, found.paths) == (text, ())


def test_a_wrong_path_is_told(source: Path) -> None:
    assert resolve_mentions("mend @src/lits.c please", source).unknown == ("src/lits.c",)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(st.text(alphabet=st.sampled_from('@"/. \n\x00\ud800srclit~'), max_size=40))
def test_any_text_is_resolved(source: Path, text: str) -> None:
    assert set(resolve_mentions(text, source).paths) <= {"src/list.c", "my file.c"}


@pytest.mark.parametrize("path", ["src/list.c", "my file.c"])
def test_what_is_written_is_read_back(source: Path, path: str) -> None:
    assert resolve_mentions(mention(path), source).paths == (path,)


def test_a_mentioned_file_is_pinned_and_the_exploration_reads_it() -> None:
    start = SessionStarted(Task("x"), "/x")
    explored = ExplorationProduced(Exploration("x", (RankedFile("a.c", 1.0),)))
    assert state_after(start, FilesMentioned(("b.c",))).stale == frozenset()
    state = state_after(start, explored, FilesMentioned(("b.c",)))
    assert state.pins == {"b.c"}
    assert "explore" in state.stale
    assert state_after(start, explored, FilesMentioned(("a.c",))).stale == frozenset()


def test_outputs_of_commands_reach_the_prompts_until_they_are_taken_out() -> None:
    start = SessionStarted(Task("x"), "/x")
    runs = [ShellRan(f"echo {number}", 0, f"{number}\n", 0.1) for number in range(5)]
    state = state_after(start, *runs, ShellRan("echo 4", 1, "anew\n" + "x" * 10_000, 0.1))
    texts = [section.text for section in shell_sections(state)]
    assert len(texts) == SHELL_OUTPUTS_KEPT
    assert "`echo 2`" in texts[0]
    assert "anew" in texts[-1]
    assert "4\n" not in texts[-1]
    assert len(texts[-1]) < SHELL_CHARACTERS + 200
    assert shell_sections(state_after(start, *runs, ShellForgotten())) == []
