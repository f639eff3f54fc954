"""What a task's words name: functions that it asks for, and files."""

from __future__ import annotations

import pytest

from copilot_tui.core.artefacts import Task
from copilot_tui.phases.mentions import asked_names, named_paths
from copilot_tui.phases.reason import plan_of


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Add calc_triple to calc.c, and a test", ("calc_triple",)),
        ("Implement the TODO: add calc_half", ("calc_half",)),
        ("Add int calc_triple(int) to calc.c and calc.h", ("calc_triple",)),
        ("Write a function named `textTrim` that trims.", ("textTrim",)),
        ("Write half() for numbers.", ("half",)),
        ("Add a prototype of calc_add to calc.h", ()),
        ("Add pthread_create error handling", ()),
        ("calc_add must handle INT_MAX, use uint32_t", ()),
        ("Write my_file.c with a main", ()),
        ("Fix the bug in calc_add", ()),
        ("Add a test", ()),
    ],
)
def test_only_what_is_clearly_asked_for_is_demanded(text: str, names: tuple[str, ...]) -> None:
    assert asked_names(text) == names


def test_files_of_the_text_are_found_where_they_are() -> None:
    known = {"include/calc.h", "a/x.c", "b/x.c"}
    text = "Add it to ./src/new.c, calc.h, x.c and ../evil.c (e.g. at /etc/passwd.c, src/)."
    assert named_paths(text, known) == ("src/new.c", "include/calc.h", "x.c")


def test_a_plan_keeps_one_entry_for_a_file_and_none_for_what_is_no_source() -> None:
    paths = ["a.c", "./a.c", "src/", "src", "x.unknown", "../a.c", "LICENSE", ""]
    answer = {"files": [{"path": path, "function": "f", "change": "Do it."} for path in paths]}
    assert [file.path for file in plan_of(answer, Task("x"), ("LICENSE",)).files] == ["a.c", "LICENSE"]
