"""What a running program says when it fails: ``assert``, sanitizers, and Unity's and check's lines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

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
_SANITIZER = re.compile(r"==\d+==\s?ERROR: (?P<tool>\w+Sanitizer): (?P<message>.+)")
_UNDEFINED = re.compile(FILE + r":(?P<line>\d+):(?P<column>\d+): runtime error: (?P<message>.+)$")
_FRAME = re.compile(
    r"\s+#\d+ 0x[0-9a-f]+ in (?P<function>.+?) (?P<file>[^\s():]+):(?P<line>\d+)(?::(?P<column>\d+))?$"
)
_ADDRESS = re.compile(r" (?:on|at) (?:unknown )?address 0x[0-9a-f]+.*")
_FOREIGN = ("/libsanitizer/", "/sysdeps/", "/csu/", "/usr/")
_MAX_FRAMES = 40


class Runtime:
    name = "runtime"
    marks = (r"Assertion ", r"Sanitizer: ", r": runtime error: ", r":(?:FAIL|PASS|IGNORE)\b", r":[PFE]:")
    test_marks = ()

    def diagnostics(self, output: Output) -> Iterator[Found]:
        for index, line in output.suspects:
            if "Assertion " in line:
                match = _GLIBC.match(line) or _MUSL.match(line) or _BSD.match(line)
                if match:
                    yield _assertion(index, match)
            elif "Sanitizer: " in line and (match := _SANITIZER.search(line)):
                yield _sanitizer(index, match, output)
            elif "runtime error: " in line and (match := _UNDEFINED.match(line)):
                diagnostic = Diagnostic(
                    "sanitizer",
                    "error",
                    match["message"],
                    file=match["file"],
                    line=number(match["line"]),
                    column=number(match["column"]),
                    code="UndefinedBehaviorSanitizer",
                )
                yield Found(diagnostic, (index,))
            elif (match := _test_line(line)) and match["verdict"] in {"FAIL", "F", "E"}:
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


def _sanitizer(index: int, match: re.Match[str], lines: Sequence[str]) -> Found:
    """The report's first frame in the program itself is the place; the others are notes."""
    frames: list[Note] = []
    end = index + 1
    while end < len(lines) and end - index < _MAX_FRAMES and not lines[end].startswith("SUMMARY"):
        frame = _FRAME.match(lines[end])
        if frame and not any(part in frame["file"] for part in _FOREIGN):
            function = frame["function"]
            frames.append(
                Note(f"in {function}", frame["file"], number(frame["line"]), number(frame["column"]))
            )
        end += 1
    place = frames[0] if frames else Note("")
    diagnostic = Diagnostic(
        "sanitizer",
        "error",
        _ADDRESS.sub("", match["message"]),
        file=place.file,
        line=place.line,
        column=place.column,
        code=match["tool"],
        notes=tuple(frames),
    )
    return Found(diagnostic, tuple(range(index, end)))
