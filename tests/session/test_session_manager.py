"""The manager drives the phases over a real project: real files, real compiler, scripted model."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from copilot_tui.core import events as ev
from copilot_tui.core.artefacts import Plan, Task
from copilot_tui.core.config import Settings
from copilot_tui.core.errors import Cancelled, SessionNotFoundError, StoreLockedError, UsageError
from copilot_tui.core.state import fold
from copilot_tui.models.scripted_engine import ScriptedEngine
from copilot_tui.session.export import export_json, export_markdown
from copilot_tui.session.manager import SessionManager, Workplace
from copilot_tui.store.database import Database
from copilot_tui.store.sessions import SessionStore
from tests.conftest import BROKEN_DOUBLE, CALC_SOURCE, GOOD_DOUBLE, WRONG_DOUBLE, OneEngine, Script
from tests.session.conftest import TASK, OpenBench


def stored(state_directory: Path, session: str) -> list[ev.EventRecord]:
    database = Database.open(state_directory, read_only=True)
    try:
        return SessionStore(database).records(session)
    finally:
        database.close()


async def test_a_task_is_solved_by_the_real_compiler_and_tests(
    open_bench: OpenBench, calc_project: Path
) -> None:
    bench = await open_bench(Script([GOOD_DOUBLE]))
    await bench.manager.start(TASK)
    state = await bench.manager.run()
    assert state.status == "solved"
    source = (calc_project / "calc.c").read_text()
    assert "return 2 * value;" in source
    assert "AI_STATUS: IMPLEMENTED" in source
    assert source.startswith(CALC_SOURCE.split("/*\n * AI_PHASE", 1)[0])
    assert state.summary is not None
    assert state.summary.new_tokens > 0


async def test_a_failed_candidate_leaves_the_code_base_as_it_was(
    open_bench: OpenBench, calc_project: Path
) -> None:
    bench = await open_bench(Script([WRONG_DOUBLE]))
    await bench.manager.start(TASK)
    state = await bench.manager.run(1)
    assert state.status == "unsolved"
    assert (calc_project / "calc.c").read_text() == CALC_SOURCE
    assert state.build is not None
    assert state.build.compiled
    assert "calc_double: seven" in state.build.failed_tests


async def test_a_repair_sees_insights_plan_code_and_errors_of_before(open_bench: OpenBench) -> None:
    bench = await open_bench(Script([BROKEN_DOUBLE, GOOD_DOUBLE]))
    await bench.manager.start(TASK)
    state = await bench.manager.run(3)
    assert state.status == "solved"
    first, second = bench.prompts("generate")
    assert "calc_add shows the form." in first  # insights
    assert "Multiply by two." in first  # plan
    assert "return twice * value;" in second  # the code that failed
    assert "twice" in second.split("was wrong")[1]
    assert "undeclared" in second  # what the compiler said of it
    assert "undeclared" in bench.prompts("reason")[1]


async def test_review_findings_reach_the_next_prompt(open_bench: OpenBench, calc_project: Path) -> None:
    stub = "int calc_double(int value)\n{\n    /* TODO */\n    return 0;\n}"
    bench = await open_bench(Script([stub, GOOD_DOUBLE]))
    await bench.manager.start(TASK)
    state = await bench.manager.run(1)
    assert state.status == "solved"
    assert "Unfinished code: `TODO`" in bench.prompts("generate")[1]
    assert bench.types().count("edit_applied") == 1, "the blocked candidate never reached the compiler"


async def test_a_model_finding_blocks_only_when_the_settings_say_so(open_bench: OpenBench) -> None:
    script = Script([GOOD_DOUBLE])
    script.findings = {"findings": [{"severity": "blocking", "message": "It is wrong."}]}
    bench = await open_bench(script)
    await bench.manager.start(TASK)
    assert (await bench.manager.run(1)).status == "solved"


async def test_a_model_finding_blocks_when_the_settings_say_so(open_bench: OpenBench) -> None:
    script = Script([GOOD_DOUBLE, WRONG_DOUBLE, BROKEN_DOUBLE])
    script.findings = {"findings": [{"severity": "blocking", "message": "It is wrong."}]}
    bench = await open_bench(script, {"review.model_findings_block": True})
    await bench.manager.start(TASK)
    state = await bench.manager.run(1)
    assert state.status == "unsolved"
    assert "edit_applied" not in bench.types()


async def test_a_verified_fix_is_learnt_and_offered_when_the_error_comes_again(
    open_bench: OpenBench, calc_project: Path
) -> None:
    other = GOOD_DOUBLE.replace("2 * value", "value + value")  # too particular to be done again by rule
    bench = await open_bench(Script([BROKEN_DOUBLE, other]))
    await bench.manager.start(TASK)
    await bench.manager.run(3)
    verified = [r.event.lesson for r in bench.shown if isinstance(r.event, ev.LessonRecorded)]
    assert any(lesson.verified for lesson in verified)
    (calc_project / "calc.c").write_text(CALC_SOURCE)

    again = await open_bench(Script([BROKEN_DOUBLE, other]))
    await again.manager.start(TASK)
    await again.manager.run(3)
    assert "lesson_offered" in again.types()
    assert "Fixes that worked" in again.prompts("generate")[1]
    judged = [r.event for r in again.shown if isinstance(r.event, ev.LessonJudged)]
    assert [(event.helped, event.lesson.successes) for event in judged] == [(True, 1)]


async def test_a_fix_that_worked_is_done_again_before_the_model_is_asked(
    open_bench: OpenBench, calc_project: Path
) -> None:
    bench = await open_bench(Script([BROKEN_DOUBLE, GOOD_DOUBLE]))
    await bench.manager.start(TASK)
    await bench.manager.run(3)
    (calc_project / "calc.c").write_text(CALC_SOURCE)

    again = await open_bench(Script([BROKEN_DOUBLE]))
    await again.manager.start(TASK)
    state = await again.manager.run(1)
    assert state.status == "solved"
    assert len(again.prompts("generate")) == 1
    assert state.candidate is not None
    assert state.candidate.repair == "writing `2` for `twice`"
    assert "return 2 * value;" in (calc_project / "calc.c").read_text()
    (calc_project / "calc.c").write_text(CALC_SOURCE)

    off = await open_bench(Script([BROKEN_DOUBLE]), {"learning.memory": False})
    await off.manager.start(TASK)
    assert (await off.manager.run(1)).status == "unsolved"
    assert not {"lesson_offered", "lesson_recorded"} & set(off.types())


async def test_a_candidate_that_was_judged_before_is_sampled_anew_not_built_again(
    open_bench: OpenBench,
) -> None:
    bench = await open_bench(Script([WRONG_DOUBLE, WRONG_DOUBLE, GOOD_DOUBLE]))
    await bench.manager.start(TASK)
    state = await bench.manager.run(2)
    assert state.status == "solved"
    assert "candidate_repeated" in bench.types()
    assert bench.types().count("edit_applied") == 2
    temperatures = [r.temperature for r in bench.engine.requests if r.json_schema is None]
    assert temperatures[2] > temperatures[1]


async def test_after_failed_repairs_earlier_attempts_are_set_aside(open_bench: OpenBench) -> None:
    wrong = [WRONG_DOUBLE.replace("+ 1", f"+ {n}") for n in range(1, 6)]
    bench = await open_bench(Script(wrong))
    await bench.manager.start(TASK)
    await bench.manager.run(4)
    starts = [r.event for r in bench.shown if isinstance(r.event, ev.IterationStarted)]
    assert [start.fresh for start in starts] == [False, False, False, True]
    prompts = bench.prompts("generate")
    assert "was wrong" in prompts[2]
    assert "was wrong" not in prompts[3]


async def test_the_samples_of_one_iteration_differ_in_what_they_see(open_bench: OpenBench) -> None:
    wrong = [WRONG_DOUBLE.replace("+ 1", f"+ {n}") for n in range(20, 40)]
    bench = await open_bench(Script(wrong), {"generation.samples": 3})
    await bench.manager.start(TASK)
    await bench.manager.run(1)
    planned = ["Multiply by two." in prompt for prompt in bench.prompts("generate")]
    assert planned == [True, False, True], "the second one sees the task and the code alone"
    opened = [p.rstrip().endswith("{") for p in bench.prompts("generate")]
    assert opened == [True, True, False], "the third one may write helpers and includes"


async def test_replay_gives_the_events_that_were_shown(open_bench: OpenBench, tmp_path: Path) -> None:
    bench = await open_bench(Script([WRONG_DOUBLE, GOOD_DOUBLE]))
    session = await bench.manager.start(TASK)
    await bench.manager.run()
    records = stored(tmp_path / "state", session)
    assert [ev.to_wire(r) for r in records] == [ev.to_wire(r) for r in bench.shown]
    assert fold(records) == bench.manager.state
    assert [json.loads(line) for line in export_json(records).splitlines()] == [
        json.loads(json.dumps(ev.to_wire(r))) for r in bench.shown
    ]
    assert "## Candidate 2" in export_markdown(records)


async def test_the_prompts_of_all_phases_begin_with_the_same_bytes(open_bench: OpenBench) -> None:
    bench = await open_bench(Script([WRONG_DOUBLE, GOOD_DOUBLE]))
    await bench.manager.start(TASK)
    await bench.manager.run()
    prompts = ["\n".join(m.content for m in r.messages) for r in bench.engine.requests]
    shared = prompts[0].split("# Now")[0]
    assert "calc_double" in shared
    assert all(prompt.startswith(shared) for prompt in prompts)


async def test_stop_ends_the_session_and_resume_goes_on(open_bench: OpenBench, calc_project: Path) -> None:
    bench = await open_bench(Script([GOOD_DOUBLE]))
    session = await bench.manager.start(TASK)
    stop_at = "plan_produced"

    def stop(record: ev.EventRecord) -> None:
        bench.shown.append(record)
        if record.type == stop_at:
            bench.manager.stop()

    bench.manager._on_record = stop
    with pytest.raises(Cancelled):
        await bench.manager.run()
    assert bench.manager.state.status == "stopped"

    again = await open_bench(Script([GOOD_DOUBLE]))
    await again.manager.resume(session[:20])
    state = await again.manager.run()
    assert state.status == "solved"
    assert "exploration_produced" not in again.types(), "what was finished is not done again"
    assert "return 2 * value;" in (calc_project / "calc.c").read_text()


async def test_stopping_a_build_takes_the_candidate_out(open_bench: OpenBench, calc_project: Path) -> None:
    endless = GOOD_DOUBLE.replace("return", "while (value == 7) {}\n    return")
    bench = await open_bench(Script([endless]))
    await bench.manager.start(TASK)
    run = asyncio.ensure_future(bench.manager.run())
    while "edit_applied" not in bench.types():
        await asyncio.sleep(0.01)
    assert "while (value == 7)" in (calc_project / "calc.c").read_text()
    await asyncio.sleep(0.3)
    bench.manager.stop()
    with pytest.raises(Cancelled):
        await run
    assert (calc_project / "calc.c").read_text() == CALC_SOURCE
    assert bench.manager.state.applied is None


@pytest.mark.parametrize("moment", ["edit_applied", "build_step_started", "diagnostic_found"])
async def test_a_stop_at_any_event_of_a_build_leaves_the_code_base_clean(
    open_bench: OpenBench, calc_project: Path, moment: str
) -> None:
    bench = await open_bench(Script([BROKEN_DOUBLE]))
    await bench.manager.start(TASK)

    def stop(record: ev.EventRecord) -> None:
        bench.shown.append(record)
        if record.type == moment and "edit_applied" in bench.types():
            bench.manager.stop()

    bench.manager._on_record = stop
    with pytest.raises(Cancelled):
        await bench.manager.run()
    assert bench.manager.state.status == "stopped"
    assert bench.manager.state.applied is None
    assert (calc_project / "calc.c").read_text() == CALC_SOURCE


async def test_with_the_default_settings_the_second_iteration_is_a_repair(open_bench: OpenBench) -> None:
    wrong = [WRONG_DOUBLE.replace("+ 1", f"+ {n}") for n in range(20, 40)]
    bench = await open_bench(Script(wrong), {"generation.samples": 3})
    await bench.manager.start(TASK)
    await bench.manager.run(4)
    starts = [r.event.fresh for r in bench.shown if isinstance(r.event, ev.IterationStarted)]
    assert starts == [False, False, False, True]
    told = ["was wrong:" in prompt for prompt in bench.prompts("generate")]
    assert told == [False] * 3 + [True, False, False] * 2 + [False] * 3


async def test_an_edit_that_a_kill_left_behind_is_taken_out_before_other_work(
    open_bench: OpenBench, calc_project: Path
) -> None:
    bench = await open_bench(Script([GOOD_DOUBLE]))
    session = await bench.manager.start(TASK)
    for _ in range(4):
        await bench.manager.step()
    candidate = bench.manager.state.candidate
    assert candidate is not None
    bench.manager._workspace.apply(candidate.changes, session)  # what a kill in the build leaves behind

    again = await open_bench(Script([GOOD_DOUBLE]))
    assert (calc_project / "calc.c").read_text() == CALC_SOURCE
    assert any(session in notice for notice in again.manager.notices)
    await again.manager.resume(session)
    assert (await again.manager.run()).status == "solved"


async def test_an_edit_that_cannot_be_taken_out_is_said_and_does_not_block_the_session(
    open_bench: OpenBench, calc_project: Path
) -> None:
    bench = await open_bench(Script([GOOD_DOUBLE]))
    session = await bench.manager.start(TASK)
    for _ in range(4):
        await bench.manager.step()
    candidate = bench.manager.state.candidate
    assert candidate is not None
    bench.manager._workspace.apply(candidate.changes, session)
    mine = (calc_project / "calc.c").read_text().replace("/* Returns the sum. */", "/* My words. */")
    (calc_project / "calc.c").write_text(mine)

    again = await open_bench(Script([GOOD_DOUBLE.replace("2 * value", "value + value")]))
    assert any("stays in the code" in notice for notice in again.manager.notices)
    await again.manager.resume(session)
    assert again.manager.state.applied is None
    await again.manager.run(4)
    assert "My words." in (calc_project / "calc.c").read_text()


async def test_a_branch_leaves_the_edits_of_its_parent_alone(
    open_bench: OpenBench, calc_project: Path
) -> None:
    bench = await open_bench(Script([GOOD_DOUBLE]))
    session = await bench.manager.start(TASK)
    await bench.manager.run()
    solved = (calc_project / "calc.c").read_text()
    twin = await bench.manager.branch(session, bench.manager.state.last_seq)
    again = await open_bench(Script([GOOD_DOUBLE]))
    await again.manager.resume(twin)
    with pytest.raises(UsageError, match="nothing to undo"):
        await again.manager.undo()
    assert (calc_project / "calc.c").read_text() == solved


async def test_compiling_a_solved_task_again_builds_what_is_there(open_bench: OpenBench) -> None:
    bench = await open_bench(Script([GOOD_DOUBLE]))
    await bench.manager.start(TASK)
    await bench.manager.run()
    state = await bench.manager.run_phase("compile")
    assert state.solved
    assert bench.types().count("edit_applied") == 1


async def test_after_undo_a_task_is_open_again(open_bench: OpenBench, calc_project: Path) -> None:
    bench = await open_bench(Script([GOOD_DOUBLE, GOOD_DOUBLE.replace("2 * value", "value * 2")]))
    await bench.manager.start(TASK)
    await bench.manager.run()
    await bench.manager.undo()
    assert not bench.manager.state.solved
    assert (await bench.manager.run(4)).status == "solved"
    assert "value * 2" in (calc_project / "calc.c").read_text()


async def test_a_new_task_sets_aside_what_was_tried_for_the_old_one(open_bench: OpenBench) -> None:
    bench = await open_bench(Script([WRONG_DOUBLE, GOOD_DOUBLE]))
    await bench.manager.start(TASK)
    await bench.manager.run(1)
    await bench.manager.change_task(replace(TASK, text="Return twice the value, always."))
    state = await bench.manager.run(2)
    assert state.status == "solved"
    assert "was wrong" not in bench.prompts("generate")[1]
    assert bench.types().count("baseline_recorded") == 2


async def test_a_second_process_is_refused_even_with_logs_elsewhere(
    open_bench: OpenBench, calc_project: Path, tmp_path: Path, make_settings: Callable[..., Settings]
) -> None:
    await open_bench()
    place = Workplace.at(calc_project, tmp_path / "other logs")
    with pytest.raises(StoreLockedError):
        SessionManager(place, make_settings(), OneEngine(ScriptedEngine([])))


async def test_editing_the_plan_makes_only_later_phases_run_again(open_bench: OpenBench) -> None:
    bench = await open_bench(Script([WRONG_DOUBLE, GOOD_DOUBLE]))
    await bench.manager.start(TASK)
    for _ in range(3):
        await bench.manager.step()
    assert bench.manager.state.finished_phases == ("explore", "reason", "generate")
    plan = bench.manager.state.plan or Plan()
    edited = Plan(("Return twice the value, exactly.",), plan.strategy, plan.challenges, plan.files)
    await bench.manager.edit(ev.ArtefactEdited(plan=edited))
    await bench.manager.step()
    assert bench.types().count("exploration_produced") == 1
    assert "exactly" in bench.prompts("generate")[1]


async def test_undo_takes_a_solved_task_out_again(open_bench: OpenBench, calc_project: Path) -> None:
    bench = await open_bench(Script([GOOD_DOUBLE]))
    await bench.manager.start(TASK)
    await bench.manager.run()
    await bench.manager.undo()
    assert (calc_project / "calc.c").read_text() == CALC_SOURCE
    with pytest.raises(UsageError, match="nothing to undo"):
        await bench.manager.undo()


async def test_a_file_that_the_user_changed_meanwhile_is_not_overwritten(
    open_bench: OpenBench, calc_project: Path
) -> None:
    bench = await open_bench(Script([GOOD_DOUBLE, GOOD_DOUBLE.replace("2 * value", "value * 2")]))
    await bench.manager.start(TASK)
    for _ in range(4):
        await bench.manager.step()
    mine = CALC_SOURCE.replace("/* Returns the sum. */", "/* My words. */").replace("return 0;", "return 7;")
    (calc_project / "calc.c").write_text(mine)
    state = await bench.manager.run(3)
    assert state.status == "solved"
    text = (calc_project / "calc.c").read_text()
    assert "My words." in text
    assert "value * 2" in text


async def test_a_branch_is_a_session_of_its_own(open_bench: OpenBench, tmp_path: Path) -> None:
    bench = await open_bench(Script([WRONG_DOUBLE]))
    session = await bench.manager.start(TASK)
    await bench.manager.run(1)
    plan_seq = next(r.seq for r in bench.shown if r.type == "plan_produced") + 1
    twin = await bench.manager.branch(session, plan_seq)
    again = await open_bench(Script([GOOD_DOUBLE]))
    await again.manager.resume(twin)
    assert (await again.manager.run(1)).status == "solved"
    assert fold(stored(tmp_path / "state", session)).status == "unsolved"


async def test_what_cannot_be_done_is_said(open_bench: OpenBench) -> None:
    bench = await open_bench()
    with pytest.raises(UsageError, match="no session"):
        await bench.manager.run_phase("explore")
    with pytest.raises(SessionNotFoundError):
        await bench.manager.resume("nothing-like-this")
    await bench.manager.start(Task("x"))
    with pytest.raises(UsageError, match="There is no phase 'expand'"):
        await bench.manager.run_phase("expand")


@pytest.mark.parametrize(
    "reply", ["", "I would rather talk about the weather, which is fine today.", "../../etc/passwd"]
)
async def test_a_reply_without_code_is_sampled_again_and_loses_nothing(
    open_bench: OpenBench, calc_project: Path, reply: str
) -> None:
    bench = await open_bench(Script([reply, GOOD_DOUBLE]))
    await bench.manager.start(TASK)
    assert (await bench.manager.run(1)).status == "solved"

    (calc_project / "calc.c").write_text(CALC_SOURCE)
    never = await open_bench(Script([reply]))
    await never.manager.start(TASK)
    assert (await never.manager.run(2)).status == "unsolved"
    assert (calc_project / "calc.c").read_text() == CALC_SOURCE


async def test_what_the_model_loader_has_to_say_is_told_once(open_bench: OpenBench) -> None:
    bench = await open_bench(Script([WRONG_DOUBLE, GOOD_DOUBLE]))
    models = bench.manager._models
    assert isinstance(models, OneEngine)
    models.notices.append("No graphics device was found; the model runs on the CPU.")
    await bench.manager.start(TASK)
    await bench.manager.run(2)
    told = [r.event.message for r in bench.shown if isinstance(r.event, ev.Noticed)]
    assert told.count("No graphics device was found; the model runs on the CPU.") == 1


async def test_a_task_in_plain_words_is_judged_by_the_tests_of_what_was_written(
    open_bench: OpenBench,
) -> None:
    bench = await open_bench(Script([WRONG_DOUBLE]))
    await bench.manager.start(Task("Let calc_double in calc.c return twice the value."))
    assert (await bench.manager.run(1)).status == "unsolved"


async def test_a_phase_run_by_hand_opens_the_iteration_that_a_step_goes_on_with(
    open_bench: OpenBench,
) -> None:
    bench = await open_bench(Script([GOOD_DOUBLE]))
    await bench.manager.start(TASK)
    await bench.manager.run_phase("explore")
    state = await bench.manager.step()
    assert (state.iteration, state.finished_phases) == (1, ("explore", "reason"))
