"""Each setting changes what happens. (Those of the model loader and the store have tests there.)"""

from __future__ import annotations

from pathlib import Path

import pytest

from copilot_tui.core import events as ev
from copilot_tui.core.artefacts import Task
from tests.conftest import BROKEN_DOUBLE, CALC_SOURCE, GOOD_DOUBLE, WRONG_DOUBLE, Script, asked_for
from tests.session.conftest import TASK, Bench, OpenBench


async def solved(open_bench: OpenBench, changes: dict[str, object], iterations: int = 1) -> Bench:
    bench = await open_bench(Script([GOOD_DOUBLE]), changes)
    await bench.manager.start(TASK)
    await bench.manager.run(iterations)
    return bench


@pytest.mark.parametrize(("role", "phase"), [("codegen", "generate"), ("llm", "reason")])
@pytest.mark.parametrize(
    ("key", "value", "field"),
    [("max_length", 123, "max_tokens"), ("temperature", 0.125, "temperature"), ("top_p", 0.5, "top_p")],
)
async def test_sampling_settings_of_a_role_reach_its_requests(
    open_bench: OpenBench, role: str, phase: str, key: str, value: float, field: str
) -> None:
    bench = await solved(open_bench, {f"{role}.{key}": value})
    values = {getattr(r, field) for r in bench.engine.requests if asked_for(r) == phase}
    others = {
        getattr(r, field) for r in bench.engine.requests if asked_for(r) != phase and phase == "generate"
    }
    assert values == {value}
    assert value not in others


async def test_exploration_can_be_switched_off(open_bench: OpenBench) -> None:
    bench = await solved(open_bench, {"exploration.enabled": False})
    exploration = bench.manager.state.exploration
    assert exploration is not None
    assert exploration.files_scanned == 0
    assert [file.path for file in exploration.files] == ["calc.c"], "only what the task names"


async def test_insights_and_the_plan_can_be_switched_off(open_bench: OpenBench) -> None:
    bench = await solved(open_bench, {"exploration.insights": False, "reasoning.enabled": False})
    assert bench.manager.state.status == "solved"
    assert {asked_for(request) for request in bench.engine.requests} == {"generate", "review"}
    assert bench.manager.state.exploration is not None
    assert bench.manager.state.exploration.snippets


async def test_no_more_files_are_scanned_than_allowed(open_bench: OpenBench) -> None:
    bench = await solved(open_bench, {"exploration.max_files_to_scan": 2})
    exploration = bench.manager.state.exploration
    assert exploration is not None
    assert exploration.files_scanned == 2


async def test_large_files_are_not_read(open_bench: OpenBench) -> None:
    bench = await solved(open_bench, {"exploration.max_file_bytes": 200})
    exploration = bench.manager.state.exploration
    assert exploration is not None
    assert exploration.files_skipped > 0


async def test_files_far_below_the_best_score_are_left_out(open_bench: OpenBench) -> None:
    def paths(bench: Bench) -> set[str]:
        exploration = bench.manager.state.exploration
        return {file.path for file in exploration.files} if exploration else set()

    everything = paths(await solved(open_bench, {"exploration.similarity_threshold": 0.0}))
    best = paths(await solved(open_bench, {"exploration.similarity_threshold": 1.0}))
    assert best < everything


async def test_a_whole_file_can_be_asked_for_instead_of_a_function(open_bench: OpenBench) -> None:
    whole = CALC_SOURCE.replace("(void)value;\n    return 0;", "return 2 * value;").replace(
        "NOT_STARTED", "FIXED"
    )
    bench = await open_bench(Script([whole]), {"generation.edit_format": "file"})
    await bench.manager.start(TASK)
    assert (await bench.manager.run(1)).status == "solved"
    assert "Write the whole file calc.c" in bench.prompts("generate")[0]


async def test_breadcrumbs_on_written_code_can_be_switched_off(
    open_bench: OpenBench, calc_project: Path
) -> None:
    await solved(open_bench, {"generation.breadcrumbs": False})
    assert "NOT_STARTED" in (calc_project / "calc.c").read_text()


async def test_the_review_and_its_model_part_can_be_switched_off(open_bench: OpenBench) -> None:
    without_model = await solved(open_bench, {"review.model_review": False})
    assert without_model.prompts("review") == []
    assert "review_produced" in without_model.types()


async def test_the_whole_review_can_be_switched_off(open_bench: OpenBench) -> None:
    bench = await solved(open_bench, {"review.enabled": False})
    assert "review_produced" not in bench.types()


async def test_build_and_test_commands_replace_the_detected_ones(open_bench: OpenBench) -> None:
    commands = {"build.build_command": "gcc -c calc.c -o calc.o", "build.test_command": "make -s test"}
    bench = await solved(open_bench, commands)
    run = [r.event.command for r in bench.shown if isinstance(r.event, ev.BuildStepStarted)]
    assert ("gcc", "-c", "calc.c", "-o", "calc.o") in run
    assert ("make", "-s", "test") in run


async def test_a_build_ends_at_its_time_limit(open_bench: OpenBench) -> None:
    bench = await open_bench(
        Script([GOOD_DOUBLE]), {"build.test_command": "sleep 60", "build.timeout_seconds": 0.5}
    )
    await bench.manager.start(TASK)
    state = await bench.manager.run(1)
    assert state.build is not None
    assert any(step.timed_out for step in state.build.steps)


async def test_build_output_is_capped(open_bench: OpenBench) -> None:
    chatty = "sh -c 'yes word | head -c 100000; make -s test'"
    bench = await solved(open_bench, {"build.test_command": chatty, "build.max_output_bytes": 2000})
    build = bench.manager.state.build
    assert build is not None
    assert build.steps[-1].truncated
    assert len(build.steps[-1].stdout) < 4000


@pytest.mark.parametrize(("checked", "looks"), [(True, 1), (False, 0)])
async def test_the_look_at_what_was_touched_can_be_switched_off(
    open_bench: OpenBench, checked: bool, looks: int
) -> None:
    bench = await open_bench(Script([GOOD_DOUBLE]), {"build.fast_check": checked})
    await bench.manager.start(TASK)
    await bench.manager.run(1)
    started = [r.event.command for r in bench.shown if isinstance(r.event, ev.BuildStepStarted)]
    assert sum("-fsyntax-only" in command for command in started) == looks


async def test_the_number_of_iterations_is_limited(open_bench: OpenBench) -> None:
    bench = await open_bench(Script([WRONG_DOUBLE, BROKEN_DOUBLE]), {"session.max_iterations": 2})
    await bench.manager.start(TASK)
    state = await bench.manager.run()
    assert (state.status, state.iteration) == ("unsolved", 2)


async def test_the_fresh_start_comes_after_the_configured_number_of_repairs(open_bench: OpenBench) -> None:
    bench = await open_bench(Script([WRONG_DOUBLE, BROKEN_DOUBLE]), {"session.repairs_before_fresh_start": 0})
    await bench.manager.start(TASK)
    await bench.manager.run(2)
    starts = [r.event.fresh for r in bench.shown if isinstance(r.event, ev.IterationStarted)]
    assert starts == [False, True]


async def test_streaming_can_be_switched_off(open_bench: OpenBench) -> None:
    bench = await solved(open_bench, {"session.enable_streaming": False})
    generations = bench.types().count("generation_finished")
    assert bench.types().count("token_streamed") == generations


async def test_json_logs_can_be_switched_off(open_bench: OpenBench, tmp_path: Path) -> None:
    await solved(open_bench, {"session.save_sessions": False})
    folders = {path.parent.name for path in (tmp_path / "state").glob("*/*.json")}
    assert not folders & {"sessions", "compile", "errors"}


async def test_json_logs_are_written_by_default(open_bench: OpenBench, tmp_path: Path) -> None:
    await solved(open_bench, {})
    folders = {path.parent.name for path in (tmp_path / "state").glob("*/*.json")}
    assert folders >= {"sessions", "compile", "errors"}


async def test_a_prompt_speaks_of_no_more_attempts_than_configured(open_bench: OpenBench) -> None:
    bench = await open_bench(
        Script([WRONG_DOUBLE, BROKEN_DOUBLE, GOOD_DOUBLE]), {"session.max_conversation_history": 1}
    )
    await bench.manager.start(TASK)
    await bench.manager.run(3)
    assert bench.prompts("generate")[2].count("was wrong:") == 1


async def test_a_named_project_brings_its_own_commands(open_bench: OpenBench, calc_project: Path) -> None:
    (calc_project / ".copilot-tui.toml").write_text('[projects.small]\ntest_command = "make -s test"\n')
    bench = await open_bench(Script([GOOD_DOUBLE]))
    object.__setattr__(bench.manager.place, "project", "small")
    await bench.manager.start(Task("Return twice the value.", path="calc.c", symbol="calc_double"))
    await bench.manager.run(1)
    run = [r.event.command for r in bench.shown if isinstance(r.event, ev.BuildStepStarted)]
    assert ("make", "-s", "test") in run
