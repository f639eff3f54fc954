"""Go: ``go build`` and ``go vet``, ``go test`` in text and JSON, and panics.

A failed test is told by ``--- FAIL: Name``; what it logged stands behind it (before it with ``-v``),
indented, with the bare name of the file. A panic names the first frame outside Go's own sources as its place.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache

from copilot_tui.build.diagnostics.output import Marks, Output
from copilot_tui.build.diagnostics.parser import Found, number
from copilot_tui.core.artefacts import Diagnostic, Note, TestResult

_BUILD = re.compile(r"(?:vet: )?(?P<file>[^\s:][^:]*\.go):(?P<line>\d+):(?P<column>\d+): (?P<message>\S.*)")
_LOGGED = re.compile(r"(?P<indent>\s+)(?P<file>[^\s:]+\.go):(?P<line>\d+): (?P<message>.*)")
_RUN = re.compile(r"=== (?:RUN|CONT|NAME)\s+(?P<name>\S+)")
_RESULT = re.compile(r"\s*--- (?P<verdict>PASS|FAIL|SKIP): (?P<name>\S+)")
_PACKAGE = re.compile(r"(?:FAIL|ok)\s+(?P<package>\S+)")
_PANIC = re.compile(r"(?:panic|fatal error): (?P<message>.+)")
_FRAME = re.compile(r"\t(?P<file>\S.*\.(?:go|s)):(?P<line>\d+)(?: \+0x[0-9a-f]+)?$")
_FOREIGN = re.compile(r"/go(?:-[\d.]+|root)?/src/|/pkg/mod/|_testmain\.go$|/go/libexec/")
_MORE = re.compile(r"\t(?P<message>(?:have|want|[\w.]+:).*)")
_MAX_FRAMES = 60
_MAX_NOTES = 20


class Go:
    name = "go"
    marks = (
        r"\.go:\d{1,9}:",
        r"--- (?:FAIL|PASS|SKIP): ",
        r"=== (?:RUN|CONT|NAME) ",
        r"panic: ",
        r"\nfatal error: ",
        r"\n(?:FAIL|ok)\s",
        r'"Action":"',
    )
    test_marks: tuple[str, ...] = ()

    def diagnostics(self, output: Output) -> Iterator[Found]:
        yield from self._text(output)
        for index, text in _json_packages(output):
            inner = Output(text, _marks())
            yield from (Found(found.diagnostic, (), within=index) for found in self._text(inner))

    def _text(self, output: Output) -> Iterator[Found]:
        log = _TestLog()
        read = 0
        for index, line in output.suspects:
            if index < read:
                continue
            if panic := _PANIC.match(line):
                found, read = _panic(index, panic, output, log.test)
                if found is not None:
                    yield found
            elif match := _BUILD.match(line):
                yield _message(index, match, output)
            else:
                yield from log.feed(index, line, output)
        yield from log.end()

    def tests(self, output: Output) -> Iterator[TestResult]:
        """Those of ``-json`` alone; the text's verdicts are read by :mod:`verdicts`."""
        for _, event in _events(output):
            test = event.get("Test")
            if isinstance(test, str) and event.get("Action") in {"pass", "fail"}:
                yield TestResult(test, event["Action"] == "pass")


@cache
def _marks() -> Marks:
    return Marks(Go.marks)


def _events(output: Output) -> Iterator[tuple[int, dict[str, object]]]:
    for index, line in output.suspects:
        if line.startswith('{"') and '"Action":' in line:
            try:
                event = json.loads(line)
            except (ValueError, RecursionError):
                continue
            if isinstance(event, dict):
                yield index, event


def _json_packages(output: Output) -> Iterator[tuple[int, str]]:
    """What each package printed, put together again, and the line where it began."""
    texts: dict[object, tuple[int, list[str]]] = {}
    for index, event in _events(output):
        text = event.get("Output")
        if event.get("Action") == "output" and isinstance(text, str):
            key = str(event.get("Package"))
            texts.setdefault(key, (index, []))[1].append(text)
    for index, pieces in texts.values():
        yield index, "".join(pieces)


def _message(index: int, match: re.Match[str], output: Output) -> Found:
    notes: list[Note] = []
    lines = [index]
    while (
        lines[-1] + 1 < len(output)
        and (more := _MORE.match(output[lines[-1] + 1]))
        and len(notes) < _MAX_NOTES
    ):
        notes.append(Note(more["message"]))
        lines.append(lines[-1] + 1)
    diagnostic = Diagnostic(
        "go",
        "error",
        match["message"],
        file=match["file"],
        line=number(match["line"]),
        column=number(match["column"]),
        notes=tuple(notes),
    )
    return Found(diagnostic, tuple(lines))


class _TestLog:
    """Joins what tests logged with their verdicts, in whichever order they come."""

    def __init__(self) -> None:
        self.test: str | None = None
        self._failed = False
        self._waiting: list[tuple[str | None, int, re.Match[str], tuple[int, ...], tuple[Note, ...]]] = []
        self._failing: set[str] = set()

    def feed(self, index: int, line: str, output: Output) -> Iterator[Found]:
        if run := _RUN.match(line):
            self.test = run["name"]
        elif result := _RESULT.match(line):
            self.test = result["name"]
            if result["verdict"] == "FAIL":
                self._failing.add(result["name"])
        elif _PACKAGE.match(line):
            yield from self.end()
        elif (self.test is not None) and (logged := _LOGGED.match(line)):
            lines, notes = _continued(index, logged, output)
            self._waiting.append((self.test, index, logged, lines, notes))

    def end(self) -> Iterator[Found]:
        """The package is over: what failing tests logged is known now."""
        reported: set[str | None] = set()
        for test, _, logged, lines, notes in self._waiting:
            if test not in self._failing:
                continue
            # The first line says what is wrong; what is logged after it is an addition.
            yield Found(_logged(test, logged, notes, first=test not in reported), lines)
            reported.add(test)
        self._waiting.clear()
        self._failing.clear()
        self.test = None


def _continued(index: int, logged: re.Match[str], output: Output) -> tuple[tuple[int, ...], tuple[Note, ...]]:
    lines = [index]
    notes: list[Note] = []
    indent = logged["indent"] + "    "
    while (
        lines[-1] + 1 < len(output) and output[lines[-1] + 1].startswith(indent) and len(notes) < _MAX_NOTES
    ):
        text = output[lines[-1] + 1].strip()
        if _RESULT.match(text) or _LOGGED.match(output[lines[-1] + 1]):
            break
        lines.append(lines[-1] + 1)
        notes.append(Note(text))
    return tuple(lines), tuple(notes)


def _logged(test: str | None, logged: re.Match[str], notes: tuple[Note, ...], *, first: bool) -> Diagnostic:
    return Diagnostic(
        "go",
        "error" if first else "note",
        logged["message"] or f"{test} fails",
        file=logged["file"],
        line=number(logged["line"]),
        notes=notes,
        test=test,
    )


def _panic(index: int, panic: re.Match[str], output: Output, test: str | None) -> tuple[Found | None, int]:
    frames: list[Note] = []
    function = ""
    end = index + 1
    seen = False
    while end < len(output) and end - index <= _MAX_FRAMES:
        line = output[end]
        if frame := _FRAME.match(line):
            if not _FOREIGN.search(frame["file"]):
                frames.append(Note(f"in {function}", frame["file"], number(frame["line"])))
        elif line.startswith("goroutine "):
            if seen:
                break
            seen = True
        elif line.startswith(("FAIL\t", "exit status")):
            break
        else:
            function = line.partition("(")[0].removeprefix("created by ").strip()
        end += 1
    if not seen:
        return None, index + 1
    place = frames[0] if frames else Note("")
    message = panic["message"].removesuffix(" [recovered]")
    diagnostic = Diagnostic(
        "go",
        "error",
        message,
        file=place.file,
        line=place.line,
        code="panic",
        notes=tuple(frames[:_MAX_NOTES]),
        test=test,
    )
    return Found(diagnostic, tuple(range(index, end))), end
