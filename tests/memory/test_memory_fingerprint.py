"""One kind of error has one fingerprint, wherever it stands; another kind has another."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot_tui.core.artefacts import Diagnostic
from copilot_tui.memory.fingerprint import fingerprint, normalised_message, root_errors, tool_family


def error(message: str, tool: str = "gcc", **fields: object) -> Diagnostic:
    return replace(Diagnostic(tool, "error", message), **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("‘count’ undeclared (first use in this function)", "'total' undeclared; did you mean 'round'?"),
        ("undefined reference to `list_add'", "undefined reference to ‘tree_remove’"),
        ("too few arguments to ‘f’; expected 3, have 2", "too few arguments to 'g'; expected 5, have 1"),
        (
            "incompatible types when assigning to type ‘struct a *’ from type ‘int’",
            "incompatible types when assigning to type ‘struct b *’ from type ‘int’",
        ),
        ("src/deep/my.h: No such file or directory", "other.h: No such file or directory"),
        (
            "ld: /tmp/ccAb1.o: in function `f': x.c:(.text+0x1a): undefined reference to `g'",
            "ld: /tmp/ccZZ9.o: in function `h': lib/y.c:(.text+0xff): undefined reference to `i'",
        ),
        ("crash at 0x7fff1234", "crash at 0xdeadbeef"),
        ("assert add(2, 3) == 6", "assert mul_all(4, 5) == 21"),
        ("\x1b[1munused variable 'x'\x1b[0m [-Wunused-variable]", "unused variable 'y'"),
    ],
)
def test_what_belongs_to_one_place_does_not_count(one: str, other: str) -> None:
    assert normalised_message(error(one)) == normalised_message(error(other))
    first = error(one, file="a.c", line=3, column=1)
    assert fingerprint(first) == fingerprint(error(other, file="/root/b.c", line=77, column=9))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("implicit declaration of function 'strlen'", "implicit declaration of function 'malloc'"),
        ("implicit declaration of function 'strlen'", "implicit declaration of function 'my_strlen'"),
        ("string.h: No such file or directory", "stdio.h: No such file or directory"),
        ("expected ';' before 'return'", "expected ')' before 'return'"),
        ("assigning to 'int' from 'char *'", "assigning to 'double' from 'char *'"),
    ],
)
def test_what_decides_about_the_fix_counts(one: str, other: str) -> None:
    assert fingerprint(error(one)) != fingerprint(error(other))


def test_tool_family_code_and_test_count() -> None:
    base = error("failed")
    marks = {
        fingerprint(base),
        fingerprint(replace(base, tool="pytest")),
        fingerprint(replace(base, code="-Wall")),
        fingerprint(replace(base, test="test_a")),
        fingerprint(replace(base, test="test_b")),
    }
    assert len(marks) == 5
    assert fingerprint(error("x", "x86_64-linux-gnu-g++-14")) == fingerprint(error("x", "/usr/bin/gcc"))
    assert fingerprint(error("x", code="-Werror=unused")) == fingerprint(error("x", code="-Wunused"))
    assert fingerprint(error("x", test="t.py::test_a[1-2]")) == fingerprint(
        error("x", test="u.py::test_a[3]")
    )


@pytest.mark.parametrize(
    ("tool", "family"),
    [
        ("cc", "gcc"),
        ("clang++-18", "clang"),
        ("/bin/ld.bfd", "ld"),
        ("collect2", "ld"),
        ("gmake", "make"),
        ("Rustc", "rustc"),
    ],
)
def test_families_of_tools(tool: str, family: str) -> None:
    assert tool_family(tool) == family


@given(st.text(max_size=300))
def test_any_message_is_normalised_to_one_harmless_line(message: str) -> None:
    normal = normalised_message(error(message))
    assert "\n" not in normal
    assert "\x1b" not in normal
    assert fingerprint(error(message)) == fingerprint(error(message, file="x.c", line=9))


def test_messages_that_only_follow_from_others_are_folded() -> None:
    real = error("expected ';'", file="a.c", line=3)
    tail = [
        error("*** [Makefile:3: a.o] Error 1", "make"),
        error("ld returned 1 exit status", "collect2"),
        error("linker command failed with exit code 1 (use -v to see invocation)", "clang"),
        error("aborting due to 2 previous errors", "rustc"),
    ]
    warning = replace(real, severity="warning")
    assert root_errors([*tail, warning, real, replace(real, line=9), *tail]) == (real,)
    assert root_errors(tail) == tuple(tail)


def test_distinct_errors_and_files_stay() -> None:
    errors = [error("a", file="x.c"), error("b", file="x.c"), error("a", file="y.c"), error("a", test="t1")]
    assert root_errors(errors) == tuple(errors)


_NAMES = st.from_regex(r"[a-z]{3,6}_[a-z]{3,6}", fullmatch=True)
_PATHS = st.from_regex(r"(?:/[a-z]{2,6}){0,3}/[a-z]{2,8}\.[ch]", fullmatch=True)


@given(_NAMES, _NAMES, _PATHS, _PATHS, st.integers(1, 9999), st.integers(1, 9999))
def test_renames_moves_and_other_folders_leave_the_fingerprint_as_it_is(
    name: str, other: str, path: str, elsewhere: str, line: int, later: int
) -> None:
    for message in (
        "'{n}' undeclared (first use in this function)",
        "conflicting types for '{n}'; have 'int({n}_t *)'",
        "too few arguments to function '{n}'",
        "{p}:{l}: undefined reference to `{n}'",
        "{p}:{l}: multiple definition of `{n}'; {p}:{l}: first defined here",
    ):
        here = Diagnostic("gcc", "error", message.format(n=name, p=path, l=line), path, line)
        there = Diagnostic("gcc", "error", message.format(n=other, p=elsewhere, l=later), elsewhere, later)
        assert fingerprint(here) == fingerprint(there)
