"""pytest.

Each failure is a block under a line ``____ name ____``: traceback entries, and the error on lines that
start with ``E``. The short summary at the end gives the full names of the tests and stands in where a
block is missing (``--tb=no``). Verdicts of passing tests are only printed with ``-v`` or ``-rA``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from copilot_tui.build.diagnostics.output import Output
from copilot_tui.build.diagnostics.parser import Found, number
from copilot_tui.build.diagnostics.python import OWN_LINE, is_foreign
from copilot_tui.core.artefacts import Diagnostic, Note, TestResult

_SECTION = re.compile(r"={3,} (?P<title>.+?) ={3,}$")
_BLOCK = re.compile(r"_{3,} (?P<name>\S.*?) _{3,}$")
_PLACE = re.compile(r"(?P<file>[^\s:<>][^:<>]*):(?P<line>\d+): ?(?P<what>(?:in .+|[\w.]+)?)$")
_ERROR_LINE = re.compile(r"E {1,3}(?P<text>.*)")
_FIXTURE_PLACE = re.compile(r"file (?P<file>\S.*), line (?P<line>\d+)$")
_NATIVE_PLACE = re.compile(r"  File \"(?P<file>.+?)\", line (?P<line>\d+)(?:, in (?P<function>.+))?$")
_SYNTAX_PLACE = re.compile(r"E +File \"(?P<file>.+?)\", line (?P<line>\d+)")
_EXCEPTION = re.compile(
    r"(?P<code>(?:[A-Za-z_][\w.]*)?(?:Error|Exception|Warning|Exit|Interrupt|Failed|NotRaised)): ?"
    r"(?P<text>.*)"
)
_SUMMARY = re.compile(
    r"(?P<verdict>FAILED|ERROR|PASSED|XPASS) (?P<name>\S.*?\.py(?:::.+?)?)(?: - (?P<message>.*))?$"
)
_VERBOSE = re.compile(
    r"(?:\[gw\d+\] \[ *\d+%\] (?P<first>PASSED|FAILED|ERROR|XPASS) )?(?P<name>\S*\.py::.+?)"
    r"(?: (?P<verdict>PASSED|FAILED|ERROR|XPASS)(?: .*)?(?:\[ *\d+%\])?)?$"
)
_CONFTEST = re.compile(r"ImportError while loading conftest '(?P<file>[^']+)'")
_COLLECTING = "ERROR collecting "
_STAGE = re.compile(r"ERROR at (?:setup|teardown) of ")
_MAX_NOTES = 40


@dataclass(slots=True)
class _Failure:
    """One block, as far as it has been read."""

    first: int
    name: str
    texts: list[str] = field(default_factory=list)
    places: list[tuple[str, int | None, str]] = field(default_factory=list)
    end: int = 0


class Pytest:
    name = "pytest"
    marks = (r"\n=== ?[=\w]", r"\n(?:FAILED|ERROR|PASSED|XPASS|ImportError while) ")
    test_marks = ("::",)

    def diagnostics(self, output: Output) -> Iterator[Found]:
        summary = {
            match["name"]: (index, match["message"] or "")
            for index, line in output.suspects
            if line.startswith(("FAILED ", "ERROR ")) and (match := _SUMMARY.match(line))
        }
        by_block = {_block_name(name): name for name in summary}
        for failure in (*_failures(output), *_conftests(output)):
            test = by_block.get(failure.name) or by_block.get(failure.name.partition(" ")[0])
            index = summary.pop(test, (failure.first, ""))[0] if test else failure.first
            yield _found(failure, test, index)
        for name, (index, message) in summary.items():
            yield Found(_from_summary(name, message), (index,))

    def tests(self, output: Output) -> Iterator[TestResult]:
        messages = {
            match["name"]: match["message"] or ""
            for _, line in output.suspects
            if line.startswith(("FAILED ", "ERROR ")) and (match := _SUMMARY.match(line))
        }
        verdicts: dict[str, bool] = {}
        for _, line in output.suspects:
            for name, verdict in _verdicts(line):
                # A test that passed and then failed to clean up after itself has failed.
                verdicts[name] = verdicts.get(name, True) and verdict in {"PASSED", "XPASS"}
        for name, passed in verdicts.items():
            yield TestResult(name, passed, "" if passed else messages.get(name, ""))


def _verdicts(line: str) -> Iterator[tuple[str, str]]:
    if line.startswith(("PASSED ", "FAILED ", "ERROR ", "XPASS ")):
        match = _SUMMARY.match(line)
    elif "::" in line and ("PASSED" in line or "FAILED" in line or "ERROR" in line or "XPASS" in line):
        match = _VERBOSE.match(line)
    else:
        return
    if match is not None:
        verdict = match["verdict"] or match.groupdict().get("first")
        if verdict:
            yield match["name"], verdict


def _block_name(test: str) -> str:
    """The name that a test's block has: ``tests/a.py::Case::test_x[1]`` becomes ``Case.test_x[1]``."""
    file, separator, rest = test.partition("::")
    head, bracket, parameters = rest.partition("[")
    return head.replace("::", ".") + bracket + parameters if separator else file


def _failures(output: Output) -> Iterator[_Failure]:
    sections = [
        (index, match["title"])
        for index, line in output.suspects
        if line.startswith("===") and (match := _SECTION.match(line))
    ]
    for (start, title), (end, _) in pairwise([*sections, (len(output), "")]):
        if title in {"FAILURES", "ERRORS"}:
            yield from _blocks(output, start + 1, end)


def _conftests(output: Output) -> Iterator[_Failure]:
    """A conftest that cannot be loaded ends the run before there are sections."""
    for index, line in output.suspects:
        if conftest := _CONFTEST.match(line):
            failure = _Failure(index, conftest["file"], end=index)
            for at in range(index + 1, min(index + 200, len(output))):
                if not output[at].strip():
                    break
                _read_line(failure, output[at])
                failure.end = at
            yield failure


def _blocks(output: Output, start: int, end: int) -> Iterator[_Failure]:
    failure: _Failure | None = None
    for index in range(start, end):
        line = output[index]
        if (block := _BLOCK.match(line)) and set(block["name"]) != set("_ "):
            if failure is not None:
                yield failure
            failure = _Failure(index, _STAGE.sub("", block["name"]).removeprefix(_COLLECTING), end=index)
        elif failure is not None:
            _read_line(failure, line)
            failure.end = index
    if failure is not None:
        yield failure


def _read_line(failure: _Failure, line: str) -> None:
    if syntax := _SYNTAX_PLACE.match(line):
        failure.places.append((syntax["file"], number(syntax["line"]), OWN_LINE))
    elif error := _ERROR_LINE.match(line):
        if len(failure.texts) < _MAX_NOTES:
            failure.texts.append(error["text"].strip())
    elif native := _NATIVE_PLACE.match(line):
        failure.places.append((native["file"], number(native["line"]), f"in {native['function'] or '?'}"))
        failure.texts.clear()  # a chained traceback: the last one counts
    elif fixture := _FIXTURE_PLACE.match(line):
        failure.places.append((fixture["file"], number(fixture["line"]), OWN_LINE))
    elif failure.places and not failure.texts and (native_error := _EXCEPTION.match(line)):
        failure.texts.append(native_error[0])
    elif len(failure.places) < 1000 and line[:1].strip() and (place := _PLACE.match(line)):
        failure.places.append((place["file"], number(place["line"]), place["what"]))


def _found(failure: _Failure, test: str | None, summary_line: int) -> Found:
    texts = [text for text in failure.texts if text]
    # After a syntax error pytest shows the line and the caret before it names the error.
    named = next((i for i, text in enumerate(texts) if _EXCEPTION.match(text)), 0)
    message = texts[named] if texts else f"{failure.name} fails"
    exception = _EXCEPTION.match(message)
    own = [place for place in failure.places if not is_foreign(place[0])] or failure.places
    file, line, what = own[-1] if own else (None, None, "")
    code = (
        exception["code"]
        if exception
        else (what if what and not what.startswith(("in ", OWN_LINE)) else None)
    )
    if code is None and texts and message.startswith("assert"):
        code = "AssertionError"
    notes = [Note(what or "called from here", where, at) for where, at, what in own[:-1]]
    notes += [Note(text) for i, text in enumerate(texts) if i != named]
    diagnostic = Diagnostic(
        tool="pytest",
        severity="error",
        message=(exception["text"] if exception else message) or failure.name,
        file=file,
        line=line,
        code=code,
        notes=tuple(notes[:_MAX_NOTES]),
        test=test or failure.name,
    )
    return Found(diagnostic, (*range(failure.first, failure.end + 1), *({summary_line} - {failure.first})))


def _from_summary(name: str, message: str) -> Diagnostic:
    exception = _EXCEPTION.match(message)
    return Diagnostic(
        tool="pytest",
        severity="error",
        message=(exception["text"] if exception else message) or f"{name} fails",
        file=name.partition("::")[0],
        code=exception["code"] if exception else None,
        test=name,
    )
