"""Test verdicts that many small runners print, one test a line.

``test name ... ok`` (cargo and many a hand-made harness), ``PASS: name`` (automake), ``[ OK ] name`` and
``[  FAILED  ] Suite.name`` (GoogleTest and its kin), ``--- FAIL: name`` (go), ``✓ name`` (mocha, jest, node).
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
        rf"{_WORD}: (?P<name>\S.*)$",
        rf"\[ *{_WORD} *\] (?P<name>\S.*?)(?: \(\d+ ms(?: total)?\))?$",
        rf"\s*--- {_WORD}: (?P<name>\S+) \([\d.]+s\)$",
        r"\s*(?P<verdict>[✓✔√✗✕✖×]) (?P<name>\S.*?)(?: \([\d.]+ ?m?s\))?$",
    )
)
_HINT = re.compile(r"(?i:ok|pass|fail)|[✓✔√✗✕✖×]")
_UNITTEST_NAME = re.compile(r"\w+ \([\w.]+\)")
_NO_NAMES = re.compile(r"\d+ tests?\b|.*, listed below:|\d+[ /]")


class Verdicts:
    name = "test"
    marks = (
        r"\.\.\. ?(?i:fail)",
        r"\n(?i:fail(?:ed)?): ",
        r"\n\[ *(?i:fail)",
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
        r"\n *--- (?i:pass|ok)",
        "✓",
        "✔",
        "√",
    )

    def diagnostics(self, output: Output) -> Iterator[Found]:
        for index, line in output.suspects:
            result = _result(line)
            if result is not None and not result.passed:
                diagnostic = Diagnostic("test", "error", f"{result.name} fails", test=result.name)
                # A message of the test itself says why; this only says that.
                yield Found(diagnostic, (index,), consequence=True)

    def tests(self, output: Output) -> Iterator[TestResult]:
        verdicts: dict[str, bool] = {}
        for _, line in output.suspects:
            result = _result(line)
            if result is not None:
                # GoogleTest lists the failed ones a second time at the end.
                verdicts[result.name] = verdicts.get(result.name, True) and result.passed
        return iter([TestResult(name, passed) for name, passed in verdicts.items()])


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
