"""Definitions, their lines and comments, and syntax errors."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot_tui.index.languages import language_of
from copilot_tui.index.symbols import calls, definitions, read_source, references, syntax_errors

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
        "bar": "struct",
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
    assert (found[0].comment_start, found[0].doc) == (1, "Allocate memory; don't { forget.")
    assert found[0].signature.startswith("AROS_LH2I(APTR, AllocVec, AROS_LHA(IPTR, byteSize, D0),")


@pytest.mark.parametrize("head", ["int EXPORT main(void)", "int main(void)", "EXPORT(int) main(void)"])
def test_a_macro_around_a_function_without_parameters_leaves_its_name(head: str) -> None:
    (found,) = definitions(f"{head}\n{{\n    return 0;\n}}\n", "c")
    assert (found.name, found.kind, found.end) == ("main", "function", 4)


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


LANGUAGES = {
    "rust": (
        "use crate::net::{http::Client, dns};\nmod parse;\n\n/// Sends it.\n#[inline]\n"
        "pub fn send(x: i32) -> i32 {\n    fn local() {}\n    go(x); self.step(); m::leap(); note!(1)\n}\n"
        "trait Shape { fn area(&self); }\nimpl Shape for S { fn area(&self) {} }\n",
        [("send", "function", 4, 6), ("Shape", "class", 10, 10), ("area", "prototype", 10, 10), ("area", "function", 11, 11)],
        {"go", "step", "leap", "note"},
        ["net/http/Client", "net/http", "net/dns", "net", "./parse"],
        "Sends it.",
    ),
    "go": (
        'package a\nimport (\n\t"fmt"\n\tb "x.org/a/b"\n)\n\n// Foo does.\nfunc (c *C) Foo(a int) error {\n'
        "\tfmt.Println(a)\n\tbar()\n}\ntype S struct{ A int }\ntype I interface{ F() }\n",
        [("Foo", "function", 7, 8), ("S", "struct", 12, 12), ("I", "class", 13, 13)],
        {"Println", "bar"},
        ["fmt", "x.org/a/b"],
        "Foo does.",
    ),
    "java": (
        "package a;\nimport a.b.C;\nimport static a.D.e;\nimport q.*;\n/**\n * Does it.\n * @param x no\n */\n"
        "@Deprecated\npublic class A {\n  A() { foo(); new Q(); }\n  int m(int a) { return this.n(a); }\n"
        "  enum E { X }\n}\ninterface I { void q(); }\n",
        [("A", "class", 5, 9), ("A", "function", 11, 11), ("m", "function", 12, 12), ("E", "enum", 13, 13),
         ("I", "class", 15, 15), ("q", "prototype", 15, 15)],
        {"foo", "Q", "n"},
        ["a/b/C", "a/D", "q/*"],
        "Does it.",
    ),
    "javascript": (
        "import {y} from './a';\nvar q = require('./c');\n\n/** Uses it. */\napp.use = function use(fn) { a(); b.c(); };\n"
        "export const bar = async (x) => { new D(); };\nexport class K { m() {} }\n",
        [("use", "function", 4, 5), ("bar", "function", 6, 6), ("K", "class", 7, 7), ("m", "function", 7, 7)],
        {"require", "a", "c", "D"},
        ["./a", "./c"],
        "Uses it.",
    ),
    "typescript": (
        "import b = require('./bb');\n// Shaped.\nexport interface I { m(): void }\ntype T = string;\n"
        "abstract class C { abstract foo(): void; private bar(x: number) { this.q<string>(1); } }\n",
        [("I", "class", 2, 3), ("m", "prototype", 3, 3), ("T", "typedef", 4, 4), ("C", "class", 5, 5),
         ("foo", "prototype", 5, 5), ("bar", "function", 5, 5)],
        {"q"},
        ["./bb"],
        "Shaped.",
    ),
    "tsx": ("const A = () => <b>{f()}</b>;\n", [("A", "function", 1, 1)], {"f"}, [], ""),
    "shell": (
        '. ./a.sh\nsource "$DIR/b.sh"\n# Says foo.\nfoo() {\n  bar x\n}\n',
        [("foo", "function", 3, 4)],
        {".", "source", "bar"},
        ["./a.sh", "b.sh"],
        "Says foo.",
    ),
    "python": (
        "import a.b as c, d\nfrom .x import y\nfrom ..m.n import (z as w)\n\nclass A:\n    \"\"\"Holds\n    it.\n\n    More.\"\"\"\n"
        "    def f(self): g(); self.h.i(1)\n",
        [("A", "class", 5, 5), ("f", "function", 10, 10)],
        {"g", "i"},
        ["a/b", "d", "./x", "./x/y", "./../m/n", "./../m/n/z"],
        "Holds it.",
    ),
    "cpp": (
        '#include "a/b.hpp"\n#include <map>\n// Doubles.\ntemplate <class T>\nT twice(T x) { return n::add(x, x) + make<T>(); }\n'
        "class Q { public: int size() const; };\n",
        [("twice", "function", 3, 4), ("Q", "class", 6, 6), ("size", "prototype", 6, 6)],
        {"add", "make"},
        ["a/b.hpp", "map"],
        "Doubles.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_source_tells_definitions_calls_imports_and_documentation(language: str) -> None:
    text, names, called, imports, doc = LANGUAGES[language]
    reading = read_source(text, language)
    assert [(x.name, x.kind, x.comment_start, x.start) for x in reading.definitions] == names
    assert called <= set(reading.calls)
    assert list(reading.imports) == imports
    assert reading.definitions[0].doc == doc


@pytest.mark.parametrize(
    ("language", "source", "names"),
    [
        ("rust", "pub async fn one() {}\nimpl X {\n    fn two(&self) {}\n}\n", ["one", "two"]),
        ("go", "func One() {}\nfunc (s *S) Two() {}\n", ["One", "Two"]),
        ("javascript", "export function one() {}\nconst two = (a) => a;\n", ["one", "two"]),
        ("shell", "one() {\n:\n}\nfunction two {\n:\n}\n", ["one", "two"]),
        ("ruby", "def one\nend\ndef self.two\nend\n", ["one", "two"]),
        ("markdown", "# one()\n", []),
    ],
)
def test_other_languages_have_patterns_or_nothing(language: str, source: str, names: list[str]) -> None:
    assert [item.name for item in definitions(source, language)] == names


def test_syntax_errors_name_line_and_column() -> None:
    assert syntax_errors(C_SOURCE, "c") == ()
    assert syntax_errors("int ok;\nint é = ) 1;\n", "c")[0][0] == 2
    assert any(excerpt == "missing ;" for _, _, excerpt in syntax_errors("int f(void) { return 1 }\n", "c"))
    assert syntax_errors("fn f() { let x = ; }", "rust")[0][0] == 1
    assert syntax_errors("def (", "ruby") == ()


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
        ("(((((", "c"),
        ("[[[[[", "python"),
        ("{{{{{", "javascript"),
        ("[*", "python"),
        ("x + * y ", "python"),
        ("x | * y ", "python"),
        ("x + # z\n* y ", "python"),
        ("x + \\\n* y ", "python"),
        ("AROS_LH0(int, a,\n", "c"),
        ("int f(void){}\n", "c"),
    ],
)
def test_hostile_texts_neither_hang_nor_exhaust_memory(unit: str, language: str) -> None:
    definitions(unit * 20_000, language)


def test_operators_in_literals_do_not_count_as_hostile() -> None:
    source = "def f():\n    pass\n" + "# -*- coding -*-\nx = '+ * +'\n" * 200
    assert [item.name for item in definitions(source, "python")] == ["f"]


def test_functions_behind_macros_that_are_no_c_are_found_by_their_heads() -> None:
    text = """
SM_STATE(EAP, DISABLED)
{
    int idle;
}

BOOPSI_DISPATCHER(IPTR, Area_Dispatcher, cl, obj, msg)
{
    switch (msg->MethodID)
    {
        case OM_NEW: return 1;
    }
}
BOOPSI_DISPATCHER_END

TEST_BEGIN(test_rb_empty) {
    expect(1);
}
TEST_END

/* Makes one. */
void REGARGS NewDir (GlobData *glob)
{
    if (glob) {
    }
}

#ifdef WIDE
int opened(long a) {
#else
int opened(int a) {
#endif
    return a;
}

int last(void) { return 0; }
"""
    found = {item.name: (item.start, item.end) for item in definitions(text, "c") if item.kind == "function"}
    assert found == {
        "DISABLED": (2, 5),
        "Area_Dispatcher": (7, 13),
        "test_rb_empty": (16, 18),
        "NewDir": (22, 26),
        "opened": (31, 34),
        "last": (36, 36),
    }


HIDDEN_PROTOTYPES = """\
/* Put it;
   (not more). */
AROS_UFP2(void, bPutChar,
          AROS_UFPA(UBYTE, chr, D0), /* the sign) */
          AROS_UFPA(APTR, PutChData, A3));
AROS_UFP0(struct Node *, bHWTask);
int other; // remark
AROS_INTP(PlayInt);

AROS_LD1(BOOL, Close, AROS_LDA(APTR, x, A0), struct Library *, Base, 5, Lib);
void udp_init __P((void));
char\t*link_ntoa __P((const struct sockaddr_dl *));
ZEXTERN int ZEXPORT deflate OF((z_streamp strm,
                                int (*flush)(int)));
int plain(int a);

/* AROS_UFP0(void, Remarked); void remarked __P((void)); */
#define macro __P((void))
typedef int type __P((int));
static int attribute __attribute__((unused));
AROS_UFP0(void, Body) { AROS_INTP; }
int (*member) __P((int));
AROS_UFC1(void, Called, AROS_UFCA(int, a, D0));
"""


def test_prototypes_behind_macros_are_found() -> None:
    found = [item for item in definitions(HIDDEN_PROTOTYPES, "c") if item.kind == "prototype"]
    assert [(item.name, item.comment_start, item.start, item.end, item.doc) for item in found] == [
        ("bPutChar", 1, 3, 5, "Put it; (not more)."),
        ("bHWTask", 6, 6, 6, ""),
        ("PlayInt", 8, 8, 8, ""),
        ("Close", 10, 10, 10, ""),
        ("udp_init", 11, 11, 11, ""),
        ("link_ntoa", 12, 12, 12, ""),
        ("deflate", 13, 13, 14, ""),
        ("plain", 15, 15, 15, ""),
    ]
    assert found[1].signature == "AROS_UFP0(struct Node *, bHWTask);"
    assert found[5].signature == "char *link_ntoa __P((const struct sockaddr_dl *));"


@pytest.mark.parametrize(
    "unit",
    [
        "AROS_UFP0(int, a,\n",
        "AROS_INTP(a);\n",
        "a OF((",
        "a " * 140 + "OF((\n",
        "x __P((/*",
        "/**/AROS_INTP(a)\n",
    ],
)
def test_prototypes_behind_macros_take_linear_time(unit: str) -> None:
    assert isinstance(definitions((unit * 20_000)[:400_000], "c"), tuple)


@pytest.mark.parametrize(
    "text", ["f(" * 50_000, "f()\n{\n" * 20_000, "a (\n" * 40_000, "x y\n" * 50_000 + "@{"]
)
def test_confused_texts_take_linear_time(text: str) -> None:
    assert isinstance(definitions(text, "c"), tuple)


def test_a_header_that_is_clearly_cplusplus_is_read_as_that() -> None:
    text = "template <typename T> struct Span {\n  T *data;\n  bool empty() const { return !data; }\n};\n"
    assert {item.name for item in definitions(text, language_of("span.h"))} >= {"Span", "empty"}
    assert not syntax_errors(text, language_of("span.h"))
    # C that uses the words of C++ as names stays C.
    plain = "struct box { int class, public; };\nint template(int new) { return new; }\n"
    assert {item.name for item in definitions(plain, "c")} == {"box", "template"}
