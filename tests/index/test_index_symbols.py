"""Definitions, their lines and comments, and syntax errors."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot_tui.index.symbols import calls, definitions, references, syntax_errors

C_SOURCE = """\
// License

/* Makes
 * a foo. */
static struct foo *make_foo(int a)
{
    return 0;
}
int declared(int);
typedef struct bar { int x; } Bar;
struct plain { int z; };
enum colour { RED };
#define TWICE(x) ((x) + (x))
#ifdef X
// only with X
int conditional(void) { return 1; }
#endif
int (*pointer)(int);
"""

AROS_SOURCE = """\
/*****************************************************************************

    NAME */
#include <proto/exec.h>

        AROS_LH2I(APTR, AllocVec,

/*  SYNOPSIS */
        AROS_LHA(IPTR, byteSize, D0),
        AROS_LHA(ULONG, requirements, D1),

/*  LOCATION */
        struct ExecBase *, SysBase, 114, Exec)

/*  FUNCTION
        Allocate memory; don't { forget.
*/
{
    AROS_LIBFUNC_INIT
    return "}";
    AROS_LIBFUNC_EXIT
}

void after(void)
{
}
"""


def test_c_definitions_have_kinds_lines_and_comments() -> None:
    found = {item.name: item for item in definitions(C_SOURCE, "c")}
    assert {name: item.kind for name, item in found.items()} == {
        "make_foo": "function",
        "declared": "prototype",
        "Bar": "typedef",
        "plain": "struct",
        "colour": "enum",
        "TWICE": "macro",
        "conditional": "function",
    }
    make_foo = found["make_foo"]
    assert (make_foo.comment_start, make_foo.start, make_foo.end) == (3, 5, 8)
    assert make_foo.signature == "static struct foo *make_foo(int a)"
    assert (found["conditional"].comment_start, found["conditional"].end) == (15, 16)
    assert (found["TWICE"].start, found["TWICE"].end) == (13, 13)


def test_a_function_behind_an_aros_macro_is_found_with_its_body() -> None:
    found = [item for item in definitions(AROS_SOURCE, "c") if item.kind == "function"]
    assert [(item.name, item.start, item.end) for item in found] == [("AllocVec", 6, 22), ("after", 24, 26)]


def test_cpp_and_python_methods_are_found() -> None:
    source = "namespace n { class X { void inside() {} }; int X::outside() const { return 1; } }\n"
    assert [item.name for item in definitions(source, "cpp")] == ["X", "inside", "outside"]
    source = (
        "@decorated\nclass A:\n    # says\n    @property\n    def value(self):\n        def inner(): pass\n"
        "\nif x:\n    def late(): pass\n"
    )
    found = definitions(source, "python")
    assert [(item.name, item.kind, item.comment_start, item.start) for item in found] == [
        ("A", "class", 1, 1),
        ("value", "function", 3, 4),
        ("late", "function", 9, 9),
    ]


@pytest.mark.parametrize(
    ("language", "source", "names"),
    [
        ("rust", "pub async fn one() {}\nimpl X {\n    fn two(&self) {}\n}\n", ["one", "two"]),
        ("go", "func One() {}\nfunc (s *S) Two() {}\n", ["One", "Two"]),
        ("javascript", "export function one() {}\nconst two = (a) => a;\n", ["one", "two"]),
        ("shell", "one() {\n:\n}\nfunction two {\n:\n}\n", ["one", "two"]),
        ("markdown", "# one()\n", []),
    ],
)
def test_other_languages_have_patterns_or_nothing(language: str, source: str, names: list[str]) -> None:
    assert [item.name for item in definitions(source, language)] == names


def test_syntax_errors_name_line_and_column() -> None:
    assert syntax_errors(C_SOURCE, "c") == ()
    assert syntax_errors("int ok;\nint é = ) 1;\n", "c")[0][0] == 2
    assert any(excerpt == "missing ;" for _, _, excerpt in syntax_errors("int f(void) { return 1 }\n", "c"))
    assert syntax_errors("fn (", "rust") == ()


def test_references_and_calls_leave_comments_and_strings_out() -> None:
    code = 'if (ready) { run(value); /* never(x) */ puts("call(y)"); }'
    assert calls(code, "c") == ("run", "puts")
    assert references(code, "c") == ("if", "ready", "run", "value", "puts")


@given(st.text(alphabet="AROS_LH2I(){},;\"'/*#\n\\ xint\x00é", max_size=200))
def test_no_text_breaks_the_reading(text: str) -> None:
    lines = text.count("\n") + 1
    for language in ("c", "cpp", "python", "rust"):
        for item in definitions(text, language):
            assert 1 <= item.comment_start <= item.start <= item.end <= lines
        syntax_errors(text, language)


@pytest.mark.parametrize(
    ("unit", "language"),
    [
        ("/* x", "c"),
        ("/* x", "python"),
        ("x + * y ", "python"),
        ("AROS_LH0(int, a,\n", "c"),
        ("int f(void){}\n", "c"),
    ],
)
def test_hostile_texts_neither_hang_nor_exhaust_memory(unit: str, language: str) -> None:
    definitions(unit * 20_000, language)


def test_operators_in_literals_do_not_count_as_hostile() -> None:
    source = "def f():\n    pass\n" + "# -*- coding -*-\nx = '+ * +'\n" * 200
    assert [item.name for item in definitions(source, "python")] == ["f"]
