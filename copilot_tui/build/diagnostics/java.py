"""Java and its kin: javac, Kotlin, Maven, Gradle, and the stack traces of the virtual machine."""

from __future__ import annotations

import re
from collections.abc import Iterator

from copilot_tui.build.diagnostics.output import Output
from copilot_tui.build.diagnostics.parser import Found, NoTests, number
from copilot_tui.core.artefacts import Diagnostic, Note, Severity

_JAVAC = re.compile(
    r"(?::[\w:-]*?(?=/)|\s*\[javac\] )?(?P<file>[^\s:][^:]*\.(?:java|scala|groovy)):(?P<line>\d+): "
    r"(?:(?P<severity>error|warning): )?(?:\[(?P<code>[\w-]+)\] )?(?P<message>\S.*)"
)
_DETAIL = re.compile(r"  (?P<what>symbol|location|required|found|reason): +(?P<text>\S.*)")
_CONTINUED = re.compile(r"\s{2,}\S")
_KOTLIN = re.compile(
    r"(?P<severity>[ew]): (?:file://)?(?P<file>/?[^\s:(]+\.kts?):(?: \()?(?P<line>\d+)(?:[:,] ?"
    r"(?P<column>\d+))?\)?:? (?P<message>\S.*)"
)
_MAVEN = re.compile(
    r"\[(?P<severity>ERROR|WARNING)\] (?P<file>/?[^\s:\[]+\.(?:java|kt|scala|groovy)):\[?"
    r"(?P<line>\d+)[,:]?(?P<column>\d+)?\]?:? (?P<message>\S.*)"
)
_MAVEN_TEST = re.compile(
    r"\[ERROR\]\s+(?P<test>[\w$.]+)(?:>[\w$.]+)?:(?P<line>\d+)(?:->\S+)? (?P<message>\S.*)"
)
_MODEL = re.compile(
    r"\[(?P<severity>ERROR|FATAL|WARNING)\] (?:\[\w+\] )?(?P<message>.+?) *"
    r"(?:\(position: .+\) *)? @ (?P<file>/?\S+?), line (?P<line>\d+), column (?P<column>\d+)"
)
_POM = re.compile(
    r"\[(?P<severity>ERROR|FATAL)\] +(?P<message>Non-parseable POM (?P<file>/?\S+?): .+?)"
    r" *(?:\(position: .+\) *)? @ line (?P<line>\d+), column (?P<column>\d+)"
)
_GOAL = re.compile(r"\[ERROR\] (?P<message>Failed to execute goal .+)")
_GRADLE = re.compile(
    r"(?:Build|Settings|Script|Initialization)(?: script)? ?(?:file )?'(?P<file>[^']+)'"
    r"(?:: | )line: (?P<line>\d+)"
)
_GRADLE_WHAT = "* What went wrong:"
_EXCEPTION = re.compile(
    r"\s*(?:Exception in thread \"(?P<thread>[^\"]*)\" |Caused by: )?(?P<code>"
    r"(?:[a-z_]\w*\.)+[A-Z]\w*(?:Error|Exception|Failure|Throwable)\w*)(?:: (?P<message>.*))?$"
)
_FRAME = re.compile(r"\s+at (?:[\w.@/-]+/)?(?P<function>[\w$.<>]+)\((?P<file>[\w$]+\.\w+):(?P<line>\d+)\)")
_FOREIGN = re.compile(
    r"(?:java|javax|jdk|sun|com\.sun|org\.junit|org\.gradle|org\.apache\.maven|org\.opentest4j"
    r"|kotlin|scala)\."
)
_MAX_LINES = 60
_MAX_NOTES = 30


class Java(NoTests):
    name = "javac"
    marks = (
        r"\.(?:java|scala|groovy):\d{1,9}: ",
        r"\.kts?:[ (\d]",
        r"\n\[(?:ERROR|WARNING|FATAL)\] ",
        r"' line: \d",
        r"\n\* What went wrong:",
        r"\n(?:Exception in thread |Caused by: )?(?:[a-z_]\w{0,60}\.){1,12}[A-Z]\w{0,80}(?:Error"
        r"|Exception|Failure)",
        r"\nException in thread ",
    )

    def diagnostics(self, output: Output) -> Iterator[Found]:
        read = 0
        for index, line in output.suspects:
            if index < read:
                continue
            found = _found(index, line, output)
            if found is not None:
                read = max(found.lines) + 1
                yield found


def _found(index: int, line: str, output: Output) -> Found | None:
    if match := _JAVAC.match(line):
        return _javac(index, match, output)
    if match := _KOTLIN.match(line):
        return Found(_located(match, "kotlinc", "warning" if match["severity"] == "w" else "error"), (index,))
    if match := _MAVEN.match(line) or _MODEL.match(line) or _POM.match(line):
        severity: Severity = "warning" if match["severity"] == "WARNING" else "error"
        return Found(_located(match, "maven", severity), (index,))
    if match := _MAVEN_TEST.match(line):
        name = match["test"].rpartition(".")[0] or match["test"]
        diagnostic = Diagnostic(
            "maven",
            "error",
            match["message"],
            f"{name.rpartition('.')[2]}.java",
            number(match["line"]),
            test=match["test"],
        )
        return Found(diagnostic, (index,))
    if match := _GOAL.match(line):
        return Found(
            Diagnostic("maven", "error", match["message"]), (index,), consequence="ompilation failure" in line
        )
    if match := _GRADLE.match(line):
        return _gradle(index, match, output)
    if line == _GRADLE_WHAT:
        return _gradle(index, None, output)
    if match := _EXCEPTION.match(line):
        return _exception(index, match, output)
    return None


def _located(match: re.Match[str], tool: str, severity: Severity) -> Diagnostic:
    return Diagnostic(
        tool,
        severity,
        match["message"].strip(),
        match["file"],
        number(match["line"]),
        number(match["column"]),
    )


def _javac(index: int, match: re.Match[str], output: Output) -> Found:
    """The message, then the source line and a caret, then what is said of the symbol."""
    lines, notes = [index], []
    column = None
    for at in range(index + 1, min(index + 12, len(output))):
        line = output[at]
        if detail := _DETAIL.match(line):
            notes.append(Note(f"{detail['what']}: {detail['text']}"))
        elif line.strip() == "^":
            column = len(line)
        elif _JAVAC.match(line) or (at > index + 1 and not _CONTINUED.match(line)):
            break
        lines.append(at)
    diagnostic = Diagnostic(
        "javac",
        "warning" if match["severity"] == "warning" else "error",
        match["message"],
        file=match["file"],
        line=number(match["line"]),
        column=column,
        code=match["code"],
        notes=tuple(notes),
    )
    return Found(diagnostic, tuple(lines))


def _gradle(index: int, match: re.Match[str] | None, output: Output) -> Found | None:
    texts: list[str] = []
    lines = [index]
    wanted = match is None
    for at in range(index + 1, min(index + _MAX_LINES, len(output))):
        line = output[at].strip()
        if line.startswith("* ") and line != _GRADLE_WHAT:
            break
        lines.append(at)
        if line == _GRADLE_WHAT:
            wanted = True
        elif wanted and line:
            texts.append(line.removeprefix("> "))
    if not texts:
        return None
    # "Execution failed for task" repeats what a compiler or a test said.
    consequence = match is None and texts[0].startswith("Execution failed for task")
    diagnostic = Diagnostic(
        "gradle",
        "error",
        texts[1] if len(texts) > 1 and not consequence else texts[0],
        file=match["file"] if match else None,
        line=number(match["line"]) if match else None,
        notes=tuple(Note(text) for text in texts[:1] + texts[2:_MAX_NOTES]) if len(texts) > 1 else (),
    )
    return Found(diagnostic, tuple(lines), consequence)


def _exception(index: int, match: re.Match[str], output: Output) -> Found | None:
    """A trace and its causes; the innermost cause is the message, its first own frame the place."""
    lines = [index]
    causes: list[tuple[re.Match[str], list[Note]]] = [(match, [])]
    for at in range(index + 1, min(index + 200, len(output))):
        line = output[at]
        if frame := _FRAME.match(line):
            causes[-1][1].append(Note(f"in {frame['function']}", frame["file"], number(frame["line"])))
        elif line.startswith("Caused by: ") and (cause := _EXCEPTION.match(line)):
            causes.append((cause, []))
        elif not line.startswith(("\t", "    at ", "    ... ")):
            break
        lines.append(at)
    if not any(frames for _, frames in causes):
        return None
    root, frames = causes[-1]
    own = [note for note in frames if not _FOREIGN.match(note.message.removeprefix("in "))] or frames
    place = own[0] if own else Note("")
    outer = [Note(f"{cause['code']}: {cause['message'] or ''}".rstrip(": ")) for cause, _ in causes[:-1]]
    notes = (*outer, *(note for note in own if note is not place))
    diagnostic = Diagnostic(
        "java",
        "error",
        root["message"] or root["code"],
        file=place.file,
        line=place.line,
        code=root["code"].rpartition(".")[2],
        notes=notes[:_MAX_NOTES],
    )
    return Found(diagnostic, tuple(lines))
