"""Prompts of a session begin alike, so that a model computes what they share once."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from importlib.resources import as_file, files
from pathlib import Path

import pytest

from copilot_tui.core import events as ev
from copilot_tui.core.artefacts import Task
from copilot_tui.core.config import Settings
from copilot_tui.models.scripted_engine import ScriptedEngine
from copilot_tui.session.manager import SessionManager, Workplace
from copilot_tui.session.tasks import find_tasks
from tests.conftest import OneEngine, Script

WRONG = [f"size_t text_count(const char *text, char wanted)\n{{\n    return {n};\n}}" for n in range(90, 99)]


@pytest.mark.parametrize("samples", [1, 3])
async def test_from_the_second_phase_on_most_of_each_prompt_is_known_already(
    tmp_path: Path, make_settings: Callable[..., Settings], samples: int
) -> None:
    source = tmp_path / "textkit"
    with as_file(files("copilot_tui") / "demo") as packaged:
        shutil.copytree(packaged, source)
    engine = ScriptedEngine(Script(WRONG, path="src/text.c", symbol="text_count"))
    used: list[ev.GenerationFinished] = []

    def watch(record: ev.EventRecord) -> None:
        if isinstance(record.event, ev.GenerationFinished):
            used.append(record.event)

    changes = {"generation.samples": samples, "session.max_iterations": 3, "exploration.semantic": False}
    settings = make_settings(changes, source)
    manager = SessionManager(
        Workplace.at(source, tmp_path / "state"), settings, OneEngine(engine), on_record=watch
    )
    task = next(task for task in find_tasks(manager.index, ()) if task.symbol == "text_count")
    await manager.start(Task(task.text, task.path, task.line, task.symbol, task.phase, task.tests))
    await manager.run()
    await manager.close()
    later = [event.usage for event in used[1:]]
    assert len(later) > 4
    cached, whole = (
        sum(getattr(usage, f"{what}_tokens") for usage in later) for what in ("cached", "prompt")
    )
    assert cached >= 0.7 * whole
    assert all(usage.cached_tokens >= 0.45 * usage.prompt_tokens for usage in later)
