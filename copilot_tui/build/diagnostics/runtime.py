"""What a C program says when a check in it fails: ``assert``, and the lines of Unity, check and Criterion."""

from __future__ import annotations

import re
from collections.abc import Iterator

from copilot_tui.build.diagnostics.output import Output
from copilot_tui.build.diagnostics.parser import FILE, Found, number
from copilot_tui.core.artefacts import Diagnostic, Note, TestResult

_GLIBC = re.compile(
    r"(?:[^:]+: )?"
    + FILE
    + r":(?P<line>\d+): (?P<function>[^:].*?): Assertion [`'‘](?P<condition>.*)['’] failed\.?$"
)
_BSD = re.compile(
    r"Assertion failed: (?P<condition>.+?),(?: function (?P<function>.+?),)?"
    r" file (?P<file>.+?), line (?P<line>\d+)\.?$"
)
_MUSL = re.compile(
    r"Assertion failed: (?P<condition>.+) \((?P<file>[^()]+): (?P<function>[^()]+): (?P<line>\d+)\)$"
)
_UNITY = re.compile(
    FILE + r":(?P<line>\d+):(?P<test>\w+):(?P<verdict>PASS|FAIL|IGNORE)(?::\s*(?P<message>.*))?$"
)
_CHECK = re.compile(
    FILE + r":(?P<line>\d+):(?P<verdict>[PFE]):(?P<case>[^:]*):(?P<test>[^:]*):\d+: ?(?P<message>.*)$"
)
_CRITERION = re.compile(
    r"\[-{4}\]\s*"
    + FILE
    + r":(?P<line>\d+): (?P<what>Assertion Failed|Unexpected signal caught below this line!)$"
)
_CRITERION_TEXT = re.compile(r"\[-{4}\]\s*(?P<text>.*)")
_CRITERION_VERDICT = re.compile(r"\[(?:FAIL|PASS)\] (?P<test>[\w:]+): ")


class Runtime:
    name = "runtime"
    marks = (r"Assertion ", r": Unexpected signal caught", r":(?:FAIL|PASS|IGNORE)\b", r":[PFE]:")
    test_marks = ()

    def diagnostics(self, output: Output) -> Iterator[Found]:
        for index, line in output.suspects:
            if criterion := _CRITERION.match(line):
                yield _criterion(index, criterion, output)
            elif "Assertion " in line:
                match = _GLIBC.match(line) or _MUSL.match(line) or _BSD.match(line)
                if match:
                    yield _assertion(index, match)
            if (match := _test_line(line)) and match["verdict"] in {"FAIL", "F", "E"}:
                yield _test_failure(index, match)

    def tests(self, output: Output) -> Iterator[TestResult]:
        for _, line in output.suspects:
            match = _test_line(line)
            if match and match["verdict"] != "IGNORE":
                passed = match["verdict"] in {"PASS", "P"}
                yield TestResult(match["test"], passed, "" if passed else (match["message"] or ""))


def _test_line(line: str) -> re.Match[str] | None:
    if line.count(":") < 3:
        return None
    return _UNITY.match(line) or _CHECK.match(line)


def _assertion(index: int, match: re.Match[str]) -> Found:
    function = match["function"]
    diagnostic = Diagnostic(
        "assert",
        "error",
        f"assertion failed: {match['condition']}",
        file=match["file"].strip(),
        line=number(match["line"]),
        notes=(Note(f"in function {function}"),) if function else (),
    )
    return Found(diagnostic, (index,))


def _test_failure(index: int, match: re.Match[str]) -> Found:
    diagnostic = Diagnostic(
        "unity" if match["verdict"] == "FAIL" else "check",
        "error",
        match["message"] or f"{match['test']} fails",
        file=match["file"],
        line=number(match["line"]),
        test=match["test"],
    )
    return Found(diagnostic, (index,))


def _criterion(index: int, match: re.Match[str], output: Output) -> Found:
    """What is said of the assertion stands below it, the name of its test at the end."""
    lines, texts, test = [index], [], None
    for at in range(index + 1, min(index + 200, len(output))):
        line = output[at]
        if verdict := _CRITERION_VERDICT.match(line):
            test = verdict["test"]
            break
        text = _CRITERION_TEXT.match(line)
        if text is None:
            break
        if len(lines) == at - index and not _CRITERION.match(line):
            lines.append(at)
            texts.append(text["text"])
    texts = [text for text in texts if text]
    diagnostic = Diagnostic(
        "criterion",
        "error",
        texts[0] if texts else match["what"],
        file=match["file"],
        line=number(match["line"]),
        notes=tuple(Note(text) for text in texts[1:]),
        test=test,
    )
    return Found(diagnostic, tuple(lines))
