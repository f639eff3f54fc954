"""Building and testing for real, and what the comparison with the state before makes of it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot_tui.build.detect import BuildRecipe, BuildStep, detect
from copilot_tui.build.judge import BuildEvent, build_and_test, judge_against
from copilot_tui.core.artefacts import BuildReport, Diagnostic, StepResult, TestResult
from copilot_tui.core.cancellation import CancelToken
from copilot_tui.core.config import BuildSettings
from copilot_tui.core.errors import BuildToolMissingError, Cancelled
from copilot_tui.core.events import BuildStepStarted, DiagnosticFound, Progressed
from tests.build.conftest import wait_for_pid
from tests.conftest import processes_in

MAKEFILE = """\
run: lib/sum.o run.c
\tgcc -Wall -o run run.c lib/sum.o
lib/sum.o: lib/sum.c
\t$(MAKE) -C lib sum.o
test: run
\t./run
"""
LIBRARY_MAKEFILE = "sum.o: sum.c\n\tgcc -Wall -c sum.c\n"
SUM = "int sum(int a, int b)\n{\n    return a %s b;\n}\n"
RUN = """\
#include <stdio.h>
int sum(int, int);
int main(void)
{
    printf("1..1\\n");
    if (sum(1, 2) == 3) { printf("ok 1 - sum: small\\n"); return 0; }
    printf("not ok 1 - sum: small\\n# run.c:6: expected 3, got %d\\n", sum(1, 2));
    return 1;
}
"""


@pytest.fixture
def library(tmp_path: Path) -> Path:
    folder = tmp_path / "library"
    (folder / "lib").mkdir(parents=True)
    (folder / "Makefile").write_text(MAKEFILE)
    (folder / "lib/Makefile").write_text(LIBRARY_MAKEFILE)
    (folder / "lib/sum.c").write_text(SUM % "+")
    (folder / "run.c").write_text(RUN)
    return folder


async def build(
    source: Path, settings: BuildSettings, *steps: BuildStep, cancel: CancelToken | None = None
) -> tuple[BuildReport, list[BuildEvent]]:
    events: list[BuildEvent] = []
    recipe = BuildRecipe(steps, "test") if steps else detect(source, settings)
    report = await build_and_test(source, recipe, settings, cancel or CancelToken(), events.append)
    return report, events


def step(kind: str, script: str) -> BuildStep:
    return BuildStep(kind, ("sh", "-c", script))  # type: ignore[arg-type]


async def test_a_good_code_base_is_green(library: Path, settings: BuildSettings) -> None:
    # Its first target is called run, which is not built without being told to.
    settings = replace(settings, build_command="make run")
    report, events = await build(library, settings)
    assert (report.compiled, report.success, report.reason) == (True, True, "1 test passes")
    assert report.tests == (TestResult("sum: small", True),)
    assert [event.kind for event in events if isinstance(event, BuildStepStarted)] == ["build", "test"]
    assert report.diagnostics == ()


async def test_an_error_in_a_folder_below_is_found_there_and_stops_the_build(
    library: Path, settings: BuildSettings
) -> None:
    (library / "lib/sum.c").write_text("int sum(int a, int b)\n{\n    retrun a + b;\n}\n")
    report, events = await build(library, replace(settings, build_command="make run"))
    assert (report.compiled, report.success) == (False, False)
    assert [s.kind for s in report.steps] == ["build"]
    assert {(d.file, d.line, d.tool) for d in report.errors} == {("lib/sum.c", 3, "gcc")}
    assert report.reason.startswith("it does not compile: lib/sum.c:3: ")
    found = [event.diagnostic for event in events if isinstance(event, DiagnosticFound)]
    assert tuple(found) == report.diagnostics


async def test_a_failing_test_is_named_and_located(library: Path, settings: BuildSettings) -> None:
    (library / "lib/sum.c").write_text(SUM % "-")
    report, _ = await build(library, replace(settings, build_command="make run"))
    assert (report.compiled, report.success, report.reason) == (True, False, "1 test fails; sum: small fails")
    (diagnostic,) = report.errors
    assert (diagnostic.file, diagnostic.line, diagnostic.test) == ("run.c", 6, "sum: small")
    assert diagnostic.message == "expected 3, got -1"


async def test_a_warning_of_a_build_that_ended_well_is_reported_and_a_guess_is_not(
    tmp_path: Path, settings: BuildSettings
) -> None:
    script = "echo 'a.c:3:1: warning: unused [-Wunused]'; echo 'a.c:4: looks odd'"
    report, _ = await build(tmp_path, settings, step("build", script))
    assert report.success
    assert [d.message for d in report.diagnostics] == ["unused"]


async def test_a_build_that_its_own_leftovers_are_in_the_way_of_is_done_again_from_clean(
    tmp_path: Path, settings: BuildSettings
) -> None:
    rule = "link: source\n\tln -s source link\n"
    (tmp_path / "Makefile").write_text(rule + "clean:\n\trm -f link\n")
    (tmp_path / "source").write_text("1")
    (tmp_path / "link").symlink_to("nowhere")
    report, events = await build(tmp_path, settings, BuildStep("build", ("make", "-j2", "link")))
    assert report.compiled
    assert (tmp_path / "link").readlink() == Path("source")
    commands = [event.command for event in events if isinstance(event, BuildStepStarted)]
    assert commands == [("make", "-j2", "link"), ("make", "clean"), ("make", "-j2", "link")]
    (tmp_path / "Makefile").write_text(rule)
    (tmp_path / "link").unlink()
    (tmp_path / "link").symlink_to("nowhere")
    report, _ = await build(tmp_path, settings, BuildStep("build", ("make", "link")))
    assert not report.compiled, "there is no way to clean it"


async def test_tests_that_do_not_build_are_told_by_their_first_error(
    library: Path, settings: BuildSettings
) -> None:
    settings = replace(settings, build_command="make lib/sum.o")
    baseline, _ = await build(library, settings)
    (library / "run.c").write_text(RUN.replace("int sum(int, int);", "int sum(int);"))
    report, _ = await build(library, settings)
    judged = judge_against(report, baseline)
    assert (judged.compiled, judged.success) == (True, False)
    assert judged.reason.startswith("the tests do not start: run.c:")


async def test_a_time_limit_is_named(tmp_path: Path, settings: BuildSettings) -> None:
    settings = replace(settings, timeout_seconds=0.3)
    report, _ = await build(tmp_path, settings, step("build", "true"), step("test", "sleep 1000"))
    assert (report.compiled, report.success, report.steps[1].exit_code) == (True, False, None)
    assert "time limit" in report.reason
    report, _ = await build(tmp_path, settings, step("build", "sleep 1000"))
    assert (report.compiled, report.steps[0].timed_out) == (False, True)
    assert "time limit" in report.reason


async def test_a_long_step_shows_progress(
    tmp_path: Path, settings: BuildSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("copilot_tui.build.judge.PROGRESS_SECONDS", 0.01)
    _, events = await build(tmp_path, settings, step("build", "sleep 0.2"))
    assert any(isinstance(event, Progressed) and event.done > 0 for event in events)


async def test_a_missing_compiler_is_no_failure_of_the_code_base(
    library: Path, settings: BuildSettings, only_tools: Callable[..., None]
) -> None:
    only_tools("make", "sh")
    settings = replace(settings, build_command="make run")
    with pytest.raises(BuildToolMissingError, match="gcc is not on PATH"):
        await build(library, settings)


async def test_a_program_that_the_code_base_lacks_is_its_own_failure(
    tmp_path: Path, settings: BuildSettings
) -> None:
    report, _ = await build(tmp_path, settings, step("test", "generated-tool --check"))
    assert not report.success


async def test_stopping_ends_the_build(tmp_path: Path, settings: BuildSettings) -> None:
    token = CancelToken()
    running = asyncio.create_task(
        build(tmp_path, settings, step("build", "echo $$ > pid; sleep 1000"), cancel=token)
    )
    await asyncio.to_thread(wait_for_pid, tmp_path / "pid")
    token.cancel()
    with pytest.raises(Cancelled):
        await running
    assert not processes_in(tmp_path)


async def test_a_listener_that_fails_leaves_no_process(
    tmp_path: Path, settings: BuildSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("copilot_tui.build.judge.PROGRESS_SECONDS", 0.01)

    def fail(event: BuildEvent) -> None:
        if isinstance(event, Progressed) and (tmp_path / "pid").exists():
            raise RuntimeError("the frontend is gone")

    recipe = BuildRecipe((step("build", "echo $$ > pid; sleep 1000"),), "test")
    with pytest.raises(RuntimeError):
        await build_and_test(tmp_path, recipe, settings, CancelToken(), fail)
    assert (tmp_path / "pid").exists()
    assert not processes_in(tmp_path)


async def test_pytest_names_reach_the_report(tmp_path: Path, settings: BuildSettings) -> None:
    (tmp_path / "test_sum.py").write_text(
        "def test_good():\n    pass\n\ndef test_bad():\n    assert 1 == 2\n"
    )
    command = (sys.executable, "-m", "pytest", "-v", "--tb=short", "--color=no", "-p", "no:cacheprovider")
    report, _ = await build(tmp_path, settings, BuildStep("test", command))
    verdicts = {test.name: test.passed for test in report.tests}
    assert verdicts == {"test_sum.py::test_good": True, "test_sum.py::test_bad": False}
    assert [(d.file, d.line, d.code) for d in report.errors] == [("test_sum.py", 5, "AssertionError")]


def report_of(*, exit_code: int | None = None, compiled: bool = True, **tests: bool) -> BuildReport:
    """A report with these tests; the test step's exit code follows from them unless given."""
    if exit_code is None:
        exit_code = 0 if all(tests.values()) else 2
    steps = [StepResult("build", ("make",), 0 if compiled else 2, 1.0)]
    if compiled:
        steps.append(StepResult("test", ("make", "test"), exit_code, 1.0))
    errors = () if compiled else (Diagnostic("gcc", "error", "broken", "a.c", 3),)
    results = tuple(TestResult(name, passed) for name, passed in tests.items())
    return BuildReport(compiled, False, "", tuple(steps), errors, results)


GREEN = report_of(a=True, b=True)
RED = report_of(a=True, reverse=False, other=False)
BROKEN = report_of(compiled=False)


@pytest.mark.parametrize(
    ("report", "baseline", "wanted", "success", "reason"),
    [
        (report_of(a=True, reverse=True, other=False), RED, ["reverse"], True,
         "2 of 3 tests pass; reverse passes now; nothing that passed before fails"),
        (report_of(a=True, reverse=False, other=False), RED, ["reverse"], False,
         "1 of 3 tests pass; reverse fails"),
        (report_of(a=False, reverse=True, other=False), RED, ["reverse"], False,
         "1 of 3 tests pass; a passed before and fails now"),
        (report_of(reverse=True, other=False), RED, ["reverse"], False,
         "1 of 2 tests pass; a passed before and did not run now"),
        (report_of(a=True, other=False), RED, ["reverse"], False,
         "1 of 2 tests pass; reverse is wanted and did not run"),
        (report_of(a=True, b=True, c=False), GREEN, [], False, "2 of 3 tests pass; c fails"),
        (report_of(a=True, b=True, c=True), GREEN, ["c"], True,
         "3 of 3 tests pass; c passes now; nothing that passed before fails"),
        (report_of(a=True, b=True, exit_code=2), GREEN, [], False,
         "2 of 2 tests pass; 'make test' ended with 2, and all named tests pass"),
        (report_of(exit_code=2), None, [], False, "'make test' ended with 2, and no test was named"),
        (report_of(), None, [], True, "it compiles, and the tests end well"),
        (report_of(a=True, b=False), BROKEN, ["a"], True, "1 of 2 tests pass; a passes now"),
        (report_of(a=True, b=False), BROKEN, [], False, "1 of 2 tests pass; b fails"),
        (BROKEN, GREEN, [], False, "it does not compile: a.c:3: broken"),
        (BuildReport(True, False, ""), GREEN, [], False, "nothing was run"),
    ],
)  # fmt: skip
def test_a_change_is_judged_by_comparison(
    report: BuildReport, baseline: BuildReport | None, wanted: list[str], success: bool, reason: str
) -> None:
    judged = judge_against(report, baseline, wanted)
    assert (judged.success, judged.reason) == (success, reason)


@pytest.mark.parametrize(
    ("wanted", "names", "meant"),
    [
        ("reverse", ["reverse", "reverse: empty"], {"reverse"}),
        ("reverse", ["reverse: odd", "reverse", "reverse_words: two"], {"reverse"}),
        ("reverse", ["reverse: empty", "reverse: odd", "reverse_words"], {"reverse: empty", "reverse: odd"}),
        ("reverse", ["t.py::test_reverse", "t.py::test_reverse_words"], {"t.py::test_reverse"}),
        ("text_", ["text_trim: x", "context_y"], {"text_trim: x"}),
        ("a.b", ["axb"], set()),
    ],
)  # fmt: skip
def test_a_wanted_name_stands_for_its_tests(wanted: str, names: list[str], meant: set[str]) -> None:
    for name in names:
        report = report_of(**{other: other != name for other in names})
        judged = judge_against(report, report_of(**dict.fromkeys(names, False)), [wanted])
        assert judged.success == (bool(meant) and name not in meant)


VERDICTS = st.dictionaries(st.sampled_from("abcdef"), st.booleans())


@given(VERDICTS, VERDICTS, st.lists(st.sampled_from("abcdef"), max_size=3))
def test_success_never_hides_a_loss(before: dict[str, bool], now: dict[str, bool], wanted: list[str]) -> None:
    judged = judge_against(report_of(**now), report_of(**before), wanted)
    kept = all(now.get(name, False) for name, passed in before.items() if passed)
    asked = all(now.get(name, False) for name in wanted)
    green = all(now.values()) or not all(before.values())
    assert judged.success == (kept and asked and green)
