"""What the program writes carries breadcrumbs that keep the rules."""

from __future__ import annotations

from copilot_tui.core.artefacts import Task
from copilot_tui.index.breadcrumbs import parse_breadcrumbs
from copilot_tui.phases.stamping import stamp_breadcrumb
from tests.conftest import CALC_SOURCE

TASK = Task("Return twice the value.", path="calc.c", symbol="calc_double", phase="CALC_DOUBLE")


def test_the_breadcrumb_of_the_task_is_marked_implemented_and_nothing_else_changes() -> None:
    stamped = stamp_breadcrumb(CALC_SOURCE, "calc.c", TASK, "calc_double", ())
    assert stamped == CALC_SOURCE.replace("NOT_STARTED", "IMPLEMENTED")


def test_a_new_function_gets_a_breadcrumb_of_its_own() -> None:
    task = Task("Add calc_half. */ It halves " + "very " * 40 + "well.")
    text = CALC_SOURCE + "\nint calc_half(int value)\n{\n    return value / 2;\n}\n"
    stamped = stamp_breadcrumb(text, "calc.c", task, None, ("calc_half",))
    mine = [b for b in parse_breadcrumbs(stamped, "calc.c") if b.symbol == "calc_half"]
    assert [(b.phase, b.status, b.problems) for b in mine] == [("CALC_HALF", "IMPLEMENTED", ())]
    assert len(mine[0].get("AI_NOTE")) <= 100
    assert stamped.count("*/ It halves") == 0, "the task's text cannot close the comment"


def test_static_helpers_and_tests_get_none() -> None:
    task = Task("Add a helper.")
    helper = "static int half(int value)\n{\n    return value / 2;\n}\n"
    assert stamp_breadcrumb(helper, "calc.c", task, None, ("half",)) == helper
    test = "int test_half(void)\n{\n    return 0;\n}\n"
    assert stamp_breadcrumb(test, "tests/test_calc.c", task, None, ("test_half",)) == test
