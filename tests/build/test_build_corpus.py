"""How much of what tools reported is found, and whether anything is found that they did not report.

``data/TOOL/NAME.places`` lists the places (``file:line``) of every error and warning in ``NAME.txt``. They do not
come from the parsers: see ``data/README.md``. ``data/chatter`` is what tools print when all goes well.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from copilot_tui.build.diagnostics import parse, parse_tests

DATA = Path(__file__).with_name("data")
SOURCE = "/home/user/project"
MOST_USED = ("gcc", "clang", "ld", "make", "cmake", "pytest", "rustc", "tsc", "go", "javac")


def places_found(text: str) -> set[str]:
    return {f"{d.file}:{d.line}" for d in parse(text, SOURCE) if d.line and d.severity != "note"}


def test_the_corpus_is_broad_and_deep() -> None:
    outputs = Counter(path.parent.name for path in DATA.glob("*/*.places"))
    assert len(outputs) >= 25
    assert {tool: outputs[tool] for tool in MOST_USED if outputs[tool] < 10} == {}


def test_the_places_that_tools_report_are_found() -> None:
    wanted = found = 0
    missed, invented = [], []
    for path in sorted(DATA.glob("*/*.places")):
        places = set(path.read_text("utf-8").splitlines())
        read = places_found(path.with_suffix(".txt").read_text("utf-8"))
        wanted += len(places)
        found += len(places & read)
        missed += [f"{path.parent.name}/{path.stem} {place}" for place in sorted(places - read)]
        invented += [f"{path.parent.name}/{path.stem} {place}" for place in sorted(read - places)]
    assert wanted > 700
    assert found >= 0.99 * wanted, missed
    assert len(invented) <= 0.01 * wanted, invented


def test_nothing_is_found_in_a_build_that_goes_well() -> None:
    lines = 0
    for path in sorted(DATA.glob("chatter/*.txt")):
        text = path.read_text("utf-8")
        lines += text.count("\n")
        assert parse(text, SOURCE) == (), path.name
        assert [test.name for test in parse_tests(text) if not test.passed] == [], path.name
    assert lines >= 5_000
