"""New declarations find the block that they belong to; conditions around it stay whole."""

from __future__ import annotations

import pytest

from copilot_tui.core.errors import EditFormatError
from copilot_tui.phases.merging import merge_definitions

NEW = "int b(void);"
RUNNER = 'int main(void)\n{\n    printf("1..1\\n");\n    check(one());\n    return 0;\n}\n'
NEW_TEST = "static int two(void)\n{\n    return 2;\n}\n"


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (
            '#pragma once\n#ifdef __cplusplus\nextern "C" {\n#endif\nint a(void);\n#ifdef __cplusplus\n}\n#endif\n',
            "int a(void);\n\nint b(void);\n\n#ifdef __cplusplus\n}",
        ),
        (
            '#ifndef A_H\n#define A_H\n#ifdef __cplusplus\nextern "C"\n{\n#endif\n\n#define A 1\n\n'
            "#ifdef __cplusplus\n}\n#endif\n\n#endif\n",
            "#define A 1\n\nint b(void);\n\n#ifdef __cplusplus\n}",
        ),
        (
            "#ifndef A_H\n#define A_H\nint a(void);\nint c(void);\n\n#ifdef DEBUG\nint d(void);\n#endif\n#endif\n",
            "int a(void);\nint c(void);\nint b(void);\n\n#ifdef DEBUG",
        ),
    ],
)
def test_a_prototype_joins_the_declarations_of_its_header(header: str, expected: str) -> None:
    merged = merge_definitions(header, NEW, "c", None)
    assert expected in merged.text
    assert [line for line in merged.text.split("\n") if line] == [
        line for line in merged.text.split("\n") if line and (line in header.split("\n") or line == NEW)
    ]


def test_a_feature_macro_at_the_top_is_no_include_guard() -> None:
    source = "#ifndef X\n#define X\n#endif\nint a(void);\n\n#ifdef T\nint t;\n#endif\n"
    code = "int b(void)\n{\n    return 2;\n}\n"
    assert merge_definitions(source, code, "c", None).text == f"{source}\n{code}"


def test_a_header_without_a_guard_is_known_by_its_name() -> None:
    merged = merge_definitions("int a(void);\n", "int b(void)\n{\n}\n", "c", None, header=True)
    assert merged.text == "int a(void);\n\nint b(void);\n"


def test_a_body_never_gets_into_a_header_of_prototypes() -> None:
    header = "#ifndef A_H\n#define A_H\nint a(int);\n#endif\n"
    merged = merge_definitions(header, "int a(int x, int y)\n{\n    return x + y;\n}\n", "c", None)
    assert merged.text == header.replace("int a(int);", "int a(int x, int y);")


def test_a_function_stays_out_of_the_condition_at_the_end() -> None:
    source = "int a(void)\n{\n    return 1;\n}\n\n#ifdef TEST\nint main(void)\n{\n    return 0;\n}\n#endif\n"
    merged = merge_definitions(source, "int b(void)\n{\n    return 2;\n}\n", "c", None)
    assert merged.text == source.replace("#ifdef", "int b(void)\n{\n    return 2;\n}\n\n#ifdef")
    without = source.replace("main", "other")
    merged = merge_definitions(without, "int b(void)\n{\n    return 2;\n}\n", "c", None)
    assert merged.text == without + "\nint b(void)\n{\n    return 2;\n}\n"


def test_a_helper_stands_before_the_function_that_calls_it() -> None:
    source = "int twice(int a)\n{\n    return a;\n}\n\nint last(void)\n{\n    return 0;\n}\n"
    code = (
        "static int half(int a)\n{\n    return a / 2;\n}\nint twice(int a)\n{\n    return 4 * half(a);\n}\n"
    )
    merged = merge_definitions(source, code, "c", None)
    assert merged.text.startswith("static int half")


def test_a_main_that_forgets_calls_is_left_out_and_one_that_adds_some_is_taken() -> None:
    forgetful = NEW_TEST + "int main(void)\n{\n    return two();\n}\n"
    merged = merge_definitions(RUNNER, forgetful, "c", None)
    assert merged.text == NEW_TEST + "\n" + RUNNER
    more = RUNNER.replace("1..1", "1..2").replace("    return", "    check(two());\n    return")
    merged = merge_definitions(RUNNER, NEW_TEST + more, "c", None)
    assert merged.text == NEW_TEST + "\n" + more


def test_a_table_comes_along_with_its_function() -> None:
    source = "int a(void)\n{\n    return 1;\n}\n"
    code = "static const int table[] = {1, 2};\nint b(int i)\n{\n    return table[i];\n}\n"
    merged = merge_definitions(source, code, "c", None)
    assert "static const int table[] = {1, 2};\n\nint b" in merged.text


@pytest.mark.parametrize(
    ("before", "code", "target"),
    [
        ("int a(void) { return 1; } int b(void) { return 2; }\n", "int b(void) { return 3; }\n", "b"),
        ("int a(void)\n{\n}\n", "int a(void) { } int b(void) { return 3; }\n", None),
        (
            "#ifdef W\nint f(void)\n{\n    return 1;\n}\n#else\nint f(void)\n{\n    return 2;\n}\n#endif\n",
            "int f(void)\n{\n    return 3;\n}\n",
            "f",
        ),
    ],
)
def test_what_is_not_clear_is_refused(before: str, code: str, target: str | None) -> None:
    with pytest.raises(EditFormatError):
        merge_definitions(before, code, "c", target)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("struct s { int a; };", "struct s { int a; int b; };"),
        ("typedef struct { int a; } s;", "typedef struct { int a; int b; } s;"),
        ("enum e { A };", "enum e { A, B };"),
        ("#define SIZE 1", "#define SIZE 2"),
        ("int f(int);", "int f(int, int);"),
    ],
)
def test_a_changed_declaration_takes_its_place(before: str, after: str) -> None:
    text = f"{before}\nint g(void);\n"
    assert merge_definitions(text, after + "\n", "c", None).text == f"{after}\nint g(void);\n"
