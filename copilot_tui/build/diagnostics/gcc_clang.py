"""gcc and clang, and tools that print as they do (clang-tidy, gfortran, tsc's and nasm's error lines).

A message is one line, ``file:line:column: severity: text [code]``. Source excerpts with carets and
"In function" lines around it are skipped; include chains in front and ``note:`` lines behind become
notes of the message. Which of the two compilers spoke is told by clang's closing count.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from copilot_tui.build.diagnostics.output import Output
from copilot_tui.build.diagnostics.parser import FILE, Found, NoTests, number
from copilot_tui.core.artefacts import Diagnostic, Note, Severity

_MESSAGE = re.compile(
    FILE
    + r":(?P<line>\d+)(?::(?P<column>\d+))?"
    + r"(?::(?P<ranges>(?:\{\d+:\d+-\d+:\d+\})+))?"
    + r":\s*(?P<severity>fatal error|error|warning|note|remark|internal compiler error|sorry, unimplemented)"
    + r":\s*(?P<message>\S.*)"
)
_DRIVER = re.compile(
    r"(?:[\w.+/\\-]*[/\\])?"
    r"(?P<tool>(?:[\w.]+-)*(?:gcc|g\+\+|cc1(?:plus|obj)?|cc|c\+\+|clang(?:\+\+)?|collect2|gfortran|f951|lto1)(?:-[\d.]+)?)"
    r"(?:\.exe)?: (?P<severity>fatal error|error|warning|note|internal compiler error): (?P<message>\S.*)"
)
_INCLUDED = re.compile(r"(?:In file included|\s+) from " + FILE + r":(?P<line>\d+)(?::(?P<column>\d+))?[,:]")
_CODE = re.compile(r" \[(?P<code>-[^\s\]]+|[a-z][\w.]*(?:-[\w.*]+)+(?:,[\w.*-]+)*)\]$")
_CLANG_COUNT = re.compile(r"\d+ (?:error|warning)s?(?: and \d+ errors?)? generated\.$")
_RANGE = re.compile(r"\{\d+:\d+-(\d+):(\d+)\}")
_SEVERITIES: dict[str, Severity] = {"warning": "warning", "note": "note", "remark": "note"}
_LINKER_WORDS = ("undefined reference to", "multiple definition of", "cannot find -l")
_MAX_NOTES = 50
_CONSEQUENCES = ("ld returned", "linker command failed", "all warnings being treated as errors")


class GccClang(NoTests):
    name = "gcc"
    marks = (
        r": ?(?:fatal error|error|warning|note|remark|internal compiler error|sorry, unimplemented):",
        r"In file included from ",
        r"\n {2,}from ",
        r"\n\d+ (?:error|warning)s?(?: and \d+ errors?)? generated\.",
    )

    def diagnostics(self, output: Output) -> Iterator[Found]:
        tool = "clang" if any(_CLANG_COUNT.match(line) for _, line in output.suspects) else "gcc"
        pending = _Notes()  # an include chain stands before the message that it belongs to
        current: Found | None = None
        behind = _Notes()
        for index, line in output.suspects:
            if included := _INCLUDED.match(line):
                pending.add(Note("included from here", included["file"], number(included["line"])), index)
                continue
            found = _read(index, line, tool)
            if found is None:
                continue
            if found.diagnostic.severity == "note" and current is not None:
                behind.take(pending)
                behind.add(_as_note(found.diagnostic), index)
                continue
            if current is not None:
                yield current.extended(behind.notes, behind.lines)
            current, behind, pending = found, pending, _Notes()
        if current is not None:
            yield current.extended(behind.notes, behind.lines)


class _Notes:
    """Notes that are still being gathered, with the lines they stand in."""

    def __init__(self) -> None:
        self.notes: list[Note] = []
        self.lines: list[int] = []

    def add(self, note: Note, line: int) -> None:
        # A template or a macro can unroll into thousands; the first tell the story.
        if len(self.notes) < _MAX_NOTES:
            self.notes.append(note)
        self.lines.append(line)

    def take(self, other: _Notes) -> None:
        for note, line in zip(other.notes, other.lines, strict=False):
            self.add(note, line)
        other.notes.clear()
        other.lines.clear()


def _read(index: int, line: str, tool: str) -> Found | None:
    if ": " not in line:
        return None
    match = _MESSAGE.match(line)
    if match:
        message, code = _split_code(match["message"])
        end = _RANGE.match(match["ranges"] or "")
        diagnostic = Diagnostic(
            tool="ld" if message.startswith(_LINKER_WORDS) else tool,
            severity=_SEVERITIES.get(match["severity"], "error"),
            message=message,
            file=match["file"],
            line=number(match["line"]),
            column=number(match["column"]),
            end_line=number(end.group(1)) if end else None,
            end_column=number(end.group(2)) if end else None,
            code=code,
        )
        return Found(diagnostic, (index,))
    driver = _DRIVER.match(line)
    if driver is None:
        return None
    message, code = _split_code(driver["message"])
    severity = _SEVERITIES.get(driver["severity"], "error")
    consequence = severity == "error" and any(words in message for words in _CONSEQUENCES)
    return Found(Diagnostic(driver["tool"], severity, message, code=code), (index,), consequence)


def _split_code(message: str) -> tuple[str, str | None]:
    match = _CODE.search(message)
    if match and match.start():
        return message[: match.start()], match["code"]
    return message.rstrip(), None


def _as_note(diagnostic: Diagnostic) -> Note:
    return Note(diagnostic.message, diagnostic.file, diagnostic.line, diagnostic.column)
