"""The review's checks: what is certainly wrong blocks, and nothing else."""

from __future__ import annotations

import pytest

from copilot_tui.core.artefacts import Candidate, FileChange, Task
from copilot_tui.phases.checks import check_candidate
from tests.conftest import CALC_SOURCE, GOOD_DOUBLE

TASK = Task("Return twice the value.", path="calc.c", symbol="calc_double", phase="CALC_DOUBLE")
STUB = "int calc_double(int value)\n{\n    (void)value;\n    return 0;\n}"


def blocking(after: str, before: str = CALC_SOURCE, path: str = "calc.c", task: Task = TASK) -> list[str]:
    candidate = Candidate(1, "d", (FileChange(path, before, after),), code=after)
    return [f.source for f in check_candidate(candidate, task) if f.severity == "blocking"]


GOOD = CALC_SOURCE.replace(STUB, GOOD_DOUBLE)


def test_a_good_change_passes_every_check() -> None:
    assert blocking(GOOD) == []


@pytest.mark.parametrize(
    ("after", "check"),
    [
        (GOOD.replace("2 * value;", "2 * value"), "parses"),
        (GOOD.replace("calc_double(int", "calc_twice(int"), "wanted function"),
        (CALC_SOURCE, "wanted function"),
        (CALC_SOURCE.replace("(void)value;", "( void ) value;"), "wanted function"),
        (GOOD.replace("return 2", "/* TODO: check */ return 2"), "complete"),
        (GOOD.replace("return 2", "/* your code here */ return 2"), "complete"),
        (GOOD.replace("calc_add", "calc_plus"), "keeps the rest"),
        (GOOD.replace(" * AI_STATUS: NOT_STARTED\n", ""), "breadcrumbs"),
    ],
)
def test_what_is_certainly_wrong_blocks(after: str, check: str) -> None:
    assert check in blocking(after)


def test_what_was_wrong_before_does_not_block() -> None:
    before = CALC_SOURCE + "\n/* TODO: more */\nMACRO_WITHOUT_END(\n"
    assert blocking(before.replace(STUB, GOOD_DOUBLE), before) == []


def test_the_task_own_words_and_breadcrumbs_do_not_block() -> None:
    breadcrumb = "/*\n * AI_PHASE: CALC_NEW\n * AI_STATUS: IMPLEMENTED\n * AI_NOTE: The TODO.\n */\n"
    new = f"{CALC_SOURCE}\n{breadcrumb}int calc_new(void)\n{{\n    return 0;\n}}\n"
    assert blocking(new, task=Task("Do it.")) == []
    marked = CALC_SOURCE.replace("return left", "/* FIXME later */ return left")
    assert blocking(marked, task=Task("Say FIXME at the sum.")) == []
    assert blocking(marked, task=Task("Do it.")) == ["complete"]
    before = CALC_SOURCE.replace("    return left", "    // TODO\n    return left")
    assert blocking(before.replace("    // TODO", "        // TODO"), before, task=Task("Indent.")) == []


def test_what_the_task_names_may_go() -> None:
    renamed = CALC_SOURCE.replace("calc_add", "calc_plus")
    assert blocking(renamed, task=Task("Rename calc_add to calc_plus")) == []
    assert blocking(renamed, task=Task("Rename calc_ad")) == ["keeps the rest"]
