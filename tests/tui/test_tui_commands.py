"""The table of slash commands: how lines are read and completed, and that each command works."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot_tui.core.errors import UsageError
from copilot_tui.session.commands import (
    BY_NAME,
    COMMANDS,
    CommandCall,
    ShellText,
    TaskText,
    parse_line,
)
from copilot_tui.session.completion import complete_line
from copilot_tui.session.names import NameIndex, ranked_matches
from copilot_tui.tui.screens.help import help_content
from tests.tui.conftest import OpenStage


def test_names_are_unique_and_each_has_its_help() -> None:
    assert len(BY_NAME) == len(COMMANDS)
    assert all(command.help.endswith(".") for command in COMMANDS)


async def test_the_app_carries_out_every_command_of_the_table(open_stage: OpenStage) -> None:
    async with open_stage() as stage:
        assert stage.app.work_screen.desk.commands == set(BY_NAME)


def test_the_help_page_lists_every_command() -> None:
    narrow = help_content(60).plain
    assert all(len(line) <= 60 or line.startswith("Plain text") for line in narrow.split("\n"))
    page = help_content(200).plain
    assert all(command.usage in page and command.help in page for command in COMMANDS)


def test_plain_text_is_a_task_and_two_slashes_begin_one() -> None:
    assert parse_line("  add a function ") == TaskText("add a function")
    assert parse_line("//etc is a path") == TaskText("/etc is a path")
    assert parse_line("   ") is None


def test_an_exclamation_mark_is_for_the_shell() -> None:
    assert parse_line("! make test") == ShellText("make test")
    assert parse_line("!") == ShellText("")


def test_a_command_is_read_with_its_argument() -> None:
    assert parse_line("/run 3") == CommandCall(BY_NAME["run"], "3", 3)
    assert parse_line("/RUN") == CommandCall(BY_NAME["run"])
    assert parse_line("/pin src/my file.c") == CommandCall(BY_NAME["pin"], "src/my file.c")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("/exlore", "Did you mean /explore?"),
        ("/zzzz", "See /help"),
        ("/run many", "whole number"),
        ("/run 0", "whole number"),
        ("/run 99999999999999999999", "whole number"),
        ("/pin", "needs an argument"),
        ("/stop now", "takes no argument"),
        ("/replay fast", "no speed"),
        ("/replay 0", "no speed"),
        ("/replay nan", "no speed"),
    ],
)
def test_a_wrong_line_says_what_is_wrong(line: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_line(line)
    assert message in str(caught.value)


@given(st.text())
def test_any_line_is_read_or_refused(line: str) -> None:
    try:
        parse_line(line)
    except UsageError as error:
        assert error.message


@given(st.text())
def test_any_line_can_be_completed(line: str) -> None:
    for completion in complete_line(line, lambda kind: NameIndex(["a b", "src/a.c"])):
        assert completion.line.startswith("/") or "@" in completion.line


def test_names_complete_by_their_beginning_first() -> None:
    found = complete_line("/re", lambda kind: NameIndex())
    labels = [completion.label.split()[0] for completion in found]
    assert labels[:7] == ["/reason", "/review", "/reject", "/redo", "/resume", "/rename", "/replay"]
    assert labels[7:] == ["/explore", "/break"]
    assert [c.line for c in complete_line("/ru", lambda kind: NameIndex())] == ["/run "]
    assert complete_line("explain", lambda kind: NameIndex()) == ()


def test_arguments_complete_from_what_the_frontend_knows() -> None:
    paths = ["docs/text.md", "src/text.c", "src/list.c"]
    found = complete_line("/pin te", lambda kind: NameIndex(paths if kind == "path" else ()))
    assert [completion.line for completion in found] == ["/pin src/text.c", "/pin docs/text.md"]
    assert complete_line("/run 1", lambda kind: NameIndex(paths)) == ()


def test_matches_are_ranked_by_how_they_match() -> None:
    values = ["lib/contest.c", "t/e/s/t.c", "src/test.c", "test.c"]
    assert ranked_matches("test", values) == ["test.c", "src/test.c", "lib/contest.c", "t/e/s/t.c"]
    assert ranked_matches("", values) == values
    headers = ["src/jv_parse.c", "src/jv_print.c", "src/jv_private.h"]
    assert ranked_matches("src/jvpr", headers) == ["src/jv_print.c", "src/jv_private.h", "src/jv_parse.c"]
    assert ranked_matches("xyz", values) == []


def test_an_at_sign_completes_a_path_anywhere_before_the_cursor() -> None:
    names = NameIndex(["src/list.c", "src/my list.c", "include/list.h"])
    found = complete_line("sort the list of @sr", lambda kind: names)
    assert [c.line for c in found] == [
        "sort the list of @src/list.c ",
        'sort the list of @"src/my list.c" ',
    ]
    assert complete_line("mail me@src", lambda kind: names) == ()
    assert complete_line("@src/list.c and", lambda kind: names) == ()


@given(st.lists(st.text(alphabet="abAB/.c", max_size=8)), st.lists(st.text(alphabet="abc./", max_size=3)))
def test_a_search_that_goes_on_finds_what_a_new_one_finds(names: list[str], pieces: list[str]) -> None:
    index = NameIndex(names)
    typed = ""
    for piece in pieces:
        typed += piece
        assert index.matches(typed) == NameIndex(names).matches(typed)
