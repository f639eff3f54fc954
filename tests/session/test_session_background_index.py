"""An open code base is indexed in the background, unless its settings say otherwise."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from copilot_tui.core.config import Settings
from copilot_tui.session.background_index import BackgroundIndex
from copilot_tui.session.indexing import open_code_index
from copilot_tui.session.workplace import Workplace


@pytest.mark.parametrize(
    ("changes", "files"),
    [({}, True), ({"exploration.watch": False}, False), ({"exploration.enabled": False}, False)],
)
async def test_the_index_is_built_when_a_code_base_is_open(
    calc_project: Path,
    tmp_path: Path,
    make_settings: Callable[..., Settings],
    changes: dict[str, Any],
    files: bool,
) -> None:
    place = Workplace.at(calc_project, tmp_path / "state")
    settings = make_settings(changes, calc_project)
    said: list[str] = []
    progress: list[str] = []
    background = BackgroundIndex(place, settings, said.append, progress.append)
    background.start()
    looking = open_code_index(place.source, place.state / "index", settings)
    for _ in range(600 if files else 10):
        if looking.counts()["files"] and not looking.counts()["files_without_symbols_yet"]:
            break
        await asyncio.sleep(0.05)
    for _ in range(600 if files else 0):
        if progress and not progress[-1]:
            break
        await asyncio.sleep(0.05)
    await asyncio.to_thread(background.stop)
    assert [line for line in progress if line][:1] == (["index: scan"] if files else [])
    assert progress[-1:] == ([""] if files else [])
    assert (looking.counts()["files"] > 0) == files
    assert not any("cannot" in line for line in said)
