"""Rules that mend without a model: each on the message that a real compiler or Python prints.

The messages come from the tools themselves: every case builds its broken code and reads what they say.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copilot_tui.build.diagnostics import parse
from copilot_tui.core.artefacts import Diagnostic
from copilot_tui.core.errors import EditFormatError
from copilot_tui.index.symbols import definitions, language_of
from copilot_tui.memory.fingerprint import root_errors
from copilot_tui.memory.fixes import Fix, fixes_for
from copilot_tui.memory.fixes.fix import near_name
from copilot_tui.phases.repairing import edited

C = ["gcc", "-std=gnu11", "-Wall", "-Werror=implicit-function-declaration", "-o", "program"]
MAIN = "int main(void)\n{\n    return 0;\n}\n"


@dataclass
class Texts:
    """A code base in memory."""

    files: dict[str, str]
    _paths: list[str] = field(default_factory=list)

    def path_of(self, printed: str | None) -> str | None:
        return next((path for path in self.files if printed and printed.endswith(path)), None)

    def lines(self, path: str) -> Sequence[str]:
        return self.files.get(path, "").split("\n")

    def paths(self) -> Collection[str]:
        return list(self.files)

    def declared_in(self, name: str) -> Sequence[tuple[str, str]]:
        return [
            (path, found.signature)
            for path, text in self.files.items()
            for found in definitions(text, language_of(path))
            if found.name == name
        ]


def complaints(folder: Path, files: dict[str, str], command: list[str]) -> tuple[Diagnostic, ...]:
    for name, text in files.items():
        (folder / name).write_text(text)
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode != 0, "the code of this case is not broken"
    return root_errors(parse(done.stdout + done.stderr, str(folder), str(folder)))


def mended(folder: Path, files: dict[str, str], command: list[str]) -> tuple[str, dict[str, str]]:
    """The words of the first fix after which the command ends well, and the files then.

    A fix that leaves other errors is gone on from, as the loop does it.
    """
    words = []
    for _ in range(4):
        errors = complaints(folder, files, command)
        fixes = [fix for error in errors for fix in fixes_for(error, Texts(files))]
        assert fixes, f"no rule knows {errors}"
        for fix in fixes:
            after = with_fix(files, fix)
            for name, text in after.items():
                (folder / name).write_text(text)
            if subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode == 0:
                return "; ".join([*words, fix.words]), after
        words.append(fixes[0].words)
        files = with_fix(files, fixes[0])
    raise AssertionError("four fixes were not enough")


def with_fix(files: dict[str, str], fix: Fix) -> dict[str, str]:
    after = dict(files)
    for path in {edit.path for edit in fix.edits}:
        after[path] = edited(after[path], [edit for edit in fix.edits if edit.path == path])
    return after


C_CASES = {
    "header of the library": (
        {"a.c": "int length(const char *text)\n{\n    return (int)strlen(text);\n}\n" + MAIN},
        "adding `#include <string.h>`",
    ),
    "type of the library": (
        {"a.c": "uint32_t twice(uint32_t value)\n{\n    return 2 * value;\n}\n" + MAIN},
        "adding `#include <stdint.h>`",
    ),
    "header of the code base": (
        {
            "a.c": MAIN.replace("0", "thing_count()"),
            "thing.h": "static int thing_count(void) { return 0; }\n",
        },
        'adding `#include "thing.h"`',
    ),
    "prototype": (
        {"a.c": MAIN.replace("0", "later()") + "static int later(void)\n{\n    return 0;\n}\n"},
        "declaring `static int later(void);` before its use",
    ),
    "semicolon at the end of a line": (
        {"a.c": MAIN.replace("return 0;", "int count = 0\n    return count;")},
        "adding `;` in line 3",
    ),
    "parenthesis": (
        {"a.c": "int f(int a)\n{\n    while (a > 1 {\n        a--;\n    }\n    return a;\n}\n" + MAIN},
        "adding `)` in line 3",
    ),
    "parenthesis of a head": (
        {"a.c": "int f(int a, int b\n{\n    return a + b;\n}\n" + MAIN},
        "adding `)` in line 1",
    ),
    "type of the code base": (
        {"a.c": "int f(struct p *p)\n{\n    return p->x;\n}\n" + MAIN, "p.h": "struct p { int x; };\n"},
        'adding `#include "p.h"`',
    ),
    "brace of a block": (
        {"a.c": "int f(int a)\n{\n    if (a > 1) {\n        a--;\n    return a;\n}\n\n" + MAIN},
        "closing the block after line 4 with `}`",
    ),
    "brace of a function": (
        {"a.c": "int f(int a)\n{\n    return a;\n\n/* The start. */\n" + MAIN},
        "closing the block after line 3 with `}`",
    ),
    "one brace too many": (
        {"a.c": "int f(int a)\n{\n    return a;\n}\n}\n\n" + MAIN},
        "removing the `}` in line 5",
    ),
    "slip in a variable": (
        {"a.c": "int f(int count)\n{\n    count++;\n    return cuont;\n}\n" + MAIN},
        "writing `count` for `cuont`",
    ),
    "slip in a function": (
        {
            "a.c": "static int compute(void)\n{\n    return 0;\n}\n"
            + MAIN.replace("0", "compuet() + compute()")
        },
        "writing `compute` for `compuet`",
    ),
    "slip in a member": (
        {"a.c": "struct p { int width; };\nint f(struct p *p)\n{\n    return p->widht;\n}\n" + MAIN},
        "writing `width` for `widht`",
    ),
    "type of the prototype": (
        {"a.c": '#include "a.h"\nlong f(void)\n{\n    return 0;\n}\n' + MAIN, "a.h": "int f(void);\n"},
        "returning `int` as a.h says",
    ),
}


@pytest.mark.parametrize("name", C_CASES)
def test_what_a_c_compiler_misses_is_put_in(name: str, tmp_path: Path) -> None:
    files, words = C_CASES[name]
    said, _ = mended(tmp_path, dict(files), [*C, "a.c"])
    assert words in said


@pytest.mark.parametrize(
    ("makefile", "expected"),
    [
        ("a: a.o\n\tgcc -o a a.o $(LDLIBS)\n\na.o: a.c\n\tgcc -O0 -c a.c\nLDLIBS =\n", "LDLIBS = -lm"),
        ("a: a.c\n\tgcc -O0 -fno-builtin -o a a.c\n", "\tgcc -O0 -fno-builtin -o a a.c -lm"),
    ],
)
def test_a_missing_library_is_linked_in_the_makefile(makefile: str, expected: str, tmp_path: Path) -> None:
    code = "double pow(double, double);\nint main(int c, char **v)\n{\n    (void)v;\n    return pow(c, c) > 9.0;\n}\n"
    said, files = mended(tmp_path, {"a.c": code, "Makefile": makefile}, ["make"])
    assert said == "linking with -lm"
    assert expected in files["Makefile"].split("\n")


PYTHON_CASES = {
    "module": ("value = math.sqrt(4)\n", "adding `import math`"),
    "name of a module": ("values = defaultdict(list)\n", "adding `from collections import defaultdict`"),
    "slip in a module": ("import maths\nmaths.sqrt(4)\n", "writing `math` for `maths`"),
    "slip in an imported name": ("from math import sqtr\nsqtr(4)\n", "writing `sqrt` for `sqtr`"),
    "slip in a name": ("total = 1\nprint(totla)\n", "writing `total` for `totla`"),
    "slip in a method": ("values = []\nvalues.apend(1)\n", "writing `append` for `apend`"),
    "colon": ("if 1 < 2\n    print(1)\n", "adding `:` in line 1"),
    "parenthesis": ("print(max(1, 2)\n", "closing with `)` in line 1"),
    "too deep": ("a = 1\n  b = 2\n", "mending the indentation in line 2"),
    "not deep enough": ("def f():\nreturn 1\n", "mending the indentation in line 2"),
    "between two levels": (
        "def f():\n    a = 1\n   b = 2\n    return a + b\n",
        "mending the indentation in line 3",
    ),
    "self": (
        "class A:\n    def __init__(self):\n        self.items = [1]\n\n    def first(self):\n"
        "        return items[0]\n\n\nA().first()\n",
        "writing `self.items`",
    ),
}


@pytest.mark.parametrize("name", PYTHON_CASES)
def test_what_python_misses_is_put_in(name: str, tmp_path: Path) -> None:
    text, words = PYTHON_CASES[name]
    said, _ = mended(tmp_path, {"a.py": text}, [sys.executable, "-B", "a.py"])
    assert words in said


@pytest.mark.parametrize(
    "error",
    [
        Diagnostic("gcc", "error", "'quux' undeclared (first use in this function)", "a.c", 1, 1),
        Diagnostic("gcc", "error", "expected ';' before 'return'", "a.c", 99, 1),
        Diagnostic("gcc", "error", "expected ';' before 'return'", None, None),
        Diagnostic("ld", "error", "undefined reference to `nowhere'", "a.c"),
        Diagnostic("python", "error", "invalid syntax", "a.c", 1, code="SyntaxError"),
        Diagnostic("pytest", "error", "assert 1 == 2", "a.c", 1, code="AssertionError", test="a::b"),
        Diagnostic("gcc", "error", "implicit declaration of function 'strlen'", "/usr/include/other.h", 3),
    ],
)
def test_no_rule_speaks_where_nothing_is_clear(error: Diagnostic) -> None:
    assert fixes_for(error, Texts({"a.c": MAIN})) == ()


def test_two_names_that_are_equally_near_are_no_answer() -> None:
    assert near_name("value", ["values", "valued"]) is None
    assert near_name("vlaue", ["value", "valuer"]) == "value"
    assert near_name("x", ["y"]) is None


_MESSAGES = st.sampled_from(
    [
        "'{n}' undeclared (first use in this function); did you mean '{m}'?",
        "implicit declaration of function '{n}'",
        "expected ';' before '{n}'",
        "expected ')' before '{n}'",
        "expected declaration or statement at end of input",
        "conflicting types for '{n}'",
        "undefined reference to `{n}'",
        "name '{n}' is not defined",
        "No module named '{n}'",
        "cannot import name '{n}' from '{m}'",
        "'{m}' object has no attribute '{n}'",
        "module '{m}' has no attribute '{n}'",
        "expected an indented block after 'if' statement on line {l}",
        "'(' was never closed",
        "unterminated string literal (detected at line {l})",
    ]
)
_WORDS = st.text("ab_(){};\"'\\*/:. \n\x1b", max_size=12) | st.sampled_from(
    ["math", "list", "strlen", "Path"]
)


@settings(max_examples=200, deadline=None)
@given(
    _MESSAGES, _WORDS, _WORDS, st.text("ab_(){};\"'*/:.=# \n\t", max_size=120), st.integers(-1, 9), st.data()
)
def test_hostile_messages_and_texts_are_no_errors(
    message: str, name: str, other: str, text: str, line: int, data: st.DataObject
) -> None:
    code = data.draw(st.sampled_from([None, "SyntaxError", "IndentationError"]))
    said = message.format(n=name, m=other, l=line)
    error = Diagnostic("gcc", "error", said, "a.c", line, line, code=code)
    files = {"a.c": text, "Makefile": text, "b.h": text}
    for fix in fixes_for(error, Texts(files)):
        with contextlib.suppress(EditFormatError):
            with_fix(files, fix)
