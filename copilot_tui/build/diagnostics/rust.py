"""rustc, cargo, and the panics and verdicts of Rust's test harness."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from copilot_tui.build.diagnostics.output import Output
from copilot_tui.build.diagnostics.parser import Found, NoTests, number
from copilot_tui.core.artefacts import Diagnostic, Note

_HEAD = re.compile(r"(?P<severity>error|warning)(?:\[(?P<code>\w+)\])?: (?P<message>.+)")
_ARROW = re.compile(r" *--> (?P<file>.+?):(?P<line>\d+):(?P<column>\d+)$")
_HINT = re.compile(r" *= (?:note|help): (?P<message>.+)")
_ASIDE = re.compile(r"(?:note|help): (?P<message>.+)")
_LINT = re.compile(r"`#\[(?:warn|deny|forbid)\((?P<lint>[\w:]+)\)\]`")
_PANIC = re.compile(
    r"\s*thread '(?P<thread>.+?)' (?:\(\d+\) )?panicked at (?:'(?P<old>.*)', )?"
    r"(?P<file>[^':][^:]*):(?P<line>\d+):(?P<column>\d+):?$"
)
_COUNT = re.compile(
    r"could not compile|aborting due to|\d+ warnings? emitted|generated \d+ warnings?"
    r"|build failed|test failed"
)
_BUILD_SCRIPT = re.compile(r"[\w-]+@[\d.]+\S*: (?P<message>\S.*)")
_MAX_LINES = 60


class Rust(NoTests):
    name = "rustc"
    marks = (r"\n(?:error|warning)(?:\[\w+\])?: ", r"thread '[^\n']{0,300}' (?:\(\d+\) )?panicked")

    def diagnostics(self, output: Output) -> Iterator[Found]:
        for index, line in output.suspects:
            if " panicked at " in line and (panic := _PANIC.match(line)):
                yield _panic(index, panic, output)
            elif line.startswith(("error", "warning")) and (head := _HEAD.match(line)):
                found = _message(index, head, output)
                if found is not None:
                    yield found


def _message(index: int, head: re.Match[str], lines: Sequence[str]) -> Found | None:
    """A message of rustc is followed by an arrow; one of cargo itself stands alone."""
    severity = "error" if head["severity"] == "error" else "warning"
    diagnostic = Diagnostic(
        "rustc", "error" if severity == "error" else "warning", head["message"], code=head["code"]
    )
    arrow = _ARROW.match(lines[index + 1]) if index + 1 < len(lines) else None
    if arrow is None:
        return _alone(index, diagnostic, lines)
    notes: list[Note] = []
    end = index + 2
    while end < len(lines) and end - index < _MAX_LINES and lines[end].strip():
        if hint := _HINT.match(lines[end]) or _ASIDE.match(lines[end]):
            notes.append(Note(hint["message"]))
        end += 1
    lint = next((match for note in notes if (match := _LINT.search(note.message))), None)
    diagnostic = replace(
        diagnostic,
        file=arrow["file"],
        line=number(arrow["line"]),
        column=number(arrow["column"]),
        code=head["code"] or (lint["lint"] if lint else None),
        notes=tuple(notes),
    )
    return Found(diagnostic, tuple(range(index, end)))


def _alone(index: int, diagnostic: Diagnostic, lines: Sequence[str]) -> Found | None:
    """A message without a place: a count, what cargo says of itself, or any tool's ``error: text``."""
    if _COUNT.search(diagnostic.message):
        return Found(replace(diagnostic, tool="cargo", severity="error"), (index,), consequence=True)
    if diagnostic.severity == "warning":
        cargo = _BUILD_SCRIPT.match(diagnostic.message)
        return Found(replace(diagnostic, tool="cargo", message=cargo["message"]), (index,)) if cargo else None
    notes: list[Note] = []
    end = index + 1
    caused = "Caused by:" in lines[index + 1 : index + 4]
    while end < len(lines) and end - index < _MAX_LINES and " panicked at " not in lines[end]:
        line = lines[end]
        if line.startswith("  ") and caused:
            notes.append(Note(line.strip()))
        elif line and line != "Caused by:":
            break
        end += 1
    tool = "cargo" if notes else "generic"
    found = replace(diagnostic, tool=tool, notes=tuple(notes))
    return Found(found, tuple(range(index, end)) if notes else (index,), consequence=not notes)


def _panic(index: int, panic: re.Match[str], lines: Sequence[str]) -> Found:
    texts: list[str] = []
    end = index + 1
    while end < len(lines) and lines[end].strip() and len(texts) < 10:
        if lines[end].lstrip().startswith(("stack backtrace:", "note: ")):
            break
        texts.append(lines[end].strip())
        end += 1
    message = panic["old"] or (texts.pop(0) if texts else "panicked")
    diagnostic = Diagnostic(
        "rustc",
        "error",
        message,
        file=panic["file"],
        line=number(panic["line"]),
        column=number(panic["column"]),
        code="panic",
        notes=tuple(Note(text) for text in texts),
        test=panic["thread"] if panic["thread"] != "main" else None,
    )
    return Found(diagnostic, tuple(range(index, end)))
