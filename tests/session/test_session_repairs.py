"""Repairs without a model, and progress: real code, real compiler, and a model that must not be asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from copilot_tui.core import events as ev
from copilot_tui.core.artefacts import Task
from copilot_tui.core.state import fold
from copilot_tui.models.engine import GenerationRequest
from copilot_tui.session.repair_lines import repair_line
from tests.conftest import BROKEN_DOUBLE, CALC_SOURCE, GOOD_DOUBLE, WRONG_DOUBLE, Script, asked_for
from tests.session.conftest import TASK, OpenBench

MEND = Task("Fix the build: it does not compile.")
SOLVED = CALC_SOURCE.replace("    (void)value;\n    return 0;", "    return 2 * value;")
USES_STRLEN = GOOD_DOUBLE.replace("    return", '    value += (int)strlen("");\n    return')


def never_asked(request: GenerationRequest) -> str:
    raise AssertionError("the model was asked")


async def test_a_broken_code_base_is_mended_before_any_model_is_asked(
    open_bench: OpenBench, calc_project: Path
) -> None:
    broken = SOLVED.replace("left + right;", "left + right")
    (calc_project / "calc.c").write_text(broken)
    bench = await open_bench(never_asked)
    await bench.manager.start(MEND)
    state = await bench.manager.run(1)
    assert state.status == "solved"
    assert (calc_project / "calc.c").read_text() == SOLVED
    assert state.candidate is not None
    assert repair_line(state.candidate) == "Mended by rule, no model asked: adding `;` in line 6"
    phases = [r.event.phase for r in bench.shown if isinstance(r.event, ev.PhaseStarted)]
    assert phases == ["compile", "learn", "generate", "compile", "learn"]
    learnt = [r.event.lesson for r in bench.shown if isinstance(r.event, ev.LessonRecorded)]
    assert any(lesson.verified for lesson in learnt)
    assert fold(bench.shown) == state


async def test_several_errors_are_mended_together(open_bench: OpenBench, calc_project: Path) -> None:
    broken = SOLVED.replace("left + right;", '(int)strlen("") + left + right;').replace(
        "2 * value", "2 * vlaue"
    )
    (calc_project / "calc.c").write_text(broken)
    (calc_project / "Makefile").write_text(
        (calc_project / "Makefile").read_text().replace("-std=c99", "-std=c99 -Werror")
    )
    bench = await open_bench(never_asked)
    await bench.manager.start(MEND)
    state = await bench.manager.run(1)
    assert state.status == "solved"
    assert state.candidate is not None
    assert state.candidate.repair == "adding `#include <string.h>`; writing `value` for `vlaue`"
    assert len(state.attempts) == 1


async def test_errors_that_others_hid_are_mended_one_after_another(
    open_bench: OpenBench, calc_project: Path
) -> None:
    broken = SOLVED.replace("    return 2 * value;", "    int twice = 2 * value\n    return twcie;")
    (calc_project / "calc.c").write_text(broken)
    makefile = calc_project / "Makefile"
    makefile.write_text(makefile.read_text().replace("-std=c99", "-std=c99 -Werror"))
    bench = await open_bench(never_asked)
    await bench.manager.start(MEND)
    state = await bench.manager.run(1)
    assert state.status == "solved"
    assert [attempt.candidate.repair for attempt in state.attempts] == [
        "adding `;` in line 16",
        "writing `twice` for `twcie`",
    ]
    lessons = [r.event.lesson for r in bench.shown if isinstance(r.event, ev.LessonRecorded)]
    rules = {lesson.message.split(" (")[0]: lesson.rule for lesson in lessons if lesson.verified}
    # Each error was learnt with what cleared it, and not with what cleared the others.
    semicolon = next(rule for message, rule in rules.items() if message.startswith("expected"))
    spelling = next(rule for message, rule in rules.items() if message.startswith("‘twcie’"))
    assert "+ int twice = 2 * value;" in semicolon
    assert "+ return twice;" in spelling


async def test_without_deterministic_fixes_the_model_is_asked_and_sees_the_errors(
    open_bench: OpenBench, calc_project: Path
) -> None:
    (calc_project / "calc.c").write_text(SOLVED.replace("2 * value", "2 * vlaue"))
    bench = await open_bench(Script([GOOD_DOUBLE]), {"learning.deterministic_fixes": False})
    await bench.manager.start(Task(MEND.text, path="calc.c"))
    state = await bench.manager.run(1)
    assert state.status == "solved"
    (prompt,) = bench.prompts("generate")
    assert "- in the line `return 2 * vlaue;`: " in prompt.split("This code is wrong")[1]
    assert "the complete function `calc_double`" in prompt  # where the compiler points at


async def test_what_a_model_forgot_is_added_to_its_candidate(
    open_bench: OpenBench, calc_project: Path
) -> None:
    makefile = calc_project / "Makefile"
    makefile.write_text(makefile.read_text().replace("-std=c99", "-std=c99 -Werror"))
    bench = await open_bench(Script([USES_STRLEN]))
    await bench.manager.start(TASK)
    state = await bench.manager.run(1)
    assert state.status == "solved"
    assert len(bench.prompts("generate")) == 1
    text = (calc_project / "calc.c").read_text()
    assert "#include <string.h>" in text
    assert 'value += (int)strlen("");' in text
    assert [bool(attempt.candidate.repair) for attempt in state.attempts] == [False, True]


async def test_the_model_goes_on_from_what_a_rule_has_mended(
    open_bench: OpenBench, calc_project: Path
) -> None:
    broken = CALC_SOURCE.replace("left + right;", "left + right")
    (calc_project / "calc.c").write_text(broken)
    bench = await open_bench(Script([GOOD_DOUBLE]))
    await bench.manager.start(Task("Repair calc.c: it does not build, and a test fails.", path="calc.c"))
    state = await bench.manager.run(1)
    assert state.status == "solved"
    (prompt,) = bench.prompts("generate")
    assert "calc_double: seven" in prompt.split("This code is wrong")[1]
    text = (calc_project / "calc.c").read_text()
    assert "return left + right;" in text
    assert "return 2 * value;" in text


async def test_a_fix_that_does_not_help_is_taken_out_and_the_next_one_tried(
    open_bench: OpenBench, calc_project: Path
) -> None:
    # Two headers declare the name; with the first it compiles, and the tests refuse it.
    (calc_project / "a_half.h").write_text("static int scale(int value) { return value / 2; }\n")
    (calc_project / "b_double.h").write_text("static int scale(int value) { return value * 2; }\n")
    broken = SOLVED.replace("2 * value", "scale(value)")
    makefile = calc_project / "Makefile"
    makefile.write_text(makefile.read_text().replace("-std=c99", "-std=c99 -Werror"))
    (calc_project / "calc.c").write_text(broken)
    bench = await open_bench(Script([GOOD_DOUBLE]))
    await bench.manager.start(Task(MEND.text, path="calc.c"))
    state = await bench.manager.run(1)
    assert state.status == "solved"
    tried = [attempt for attempt in state.attempts if attempt.candidate.repair]
    assert len(tried) > 1
    assert [a.build.success for a in tried if a.build] == [False] * (len(tried) - 1) + [True]
    assert bench.prompts("generate") == []


async def test_progress_tells_what_became_of_the_errors(open_bench: OpenBench) -> None:
    bench = await open_bench(Script([BROKEN_DOUBLE, WRONG_DOUBLE]))
    await bench.manager.start(TASK)
    await bench.manager.run(2)
    broken, wrong = (r.event.progress for r in bench.shown if isinstance(r.event, ev.ProgressMeasured))
    assert (broken.better, len(broken.added)) == (False, 1)
    assert not wrong.better
    assert broken.signature != wrong.signature


@pytest.mark.parametrize("text", ["Fix the build.", "calc.c does not compile", "Repair the failing tests"])
async def test_a_repair_begins_with_a_build(open_bench: OpenBench, text: str) -> None:
    bench = await open_bench(Script([GOOD_DOUBLE]))
    await bench.manager.start(Task(text, path="calc.c"))
    await bench.manager.step()
    assert bench.manager.state.baseline is not None


@pytest.mark.parametrize(
    "text",
    [
        "Let calc_double halve a value.",
        "Add a function that halves a value, with an error for odd ones; it must not fail.",
    ],
)
async def test_any_other_task_begins_with_a_look_around(open_bench: OpenBench, text: str) -> None:
    bench = await open_bench(Script([GOOD_DOUBLE]))
    await bench.manager.start(Task(text, path="calc.c"))
    await bench.manager.step()
    assert bench.manager.state.exploration is not None


async def test_mending_the_build_is_no_answer_to_a_task_that_asks_for_more(
    open_bench: OpenBench, calc_project: Path
) -> None:
    (calc_project / "calc.c").write_text(SOLVED.replace("left + right;", "left + right"))
    bench = await open_bench(Script([GOOD_DOUBLE]))
    await bench.manager.start(Task("Add a function calc_half that halves a value.", path="calc.c"))
    await bench.manager.run_phase("compile")
    await bench.manager.run_phase("learn")
    assert bench.manager.state.repairs == ()


async def test_a_fresh_start_asks_for_a_plan_that_did_not_fail_yet(open_bench: OpenBench) -> None:
    script = Script([WRONG_DOUBLE.replace("+ 1", f"+ {number}") for number in range(1, 9)])
    bench = await open_bench(script, {"session.repairs_before_fresh_start": 1, "learning.memory": False})
    await bench.manager.start(TASK)
    state = await bench.manager.run(3)
    fresh = [r.event.fresh for r in bench.shown if isinstance(r.event, ev.IterationStarted)]
    assert fresh == [False, False, True]
    assert len(state.given_up) == 1
    prompts = bench.prompts("reason")
    assert "take another way" not in prompts[1]
    # The script writes the plan that failed once more, so it is asked again, warmer.
    assert len(prompts) == 4
    assert all("take another way:\n- Multiply by two." in prompt for prompt in prompts[2:])
    warmth = [r.temperature for r in bench.engine.requests if asked_for(r) == "reason"]
    assert warmth[0] == warmth[1] < warmth[2] < warmth[3]


async def test_attempts_that_go_round_in_a_circle_are_set_aside(open_bench: OpenBench) -> None:
    codes = [BROKEN_DOUBLE, WRONG_DOUBLE, BROKEN_DOUBLE.replace("twice", "double_of"), GOOD_DOUBLE]
    off = {"learning.memory": False, "session.repairs_before_fresh_start": 9}
    bench = await open_bench(Script(codes), off)
    await bench.manager.start(TASK)
    assert (await bench.manager.run(4)).status == "solved"
    fresh = [r.event.fresh for r in bench.shown if isinstance(r.event, ev.IterationStarted)]
    assert fresh == [False, False, False, True]
