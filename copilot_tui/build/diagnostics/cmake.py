"""CMake's own errors, and ctest.

CMake prints the place on one line and the text on the following, indented ones. ctest prints a verdict for
each test; what the test itself printed (with ``--output-on-failure``) is for the other parsers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from copilot_tui.build.diagnostics.output import Output
from copilot_tui.build.diagnostics.parser import Found, number
from copilot_tui.core.artefacts import Diagnostic, Note, TestResult

_ERROR = re.compile(
    r"CMake (?P<severity>Error|Warning|Deprecation Warning)(?: \([\w-]+\))?"
    r"(?:(?: at| in) (?P<file>[^:]+?)(?::(?P<line>\d+))?(?: \((?P<call>[^()]*)\))?)?:(?: (?P<message>.+))?$"
)
_CTEST = re.compile(
    r"\s*\d+/\d+ (?:Test|MemCheck) +#\d+: (?P<name>.+?) \.*(?P<before>[^.]*?)"
    r"(?P<verdict>Passed|\*\*\*[A-Z][\w ]*(?:: ?\w+)?)"
)
_NO_VERDICT = ("***Not Run", "***Skipped")
_MAX_TEXT_LINES = 40


class CMake:
    name = "cmake"
    marks = (r"\nCMake (?:Error|Warning|Deprecation Warning)", r"\*\*\*[A-Z]")
    test_marks = (r"#\d+: ",)

    def diagnostics(self, output: Output) -> Iterator[Found]:
        for index, line in output.suspects:
            if line.startswith("CMake "):
                match = _ERROR.match(line)
                if match:
                    yield _configure(index, match, output)
            elif "***" in line and (match := _CTEST.match(line)):
                message = f"{match['name']}: {_reason(match)}"
                diagnostic = Diagnostic("ctest", "error", message, test=match["name"])
                # What the test printed says more; then this line only repeats that it failed.
                yield Found(diagnostic, (index,), consequence=True)

    def tests(self, output: Output) -> Iterator[TestResult]:
        for _, line in output.suspects:
            match = _CTEST.match(line) if "#" in line else None
            if match is None or match["verdict"].startswith(_NO_VERDICT[1]):
                continue
            passed = match["verdict"] == "Passed"
            yield TestResult(match["name"], passed, "" if passed else _reason(match))


def _reason(match: re.Match[str]) -> str:
    return f"{match['before']}{match['verdict']}".replace("***", " ").strip().rstrip(":")


def _configure(index: int, match: re.Match[str], lines: Sequence[str]) -> Found:
    texts: list[str] = []
    end = index + 1
    while end < len(lines) and end - index <= _MAX_TEXT_LINES and (not lines[end] or lines[end][0] == " "):
        if lines[end].strip():
            texts.append(lines[end].strip())
        end += 1
    message = match["message"] or (texts.pop(0) if texts else "CMake failed")
    diagnostic = Diagnostic(
        tool="cmake",
        severity="error" if match["severity"] == "Error" else "warning",
        message=message,
        file=match["file"],
        line=number(match["line"]),
        notes=tuple(Note(text) for text in texts),
    )
    return Found(diagnostic, tuple(range(index, end)))
