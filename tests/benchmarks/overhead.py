"""What one iteration costs beyond the model and the compiler.

A session on the demo library with a scripted engine that answers at once, so that of the wall time only
the program itself and the build remain; the build's own seconds are measured and taken off.
"""

from __future__ import annotations

import asyncio
import shutil
import statistics
import tempfile
import time
from importlib.resources import as_file, files
from pathlib import Path

from copilot_tui.core import events as ev
from copilot_tui.core.artefacts import Task
from copilot_tui.models.scripted_engine import ScriptedEngine
from copilot_tui.session.manager import SessionManager, Workplace
from copilot_tui.session.tasks import find_tasks
from copilot_tui.store.settings import load_settings
from tests.conftest import OneEngine, Script

ITERATIONS = 10


def main(arguments: list[str]) -> None:
    seconds = asyncio.run(measure())
    first, rest = seconds[0] * 1000, [value * 1000 for value in seconds[1:]]
    print("| first iteration (index, baseline) | further iterations, median | slowest |")
    print("|---|---|---|")
    print(f"| {first:.0f} ms | {statistics.median(rest):.0f} ms | {max(rest):.0f} ms |")


async def measure() -> list[float]:
    """Seconds of each iteration, without those that the build steps took."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "textkit"
        with as_file(files("copilot_tui") / "demo") as packaged:
            shutil.copytree(packaged, source)
        wrong = [
            f"size_t text_count(const char *text, char wanted)\n{{\n    return {n};\n}}"
            for n in range(90, 190)
        ]
        engine = ScriptedEngine(Script(wrong, path="src/text.c", symbol="text_count"))
        changes = {"generation.samples": 1, "session.max_iterations": ITERATIONS}
        records: list[tuple[float, ev.EventRecord]] = []
        manager = SessionManager(
            Workplace.at(source, Path(folder) / "state"),
            load_settings(source, changes),
            OneEngine(engine),
            on_record=lambda record: records.append((time.perf_counter(), record)),
        )
        task = next(t for t in find_tasks(manager.index, ()) if t.symbol == "text_count")
        await manager.start(Task(task.text, task.path, task.line, task.symbol, task.phase, task.tests))
        await manager.run()
        await manager.close()
    return per_iteration(records)


def per_iteration(records: list[tuple[float, ev.EventRecord]]) -> list[float]:
    seconds: list[float] = []
    began = built = looked = 0.0
    for moment, record in records:
        event = record.event
        if looked:  # the compiler's early look at the touched file is no step of the report
            built, looked = built + moment - looked, 0.0
        if isinstance(event, ev.IterationStarted):
            began, built = moment, 0.0
        elif isinstance(event, ev.BuildStepStarted) and "-fsyntax-only" in event.command:
            looked = moment
        elif isinstance(event, (ev.BuildProduced, ev.BaselineRecorded)):
            built += sum(step.seconds for step in event.build.steps)
        elif isinstance(event, ev.IterationFinished):
            seconds.append(moment - began - built)
    return seconds
