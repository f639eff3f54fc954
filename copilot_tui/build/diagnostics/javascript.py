"""JavaScript and TypeScript: tsc, exceptions of node, and failures of mocha, jest, vitest and node's runner.

All of them show a stack of frames behind the message; its first frame outside node and node_modules is
the place. The message stands above the frames, under a title that each test runner writes in its own way.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from copilot_tui.build.diagnostics.output import Output
from copilot_tui.build.diagnostics.parser import Found, NoTests, number
from copilot_tui.core.artefacts import Diagnostic, Note, Severity

_TSC = re.compile(
    r"(?P<file>[^\s:()][^:()]*?)(?:\((?P<line>\d+),(?P<column>\d+)\):|:(?P<row>\d+):(?P<at>\d+) -)"
    r" (?P<severity>error|warning|info|message) (?P<code>TS\d+): (?P<message>.+)"
)
_TSC_ALONE = re.compile(r"error (?P<code>TS\d+): (?P<message>.+)")
_TSC_RELATED = re.compile(r"  (?P<file>\S[^:]*):(?P<line>\d+):(?P<column>\d+)(?: - .+)?$")
_FRAME = re.compile(
    r"\s+(?:at (?:async )?(?:(?P<function>.+?) \()?|❯ (?:(?P<name>\S+) )?)(?:file://)?"
    r"(?P<file>[^\s():]+):(?P<line>\d+):(?P<column>\d+)\)?"
    r"(?: \{)?$"
)
_FOREIGN = re.compile(r"node_modules/|^node:|^internal/|^ext:")
_ERROR = re.compile(
    r"\s*(?:Uncaught )?(?P<code>(?:[A-Z]\w*)?(?:Error|Exception))(?: \[(?P<kind>\w+)\])?(?:: "
    r"(?P<message>.*))?$"
)
_TITLE = re.compile(
    r"\s*(?:● (?P<jest>.+)|FAIL\s+(?P<vitest>\S+ > .+)|[✖✗×] (?P<node>\S.*?)(?: \([\d.]+ ?m?s\))?)$"
)
_MOCHA = re.compile(r"\s+\d+\) (?P<title>\S.*)$")
_SYNTAX = re.compile(r"(?P<file>/?[^\s:()]+\.(?:[cm]?[jt]sx?|json)):(?P<line>\d+)$")
_LOOK_BACK = 40
_MAX_FRAMES = 40
_MAX_NOTES = 20


class JavaScript(NoTests):
    name = "javascript"
    marks = (
        r": ?error TS\d",
        r"- ?(?:error|warning) TS\d",
        r"\nerror TS\d",
        r":\d{1,9}:\d{1,9}\)?(?: \{)?(?![^\n])",
        r"\.(?:[cm]?[jt]sx?|json):\d{1,9}(?![^\n])",
    )

    def diagnostics(self, output: Output) -> Iterator[Found]:
        read = 0
        for index, line in output.suspects:
            if index < read:
                continue
            if match := _TSC.match(line):
                found: Found | None = _tsc(index, match, output)
            elif match := _TSC_ALONE.match(line):
                found = Found(Diagnostic("tsc", "error", match["message"], code=match["code"]), (index,))
            elif _FRAME.match(line):
                found, read = _stack(index, read, output)
            elif (match := _SYNTAX.match(line)) and not _FOREIGN.search(match["file"]):
                found = _syntax(index, match, output)
            else:
                continue
            if found is not None:
                read = max(found.lines) + 1
                yield found


def _tsc(index: int, match: re.Match[str], output: Output) -> Found:
    """Behind a message: its further lines, and in pretty output an excerpt and related places."""
    notes, lines = [], [index]
    blank = 0
    for at in range(index + 1, min(index + 30, len(output))):
        line = output[at]
        if not line.strip():
            blank += 1
            if blank > 1 and not (at + 1 < len(output) and _TSC_RELATED.match(output[at + 1])):
                break
        elif not line.startswith("  "):
            if not re.match(r"\d+ |\s", line):
                break
        elif related := _TSC_RELATED.match(line):
            notes.append(Note("", related["file"], number(related["line"]), number(related["column"])))
        elif notes and not notes[-1].message and not re.match(r"\s+\d* +[~^]*$|\s+\d+ ", line):
            notes[-1] = Note(line.strip(), notes[-1].file, notes[-1].line, notes[-1].column)
        elif blank == 0:
            notes.append(Note(line.strip()))
        lines.append(at)
    severity: Severity = "error" if match["severity"] == "error" else "warning"
    diagnostic = Diagnostic(
        "tsc",
        severity,
        match["message"],
        file=match["file"].replace("\\", "/"),
        line=number(match["line"] or match["row"]),
        column=number(match["column"] or match["at"]),
        code=match["code"],
        notes=tuple(note for note in notes if note.message)[:_MAX_NOTES],
    )
    return Found(diagnostic, tuple(lines))


def _stack(first: int, floor: int, output: Output) -> tuple[Found | None, int]:
    """The failure whose frames begin in line ``first``, and the line behind the last of them."""
    frames: list[Note] = []
    end = first
    while end < len(output) and (frame := _FRAME.match(output[end])):
        if len(frames) < _MAX_FRAMES:
            function = frame["function"] or frame["name"]
            where = frame["file"], number(frame["line"]), number(frame["column"])
            frames.append(Note(f"in {function}" if function else "called from here", *where))
        end += 1
    own = [note for note in frames if not _FOREIGN.search(note.file or "")]
    start, title, message, code = _above(first, floor, output)
    if title is None and code is None:
        return None, end
    place = own[0] if own else None
    if place is None:
        # A syntax error is thrown by node itself; the place stands above the message.
        at = next(
            (
                match
                for i in range(start, max(floor, start - 8) - 1, -1)
                if (match := _SYNTAX.match(output[i]))
            ),
            None,
        )
        if at is None or code is None:
            return None, end
        place = Note("", at["file"], number(at["line"]))
    diagnostic = Diagnostic(
        "node",
        "error",
        message or f"{title} fails",
        file=place.file,
        line=place.line,
        column=place.column,
        code=code,
        notes=tuple(note for note in own if note is not place)[:_MAX_NOTES],
        test=title,
    )
    return Found(diagnostic, tuple(range(start, end))), end


def _above(first: int, floor: int, output: Output) -> tuple[int, str | None, str, str | None]:
    """Where the failure begins, the test's title, the message and the kind of error, as far as there."""
    message, code, start = "", None, first
    texts: list[str] = []
    for at in range(first - 1, max(floor, first - _LOOK_BACK) - 1, -1):
        line = output[at]
        if code is None and (error := _ERROR.match(line)):
            code, message, start = error["code"], error["message"] or error["code"], at
            if not line.startswith(" ") and not (at and _TITLE.match(output[at - 1])):
                return start, None, message, code
        elif title := _TITLE.match(line):
            # Verdicts name the test alone, without the suites around it.
            name = re.split(r" [›>] ", title["jest"] or title["vitest"] or title["node"])[-1]
            return at, name, message or _first_text(texts), code
        elif mocha := _MOCHA.match(line):
            parts = [mocha["title"], *(text.rstrip(":") for text in texts[::-1][:1] if text.endswith(":"))]
            return at, " ".join(parts), message or _first_text(texts), code
        elif line.strip():
            texts.append(line.strip())
    return start, None, message, code


def _first_text(texts: list[str]) -> str:
    return texts[-1] if texts else ""


def _syntax(index: int, match: re.Match[str], output: Output) -> Found | None:
    """``file:line``, the source with a caret, and the error, with its stack behind it."""
    for at in range(index + 1, min(index + 8, len(output))):
        if error := _ERROR.match(output[at]):
            end = at + 1
            while end < len(output) and end - at < _MAX_FRAMES and output[end].lstrip().startswith("at "):
                end += 1
            frames = [frame for i in range(at + 1, end) if (frame := _FRAME.match(output[i]))]
            own = [frame for frame in frames if not _FOREIGN.search(frame["file"])]
            file, line, column = match["file"], match["line"], None
            if own and error["code"] != "SyntaxError":
                file, line, column = own[0]["file"], own[0]["line"], own[0]["column"]
            notes = [
                Note(f"in {f['function']}", f["file"], number(f["line"]), number(f["column"]))
                for f in own[1:]
            ]
            diagnostic = Diagnostic(
                "node",
                "error",
                error["message"] or error["code"],
                file=file,
                line=number(line),
                column=number(column),
                code=error["code"],
                notes=tuple(notes[:_MAX_NOTES]),
            )
            return Found(diagnostic, tuple(range(index, end)))
    return None
