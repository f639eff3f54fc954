"""Asking a model that is not there yet."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from copilot_tui.core.artefacts import Task
from copilot_tui.core.config import Settings
from copilot_tui.core.errors import Cancelled
from copilot_tui.core.events import EventRecord, Progressed
from copilot_tui.models.engine import Engine
from copilot_tui.session.manager import SessionManager, Workplace


@dataclass
class NeverLoaded:
    """A model provider that loads for ever."""

    notices: list[str] = field(default_factory=list)

    async def engine(self, role: str, model: str = "") -> Engine:
        await asyncio.Event().wait()
        raise AssertionError("unreachable")


async def test_a_model_that_loads_says_so_and_can_be_stopped(
    calc_project: Path, tmp_path: Path, make_settings: Callable[..., Settings]
) -> None:
    told = asyncio.Event()
    said: list[Progressed] = []

    def show(record: EventRecord) -> None:
        if isinstance(record.event, Progressed) and record.event.what.startswith("loading"):
            said.append(record.event)
            told.set()

    settings = make_settings({"llm.model_path": "large.gguf"}, calc_project)
    place = Workplace.at(calc_project, tmp_path / "state")
    manager = SessionManager(place, settings, NeverLoaded(), on_record=show)
    await manager.start(Task("Return twice the value.", path="calc.c", symbol="calc_double"))
    running = asyncio.ensure_future(manager.run(1))
    await asyncio.wait_for(told.wait(), 20)
    manager.stop()
    with pytest.raises(Cancelled):
        await asyncio.wait_for(running, 5)
    assert said[0] == Progressed("loading large.gguf", 1, unit="s")
    assert manager.state.status == "stopped"
    await manager.close()
