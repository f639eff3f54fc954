"""`kill -9` at any moment: nothing that was shown is lost, and the code base is never in between."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from copilot_tui.core.artefacts import Candidate
from copilot_tui.core.config import Settings
from copilot_tui.core.events import CandidateProposed, EventRecord
from copilot_tui.models.scripted_engine import ScriptedEngine
from copilot_tui.session.manager import SessionManager, Workplace
from copilot_tui.store.database import Database
from copilot_tui.store.sessions import SessionStore
from tests.conftest import CALC_SOURCE, GOOD_DOUBLE, OneEngine, Script

ROUNDS = 20
ROOT = Path(__file__).resolve().parents[2]


def run_and_kill(
    source: Path, state: Path, after_lines: int, after_seconds: float = 0.0
) -> list[tuple[int, str]]:
    """Start the child, kill it so long after it has shown so many events; what it had shown."""
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.session.working_child", str(source), str(state)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    lines = []
    for line in child.stdout:
        lines.append(line)
        if len(lines) == after_lines:
            time.sleep(after_seconds)
            child.kill()
    child.wait()
    complete = [line.split() for line in lines if line.endswith("\n")]
    return [(int(seq), kind) for seq, kind in complete]


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_killed_at_random_moments_a_session_resumes_without_loss(
    calc_project: Path, tmp_path: Path, make_settings: Callable[..., Settings]
) -> None:
    pristine = tmp_path / "pristine"
    shutil.copytree(calc_project, pristine)
    everything = len(run_and_kill(calc_project, tmp_path / "whole", after_lines=10**6))
    assert everything > 30
    chance = random.Random(2026)
    for number in range(ROUNDS):
        shutil.rmtree(calc_project)
        shutil.copytree(pristine, calc_project)
        state = tmp_path / f"state{number}"
        lines, pause = chance.randint(2, everything - 1), chance.uniform(0, 0.15)
        records = assert_nothing_lost(state, run_and_kill(calc_project, state, lines, pause))
        texts = {change.after for candidate in candidates(records) for change in candidate.changes}
        assert (calc_project / "calc.c").read_text() in {CALC_SOURCE, *texts}
        await resume_to_the_end(calc_project, state, make_settings({"generation.samples": 1}))
        after = (calc_project / "calc.c").read_text()
        assert "return 2 * value;" in after
        assert after.count("calc_double(int value)") == 1


def candidates(records: list[EventRecord]) -> list[Candidate]:
    return [r.event.candidate for r in records if isinstance(r.event, CandidateProposed)]


def assert_nothing_lost(state: Path, shown: list[tuple[int, str]]) -> list[EventRecord]:
    database = Database.open(state, read_only=True)
    store = SessionStore(database)
    records = store.records(store.resolve("last"))
    database.close()
    kept = {(record.seq, record.type) for record in records}
    assert set(shown) <= kept
    assert [record.seq for record in records] == list(range(1, len(records) + 1))
    return records


async def resume_to_the_end(source: Path, state: Path, settings: Settings) -> None:
    again: list[EventRecord] = []
    engine = OneEngine(ScriptedEngine(Script([GOOD_DOUBLE])))
    manager = SessionManager(Workplace.at(source, state), settings, engine, on_record=again.append)
    try:
        resumed = await manager.resume("last")
        finished = set(resumed.finished_phases)
        ended = await manager.run(4)
        assert ended.status == "solved", [record.type for record in again]
        repeated = {r.event.phase for r in again if r.type == "phase_started"}  # type: ignore[union-attr]
        if resumed.iteration_open and resumed.iteration == ended.iteration:
            assert not finished & repeated, "a finished phase was run again"
    finally:
        await manager.close()
