"""GNU ld, gold, lld and the macOS linker.

A linker names the place as well as it can: a source line when there is debug information, else a file
and an offset in a section. The function in which it happened, and for a double definition the
other place, become notes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from copilot_tui.build.diagnostics.output import Output
from copilot_tui.build.diagnostics.parser import FILE, Found, NoTests, located, number
from copilot_tui.core.artefacts import Diagnostic, Note, Severity

_NAME = re.compile(
    r"(?:[\w.+/\\-]*[/\\])?(?:[\w.]+-)*"
    r"(?:ld(?:\.(?:bfd|gold|lld|mold)|64)?|lld|ld64\.lld|mold|wasm-ld)(?:\.exe)?:(?: |(?=[\w./-]+:\d+: ))"
)
_CONTEXT = re.compile(r"(?P<object>.*?):? ?[iI]n function [`'‘](?P<function>[^`'‘’]+)['’]:(?P<rest>.*)")
_OFFSET = re.compile(FILE + r":(?:\([^()\s]*\)|function (?P<function>.+?)): (?P<message>.+)")
_OBJECT_PREFIX = re.compile(r"[^\s:]+\.(?:o|obj|a)(?:\([^()]*\))?:(?=\S)")
_SYMBOL_ERROR = re.compile(
    r"(?:error: |warning: )?(?:undefined reference to|multiple definition of|duplicate symbol)"
)
_BARE = re.compile(r"[^`'‘]*?(?P<message>(?:undefined reference to|multiple definition of) [`'‘].+)$")
_FIRST_DEFINED = re.compile(r"; (?P<place>.+?): first defined here$")
_REFERENCED = re.compile(
    r">>> (?:referenced by|defined (?:at|in)) (?:\S+ \((?P<path>[^()]+:\d+)\)|"
    r"(?P<where>\S+))"
)
_WHERE = re.compile(r"(?P<file>.+?):(?P<line>\d+)$")
_APPLE_SYMBOL = re.compile(r'  "(?P<symbol>.+)", referenced from:$')
_ENDS = ("symbol(s) not found", "final link failed", "undefined symbols")


class Linker(NoTests):
    name = "ld"
    marks = (
        r"ld:[\w./-]+:\d",
        "ld: ",  # ld.gold, lld and mold end with it too
        "ld.bfd: ",
        r": (?:error: |warning: )?(?:undefined reference|multiple definition|duplicate symbol)",
        r": ?[iI]n function ",
        r'", referenced from:',
    )

    def diagnostics(self, output: Output) -> Iterator[Found]:
        context: tuple[int, Note] | None = None
        last = -1
        before: Found | None = None
        for index, line in output.suspects:
            if index != last + 1:
                context = None
            last = index
            if apple := _APPLE_SYMBOL.match(line):
                yield Found(Diagnostic("ld", "error", f"undefined symbol {apple['symbol']}"), (index,))
                continue
            named = _NAME.match(line)
            rest = line[named.end() :] if named else line
            function = _CONTEXT.match(rest) if "n function" in rest else None
            if function and (named or function["object"].endswith(".o")):
                # Newer versions say it on a line of its own, older ones in front of the message.
                context = (index, Note(f"in function {function['function']}"))
                rest = function["rest"].strip()
                if not rest:
                    continue
            found = _symbol(index, rest) or (_other(index, rest, output) if named else None)
            if found is None:
                context = None
                continue
            if context and found.diagnostic.file:
                # Several messages stand under one such line; the first of them takes it.
                found = found.extended([context[1]], [context[0]] if context[0] == index - 1 else [])
            if found.diagnostic.severity == "note" and before is not None:
                before = before.extended([Note(found.diagnostic.message)], found.lines)
                continue
            if before is not None:
                yield before
            before = found
        if before is not None:
            yield before


def _symbol(index: int, text: str) -> Found | None:
    """``file:line: message`` or ``file.c:(.text+0x1a): message`` about a symbol."""
    if "undefined reference" not in text and "multiple definition" not in text:
        return None
    text = _OBJECT_PREFIX.sub("", text, count=1)
    notes: tuple[Note, ...] = ()
    if other := _FIRST_DEFINED.search(text):
        text = text[: other.start()]
        notes = (_first_defined(other["place"]),)
    file: str | None
    line: int | None = None
    if place := located(text):
        file, line, _, message = place
    elif offset := _OFFSET.match(text):
        file, message = offset["file"], offset["message"]
        if offset["function"]:
            notes = (Note(f"in function {offset['function']}"), *notes)
    elif bare := _BARE.match(text):
        file, message = None, bare["message"]
    else:
        return None
    if not _SYMBOL_ERROR.match(message):
        return None
    severity, message = _severity(message)
    return Found(Diagnostic("ld", severity, message, file, line, notes=notes), (index,))


def _first_defined(place: str) -> Note:
    place = _OBJECT_PREFIX.sub("", place, count=1)
    at = _WHERE.match(place)
    if at:
        return Note("first defined here", at["file"], number(at["line"]))
    return Note("first defined here", place.partition(":(")[0])


def _other(index: int, text: str, lines: Sequence[str]) -> Found | None:
    """What else a linker says under its own name; lld explains on lines that start with ``>>>``."""
    severity, message = _severity(text)
    if not message:
        return None
    if message.endswith("previous definition here"):
        severity = "note"
    notes: list[Note] = []
    end = index + 1
    while end < len(lines) and lines[end].startswith(">>>") and len(notes) < 20:
        notes.append(_explanation(lines[end]))
        end += 1
    place = located(message)
    if place is not None:
        message = place[3]
    file, line = place[:2] if place else next(((n.file, n.line) for n in notes if n.file), (None, None))
    diagnostic = Diagnostic(
        "ld",
        severity,
        message,
        file=file,
        line=line,
        notes=tuple(notes),
    )
    return Found(diagnostic, tuple(range(index, end)), any(words in message for words in _ENDS))


def _explanation(line: str) -> Note:
    match = _REFERENCED.match(line)
    at = _WHERE.match(match["path"] or match["where"]) if match else None
    if at:
        return Note(line[3:].strip(), at["file"], number(at["line"]))
    return Note(line[3:].strip())


def _severity(message: str) -> tuple[Severity, str]:
    if ": warning: " in message:  # file.o: warning: relocation against ...
        return "warning", message.replace(": warning: ", ": ", 1).strip()
    for word in ("error", "warning"):
        if message.startswith(word + ": "):
            return ("warning" if word == "warning" else "error"), message[len(word) + 2 :].strip()
    return "error", message.strip()
