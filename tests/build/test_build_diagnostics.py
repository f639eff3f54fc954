"""Diagnostics out of real tool output, and out of anything at all.

``data/NAME.txt`` and ``data/TOOL/NAME.txt`` are outputs as the tool printed them, ``NAME.expected`` what must be
read out of them. After an intended change write the latter anew with
``python -m tests.build.test_build_diagnostics`` and read the difference.
"""

from __future__ import annotations

import json
import random
import warnings
from collections.abc import Iterator, Sequence
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copilot_tui.build import diagnostics
from copilot_tui.build.diagnostics import Found, parse, parse_tests
from copilot_tui.core.artefacts import Diagnostic, Note, TestResult

DATA = Path(__file__).with_name("data")
SAMPLES = sorted(
    path.relative_to(DATA).with_suffix("").as_posix()
    for path in DATA.rglob("*.txt")
    if path.parent.name != "chatter"
)
SOURCE = "/home/user/project"


def sample(name: str) -> str:
    return (DATA / f"{name}.txt").read_text("utf-8")


def described(text: str) -> str:
    """Everything that was read out of ``text``, one fact a line."""
    lines = []
    for d in parse(text, SOURCE):
        place = ":".join(str(part) for part in (d.file, d.line, d.column) if part is not None)
        code, test = f" [{d.code}]" if d.code else "", f" <{d.test}>" if d.test else ""
        lines.append(f"{d.tool} {d.severity} {place or '-'}: {d.message}{code}{test}")
        if d.cause is not None:
            lines.append(f"    follows {d.cause.file or '-'}:{d.cause.line or '-'}: {d.cause.message}")
        lines += [f"    {n.file or '-'}:{n.line or '-'}: {n.message}" for n in d.notes]
    for result in parse_tests(text):
        verdict = "PASS" if result.passed else "FAIL"
        lines.append(f"{verdict} {result.name}: {result.message}".rstrip(": "))
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("name", SAMPLES)
def test_real_output_is_read_as_expected(name: str) -> None:
    assert described(sample(name)) == (DATA / f"{name}.expected").read_text("utf-8")


def test_a_message_becomes_a_record_with_its_notes() -> None:
    first = parse(sample("gcc_errors"))[0]
    assert first == Diagnostic(
        tool="gcc",
        severity="error",
        message="unknown type name ‘unknown_type’",
        file="include/b.h",
        line=3,
        column=12,
        notes=(Note("included from here", "include/a.h", 1), Note("included from here", "src/errors.c", 1)),
    )


def test_the_range_of_a_clang_message_is_kept() -> None:
    text = "a.c:3:14:{3:9-3:15}{3:20-3:21}: error: invalid operands [clang-diagnostic-error]"
    (d,) = parse(text)
    assert (d.line, d.column, d.end_line, d.end_column, d.code) == (3, 14, 3, 15, "clang-diagnostic-error")


@pytest.mark.parametrize(
    ("line", "directory", "expected"),
    [
        ("./src/../src/a.c:1:1: error: x", "", "src/a.c"),
        ("/home/user/project/src/a.c:1:1: error: x", SOURCE, "src/a.c"),
        ("/usr/include/stdio.h:1:1: error: x", SOURCE, "/usr/include/stdio.h"),
        ("../include/list.h:1:1: error: x", SOURCE, "../include/list.h"),
        ("a b.c:1:1: error: x", SOURCE, "a b.c"),
        ("C:\\src\\a.c:1:1: error: x", "", "C:\\src\\a.c"),
    ],
)
def test_paths_are_relative_to_the_code_base(line: str, directory: str, expected: str) -> None:
    assert parse(line, directory)[0].file == expected


def test_a_step_in_a_folder_below_names_files_from_the_top() -> None:
    (d,) = parse("a.c:1:1: error: x", f"{SOURCE}/sub", SOURCE)
    assert d.file == "sub/a.c"


def test_make_tells_the_folder_of_each_message() -> None:
    error = "x.c:1:1: error: {}"
    text = "\n".join(
        [
            f"make[1]: Entering directory '{SOURCE}/one'",
            error.format("first"),
            f"make[2]: Entering directory '{SOURCE}/one/deep'",
            error.format("second"),
            f"make[2]: Leaving directory '{SOURCE}/one/deep'",
            error.format("third"),
            f"make[1]: Leaving directory '{SOURCE}/one'",
            error.format("fourth"),
        ]
    )
    assert [d.file for d in parse(text, SOURCE)] == ["one/x.c", "one/deep/x.c", "one/x.c", "x.c"]


def test_repeats_are_folded_and_order_is_kept() -> None:
    text = "b.c:2:1: error: second\na.c:1:1: warning: w\nb.c:2:1: error: second\n"
    assert [(d.file, d.severity) for d in parse(text)] == [("b.c", "error"), ("a.c", "warning")]


def test_colours_and_carriage_returns_do_not_matter() -> None:
    plain = parse("a.c:1:2: error: bad [-Wbad]")
    assert parse("\x1b[1ma.c:1:2: \x1b[31merror: \x1b[0mbad [\x1b[35m-Wbad\x1b[0m]\r\n") == plain


@pytest.mark.parametrize(
    "line",
    [
        "12:30:45: the time",
        "http://example.org:80: refused",
        "make: Nothing to be done for 'all'.",
        "gcc -c -o a.o a.c",
        "cc -DX='a:1: b' -c a.c",
        "everything is ok",
        "0 tests failed",
        "   10 |     int y = helper(1);",
    ],
)
def test_chatter_is_no_diagnostic_and_no_test(line: str) -> None:
    assert parse(line) == ()
    assert parse_tests(line) == ()


@pytest.mark.parametrize(
    ("line", "file", "number", "message"),
    [
        ("prog: a.c:12: f: Assertion `x == 1' failed.", "a.c", 12, "assertion failed: x == 1"),
        ("Assertion failed: (x), function f, file a.c, line 3.", "a.c", 3, "assertion failed: (x)"),
        ("Assertion failed: x == 2 (a.c: main: 7)", "a.c", 7, "assertion failed: x == 2"),
        ("a.c:3:5: runtime error: signed integer overflow", "a.c", 3, "signed integer overflow"),
        ("a.c:9:F:Core:test_add:0: expected 3", "a.c", 9, "expected 3"),
        ("thread 'main' panicked at 'boom', src/main.rs:2:5", "src/main.rs", 2, "boom"),
        ("a.y:4: syntax error, unexpected X", "a.y", 4, "syntax error, unexpected X"),
        ("a.asm:4: error: symbol `x' undefined", "a.asm", 4, "symbol `x' undefined"),
        ("Makefile:4: *** missing separator.  Stop.", "Makefile", 4, "missing separator.  Stop."),
        (
            "src\\a.cpp(12): error C2065: 'x': undeclared identifier",
            "src/a.cpp",
            12,
            "'x': undeclared identifier",
        ),
        ("1>a.cpp(1,2): fatal error C1083: no file [C:\\a.vcxproj]", "a.cpp", 1, "no file"),
        (
            "e: file:///home/a/Main.kt:3:5 Unresolved reference: x",
            "/home/a/Main.kt",
            3,
            "Unresolved reference: x",
        ),
        ("[ERROR] /p/src/A.java:[3,5] ';' expected", "/p/src/A.java", 3, "';' expected"),
        ("g.y:3.5-7: error: syntax error", "g.y", 3, "syntax error"),
    ],
)
def test_one_line_forms(line: str, file: str, number: int, message: str) -> None:
    (d,) = parse(line)
    assert (d.severity, d.file, d.line, d.message) == ("error", file, number, message)


def test_a_linker_error_of_msvc_has_no_place_but_a_code() -> None:
    text = (
        "main.obj : error LNK2019: unresolved external symbol foo\nLINK : fatal error LNK1120: 1 unresolved"
    )
    assert [(d.tool, d.file, d.code) for d in parse(text)] == [
        ("link", None, "LNK2019"),
        ("link", None, "LNK1120"),
    ]


def test_a_report_in_sarif_is_read_whichever_tool_wrote_it() -> None:
    place = {"artifactLocation": {"uri": "file:///p/a%20b.c"}, "region": {"startLine": 3, "startColumn": 2}}
    related = {"message": {"text": "declared here"}, "physicalLocation": place}
    result = {
        "ruleId": "-Wunused",
        "level": "warning",
        "message": {"text": "unused"},
        "locations": [{"physicalLocation": place}],
        "relatedLocations": [related],
    }
    run = {"tool": {"driver": {"name": "GNU C17"}}, "results": [result, {"message": 3}, None]}
    text = "gcc -c a.c\n" + json.dumps({"version": "2.1.0", "runs": [run, "odd"]}) + "\na.c:1:1: error: more"
    first, second = parse(text, "/p")
    assert (first.tool, first.severity, first.file, first.line, first.code) == (
        "gcc", "warning", "a b.c", 3, "-Wunused",
    )  # fmt: skip
    assert first.notes == (Note("declared here", "a b.c", 3, 2),)
    assert second.message == "more"


@pytest.mark.parametrize(
    "broken", ['[{"a": 1,', '{"runs": [', "[" * 5000 + '{"', '[{"file": 3, "message": []}]']
)
def test_broken_json_hides_nothing_behind_it(broken: str) -> None:
    found = parse(f"{broken}\na.c:1:1: error: real")
    assert [d.message for d in found] == ["real"]


def test_what_only_repeats_a_failure_counts_where_nothing_else_is_known() -> None:
    lonely = "make: *** [Makefile:3: a.o] Error 1\n"
    (d,) = parse(lonely)
    assert (d.tool, d.file, d.line, d.message) == ("make", "Makefile", 3, "a.o: Error 1")
    more = "make: *** Waiting for unfinished jobs....\nmake: *** Deleting file 'a.o'\n"
    assert [d.tool for d in parse("a.c:1:1: error: x\n" + lonely + more)] == ["gcc"]


TEXTS = st.text(alphabet=st.one_of(st.sampled_from("\n:'`()[]{}<>.- \x1b0123\r\t#=_E"), st.characters()))


@given(TEXTS)
def test_any_text_can_be_read(text: str) -> None:
    check_shape(text)


@settings(deadline=None)
@given(st.sampled_from(SAMPLES), st.integers(0, 2**32), st.lists(TEXTS, max_size=3))
def test_mutilated_output_can_be_read(name: str, seed: int, foreign: list[str]) -> None:
    generator = random.Random(seed)
    lines = sample(name).split("\n") + foreign
    for _ in range(generator.randint(1, 8)):
        position = generator.randrange(len(lines))
        match generator.randrange(4):
            case 0:
                lines[position] = lines[position][: generator.randrange(len(lines[position]) + 1)]
            case 1:
                lines[position] = lines[position][generator.randrange(len(lines[position]) + 1) :]
            case 2:
                lines.insert(generator.randrange(len(lines)), lines[position])
            case _:
                lines[position], lines[-1] = lines[-1], lines[position]
    check_shape("\n".join(lines))


def check_shape(text: str) -> None:
    for d in parse(text, SOURCE):
        assert d.message
        assert "\n" not in d.message
        assert "\x1b" not in d.message
        assert d.line is None or d.line > 0
        assert d.column is None or d.column > 0
        assert len(d.notes) <= 100
    assert all(test.name for test in parse_tests(text))


@pytest.mark.parametrize(
    "unit",
    [
        "a",
        " ",
        "a:",
        "a.c:1:",
        "not ok ",
        "[",
        "E ",
        "=== ",
        "((",
        "::",
        "in function `",
        " ... ",
        "#0 0x0 in ",
        '{"a":',
        '[{"file":"a",',
        "/ld: ",
        ": error: ",
        "a.c(1): error C1: ",
        "a.go:1:",
        "panic: ",
        "\n  1:2 ",
        "\nIn a line ",
        "\n    at f (a.js:1:2)",
        "\nthread 'a' panicked at ",
        "\n--- FAIL: a\n    a_test.go:1: ",
        "\n==1== Invalid read\n==1==    at 0x1: f (a.c:1)",
        '\nTraceback (most recent call last):\n  File "a", line 1',
        "\n[{\n",
        "\na.f90:1:2:\n",
        "\nsrc/a.ts(1,2): error TS1: a\n",
        "\njava.lang.Error\n\tat a.b(A.java:1)",
    ],
)
def test_hostile_repetition_takes_no_time(unit: str) -> None:
    # Quadratic work on so much would run into the time limit of the test run by hours.
    parse(unit * (300_000 // len(unit)))
    parse((unit * 400 + "\n") * (800_000 // len(unit) // 400))


class Loud:
    name = "loud"

    def diagnostics(self, lines: Sequence[str]) -> Iterator[Found]:
        for index, line in enumerate(lines):
            if line.startswith("!!"):
                yield Found(Diagnostic("loud", "error", line[2:]), (index,))

    def tests(self, lines: Sequence[str]) -> Iterator[TestResult]:
        return iter(())


class Faulty(Loud):
    name = "faulty"

    def diagnostics(self, lines: Sequence[str]) -> Iterator[Found]:
        raise RuntimeError("not today")


@pytest.fixture
def plugins(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    module = f"{__name__}:"
    names = {"loud": "Loud", "faulty": "Faulty", "absent": "Absent"}
    entries = [EntryPoint(name, module + what, "copilot_tui.diagnostics") for name, what in names.items()]
    monkeypatch.setattr(diagnostics, "entry_points", lambda group: entries)
    diagnostics._parsers.cache_clear()
    yield
    diagnostics._parsers.cache_clear()


@pytest.mark.usefixtures("plugins")
def test_parsers_of_other_packages_come_first_and_faulty_ones_are_named() -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = parse("!!a.c:1:1: error: mine\nb.c:1:1: error: theirs")
    assert [(d.tool, d.message) for d in found] == [("loud", "a.c:1:1: error: mine"), ("gcc", "theirs")]
    messages = " ".join(str(warning.message) for warning in caught)
    assert "Absent" in messages
    assert "faulty" in messages


if __name__ == "__main__":
    for each in SAMPLES:
        (DATA / f"{each}.expected").write_text(described(sample(each)), "utf-8")
