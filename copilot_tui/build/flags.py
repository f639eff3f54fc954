"""With which flags the project compiles a file, asking make where nothing else tells."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from copilot_tui.build.compile_commands import CompileCommand, printed_commands, read_commands
from copilot_tui.build.early import dry_run, wants_printed_commands
from copilot_tui.build.recipe import BuildRecipe
from copilot_tui.build.runner import run_command
from copilot_tui.build.sandbox import Sandbox, sandbox_for
from copilot_tui.core.cancellation import CancelToken
from copilot_tui.core.config import BuildSettings

DRY_RUN_SECONDS = 20.0
DRY_RUN_BYTES = 8_000_000


async def printed_by_dry_run(
    root: Path,
    recipe: BuildRecipe,
    settings: BuildSettings,
    sandbox: Sandbox | None,
    cancel: CancelToken,
    paths: Sequence[str],
) -> str:
    """What make says it would do about ``paths``; empty where another tool builds, or flags are known."""
    step = dry_run(recipe, paths)
    if step is None or not await asyncio.to_thread(wants_printed_commands, root, paths):
        return ""
    result = await run_command(
        step.command,
        root / step.directory,
        timeout=min(DRY_RUN_SECONDS, settings.timeout_seconds),
        max_output_bytes=DRY_RUN_BYTES,
        cancel=cancel,
        sandbox=sandbox,
    )
    return result.stdout


async def compile_command_of(
    source: Path,
    recipe: BuildRecipe,
    settings: BuildSettings,
    cancel: CancelToken,
    path: str,
    printed: Sequence[str] = (),
) -> CompileCommand | None:
    """How the project compiles ``path``, a file that is there; None where nothing tells.

    ``printed`` are outputs of earlier builds, in which it may stand too.
    """
    root = await asyncio.to_thread(source.resolve)
    file = str(root / path)
    for command in await asyncio.to_thread(read_commands, root, root):
        if command.file == file:
            return command
    sandbox = await asyncio.to_thread(sandbox_for, root, settings)
    asked = await printed_by_dry_run(root, recipe, settings, sandbox, cancel, (path,))
    for text in (asked, *printed):
        for command in printed_commands(text, str(root), (file,)):
            return command
    return None
