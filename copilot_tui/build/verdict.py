"""Deciding by comparison whether a build is good, and saying why in one line.

Pure: two reports and the names of the wanted tests go in, a verdict comes out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from copilot_tui.core.artefacts import BuildReport, StepResult
from copilot_tui.core.text import printable_line

_NAMES_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Verdict:
    """``success`` and, in one line, what speaks for or against it."""

    success: bool
    reason: str


def decide(report: BuildReport, baseline: BuildReport | None, wanted_tests: Sequence[str]) -> Verdict:
    """The rules that :func:`copilot_tui.build.judge.judge_against` documents."""
    if not report.steps:
        return Verdict(False, "nothing was run")
    if not report.compiled:
        return Verdict(False, _why_not_compiled(report))
    passing, failing = outcomes(report)
    against = list(_objections(report, baseline, wanted_tests, passing, failing))
    counted = _count(passing, failing)
    if against:
        return Verdict(False, "; ".join([*counted, *against]))
    tested = any(step.kind == "test" for step in report.steps)
    good = counted or ["it compiles, and the tests end well" if tested else "it compiles; there are no tests"]
    return Verdict(True, "; ".join([*good, *_praise(baseline, wanted_tests, passing)]))


def outcomes(report: BuildReport) -> tuple[frozenset[str], frozenset[str]]:
    """The names of the tests that pass and of those that fail; a name that did both fails."""
    failing = report.failed_tests
    return frozenset(test.name for test in report.tests) - failing, failing


def matching_tests(wanted: str, names: frozenset[str]) -> frozenset[str]:
    """The tests that a wanted name stands for: exactly that, else with it as a word, else beginning so."""
    if wanted in names:
        return frozenset({wanted})
    word = re.compile(rf"(?:(?<!\w)|(?<=\btest_)|(?<=\bTest)){re.escape(wanted)}(?!\w)")
    as_word = frozenset(name for name in names if word.search(name))
    return as_word or frozenset(name for name in names if name.startswith(wanted))


def is_green(report: BuildReport) -> bool:
    """Everything ended with 0 and no named test failed."""
    ended_well = all(step.exit_code == 0 for step in report.steps)
    return bool(report.steps) and ended_well and not report.failed_tests


def _objections(
    report: BuildReport,
    baseline: BuildReport | None,
    wanted_tests: Sequence[str],
    passing: frozenset[str],
    failing: frozenset[str],
) -> Iterator[str]:
    """Everything that speaks against success, the weightiest first."""
    yield from (_timed_out(step) for step in report.steps if step.timed_out)
    if not passing and not failing and report.errors and any(step.exit_code for step in report.steps):
        yield f"the tests do not start: {_first_error(report)}"
        return
    named: set[str] = set()
    for tests, verb in _broken(report, baseline, wanted_tests, passing, failing):
        fresh = sorted(tests - named)
        named |= tests
        if fresh:
            yield f"{_names(fresh)} {verb}"
    others = sorted(failing - named)
    if others and _must_be_green(baseline, wanted_tests):
        yield f"{_names(others)} {'fails' if len(others) == 1 else 'fail'}"
    for step in report.steps:
        # A failing test that has a name explains why its step failed; it was dealt with above.
        if step.exit_code != 0 and not step.timed_out and not failing:
            known = "all named tests pass" if passing else "no test was named"
            yield f"{_command(step)} ended with {step.exit_code}, and {known}"


def _broken(
    report: BuildReport,
    baseline: BuildReport | None,
    wanted_tests: Sequence[str],
    passing: frozenset[str],
    failing: frozenset[str],
) -> Iterator[tuple[frozenset[str], str]]:
    """Groups of tests that are not as they must be, each with what is said of it."""
    if baseline is not None:
        before, _ = outcomes(baseline)
        yield before & failing, "passed before and fails now"
        if not report.early:
            yield before - passing - failing, "passed before and did not run now"
    if report.early:
        # It was ended for these, and nothing is known of what would have run after them.
        yield failing - (outcomes(baseline)[1] if baseline is not None else frozenset()), "fails"
    for wanted in wanted_tests:
        tests = matching_tests(wanted, passing | failing)
        yield tests & failing, "fails"
        if not tests and not report.early:
            yield frozenset({wanted}), "is wanted and did not run"


def _must_be_green(baseline: BuildReport | None, wanted_tests: Sequence[str]) -> bool:
    """Whether nothing at all may fail: nothing failed before, or nothing else tells good from bad."""
    if baseline is None or is_green(baseline):
        return True
    return not baseline.compiled and not wanted_tests


def _praise(
    baseline: BuildReport | None, wanted_tests: Sequence[str], passing: frozenset[str]
) -> Iterator[str]:
    before: frozenset[str] = outcomes(baseline)[0] if baseline is not None else frozenset()
    wanted = sorted({name for want in wanted_tests for name in matching_tests(want, passing)} - before)
    if wanted:
        yield f"{_names(wanted)} {'passes' if len(wanted) == 1 else 'pass'} now"
    if before:
        yield "nothing that passed before fails"


def _count(passing: frozenset[str], failing: frozenset[str]) -> list[str]:
    total = len(passing) + len(failing)
    if not total:
        return []
    if total == 1:
        return ["1 test passes" if passing else "1 test fails"]
    return [f"{len(passing)} of {total} tests pass"]


def _why_not_compiled(report: BuildReport) -> str:
    step = next(step for step in report.steps if step.kind == "build" and step.exit_code != 0)
    if step.timed_out:
        return _timed_out(step)
    if not report.errors:
        return f"{_command(step)} ended with {step.exit_code}"
    return f"it does not compile: {_first_error(report)}"


def _first_error(report: BuildReport) -> str:
    first, count = report.errors[0], len(report.errors)
    where = f"{first.file}:{first.line}: " if first.file and first.line else ""
    more = f" and {count - 1} more error{'s' if count > 2 else ''}" if count > 1 else ""
    return f"{where}{printable_line(first.message)[:200]}{more}"


def _timed_out(step: StepResult) -> str:
    return f"{_command(step)} was stopped at the time limit after {step.seconds:.0f} s"


def _command(step: StepResult) -> str:
    text = printable_line(" ".join(step.command))
    return repr(text if len(text) <= 60 else text[:57] + "...")


def _names(names: Sequence[str]) -> str:
    shown = ", ".join(printable_line(name)[:80] for name in names[:_NAMES_SHOWN])
    rest = len(names) - _NAMES_SHOWN
    return f"{shown} and {rest} more" if rest > 0 else shown
