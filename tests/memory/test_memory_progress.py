"""Whether a candidate brought the code nearer to green is seen from the errors before and after."""

from __future__ import annotations

from dataclasses import replace

from copilot_tui.core.artefacts import BuildReport, Diagnostic, TestResult
from copilot_tui.memory.progress import compare, signature


def report(
    *errors: tuple[str, int], compiled: bool = False, tests: dict[str, bool] | None = None
) -> BuildReport:
    return BuildReport(
        compiled=compiled,
        success=False,
        reason="",
        diagnostics=tuple(Diagnostic("gcc", "error", message, "a.c", line) for message, line in errors),
        tests=tuple(TestResult(name, passed) for name, passed in (tests or {}).items()),
    )


SEMICOLON, UNKNOWN, TYPE = ("expected ';'", 3), ("'x' undeclared", 9), ("unknown type name 'foo'", 1)


def test_fewer_errors_are_progress_and_moved_ones_are_the_same() -> None:
    progress = compare(report(SEMICOLON, UNKNOWN), report(("'x' undeclared", 12)), "digest")
    assert (len(progress.cleared), len(progress.kept), len(progress.added)) == (1, 1, 0)
    assert progress.better
    assert progress.candidate == "digest"


def test_an_error_that_hid_another_is_cleared_by_what_clears_it() -> None:
    assert compare(
        report(TYPE, ("unknown type name 'foo'", 4), UNKNOWN), report(("too few arguments", 2))
    ).better


def test_new_errors_are_no_progress_even_where_others_went() -> None:
    other = ("incompatible types when assigning", 5)
    assert not compare(report(other, UNKNOWN, TYPE), report(TYPE, ("something else", 7))).better
    assert not compare(report(SEMICOLON), report(SEMICOLON)).better
    assert not compare(report(SEMICOLON), report(SEMICOLON, UNKNOWN)).better


def test_code_that_can_be_parsed_now_is_progress_though_more_is_seen_of_it() -> None:
    assert compare(report(SEMICOLON), report(UNKNOWN, TYPE, ("'y' undeclared", 2))).better
    assert not compare(report(UNKNOWN, TYPE), report(SEMICOLON)).better


def test_a_build_that_gets_further_is_progress_whatever_it_reports_then() -> None:
    failing = report(compiled=True, tests={"one": False, "two": False})
    assert compare(report(SEMICOLON), failing).better
    assert not compare(failing, report(SEMICOLON)).better


def test_a_test_that_fails_as_before_without_its_message_is_no_news() -> None:
    told = tuple(Diagnostic("tap", "error", f"{name} failed", test=name) for name in ("one", "two"))
    before = replace(report(compiled=True, tests={"one": False, "two": False}), diagnostics=told)
    after = replace(report(compiled=True, tests={"one": True, "two": False}), success=True)
    progress = compare(before, after)
    assert (len(progress.cleared), len(progress.kept), len(progress.added)) == (1, 1, 0)


def test_failed_tests_count_by_name() -> None:
    before = report(compiled=True, tests={"one": False, "two": False, "three": True})
    assert compare(before, report(compiled=True, tests={"one": True, "two": False, "three": True})).better
    assert not compare(
        before, report(compiled=True, tests={"one": True, "two": False, "three": False})
    ).better


def test_two_builds_that_fail_alike_have_one_signature() -> None:
    assert signature(report(SEMICOLON, UNKNOWN)) == signature(report(("'x' undeclared", 40), SEMICOLON))
    assert signature(report(SEMICOLON)) != signature(report(UNKNOWN))
    assert signature(report(compiled=True)) != signature(report())
