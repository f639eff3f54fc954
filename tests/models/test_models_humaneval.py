"""The HumanEval benchmark: what may be shown to a model, and how a gain is judged."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.benchmarks.humaneval_problems import Example, Problem, examples, hidden_program, own_tests, suite
from tests.benchmarks.humaneval_report import mcnemar, report

PROMPT = '''def f(text: str, n):
    """Do it.

    >>> f('a  b', 1)
    True
    >>> round(f('c', 2), 1)  # nearly
    0.5

    f("d", 3) => [1, 2]
    f("e", 4) == 1 + 2 = 3
    f("g", 5) ➞ false
    f("h", k) == 2
    f("i", 6) == ""x"
    """
'''
PROBLEM = Problem("P/1", PROMPT, "f", "def check(candidate):\n    assert candidate('secret', 9) == 7\n")


def test_examples_are_those_of_the_docstring_that_are_plainly_a_call_and_a_value() -> None:
    assert examples(PROBLEM) == [
        Example("f('a  b', 1)", "True"),
        Example("round(f('c', 2), 1)", "0.5"),
        Example("f('d', 3)", "[1, 2]"),
        Example("f('g', 5)", "False"),
    ]


def test_an_example_may_be_told_as_input_and_output() -> None:
    prompt = 'def g(n):\n    """For n = [1, 2], the sum is odd, the output should be 4."""\n'
    assert examples(Problem("P/2", prompt, "g", "")) == [Example("g([1, 2])", "4")]


def test_of_a_models_tests_only_whole_comparisons_with_literals_are_used() -> None:
    reply = "assert f('a', 1) == 2\nassert f(x, 1) == 2\nassert g('a') == 1\nassert f('b', 2)\nassert f('c',"
    assert own_tests(PROBLEM, reply) == [Example("f('a', 1)", "2")]


def test_hidden_tests_are_in_the_last_program_alone() -> None:
    shown, names = suite(examples(PROBLEM), own_tests(PROBLEM, "assert f('a', 1) == 2"))
    assert names == [*(f"test_example_{n}" for n in range(1, 5)), "test_own_1"]
    compile(shown, "test_shown.py", "exec")
    assert "secret" not in shown and "secret" in hidden_program(PROBLEM, "", "token")


def test_an_uneven_split_is_judged_against_a_fair_coin() -> None:
    assert mcnemar(5, 5) == 1.0
    assert mcnemar(10, 0) == pytest.approx(2 / 2**10)
    assert mcnemar(9, 1) == mcnemar(1, 9) == pytest.approx(22 / 2**10)


def test_only_problems_before_the_first_that_is_not_done_are_reported(tmp_path: Path) -> None:
    results = tmp_path / "results.jsonl"
    lines = [
        {"model": "m", "setting": "loop", "problem": name, "passed": passed, "first_passed": False}
        | {"first_tokens": 10, "new_tokens": 30}
        for name, passed in (("P/4", True), ("P/2", False), ("P/1", True))
    ]
    results.write_text("".join(json.dumps(line) + "\n" for line in lines))
    told = report(results, ["P/1", "P/2", "P/3", "P/4"])
    assert "| m | the loop | 1 of 2 | 50.0 % | 30 |" in told
    assert "| m | one attempt | 0 of 2 | 0.0 % | 10 |" in told
