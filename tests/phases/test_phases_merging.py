"""What a small model wrote finds its place in the file; the rest stays as it is."""

from __future__ import annotations

import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot_tui.core.errors import EditFormatError
from copilot_tui.phases.merging import merge_definitions

FRAGMENTS = [
    "int add(int a, int b)", "{", "}", "return 1;", "struct s { int a; };", "#ifndef A", "#define A", "#endif",
    "class A:", "    def twice(self):", "        return 1", "def add(a):", "    pass", "import os", "X = 1", '"""',
    "int t[] = {1};", "/*", "int add(int, int);", "from a import (b,", "c)", "@wraps", "template <class T>",
]  # fmt: skip

FILE = """\
#include "text.h"

/* Keeps count. */
static int count;

/* Adds. */
int add(int a, int b)
{
    return a + b;
}

/* Not done. */
int twice(int a)
{
    (void)a;
    return 0;
}
"""


def test_the_function_that_was_asked_for_is_replaced_and_nothing_else() -> None:
    code = "int add(int a, int b) { return 0; }\n\nint twice(int a)\n{\n    return add(a, a);\n}"
    merged = merge_definitions(FILE, code, "c", "twice")
    assert merged.replaced == ("twice",)
    assert merged.text == FILE.replace("    (void)a;\n    return 0;", "    return add(a, a);")


def test_a_helper_stands_before_the_function_and_its_comment() -> None:
    code = (
        "static int half(int a)\n{\n    return a / 2;\n}\n\nint twice(int a)\n{\n    return 4 * half(a);\n}"
    )
    merged = merge_definitions(FILE, code, "c", "twice")
    assert merged.added == ("half",)
    assert "}\n\nstatic int half(int a)\n{\n    return a / 2;\n}\n\n/* Not done. */\nint twice" in merged.text


def test_a_new_function_goes_to_the_end_of_a_source_and_before_the_guard_of_a_header() -> None:
    merged = merge_definitions(FILE, "int third(int a)\n{\n    return a / 3;\n}", "c", None)
    assert merged.text.startswith(FILE.rstrip("\n"))
    assert merged.text.rstrip().endswith("return a / 3;\n}")
    header = "#ifndef T_H\n#define T_H\n\nint add(int a, int b);\n\n#endif\n"
    merged = merge_definitions(header, "int third(int a);", "c", None)
    assert (
        merged.text == "#ifndef T_H\n#define T_H\n\nint add(int a, int b);\n\nint third(int a);\n\n#endif\n"
    )


def test_includes_are_added_once_and_a_test_program_is_left_out() -> None:
    code = textwrap.dedent(
        """\
        #include <string.h>
        #include "text.h"
        int twice(int a) { return 2 * a; }
        int main(void) { return twice(1); }
        """
    )
    merged = merge_definitions(FILE, code, "c", "twice")
    assert merged.text.count('#include "text.h"') == 1
    assert merged.text.count("#include <string.h>") == 1
    assert "main" not in merged.text


def test_what_the_file_declares_is_not_declared_again() -> None:
    header = "struct node { int value; };\nint add(int a, int b);\n"
    code = "struct node { int value; };\nint add(int a, int b);\nint third(int a);"
    merged = merge_definitions(header, code, "c", None)
    assert merged.added == ("third",)
    assert merged.text.count("struct node {") == 1


def test_a_python_method_keeps_its_indentation_and_imports_join_the_others() -> None:
    before = "import os\n\n\nclass Box:\n    def size(self):\n        return 0\n\n    def name(self):\n        return 'box'\n"
    code = "import math\n\ndef size(self):\n    return math.floor(3.5)\n"
    merged = merge_definitions(before, code, "python", "size")
    assert merged.text == before.replace("import os\n", "import os\nimport math\n").replace(
        "        return 0", "        return math.floor(3.5)"
    )


@pytest.mark.parametrize("code", ["int other(int a) { return a; }", "/* nothing */", "int twice(int a);"])
def test_a_reply_without_the_function_is_refused(code: str) -> None:
    with pytest.raises(EditFormatError, match="twice"):
        merge_definitions(FILE, code, "c", "twice")


@given(
    st.text() | st.lists(st.sampled_from(FRAGMENTS), max_size=8).map("\n".join),
    st.sampled_from(["c", "cpp", "python"]),
    st.sampled_from([None, "add", "twice"]),
)
def test_any_reply_is_merged_or_refused(code: str, language: str, target: str | None) -> None:
    try:
        merged = merge_definitions(FILE, code, language, target)
    except EditFormatError:
        return
    assert merged.replaced or merged.added or merged.text == FILE
