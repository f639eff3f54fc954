"""A process that works on a session and tells each event that it shows, to be killed by a test.

Arguments: source, state directory. Each shown event is one line `SEQ TYPE` on stdout.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from copilot_tui.core.events import EventRecord
from copilot_tui.models.scripted_engine import ScriptedEngine
from copilot_tui.session.manager import SessionManager, Workplace
from copilot_tui.store.settings import load_settings
from tests.conftest import BROKEN_DOUBLE, GOOD_DOUBLE, OneEngine, Script
from tests.session.conftest import TASK


def show(record: EventRecord) -> None:
    sys.stdout.write(f"{record.seq} {record.type}\n")
    sys.stdout.flush()


async def work(source: Path, state: Path) -> None:
    engine = OneEngine(ScriptedEngine(Script([BROKEN_DOUBLE, GOOD_DOUBLE])))
    place = Workplace.at(source, state)
    manager = SessionManager(place, load_settings(source, {"generation.samples": 1}), engine, on_record=show)
    await manager.start(TASK)
    await manager.run(4)
    await manager.close()


if __name__ == "__main__":
    asyncio.run(work(Path(sys.argv[1]), Path(sys.argv[2])))
