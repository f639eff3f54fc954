"""Errors that follow from another one are marked, errors that stand for themselves are not."""

from __future__ import annotations

import pytest

from copilot_tui.build.diagnostics import parse
from copilot_tui.cli.diagnose import diagnostic_object, diagnostic_text
from copilot_tui.core.artefacts import BuildReport


def causes(*lines: str) -> list[tuple[int | None, int | None]]:
    """The line of each error, and the line of the error that it follows from."""
    return [
        (d.line, d.cause.line if d.cause else None) for d in parse("\n".join(lines)) if d.severity == "error"
    ]


@pytest.mark.parametrize(
    "lines",
    [
        ("a.c:1:1: error: unknown type name ‘list_t’", "a.c:7:1: error: unknown type name ‘list_t’"),
        ("a.c:1:1: error: unknown type name ‘list_t’", "a.c:7:9: error: ‘list_t’ has no size"),
        ("a.c:1:1: error: ‘x’ undeclared (first use)", "b.c:7:1: error: ‘x’ undeclared (first use)"),
        ("a.c:1:9: error: expected ‘;’ before ‘}’ token", "a.c:1:20: error: ‘q’ has no member named ‘r’"),
        (
            "a.c:1:9: error: expected ‘)’ before ‘{’",
            "a.c:7:1: error: expected declaration or statement at end of input",
        ),
        ("a.c:1: undefined reference to `f'", "a.c:7: undefined reference to `f'"),
        ("./a.go:1:2: undefined: store", "./a.go:7:2: undefined: store"),
    ],
)
def test_a_consequence_names_its_root(lines: tuple[str, str]) -> None:
    assert causes(*lines) == [(1, None), (7 if "1:20" not in lines[1] else 1, 1)]


@pytest.mark.parametrize(
    "lines",
    [
        ("a.c:1:9: error: expected ‘;’ before ‘return’", "a.c:7:9: error: expected ‘;’ before ‘return’"),
        ("a.c:1:1: error: ‘x’ undeclared", "a.c:7:1: error: ‘y’ undeclared"),
        (
            "a.c:1:1: error: too few arguments to function ‘f’",
            "a.c:7:1: error: too few arguments to function ‘f’",
        ),
        ("a.c:1:9: error: expected ‘;’ before ‘}’", "b.c:7:1: error: expected declaration at end of input"),
        ("a.c:1:1: warning: unknown type name ‘t’", "a.c:7:1: error: unknown type name ‘t’"),
        ("a.c:1:1: error: ‘t’ has no member named ‘m’", "a.c:7:1: error: ‘u’ has no member named ‘n’"),
    ],
)
def test_what_stands_for_itself_is_a_root(lines: tuple[str, str]) -> None:
    assert all(cause is None for _, cause in causes(*lines))


def test_one_fault_seen_by_many_tests_is_one_root() -> None:
    lines = [f"a_test.c:9:test_{n}:FAIL: Expected 3 Was 4" for n in range(5)]
    found = parse("\n".join(lines))
    assert [d.test for d in found if d.cause is None] == ["test_0"]
    assert len(found) == 5


def test_a_report_gives_the_roots_first_hand_and_keeps_all() -> None:
    found = parse("a.c:1:1: error: ‘x’ undeclared\na.c:7:1: error: ‘x’ undeclared\n")
    report = BuildReport(compiled=False, success=False, reason="", diagnostics=found)
    assert [error.line for error in report.root_errors] == [1]
    assert [error.line for error in report.errors] == [1, 7]


def test_the_json_line_says_in_a_note_what_the_error_follows_from() -> None:
    found = parse("a.c:1:1: error: ‘x’ undeclared\na.c:7:1: error: ‘x’ undeclared\n")
    first, second = map(diagnostic_object, found)
    assert list(first["notes"]) == []
    assert list(second["notes"]) == [
        {"message": "follows from: ‘x’ undeclared", "file": "a.c", "line": 1, "column": 1}
    ]
    assert "follows from" in diagnostic_text(found[1])
