"""A person's word on the code: accept, reject, undo, redo, edit; and stops before a phase."""

from __future__ import annotations

from pathlib import Path

import pytest

from copilot_tui.core import events as ev
from copilot_tui.core.artefacts import Plan, PlannedFile
from copilot_tui.core.errors import FileConflictError, UsageError
from copilot_tui.core.state import fold
from copilot_tui.session.decisions import accept, redo, undo
from copilot_tui.session.selection import Selection, read_selection
from copilot_tui.workspace.hunks import hunks_of
from tests.conftest import BROKEN_DOUBLE, CALC_SOURCE, GOOD_DOUBLE, WRONG_DOUBLE, Script
from tests.session.conftest import TASK, Bench, OpenBench


async def until_generated(open_bench: OpenBench, *codes: str) -> Bench:
    bench = await open_bench(Script(list(codes)))
    await bench.manager.start(TASK)
    for phase in ("explore", "reason", "generate"):
        await bench.manager.run_phase(phase)
    return bench


def source(calc_project: Path) -> str:
    return (calc_project / "calc.c").read_text()


def contents(calc_project: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in calc_project.iterdir()}


async def test_nothing_is_written_before_a_candidate_is_accepted(
    open_bench: OpenBench, calc_project: Path
) -> None:
    before = contents(calc_project)
    bench = await until_generated(open_bench, GOOD_DOUBLE)
    manager = bench.manager
    await manager.run_phase("review")
    await manager.changes.edit_plan(Plan(files=(PlannedFile("calc.c", "Do it.", "calc_double"),)))
    await manager.changes.reject({1})
    await manager.changes.edit_file("calc.c", CALC_SOURCE.replace("return 0", "return value + value"))
    await manager.changes.reject()
    assert contents(calc_project) == before
    await manager.changes.edit_file("calc.c", CALC_SOURCE.replace("return 0", "return value << 1"))
    await manager.changes.accept()
    assert "return value << 1" in source(calc_project)


async def test_a_refused_hunk_is_left_out_and_told_to_the_model(
    open_bench: OpenBench, calc_project: Path
) -> None:
    bench = await until_generated(open_bench, GOOD_DOUBLE, WRONG_DOUBLE)
    manager = bench.manager
    await manager.run_phase("review")
    assert manager.state.candidate is not None
    stamp, body = hunks_of(manager.state.candidate.changes)
    assert "AI_STATUS" in stamp.new_lines[0]
    await manager.changes.reject({stamp.number}, "the status is not yours to set")
    state = manager.state
    assert state.candidate is not None
    assert state.candidate.number == 2
    assert [hunk.new_lines for hunk in hunks_of(state.candidate.changes)] == [body.new_lines]
    assert state.stale == {"review"}  # the plan and what lies before it are kept
    await manager.run()
    assert manager.state.status == "solved"
    assert len(bench.prompts("generate")) == 1  # what was left was judged, not written anew
    assert "return 2 * value" in source(calc_project)
    assert "NOT_STARTED" in source(calc_project)
    await manager.run_phase("generate")
    told = bench.prompts("generate")[-1]
    assert "because: the status is not yours to set" in told
    assert "+ * AI_STATUS: IMPLEMENTED" in told


async def test_a_candidate_refused_as_a_whole_is_written_anew(open_bench: OpenBench) -> None:
    bench = await until_generated(open_bench, WRONG_DOUBLE, WRONG_DOUBLE, GOOD_DOUBLE)
    await bench.manager.changes.reject(reason="double it, do not add")
    assert "generate" in bench.manager.state.stale
    await bench.manager.run()
    assert bench.manager.state.status == "solved"
    assert "candidate_repeated" in bench.types()
    second = bench.prompts("generate")[1]
    assert "because: double it, do not add" in second
    assert "+    return value + 1;" in second
    assert "because: double it, do not add" in bench.prompts("review")[-1]


async def test_accepted_code_stays_though_the_judge_refuses_it(
    open_bench: OpenBench, calc_project: Path
) -> None:
    bench = await until_generated(open_bench, WRONG_DOUBLE)
    await bench.manager.changes.accept()
    state = await bench.manager.run_phase("compile")
    assert state.build is not None
    assert not state.build.success
    assert "return value + 1" in source(calc_project)
    assert state.candidate_in_code
    with pytest.raises(UsageError, match="in the code base already"):
        await bench.manager.changes.accept()


async def test_undo_and_redo_by_candidate_work_after_a_restart(
    open_bench: OpenBench, calc_project: Path
) -> None:
    bench = await until_generated(open_bench, BROKEN_DOUBLE, GOOD_DOUBLE)
    await bench.manager.changes.accept()
    broken = source(calc_project)
    await bench.manager.changes.undo()
    await bench.manager.run_phase("generate")
    await bench.manager.changes.accept()
    good = source(calc_project)
    again = await open_bench(Script([]))
    await again.manager.resume("last")
    with pytest.raises(UsageError, match="Nothing was undone"):
        await again.manager.changes.redo()  # a change on top ends what could be done again
    with pytest.raises(UsageError, match="Candidate 1 is not in the code base"):
        await again.manager.changes.undo(1)
    await again.manager.changes.undo(2)
    assert source(calc_project) == CALC_SOURCE
    third = await open_bench(Script([]))
    await third.manager.resume("last")
    await third.manager.changes.redo()
    assert source(calc_project) == good
    with pytest.raises(FileConflictError, match="changed since"):
        await third.manager.changes.accept(candidate=1)
    await third.manager.changes.undo()
    await third.manager.changes.accept(candidate=1)
    assert source(calc_project) == broken
    candidate = third.manager.state.candidate
    assert candidate is not None
    assert candidate.number == 1


async def test_redo_after_undo_leaves_a_solved_session_solved(
    open_bench: OpenBench, calc_project: Path
) -> None:
    bench = await open_bench(Script([GOOD_DOUBLE]))
    await bench.manager.start(TASK)
    solved = await bench.manager.run()
    good = source(calc_project)
    await bench.manager.changes.undo()
    assert not bench.manager.state.solved
    await bench.manager.changes.redo()
    assert source(calc_project) == good
    assert (bench.manager.state.solved, bench.manager.state.stale) == (True, solved.stale)
    (calc_project / "calc.c").write_text(good + "/* mine */\n")
    with pytest.raises(FileConflictError, match=r"calc\.c"):
        await bench.manager.changes.undo()
    assert "/* mine */" in source(calc_project)


async def test_refusing_part_of_what_is_in_the_code_base_leaves_the_rest_there(
    open_bench: OpenBench, calc_project: Path
) -> None:
    tests = calc_project / "test.c"
    tests.write_text(tests.read_text().replace("calc_add(2, 3), 5", "calc_add(2, 3), 6"))
    bench = await open_bench(Script([GOOD_DOUBLE]))
    await bench.manager.start(TASK)
    await bench.manager.run()
    await bench.manager.changes.accept({2})
    assert "NOT_STARTED" in source(calc_project)
    assert "return 2 * value" in source(calc_project)
    assert "compile" in bench.manager.state.stale
    state = await bench.manager.run_phase("compile")
    assert state.solved
    assert state.build is not None
    assert state.build.errors == ()  # what failed before is no news, here as in the first build
    assert len(bench.prompts("generate")) == 1
    await bench.manager.changes.reject()
    assert source(calc_project) == CALC_SOURCE


async def test_a_plan_that_a_person_wrote_is_used_not_made_anew(open_bench: OpenBench) -> None:
    bench = await open_bench(Script([WRONG_DOUBLE, GOOD_DOUBLE]))
    await bench.manager.start(TASK)
    await bench.manager.run(1)
    plan = Plan(strategy=("Shift left by one.",), files=(PlannedFile("calc.c", "Shift.", "calc_double"),))
    await bench.manager.changes.edit_plan(plan)
    await bench.manager.run(2)
    assert len(bench.prompts("reason")) == 1
    assert "Shift left by one." in bench.prompts("generate")[-1]
    assert bench.manager.state.edited == frozenset()


async def test_a_candidate_that_a_person_wrote_is_judged_next(
    open_bench: OpenBench, calc_project: Path
) -> None:
    bench = await open_bench(Script([WRONG_DOUBLE]))
    await bench.manager.start(TASK)
    await bench.manager.run(1)
    await bench.manager.changes.edit_file("calc.c", CALC_SOURCE.replace("return 0", "return 2 * value"))
    state = await bench.manager.run(2)
    assert state.status == "solved"
    assert len(bench.prompts("generate")) == 1
    assert len(bench.prompts("reason")) == 1


async def test_the_loop_stops_before_a_phase_and_goes_on_from_there(open_bench: OpenBench) -> None:
    bench = await open_bench(Script([WRONG_DOUBLE, GOOD_DOUBLE]))
    await bench.manager.set_breakpoint("compile", enabled=True)
    await bench.manager.start(TASK)
    state = await bench.manager.run(stop_at_breakpoints=True)
    assert (state.paused_before, state.status, state.ended_at) == ("compile", "running", "")
    again = await open_bench(Script([GOOD_DOUBLE]))
    await again.manager.resume("last")
    state = await again.manager.run(stop_at_breakpoints=True)
    assert (state.iteration, state.paused_before) == (2, "compile")  # once more in each iteration
    await again.manager.set_breakpoint("compile", enabled=False)
    state = await again.manager.run(stop_at_breakpoints=True)
    assert state.status == "solved"
    with pytest.raises(UsageError, match="no phase"):
        await again.manager.set_breakpoint("deploy", enabled=True)


async def test_every_decision_is_an_event_that_folds_to_the_same_state(open_bench: OpenBench) -> None:
    bench = await until_generated(open_bench, GOOD_DOUBLE)
    changes = bench.manager.changes
    await bench.manager.set_breakpoint("review", enabled=True)
    await changes.reject({1})
    await changes.accept()
    await changes.undo()
    await changes.redo()
    await changes.reject()
    for wanted in (ev.BreakpointSet, ev.HunksRejected, ev.CandidateAccepted, ev.EditUndone, ev.EditRedone):
        assert any(isinstance(record.event, wanted) for record in bench.shown)
    read = [ev.from_wire(ev.to_wire(record)) for record in bench.shown]
    assert fold(read) == bench.manager.state


async def test_selections_are_read_and_checked(open_bench: OpenBench) -> None:
    bench = await until_generated(open_bench, GOOD_DOUBLE)
    state = bench.manager.state
    assert read_selection("", state) == Selection()
    assert read_selection(": too long", state) == Selection(reason="too long")
    assert read_selection("1-2", state) == Selection(frozenset({1, 2}))
    assert read_selection("2: not: this", state) == Selection(frozenset({2}), reason="not: this")
    assert read_selection("calc.c", state) == Selection(frozenset({1, 2}))
    assert read_selection("#1", state) == Selection(candidate=1)
    for wrong in ("3", "0", "2-1", "calc.h", "#x"):
        with pytest.raises(UsageError):
            read_selection(wrong, state)


async def test_a_file_that_changed_meanwhile_is_merged_and_never_overwritten(
    open_bench: OpenBench, calc_project: Path
) -> None:
    bench = await until_generated(open_bench, GOOD_DOUBLE)
    mine = source(calc_project).replace("/* Returns the sum. */", "/* The sum, in my words. */")
    (calc_project / "calc.c").write_text(mine)
    with pytest.raises(FileConflictError, match="accept merge"):
        await accept(bench.manager, "")
    assert source(calc_project) == mine
    await accept(bench.manager, "merge")
    assert "in my words" in source(calc_project)
    assert "return 2 * value;" in source(calc_project)
    await bench.manager.changes.undo()
    assert source(calc_project) == mine


async def test_undo_and_redo_leave_what_was_changed_meanwhile(
    open_bench: OpenBench, calc_project: Path
) -> None:
    bench = await until_generated(open_bench, GOOD_DOUBLE)
    await accept(bench.manager, "")
    file = calc_project / "calc.c"
    file.write_text(source(calc_project).replace("/* Returns the sum. */", "/* The sum, in my words. */"))
    with pytest.raises(FileConflictError) as refused:
        await undo(bench.manager, "")
    assert "/undo merge" in refused.value.hint
    await undo(bench.manager, "merge #1")
    assert source(calc_project) == CALC_SOURCE.replace("Returns the sum.", "The sum, in my words.")
    file.write_text(source(calc_project).replace("return left + right;", "return right + left;"))
    with pytest.raises(FileConflictError):
        await redo(bench.manager, "#1")
    await redo(bench.manager, "merge")
    for text in ("in my words", "right + left", "return 2 * value;"):
        assert text in source(calc_project)
    both = source(calc_project).replace("return 2 * value;", "return value * 2;")
    file.write_text(both)
    with pytest.raises(FileConflictError, match="same lines"):
        await undo(bench.manager, "merge")
    assert source(calc_project) == both


async def test_the_same_lines_changed_by_both_are_left_to_the_person(
    open_bench: OpenBench, calc_project: Path
) -> None:
    bench = await until_generated(open_bench, GOOD_DOUBLE)
    mine = source(calc_project).replace("return 0;", "return value * 2; /* mine */")
    (calc_project / "calc.c").write_text(mine)
    with pytest.raises(FileConflictError, match="same lines"):
        await accept(bench.manager, "merge #1")
    assert source(calc_project) == mine


async def test_a_candidate_is_judged_together_with_what_the_person_changed_meanwhile(
    open_bench: OpenBench, calc_project: Path
) -> None:
    bench = await until_generated(open_bench, GOOD_DOUBLE)
    mine = source(calc_project).replace("/* Returns the sum. */", "/* The sum, in my words. */")
    (calc_project / "calc.c").write_text(mine)
    state = await bench.manager.run_phase("compile")
    assert state.solved
    assert "in my words" in source(calc_project)
    assert "return 2 * value;" in source(calc_project)
    assert any("built together" in r.event.message for r in bench.shown if isinstance(r.event, ev.Noticed))
