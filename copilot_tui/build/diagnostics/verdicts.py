"""Test verdicts that many small runners print, one test a line.

``test name ... ok`` (cargo and many a hand-made harness), ``PASS: name`` (automake), ``[ OK ] name`` and
``[  FAILED  ] Suite.name`` (GoogleTest and its kin), ``--- FAIL: name`` (go), ``✓ name`` (mocha, jest, node),
``1/2 name OK 0.01s`` (meson).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from copilot_tui.build.diagnostics.output import Output
from copilot_tui.build.diagnostics.parser import Found
from copilot_tui.core.artefacts import Diagnostic, TestResult

_GOOD = {"ok", "pass", "passed", "✓", "✔", "√"}
_WORD = r"(?P<verdict>ok|pass|passed|fail|failed)"
_FORMS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"test (?P<name>\S.*?)(?: - should panic)? \.\.\. {_WORD}$",
        rf"(?P<name>\w[\w:. -]*?) ?\.{{3,}} ?{_WORD}$",
        r"(?P<verdict>(?-i:OK|ok|PASS|pass|PASSED|passed|FAIL|fail|FAILED|failed)): (?P<name>\S.*)$",
        r"\s*\d+/\d+ (?P<name>\S.*?) +(?P<verdict>(?-i:OK|FAIL|ERROR|TIMEOUT)) +[\d.]+ ?s\b.*$",
        rf"\[ *{_WORD} *\] (?P<name>\S.*?)(?: \(\d+ ms(?: total)?\))?$",
        rf"\s*--- {_WORD}: (?P<name>\S+) \([\d.]+s\)$",
        r"\s*(?P<verdict>[✓✔√✗✕✖×]) (?P<name>\S.*?)(?: \(?[\d.]+ ?m?s\)?)?$",
    )
)
_HINT = re.compile(r"(?i:ok|pass|fail)|[✓✔√✗✕✖×]")
_UNITTEST_NAME = re.compile(r"\w+ \([\w.]+\)")
_NO_NAMES = re.compile(r"\d+ tests?\b|.*, listed below:|\d+[ /]|failing tests:$")


class Verdicts:
    name = "test"
    marks = (
        r"\.\.\. ?(?i:fail)",
        r"\n(?i:fail(?:ed)?): ",
        r"\n\[ *(?i:fail)",
        r"/\d{1,6} .{1,200}? (?:FAIL|ERROR|TIMEOUT) ",
        r"\n *--- (?i:fail)",
        "✗",
        "✕",
        "✖",
        "×",
    )
    test_marks = (
        r"\.\.\. ?(?i:ok|pass)",
        r"\n(?i:ok|pass(?:ed)?): ",
        r"\n\[ *(?i:ok|pass)",
        r"/\d{1,6} .{1,200}? OK ",
        r"\n *--- (?i:pass|ok)",
        "✓",
        "✔",
        "√",
    )

    def diagnostics(self, output: Output) -> Iterator[Found]:
        ninja = _is_ninja(output)
        for index, line in output.suspects:
            result = None if ninja and line.startswith("FAILED: ") else _result(line)
            if result is not None and not result.passed:
                diagnostic = Diagnostic("test", "error", f"{result.name} fails", test=result.name)
                # A message of the test itself says why; this only says that.
                yield Found(diagnostic, (index,), consequence=True)

    def tests(self, output: Output) -> Iterator[TestResult]:
        verdicts: dict[str, bool] = {}
        ninja = _is_ninja(output)
        for _, line in output.suspects:
            result = None if ninja and line.startswith("FAILED: ") else _result(line)
            if result is not None:
                # GoogleTest lists the failed ones a second time at the end.
                verdicts[result.name] = verdicts.get(result.name, True) and result.passed
        return iter([TestResult(name, passed) for name, passed in verdicts.items()])


def _is_ninja(output: Output) -> bool:
    """ninja says ``FAILED: target`` of what it could not build."""
    return any(line.startswith("ninja: ") for _, line in output.suspects)


def _result(line: str) -> TestResult | None:
    if not _HINT.search(line):
        return None
    for form in _FORMS:
        match = form.match(line)
        if match is not None:
            name = match["name"].strip()
            if _UNITTEST_NAME.match(name) or _NO_NAMES.match(name):
                return None
            return TestResult(name, match["verdict"].lower() in _GOOD)
    return None
