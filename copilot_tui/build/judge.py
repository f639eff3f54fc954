"""Building and testing a code base, and deciding what the result means.

``build_and_test`` observes: it runs the steps of a recipe and reads their output. ``judge_against`` decides:
whether a change is good, compared with the code base as it was before. The two are apart so that a
code base with failing tests of its own can still be worked on.
"""

from __future__ import annotations

import asyncio
import os
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeAlias

from copilot_tui.build.diagnostics import parse, parse_tests
from copilot_tui.build.early import is_conclusive, with_early_steps
from copilot_tui.build.flags import printed_by_dry_run
from copilot_tui.build.leftovers import cleaning
from copilot_tui.build.located import located
from copilot_tui.build.recipe import BuildRecipe, BuildStep
from copilot_tui.build.runner import CommandResult, run_command
from copilot_tui.build.sandbox import Sandbox, sandbox_for
from copilot_tui.build.toolchain import is_build_tool, missing_tool
from copilot_tui.build.verdict import decide
from copilot_tui.core.artefacts import BuildReport, Diagnostic, StepResult, TestResult
from copilot_tui.core.cancellation import CancelToken
from copilot_tui.core.config import BuildSettings
from copilot_tui.core.events import BuildStepStarted, DiagnosticFound, Progressed

BuildEvent: TypeAlias = BuildStepStarted | DiagnosticFound | Progressed

PROGRESS_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Focus:
    """What a change touched, relative to the code base, and what is known of it from before.

    ``known_failing`` are tests that failed before the change, ``printed`` outputs of earlier builds.
    """

    changed: tuple[str, ...]
    known_failing: frozenset[str] = frozenset()
    printed: tuple[str, ...] = ()


async def build_and_test(
    source: Path,
    recipe: BuildRecipe,
    settings: BuildSettings,
    cancel: CancelToken,
    on_event: Callable[[BuildEvent], None],
    focus: Focus | None = None,
    contents: Path | None = None,
) -> BuildReport:
    """Run the steps of ``recipe`` on the code base at ``source`` and read what they say.

    A build that leftovers are in the way of is done once more from clean. The first failing build step
    ends it; tests run only when everything compiled. stderr goes into
    stdout, so that both keep their order. ``success`` means that every step ended with 0 and no
    named test failed; pass the report to :func:`judge_against` to compare it with an earlier one. With
    ``contents`` that folder is built, at the place of ``source``: see ``sandbox.can_stand_in``.

    With ``focus`` the touched files are checked first, and the tests that speak of them run before the
    others; what is plainly wrong there ends the whole early, and the report says so in ``early``.

    Raises :class:`Cancelled`, :class:`BuildToolMissingError` when a step shows that a compiler or
    build tool is not installed, :class:`BuildError` when a step cannot be started.
    """
    started = time.monotonic()
    root = await asyncio.to_thread(source.resolve)
    sandbox = await asyncio.to_thread(sandbox_for, root, settings, contents)
    place = _Workplace(root, settings, sandbox, cancel, on_event)
    seen = _Seen()
    if focus is not None:
        recipe = await place.focused(recipe, focus)
    for step in recipe.steps:
        if step.kind == "test" and not seen.is_built:
            break
        result = await place.carry_out(step)
        if not step.early:
            _raise_if_tool_missing(step, result)
        found, named = await asyncio.to_thread(_read, root, step, result)
        if step.early and focus is not None:
            plainly_wrong = is_conclusive(step, focus.changed, found, named, focus.known_failing)
            seen.early = bool(result.exit_code) and plainly_wrong
            if not seen.early:
                continue
        for diagnostic in seen.add(step, result, found, named):
            on_event(DiagnosticFound(diagnostic))
        if seen.early or (step.kind == "build" and result.exit_code != 0):
            break
    return judge_against(seen.report(time.monotonic() - started), None)


@dataclass(frozen=True, slots=True)
class _Workplace:
    """Where the steps run, within which limits, and who is told."""

    root: Path
    settings: BuildSettings
    sandbox: Sandbox | None
    cancel: CancelToken
    on_event: Callable[[BuildEvent], None]

    async def focused(self, recipe: BuildRecipe, focus: Focus) -> BuildRecipe:
        """``recipe`` with early steps; make is asked for flags that nothing else tells."""
        asked = await printed_by_dry_run(
            self.root, recipe, self.settings, self.sandbox, self.cancel, focus.changed
        )
        printed = (asked, *focus.printed) if asked else focus.printed
        return await asyncio.to_thread(with_early_steps, recipe, self.root, focus.changed, printed)

    async def carry_out(self, step: BuildStep) -> CommandResult:
        """Run a step; from clean once more where leftovers are in its way."""
        result = await self._run(step)
        clean = cleaning(step, result)
        if clean is not None and (await self._run(clean)).exit_code == 0:
            result = await self._run(step)
        return result

    async def _run(self, step: BuildStep) -> CommandResult:
        """Run a command, and tell every second that it goes on."""
        self.on_event(BuildStepStarted(step.kind, step.command))
        started = time.monotonic()
        running = asyncio.ensure_future(
            run_command(
                step.command,
                self.root / step.directory,
                timeout=self.settings.timeout_seconds,
                max_output_bytes=self.settings.max_output_bytes,
                cancel=self.cancel,
                merge_streams=True,
                sandbox=self.sandbox,
            )
        )
        try:
            while True:
                done, _ = await asyncio.wait({running}, timeout=PROGRESS_SECONDS)
                if done:
                    return running.result()
                self.on_event(Progressed(_shown(step.command), time.monotonic() - started, unit="s"))
        finally:
            if not running.done():
                running.cancel()
                await asyncio.wait({running})


@dataclass(slots=True)
class _Seen:
    """What the steps so far have shown."""

    steps: list[StepResult] = field(default_factory=list)
    diagnostics: dict[Diagnostic, None] = field(default_factory=dict)
    tests: list[TestResult] = field(default_factory=list)
    early: bool = False

    @property
    def is_built(self) -> bool:
        """No build step failed."""
        return all(step.exit_code == 0 for step in self.steps if step.kind == "build")

    def add(
        self, step: BuildStep, result: CommandResult, found: Sequence[Diagnostic], named: Sequence[TestResult]
    ) -> list[Diagnostic]:
        """Take in what a step said; returns the diagnostics that no step gave before."""
        self.steps.append(_step_result(step, result))
        self.tests.extend(named)
        new = [diagnostic for diagnostic in dict.fromkeys(found) if diagnostic not in self.diagnostics]
        self.diagnostics.update(dict.fromkeys(new))
        return new

    def report(self, seconds: float) -> BuildReport:
        """All of it, not judged yet."""
        return BuildReport(
            compiled=self.is_built,
            success=False,
            reason="",
            steps=tuple(self.steps),
            diagnostics=tuple(self.diagnostics),
            tests=tuple(self.tests),
            seconds=seconds,
            early=self.early,
        )


def _read(
    root: Path, step: BuildStep, result: CommandResult
) -> tuple[tuple[Diagnostic, ...], tuple[TestResult, ...]]:
    """The diagnostics and, of a test step, the test results in the output. Takes time: call in a thread."""
    text = result.stdout
    found = parse(text, os.path.normpath(root / step.directory), str(root))
    found = located(found, root)
    if result.exit_code == 0:
        # A tool that knows its own success is believed; only a guess may have seen an error there.
        found = tuple(d for d in found if d.tool != "generic")
    return found, parse_tests(text) if step.kind == "test" else ()


def _step_result(step: BuildStep, result: CommandResult) -> StepResult:
    return StepResult(
        kind=step.kind,
        command=step.command,
        exit_code=result.exit_code,
        seconds=result.seconds,
        stdout=result.stdout,
        stderr=result.stderr,
        timed_out=result.timed_out,
        truncated=result.truncated,
    )


_NOT_FOUND = re.compile(
    r"^(?:"
    r"(?:/\S*/)?(?:ba|da|z|k)?sh: (?:line )?(?:\d+: )?(?P<shell>[\w.+-]+): (?:command )?not found"
    r"|make(?:\[\d+\])?: (?P<make>[\w.+-]+): No such file or directory"
    r"|error: linker `(?P<cargo>[\w.+-]+)` not found"
    r"|.*No (?P<cmake>CMAKE_C(?:XX)?_COMPILER) could be found"
    r")",
    re.MULTILINE,
)
_CMAKE_COMPILERS = {"CMAKE_C_COMPILER": "cc", "CMAKE_CXX_COMPILER": "c++"}


def _raise_if_tool_missing(step: BuildStep, result: CommandResult) -> None:
    """A compiler that is not installed is no fault of the code base, and no repair can clear it."""
    if result.exit_code in {0, None}:
        return
    for match in _NOT_FOUND.finditer(result.stdout):
        name = next(group for group in match.groups() if group)
        name = _CMAKE_COMPILERS.get(name, name)
        if is_build_tool(name):
            raise missing_tool(name, f"{_shown(step.command)!r} needs it")


def _shown(command: Sequence[str]) -> str:
    text = " ".join(command)
    return text if len(text) <= 80 else text[:77] + "..."


def judge_against(
    report: BuildReport, baseline: BuildReport | None, wanted_tests: Sequence[str] = ()
) -> BuildReport:
    """``report`` with ``success`` and ``reason`` decided by comparison with ``baseline``.

    Good means: it compiled, no time limit was hit, every test that passed before passes now, each of
    ``wanted_tests`` exists and passes, and every failing test step is explained by a test that is
    known by name. Where everything was green before, or nothing is known of before, everything must
    be green now; the same where nothing compiled before and no test is wanted.

    A wanted name stands for the test of exactly that name; else for those that contain it as a word
    (``reverse`` in ``reverse: empty text`` or ``test_reverse``); else for those that begin with it.
    """
    verdict = decide(report, baseline, wanted_tests)
    return replace(report, success=verdict.success, reason=verdict.reason)
