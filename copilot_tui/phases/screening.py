"""Several candidates at once: each is built in a copy of the code base, and one that passes is put forward.

With ``build.parallel_candidates`` above 1, and a sandbox that can put a copy where the code base is. The one
that is put forward is then judged in the code base like any candidate, so a mistake here costs a build and
nothing else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import ExitStack

from copilot_tui.build.detect import detect
from copilot_tui.build.judge import build_and_test, judge_against
from copilot_tui.build.recipe import BuildRecipe, outside_directory
from copilot_tui.build.sandbox import can_stand_in
from copilot_tui.core.artefacts import BuildReport, Candidate
from copilot_tui.core.errors import WorkspaceError
from copilot_tui.phases.compile import wanted_tests
from copilot_tui.phases.phase import PhaseContext
from copilot_tui.workspace.worktree import copied_tree


async def likeliest(
    context: PhaseContext, candidates: Sequence[Candidate], baseline: BuildReport
) -> tuple[int, str]:
    """Which of the candidates passes first in a copy, else the first of all; and what to tell of it."""
    settings = context.settings.build
    screened = candidates[: settings.parallel_candidates]
    if len(screened) < 2 or not await asyncio.to_thread(can_stand_in, settings):
        return 0, ""
    project = context.settings.project(context.state.project)
    recipe = await asyncio.to_thread(detect, context.source, settings, project)
    outside = str(outside_directory(context.source))
    if any(outside in word for step in recipe.steps for word in (*step.command, step.directory)):
        return 0, ""  # they would all build into that one folder
    verdicts = await asyncio.gather(
        *(_passes(context, recipe, candidate, baseline) for candidate in screened), return_exceptions=True
    )
    for verdict in verdicts:
        if isinstance(verdict, BaseException) and not isinstance(verdict, WorkspaceError):
            raise verdict
    passing = [number for number, verdict in enumerate(verdicts) if verdict is True]
    what = "repairs" if screened[0].repair else "samples"
    told = f"{len(screened)} {what} were built side by side, {len(passing)} of them passed."
    return (passing or [0])[0], told


async def _passes(
    context: PhaseContext, recipe: BuildRecipe, candidate: Candidate, baseline: BuildReport
) -> bool:
    with ExitStack() as stack:
        copy = await asyncio.to_thread(stack.enter_context, copied_tree(context.source, candidate.changes))
        report = await build_and_test(
            context.source,
            recipe,
            context.settings.build,
            context.cancel,
            lambda event: None,
            contents=copy,
        )
    wanted = wanted_tests(context.state.task, baseline, candidate)
    return judge_against(report, baseline, wanted).success
