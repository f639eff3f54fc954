"""Judging four candidates one after another in the code base, and side by side in copies of it."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import time
from importlib.resources import as_file, files
from pathlib import Path

from copilot_tui.build.detect import detect
from copilot_tui.build.judge import build_and_test
from copilot_tui.core.artefacts import FileChange
from copilot_tui.core.cancellation import CancelToken
from copilot_tui.store.settings import load_settings
from copilot_tui.workspace.apply import Workspace
from copilot_tui.workspace.worktree import copied_tree

CANDIDATES = 4


def main(arguments: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "textkit")
        with as_file(files("copilot_tui") / "demo") as packaged:
            shutil.copytree(packaged, source)
        before = (source / "src/text.c").read_text()
        changes = [
            (FileChange("src/text.c", before, f"{before}\nint added_{n}(void) {{ return {n}; }}\n"),)
            for n in range(CANDIDATES)
        ]
        asyncio.run(build(source, None))
        started = time.perf_counter()
        asyncio.run(one_after_another(source, Path(folder, "journal"), changes))
        sequential = time.perf_counter() - started
        started = time.perf_counter()
        asyncio.run(side_by_side(source, changes))
        parallel = time.perf_counter() - started
    print("| candidates | one after another | side by side |")
    print("|---|---|---|")
    print(f"| {CANDIDATES} | {sequential:.2f} s | {parallel:.2f} s |")


async def build(source: Path, contents: Path | None) -> None:
    settings = load_settings(None).build
    recipe = detect(source, settings)
    await build_and_test(source, recipe, settings, CancelToken(), lambda event: None, contents=contents)


async def one_after_another(source: Path, journal: Path, changes: list[tuple[FileChange, ...]]) -> None:
    workspace = Workspace(source, journal)
    for change in changes:
        edit = await asyncio.to_thread(workspace.apply, change)
        await build(source, None)
        await asyncio.to_thread(workspace.undo, edit)


async def side_by_side(source: Path, changes: list[tuple[FileChange, ...]]) -> None:
    async def one(change: tuple[FileChange, ...]) -> None:
        with copied_tree(source, change) as copy:
            await build(source, copy)

    await asyncio.gather(*(one(change) for change in changes))
