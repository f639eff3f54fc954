"""The corpus of the repair benchmark: whole programs pass, broken ones fail, and both are what was checked.

A sample that changes with nothing; the benchmark itself builds and tests every case.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.benchmarks.repair_cases import MANIFEST, broken_files, cases, program_of
from tests.benchmarks.repair_corpus import fate, programs
from tests.benchmarks.repair_mutations import KINDS
from tests.benchmarks.repair_report import gains_table, interval

EVERYTHING = cases(turn=None)
SAMPLE = random.Random(1).sample(EVERYTHING, 6)


def test_the_corpus_is_as_large_as_it_should_be() -> None:
    languages = [program.language for program in programs()]
    assert languages.count("c") >= 60
    assert languages.count("python") >= 40
    assert {(case.language, case.program) for case in cases()} == {(p.language, p.name) for p in programs()}
    assert {case.kind for case in EVERYTHING} == {kind for kinds in KINDS.values() for kind in kinds}


def test_each_case_is_the_one_that_was_checked() -> None:
    for case in EVERYTHING:
        assert broken_files(case) != program_of(case).files


def test_the_halves_are_disjoint_and_hold_every_kind() -> None:
    halves = {half: {(c.language, c.program) for c in cases() if c.half == half} for half in "AB"}
    assert not halves["A"] & halves["B"]
    frequent = {c.kind for c in cases() if sum(other.kind == c.kind for other in cases()) > 2}
    for half in "AB":
        assert frequent <= {case.kind for case in cases() if case.half == half}


@pytest.mark.parametrize("case", SAMPLE, ids=lambda case: case.name)
def test_a_program_passes_whole_and_fails_broken(case: object, tmp_path: Path) -> None:
    chosen = next(c for c in EVERYTHING if c == case)
    program = program_of(chosen)
    program.write(tmp_path / "whole")
    assert fate(program, tmp_path / "whole") == "passes"
    program.write(tmp_path / "broken", broken_files(chosen))
    assert fate(program, tmp_path / "broken") == chosen.breaks


def test_gains_are_told_with_an_interval_over_the_cases() -> None:
    def lines(passed: list[bool]) -> dict[str, dict[str, object]]:
        return {str(number): {"tests": [False, value]} for number, value in enumerate(passed)}

    table = gains_table({"plain": lines([False] * 10), "memory": lines([True] * 10)})
    assert "| memory over plain, last round | 10 | +100.0 | +100.0 to +100.0 |" in table
    low, high = interval([0.0, 1.0] * 20)
    assert low < 0.5 < high
    assert MANIFEST.exists()
