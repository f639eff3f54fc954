"""Repairs and samples that are built side by side: the one that passes is tried first, and the code base is not touched."""

from __future__ import annotations

from pathlib import Path

import pytest

from copilot_tui.build.sandbox import bubblewrap
from copilot_tui.core import events as ev
from copilot_tui.core.artefacts import Candidate, FileChange, Repair
from copilot_tui.workspace.edits import candidate_digest
from tests.conftest import BROKEN_DOUBLE, CALC_SOURCE, GOOD_DOUBLE, WRONG_DOUBLE, Script
from tests.session.conftest import TASK, OpenBench

pytestmark = pytest.mark.skipif(bubblewrap() is None, reason="a copy is put in place by bubblewrap")


def repair(words: str, line: str) -> Repair:
    change = FileChange("calc.c", CALC_SOURCE, CALC_SOURCE.replace("return 0;", line))
    changes = (change,)
    candidate = Candidate(9, candidate_digest(changes), changes, line, symbols=("calc_double",), repair=words)
    return Repair("rule", words, "print", candidate)


REPAIRS = (
    repair("one that does not compile", "return twice;"),
    repair("one that fails the test", "return 7;"),
    repair("the right one", "return value + value;"),
)


@pytest.mark.parametrize(
    ("parallel", "tried"),
    [(3, "the right one"), (2, "one that does not compile"), (1, "one that does not compile")],
)
async def test_the_repair_that_passes_in_a_copy_is_tried_first(
    open_bench: OpenBench, calc_project: Path, parallel: int, tried: str
) -> None:
    changes = {"build.parallel_candidates": parallel, "learning.deterministic_fixes": False}
    bench = await open_bench(Script([BROKEN_DOUBLE, GOOD_DOUBLE]), changes)
    manager = bench.manager
    await manager.start(TASK)
    for phase in ("explore", "reason", "generate", "compile"):
        await manager.run_phase(phase)
    before = {path: path.read_bytes() for path in calc_project.rglob("*") if path.is_file()}
    await manager._emit(ev.RepairsFound(REPAIRS))
    state = await manager.run_phase("generate")
    assert {path: path.read_bytes() for path in calc_project.rglob("*") if path.is_file()} == before
    assert state.candidate is not None
    assert state.candidate.repair == tried
    told = [r.event.message for r in bench.shown if isinstance(r.event, ev.Noticed)]
    assert any("side by side" in message for message in told) == (parallel > 1)


@pytest.mark.parametrize(("parallel", "written"), [(3, 3), (2, 2), (1, 1)])
async def test_the_sample_that_passes_in_a_copy_is_judged_first(
    open_bench: OpenBench, parallel: int, written: int
) -> None:
    changes = {"generation.samples": 3, "build.parallel_candidates": parallel}
    bench = await open_bench(Script([WRONG_DOUBLE, GOOD_DOUBLE, BROKEN_DOUBLE]), changes)
    manager = bench.manager
    await manager.start(TASK)
    for phase in ("explore", "reason", "generate"):
        await manager.run_phase(phase)
    assert len(bench.prompts("generate")) == written
    assert ("baseline_recorded" in bench.types()) == (parallel > 1)
    assert manager.state.candidate is not None
    assert manager.state.candidate.samples == written
    state = await manager.run_phase("compile")
    assert state.build is not None
    assert state.build.success == (parallel > 1)
    assert bench.types().count("baseline_recorded") == 1


async def test_samples_that_were_compared_count_as_samples(open_bench: OpenBench) -> None:
    changes = {"generation.samples": 2, "build.parallel_candidates": 2, "learning.deterministic_fixes": False}
    bench = await open_bench(Script([WRONG_DOUBLE, BROKEN_DOUBLE]), changes)
    await bench.manager.start(TASK)
    await bench.manager.run(1)
    assert len(bench.prompts("generate")) == 2
    assert len(bench.manager.state.attempts) == 1
