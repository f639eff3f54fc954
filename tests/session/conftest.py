"""A session manager over the tiny C project, with scripted replies and the real compiler."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from copilot_tui.core.artefacts import Task
from copilot_tui.core.config import Settings
from copilot_tui.core.events import EventRecord
from copilot_tui.models.scripted_engine import ScriptedEngine
from copilot_tui.session.manager import SessionManager, Workplace
from tests.conftest import OneEngine, Script

TASK = Task(
    "Return twice the value.",
    path="calc.c",
    symbol="calc_double",
    phase="CALC_DOUBLE",
    tests=("calc_double",),
)


class Bench:
    """A manager, what it showed, and what its engine was asked."""

    def __init__(self, manager: SessionManager, engine: ScriptedEngine, shown: list[EventRecord]) -> None:
        self.manager = manager
        self.engine = engine
        self.shown = shown

    def types(self) -> list[str]:
        return [record.type for record in self.shown]

    def prompts(self, phase: str) -> list[str]:
        """The prompts of one phase, oldest first."""
        from tests.conftest import asked_for

        return [
            "\n".join(message.content for message in request.messages)
            for request in self.engine.requests
            if asked_for(request) == phase
        ]


OpenBench = Callable[..., Awaitable[Bench]]


@pytest.fixture
async def open_bench(
    calc_project: Path, tmp_path: Path, make_settings: Callable[..., Settings]
) -> AsyncIterator[OpenBench]:
    """Opens managers on the project and closes them at the end."""
    benches: list[Bench] = []

    async def open_one(script: Script | None = None, changes: dict[str, object] | None = None) -> Bench:
        for bench in benches:
            await bench.manager.close()
        benches.clear()
        engine = ScriptedEngine(script or Script([]))
        shown: list[EventRecord] = []
        place = Workplace.at(calc_project, tmp_path / "state")
        settings = make_settings({"generation.samples": 1, **(changes or {})}, calc_project)
        manager = SessionManager(place, settings, OneEngine(engine), on_record=shown.append)
        benches.append(Bench(manager, engine, shown))
        return benches[-1]

    yield open_one
    for bench in benches:
        await bench.manager.close()
