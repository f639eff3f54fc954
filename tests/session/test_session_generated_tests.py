"""A task without tests: samples are chosen by tests that the program writes, and proven ones become a file."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from copilot_tui.core import events as ev
from copilot_tui.core.artefacts import Task
from copilot_tui.workspace.hunks import hunks_of
from tests.conftest import Script
from tests.session.conftest import Bench, OpenBench

STUB = """
/* Returns the value if it lies between 0 and 10, else the nearer of the two. */
int calc_clamp(int value)
{
    (void)value;
    return 0;
}
"""
HEAD = "int calc_clamp(int value)\n{\n"
WRONG = HEAD + "    return value > 10 ? 10 : value;\n}"
RIGHT = HEAD + "    if (value < 0)\n        return 0;\n    return value > 10 ? 10 : value;\n}"
RIGHT_TOO = HEAD + "    if (value > 10)\n        return 10;\n    return value < 0 ? 0 : value;\n}"
HANGING = HEAD + "    while (value != 5)\n        value += 0;\n    return value;\n}"
TASK = Task("Return the value, or the nearer of 0 and 10.", path="calc.c", symbol="calc_clamp")

TESTS = """5) == 5);
int low = -3;
assert(calc_clamp(low) == 0);
assert(calc_clamp(11) == 10); // the upper end
assert(calc_clamp(-7) == -7); /* wrong, and the wrong sample passes it */
assert(calc_clamp(3) == calc_clamp(3));
int x = unknown();
assert(calc_clamp(x.y) == 1);
"""
"""The last two: right and good for nothing; does not compile."""
KEPT = ["calc_clamp(5) == 5", "calc_clamp(low) == 0", "calc_clamp(11) == 10"]
GENERATED = "tests/generated/calc_clamp_test.c"


@pytest.fixture
def clamp_project(calc_project: Path) -> Path:
    header, source = calc_project / "calc.h", calc_project / "calc.c"
    header.write_text(header.read_text().replace("\n#endif", "int calc_clamp(int value);\n\n#endif"))
    source.write_text(source.read_text() + STUB)
    return calc_project


async def judged(open_bench: OpenBench, codes: list[str], **changes: object) -> Bench:
    script = Script(codes, symbol="calc_clamp")
    script.tests = TESTS
    settings = {"generation.samples": 3, "generation.tests": "missing", "review.model_review": False}
    bench = await open_bench(script, settings | changes)
    await bench.manager.start(TASK)
    await bench.manager.run(1)
    return bench


def generated(bench: Bench) -> ev.TestsGenerated:
    return next(r.event for r in bench.shown if isinstance(r.event, ev.TestsGenerated))


@pytest.mark.parametrize("codes", [[WRONG, RIGHT, RIGHT_TOO], [HANGING, RIGHT, RIGHT]])
async def test_the_sample_that_agrees_is_taken_and_its_tests_can_be_refused(
    open_bench: OpenBench, clamp_project: Path, codes: list[str]
) -> None:
    bench = await judged(open_bench, codes)
    state = bench.manager.state
    assert state.solved
    assert state.candidate is not None
    assert codes[1] in state.candidate.code
    event = generated(bench)
    assert (event.candidates, event.agreeing, event.path) == (3, 2, GENERATED)
    kept = [test.check for test in event.tests if test.kept]
    assert kept == KEPT
    assert all(test.kills for test in event.tests if test.kept)
    text = (clamp_project / GENERATED).read_text()
    assert "nobody has looked at them yet" in text
    assert all(check in text for check in kept)
    assert "-7" not in text
    assert "unknown" not in text
    # A person can refuse the tests and keep the code.
    numbers = {hunk.number for hunk in hunks_of(state.candidate.changes) if hunk.path == GENERATED}
    await bench.manager.changes.reject(numbers)
    assert not (clamp_project / GENERATED).exists()
    assert codes[1] in (clamp_project / "calc.c").read_text()


async def test_without_the_key_the_first_sample_that_builds_is_taken(
    open_bench: OpenBench, clamp_project: Path
) -> None:
    bench = await judged(open_bench, [WRONG, RIGHT, RIGHT_TOO], **{"generation.tests": "off"})
    assert "value > 10 ? 10 : value" in (clamp_project / "calc.c").read_text()
    assert "tests_generated" not in bench.types()
    assert not (clamp_project / GENERATED).exists()


async def test_no_test_is_kept_where_no_two_samples_agree(open_bench: OpenBench, clamp_project: Path) -> None:
    constant = HEAD + "    (void)value;\n    return 10;\n}"
    bench = await judged(open_bench, [WRONG, constant, RIGHT])
    event = generated(bench)
    assert (event.candidates, event.agreeing, event.path, event.mutants) == (3, 1, None, 0)
    assert not (clamp_project / GENERATED).exists()


async def test_a_function_with_a_test_gets_none(open_bench: OpenBench, clamp_project: Path) -> None:
    test = clamp_project / "test.c"
    test.write_text(test.read_text().replace("return failures", "(void)calc_clamp;\n    return failures"))
    (clamp_project / "clamp_test.c").write_text('#include "calc.h"\nint t(void) { return calc_clamp(3); }\n')
    bench = await judged(open_bench, [WRONG, RIGHT, RIGHT_TOO])
    assert bench.prompts("tests") == []


PRICES = '''\
"""Prices in cents."""

from shop.money import CENTS


def shown(cents):
    """The price as text, such as 12.05; a negative one in parentheses."""
    raise ValueError("open")
'''
PYTHON_WRONG = 'def shown(cents):\n    return f"{cents // CENTS}.{cents % CENTS}"'
PYTHON_RIGHT = (
    'def shown(cents):\n    if cents < 0:\n        return f"({shown(-cents)})"\n'
    '    return f"{cents // CENTS}.{cents % CENTS:02}"'
)
PYTHON_TESTS = """1205) == '12.05'
cents = -7
assert shown(cents) == '(0.07)', "negative"
assert shown(5) == '0.5'
import os
assert shown(1) == os.nothing
"""
PYTHON_KEPT = ["shown(1205) == '12.05'", "shown(cents) == '(0.07)'"]


async def test_python_functions_are_tried_inside_their_package(
    open_bench: OpenBench, calc_project: Path
) -> None:
    for file in calc_project.iterdir():
        file.unlink()
    for name, text in (
        ("shop/__init__.py", ""),
        ("shop/money.py", "CENTS = 100\n"),
        ("shop/prices.py", PRICES),
        (
            "tests/test_money.py",
            "from shop.money import CENTS\n\n\ndef test_cents():\n    assert CENTS == 100\n",
        ),
    ):
        file = calc_project / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
    script = Script([PYTHON_WRONG, PYTHON_RIGHT, PYTHON_RIGHT], path="shop/prices.py", symbol="shown")
    script.tests = PYTHON_TESTS
    changes = {"generation.samples": 3, "generation.tests": "missing", "review.model_review": False}
    changes["build.test_command"] = f"{sys.executable} -m pytest -v --tb=short --color=no"
    bench = await open_bench(script, changes)
    await bench.manager.start(Task("The price as text.", path="shop/prices.py", symbol="shown"))
    state = await bench.manager.run(1)
    assert state.solved
    assert ":02" in (calc_project / "shop/prices.py").read_text()
    event = generated(bench)
    assert [test.check for test in event.tests if test.kept] == PYTHON_KEPT
    assert event.agreeing == 2
    assert state.build is not None
    assert {"test_shown_1", "test_shown_2"} <= {test.name.rpartition("::")[2] for test in state.build.tests}
