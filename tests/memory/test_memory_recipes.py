"""A patch that cleared one error is done again for another of its kind, under other names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot_tui.core.artefacts import Diagnostic, FileChange
from copilot_tui.memory.patches import hunks_between, near, patch_text
from copilot_tui.memory.recipes import applied, recipe_of
from copilot_tui.phases.repairing import edited
from tests.memory.test_memory_fixes import Texts


def patch(before: str, after: str, line: int) -> str:
    changes = [FileChange("a.c", None, before)], [FileChange("a.c", None, after)]
    return patch_text(near(hunks_between(*changes), Diagnostic("gcc", "error", "", "a.c", line)))


def again(
    learnt: tuple[str, int, str, str], error: tuple[str, int], text: str, path: str = "b.c"
) -> str | None:
    """What a lesson makes of another text: None where it says nothing about it."""
    message, line, before, after = learnt
    recipe = recipe_of(Diagnostic("gcc", "error", message, "a.c", line), patch(before, after, line))
    if recipe is None:
        return None
    found = Diagnostic("gcc", "error", error[0], path, error[1], 1)
    fix = applied(recipe, found, Texts({path: text}))
    return None if fix is None else edited(text, fix.edits)


INCLUDE = (
    "implicit declaration of function 'strlen'",
    3,
    "int f(char *s)\n{\n    return strlen(s);\n}\n",
    "#include <string.h>\n\nint f(char *s)\n{\n    return strlen(s);\n}\n",
)
SLIP = (
    "'cuont' undeclared (first use in this function); did you mean 'count'?",
    3,
    "int f(int count)\n{\n    return cuont + 1;\n}\n",
    "int f(int count)\n{\n    return count + 1;\n}\n",
)
SEMICOLON = (
    "expected ';' before 'return'",
    3,
    "int f(int a)\n{\n    a = 1\n    return a;\n}\n",
    "int f(int a)\n{\n    a = 1;\n    return a;\n}\n",
)
TYPE = (
    "unknown type name 'string'",
    1,
    "string f(int a)\n{\n    return 0;\n}\n",
    "char *f(int a)\n{\n    return 0;\n}\n",
)
DECLARATION = (
    "'total' undeclared (first use in this function)",
    3,
    "int f(int a)\n{\n    total = a;\n    return total;\n}\n",
    "int f(int a)\n{\n    int total = 0;\n    total = a;\n    return total;\n}\n",
)


def test_an_include_goes_where_includes_are() -> None:
    text = "#include <stdio.h>\n\nint g(void)\n{\n    return (int)strlen(name);\n}\n"
    result = again(INCLUDE, (INCLUDE[0], 5), text)
    assert result == text.replace("<stdio.h>\n", "<stdio.h>\n#include <string.h>\n")


def test_a_slip_is_mended_under_the_names_of_the_new_message() -> None:
    message = "'widht' undeclared (first use in this function); did you mean 'width'?"
    text = "int area(int width, int height)\n{\n    return widht * height;\n}\n"
    assert again(SLIP, (message, 3), text) == text.replace("widht", "width")


def test_a_function_is_not_renamed_where_it_is_defined() -> None:
    message = "'widht' undeclared (first use in this function); did you mean 'width'?"
    text = "int widht(int a)\n{\n    return a;\n}\n\nint g(int width)\n{\n    return widht(width);\n}\n"
    assert again(SLIP, (message, 8), text) is None


def test_a_token_is_put_where_it_was_missing_before() -> None:
    text = "int g(int b)\n{\n    b = f(b, 2)\n    return b;\n}\n"
    assert again(SEMICOLON, (SEMICOLON[0], 3), text) == text.replace("2)", "2);")


def test_an_indentation_is_taken_from_the_line_above() -> None:
    learnt = ("unexpected indent", 2, "a = 1\n  b = 2\n", "a = 1\nb = 2\n")
    assert again(learnt, ("unexpected indent", 3), "def f():\n    c = 1\n     d = 2\n") == (
        "def f():\n    c = 1\n    d = 2\n"
    )
    deeper = ("expected an indented block", 2, "if a:\nb = 2\n", "if a:\n    b = 2\n")
    assert again(deeper, ("expected an indented block", 1), "b = 1\n") is None
    assert (
        again(deeper, ("expected an indented block", 2), "for b in c:\nd = 2\n") == "for b in c:\n    d = 2\n"
    )


def test_what_was_changed_in_another_file_is_not_done_in_this_one() -> None:
    makefile = patch("gcc a.o\n", "gcc a.o -lm\n", 1).replace("a.c", "Makefile")
    assert recipe_of(Diagnostic("ld", "error", "undefined reference to `sqrt'", "a.c", 1), makefile) is None


def test_a_header_of_the_code_base_is_included_only_where_it_is() -> None:
    learnt = ("unknown type name 'thing'", 1, "thing *f(void);\n", '#include "own.h"\n\nthing *f(void);\n')
    recipe = recipe_of(Diagnostic("gcc", "error", learnt[0], "a.c", 1), patch(learnt[2], learnt[3], 1))
    assert recipe is not None
    error = Diagnostic("gcc", "error", learnt[0], "b.c", 1)
    assert applied(recipe, error, Texts({"b.c": "thing x;\n"})) is None
    assert applied(recipe, error, Texts({"b.c": "thing x;\n", "inc/own.h": ""})) is not None


def test_a_declaration_is_added_at_the_top_of_the_function() -> None:
    text = "int h(void)\n{\n    int x = 1;\n    if (x)\n        sum = x;\n    return sum;\n}\n"
    result = again(DECLARATION, ("'sum' undeclared (first use in this function)", 5), text)
    assert result == text.replace("{\n", "{\n    int sum = 0;\n", 1)


def test_a_type_of_the_language_takes_the_place_of_an_unknown_one() -> None:
    text = "static string name(void)\n{\n    return 0;\n}\n"
    assert again(TYPE, ("unknown type name 'string'", 1), text) == text.replace("string ", "char * ")


@pytest.mark.parametrize(
    ("message", "line", "before", "after"),
    [
        ("'a' undeclared", 3, SLIP[2], SLIP[3].replace("count + 1", "helper(count)")),  # a name of that place
        ("bad", 90, SEMICOLON[2], SEMICOLON[3]),  # far from the error
        ("bad", 1, "a\nb\nc\nd\ne\nf\ng\nh\n", "1\nb\nc\nd\ne\nf\ng\n2\n"),  # two places
        ("bad", 1, "f(a, b, c, d, e);\n", "g(1, 2, 3, 4, 5, 6, 7);\n"),  # too much
    ],
)
def test_what_belongs_to_one_place_makes_no_recipe(message: str, line: int, before: str, after: str) -> None:
    assert recipe_of(Diagnostic("gcc", "error", message, "a.c", line), patch(before, after, line)) is None


def test_a_recipe_does_not_touch_what_it_does_not_fit() -> None:
    text = "int area(int width)\n{\n    return widht * widht;\n}\n"
    without_second_name = "'widht' undeclared (first use in this function)"
    assert again(SLIP, (without_second_name, 3), text) is None
    less = ("bad", 1, "if (a <= b)\n", "if (a < b)\n")
    assert again(less, ("bad", 1), "if (c <= d)\n") == "if (c < d)\n"
    assert again(less, ("bad", 1), "if (c <= d && e <= f)\n") is None  # which one is meant is not certain


@given(st.text(max_size=200), st.text(max_size=400), st.integers(-2, 9))
def test_hostile_patches_are_no_recipes_and_no_errors(message: str, patch_lines: str, line: int) -> None:
    recipe = recipe_of(
        Diagnostic("gcc", "error", message, "a.c", line), f"--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n{patch_lines}"
    )
    if recipe is not None:
        applied(recipe, Diagnostic("gcc", "error", message, "a.c", 1), Texts({"a.c": patch_lines}))
