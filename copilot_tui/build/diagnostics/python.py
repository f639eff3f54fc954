"""Python tracebacks, and unittest.

The place of a traceback is its innermost frame outside libraries: there the code base can be mended.
The frames around it become notes, outermost first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from copilot_tui.build.diagnostics.output import Output
from copilot_tui.build.diagnostics.parser import Found, number
from copilot_tui.core.artefacts import Diagnostic, Note, TestResult

OWN_LINE = "here"
"""What is said of a place that names the faulty line itself, and no function."""

_START = "Traceback (most recent call last):"
_GROUP = re.compile(r"[ |+-]*[|+] +")
"""What stands in front of the lines of an exception group."""
_SORRY = re.compile(r"Sorry: (?P<code>\w+): (?P<message>.+) \((?P<file>[^()]+), line (?P<line>\d+)\)$")
_COMPILING = re.compile(r"\*\*\* Error compiling '(?P<file>[^']+)'\.\.\.$")
_WARNING = re.compile(r"\s*(?P<file>[^\s:][^:]*\.py):(?P<line>\d+): (?P<code>\w*Warning): (?P<message>\S.*)")
_FRAME = re.compile(r"\s*File \"(?P<file>.+?)\", line (?P<line>\d+)(?:, in (?P<function>.+))?$")
_ERROR = re.compile(r"(?P<code>[A-Za-z_][\w.]*)(?:: (?P<message>.*))?$")
_UNITTEST = re.compile(r"(?:FAIL|ERROR): (?P<method>\S+) \((?P<case>[^()]+)\)")
_VERDICT = re.compile(
    r"(?P<method>\w+) \((?P<case>[\w.]+)\)(?: .*)? \.\.\. (?P<verdict>ok|FAIL|ERROR|unexpected success)$"
)
_FOREIGN = re.compile(r"/(?:site|dist)-packages/|/lib(?:64)?/python\d|^<")
_MAX_NOTES = 40


def is_foreign(file: str) -> bool:
    """Whether a file of a traceback belongs to Python or an installed package."""
    return _FOREIGN.search(file) is not None


@dataclass(slots=True)
class _Trace:
    """One traceback, as far as it has been read; it ends at the first line that is not deeper than it."""

    indent: int
    test: str | None
    lines: list[int]
    frames: list[Note] = field(default_factory=list)
    grouped: bool = False


class Python:
    name = "python"
    marks = (
        r"Traceback \(most recent",
        r'File "',
        r"\n(?:FAIL|ERROR): ",
        r"\nRan \d",
        r"\n=====",
        r":\d{1,9}: \w*Warning: ",
        r"\nSorry: ",
    )
    test_marks = (r" \.\.\. ",)

    def diagnostics(self, output: Output) -> Iterator[Found]:
        test: str | None = None
        read = 0
        for index, line in output.suspects:
            if index < read:
                continue
            if match := _UNITTEST.match(line):
                test = _name(match["method"], match["case"])
            elif line.startswith(("Ran ", "=====")):
                test = None
            elif warning := _WARNING.match(line):
                yield Found(_warning(warning), (index,))
            elif sorry := _SORRY.match(line):
                yield Found(_sorry(sorry, output[index - 1] if index else ""), (index,))
            elif (trace := _beginning(index, line, test)) is not None:
                found, read = _read(trace, output, index)
                if found is not None:
                    yield found

    def tests(self, output: Output) -> Iterator[TestResult]:
        seen: dict[str, bool] = {}
        for _, line in output.suspects:
            if " ... " in line and (match := _VERDICT.match(line)):
                seen[_name(match["method"], match["case"])] = match["verdict"] in {"ok", "unexpected success"}
            elif line.startswith(("FAIL: ", "ERROR: ")) and (match := _UNITTEST.match(line)):
                seen[_name(match["method"], match["case"])] = False
        return iter([TestResult(name, passed) for name, passed in seen.items()])


def _warning(match: re.Match[str]) -> Diagnostic:
    place = match["file"], number(match["line"])
    return Diagnostic("python", "warning", match["message"], *place, code=match["code"])


def _sorry(match: re.Match[str], before: str) -> Diagnostic:
    """What compileall says of a file that it named in full one line before."""
    compiling = _COMPILING.match(before)
    file = compiling["file"] if compiling else match["file"]
    return Diagnostic("python", "error", match["message"], file, number(match["line"]), code=match["code"])


def _beginning(index: int, line: str, test: str | None) -> _Trace | None:
    """The traceback that starts in ``line``; a syntax error of the main program has no header."""
    group = _GROUP.match(line)
    indent = group.end() if group else len(line) - len(line.lstrip())
    if line.startswith((_START, "Exception Group " + _START), indent):
        return _Trace(indent, test, [index], grouped=group is not None)
    frame = _FRAME.match(line)
    if frame is None or frame["function"] is not None:
        return None
    trace = _Trace(max(0, indent - 2), test, [index])
    trace.frames.append(_note(frame))
    return trace


def _read(trace: _Trace, output: Output, start: int) -> tuple[Found | None, int]:
    """The rest of a traceback, and the first line behind it; another one may begin inside it."""
    for index in range(start + 1, len(output)):
        line = output[index]
        if trace.grouped and (group := _GROUP.match(line)):
            line = " " * group.end() + line[group.end() :]
        indent = len(line) - len(line.lstrip())
        if line.startswith(_START, indent):
            return None, index
        if frame := _FRAME.match(line):
            trace.frames.append(_note(frame))
        elif line.strip() and indent <= trace.indent:
            error = _ERROR.match(line, indent)
            return (_found(trace, error, index) if error else None), index + 1
        trace.lines.append(index)
    return None, len(output)


def _name(method: str, case: str) -> str:
    """The dotted name of a unittest test; since Python 3.11 the method is part of it already."""
    return case if case.rpartition(".")[2] == method else f"{case}.{method}"


def _note(frame: re.Match[str]) -> Note:
    function = frame["function"]
    return Note(f"in {function}" if function else OWN_LINE, frame["file"], number(frame["line"]))


def _found(trace: _Trace, error: re.Match[str], index: int) -> Found:
    own = [frame for frame in trace.frames if frame.file and not is_foreign(frame.file)] or trace.frames
    place = own[-1] if own else Note("")
    around = tuple(frame for frame in trace.frames if frame is not place)[-_MAX_NOTES:]
    diagnostic = Diagnostic(
        tool="python",
        severity="error",
        message=error["message"] or error["code"],
        file=place.file,
        line=place.line,
        code=error["code"],
        notes=around,
        test=trace.test,
    )
    return Found(diagnostic, (*trace.lines, index))
