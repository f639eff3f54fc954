"""The reports of sanitizers (address, leak, thread, memory, undefined behaviour) and of valgrind.

The place of a report is the first frame in the program itself; its other frames are notes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from copilot_tui.build.diagnostics.output import Output
from copilot_tui.build.diagnostics.parser import FILE, Found, NoTests, number
from copilot_tui.core.artefacts import Diagnostic, Note

_SANITIZER = re.compile(r"(?:==\d+==\s?(?:ERROR|WARNING)|WARNING): (?P<tool>\w+Sanitizer): (?P<message>.+)")
_UNDEFINED = re.compile(FILE + r":(?P<line>\d+):(?P<column>\d+): runtime error: (?P<message>.+)$")
_FRAME = re.compile(
    r"\s+#\d+ (?:0x[0-9a-f]+ in )?(?P<function>\S.*?) (?P<file>[^\s():]+):(?P<line>\d+)(?::"
    r"(?P<column>\d+))?(?: \(\S+\))?$"
)
_ADDRESS = re.compile(r" (?:on|at) (?:unknown )?address 0x[0-9a-f]+.*| \(pid=\d+\)$")
_FOREIGN = ("/libsanitizer/", "/sysdeps/", "/csu/", "/usr/", "/compiler-rt/")
_VALGRIND = re.compile(r"==(?P<pid>\d+)== ?(?P<text>.*)")
_VALGRIND_ERROR = re.compile(
    r"Invalid (?:read|write|free)|Mismatched free|Source and destination overlap|Use of uninitialised|"
    r"Conditional jump or move depends|Syscall param .+ (?:points to|contains)|Jump to the invalid address|"
    r"Process terminating with default action of signal|Argument '.+' of function \w+ has a fishy|"
    r"[\d,]+ (?:\([\d,]+ direct, [\d,]+ indirect\) )?bytes in [\d,]+ blocks are (?:definitely"
    r"|possibly|indirectly) lost|"
    r"Possible data race|Thread #\d+: lock order"
)
_VALGRIND_FRAME = re.compile(
    r"   (?:at|by) 0x[0-9A-F]+: (?P<function>.+?) \((?P<file>[^():]+):(?P<line>\d+)\)$"
)
_VALGRIND_AT = re.compile(r"   (?:at|by) 0x[0-9A-F]+: ")
_LOST = re.compile(r" in loss record .+$")
_MAX_LINES = 60
_MAX_FRAMES = 40


class Sanitizers(NoTests):
    name = "sanitizer"
    marks = (
        r"Sanitizer: ",
        r": runtime error: ",
        r"==\d{1,10}== ?(?:Invalid |Mismatched|Source and|Use of|Conditional|Syscall|Jump to"
        r"|Process t|Argument|Possible|Thread #|[\d,]+ (?:bytes|\())",
    )

    def diagnostics(self, output: Output) -> Iterator[Found]:
        read = 0
        for index, line in output.suspects:
            if index < read:
                continue
            if "Sanitizer: " in line and (match := _SANITIZER.match(line)):
                found = _sanitizer(index, match, output)
                read = max(found.lines) + 1
                yield found
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
            elif (match := _VALGRIND.match(line)) and _VALGRIND_ERROR.match(match["text"]):
                found = _valgrind(index, match, output)
                read = max(found.lines) + 1
                yield found


def _sanitizer(index: int, match: re.Match[str], output: Output) -> Found:
    frames: list[Note] = []
    end = index + 1
    while end < len(output) and end - index < _MAX_LINES and not output[end].startswith("SUMMARY"):
        frame = _FRAME.match(output[end])
        if frame and not any(part in frame["file"] for part in _FOREIGN) and len(frames) < _MAX_FRAMES:
            where = frame["file"], number(frame["line"]), number(frame["column"])
            frames.append(Note(f"in {frame['function']}", *where))
        end += 1
    if end < len(output) and output[end].startswith("SUMMARY"):
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


def _valgrind(index: int, match: re.Match[str], output: Output) -> Found:
    """The frames right behind the message are its stack; a second stack tells of the memory block."""
    frames: list[Note] = []
    lines = [index]
    first_stack = True
    place = Note("")
    for at in range(index + 1, min(index + _MAX_LINES, len(output))):
        more = _VALGRIND.match(output[at])
        if more is None or more["pid"] != match["pid"] or not more["text"]:
            break
        lines.append(at)
        if frame := _VALGRIND_FRAME.match(more["text"]):
            note = Note(f"in {frame['function']}", frame["file"], number(frame["line"]))
            if first_stack and not place.file and not frame["file"].startswith("vg_replace"):
                place = note
            frames.append(note)
        elif not _VALGRIND_AT.match(more["text"]):
            first_stack = False
            frames.append(Note(more["text"].strip()))
    diagnostic = Diagnostic(
        "valgrind",
        "error",
        _LOST.sub("", match["text"]),
        file=place.file,
        line=place.line,
        notes=tuple(frame for frame in frames if frame is not place)[:_MAX_FRAMES],
    )
    return Found(diagnostic, tuple(lines))
