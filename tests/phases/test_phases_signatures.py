"""A task that gives a function's head gives it whole, or it is left to the model."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot_tui.phases.calls_of_tests import head_of_new_test
from copilot_tui.phases.opening import opening
from copilot_tui.phases.signatures import head_in

ALLMAN = "int one(void)\n{\n    return 1;\n}\n"
SAME_LINE = "int one(void) {\n    return 1;\n}\n"
PROGRAM = (
    "static int test_a(void)\n{\n    return 0;\n}\n\nint main(void)\n{\n    RUN(test_a);\n    return 0;\n}\n"
)


@pytest.mark.parametrize(
    ("text", "name", "head"),
    [
        ("Add a function int count(const List *list) to a.c.", "count", "int count(const List *list)"),
        ("Add `struct node *pop(struct list *list)` to a.c", "pop", "struct node *pop(struct list *list)"),
        (
            "Write static unsigned long hash(char text[8], ...)",
            "hash",
            "static unsigned long hash(char text[8], ...)",
        ),
        ("Add int nothing() here", "nothing", "int nothing(void)"),
        ("Call count(x), then add int count(int x)", "count", "int count(int x)"),
        ("Add a function count(const List *list) to a.c", "count", None),
        ("Add int count(list) to a.c", "count", None),
        ("Add int visit(int (*each)(int)) to a.c", "visit", None),
        ("Add count to a.c", "count", None),
    ],
)
def test_a_head_is_taken_from_the_words_of_the_task(text: str, name: str, head: str | None) -> None:
    assert head_in(text, name, "c") == head


@given(st.text(alphabet="ab *(),._\n", max_size=300))
def test_any_text_is_read(text: str) -> None:
    head = head_in(f"{text}a(int x)", "a", "c")
    assert head is None or head.endswith("a(int x)") or "a(" in head


def test_a_new_function_is_begun_in_the_style_of_its_file() -> None:
    head = "int two(void)"
    assert opening(ALLMAN, "c", None, 0, head).beginning == "```c\nint two(void)\n{\n"
    assert opening(SAME_LINE, "c", None, 0, head).beginning == "```c\nint two(void) {\n"
    assert opening(ALLMAN, "c", None, 2, head).beginning == "```c\n", "every third sample is free"


def test_a_new_test_begins_like_the_one_that_main_calls() -> None:
    assert head_of_new_test(PROGRAM, "two") == "static int test_two(void)"
    assert head_of_new_test(PROGRAM, "a") is None, "it is there already"
    assert head_of_new_test(PROGRAM.replace("RUN(test_a);", ""), "two") is None
