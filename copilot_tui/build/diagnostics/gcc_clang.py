"""gcc and clang, and tools that print as they do (clang-tidy, cppcheck, javac, mypy, nasm, bison).

A message is one line, ``file:line:column: severity: text [code]``. Source excerpts with carets and
"In function" lines around it are skipped. Include chains, instantiation and context lines in front, and
``note:`` lines behind, become notes of the message. Which of the two compilers spoke is told by clang's
closing count, other tools by the kind of file. Severities are also understood in the languages that gcc
is translated to, for outputs that were not made under the C locale.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from copilot_tui.build.diagnostics.output import Output
from copilot_tui.build.diagnostics.parser import FILE, Found, NoTests, number
from copilot_tui.core.artefacts import Diagnostic, Note, Severity

_ENGLISH: dict[str, Severity] = {
    "fatal error": "error",
    "internal compiler error": "error",
    "sorry, unimplemented": "error",
    "error": "error",
    "Error": "error",  # GNU as
    "Warning": "warning",
    "warning": "warning",
    "style": "warning",  # cppcheck
    "performance": "warning",
    "portability": "warning",
    "note": "note",
    "remark": "note",
    "information": "note",
}
_TRANSLATED: dict[str, Severity] = {
    # German, French, Spanish, Italian, Portuguese, Swedish, Russian, Ukrainian, Chinese, Japanese
    "schwerwiegender Fehler": "error",
    "Fehler": "error",
    "Warnung": "warning",
    "Anmerkung": "note",
    "erreur fatale": "error",
    "erreur": "error",
    "attention": "warning",
    "avertissement": "warning",
    "error fatal": "error",
    "aviso": "warning",
    "nota": "note",
    "errore": "error",
    "attenzione": "warning",
    "erro": "error",
    "ödesdigert fel": "error",
    "fel": "error",
    "varning": "warning",
    "anm": "note",
    "фатальная ошибка": "error",
    "ошибка": "error",
    "предупреждение": "warning",
    "замечание": "note",
    "помилка": "error",
    "попередження": "warning",
    "примітка": "note",
    "致命错误": "error",
    "错误": "error",
    "警告": "warning",
    "附注": "note",
    "致命的エラー": "error",
    "エラー": "error",
    "備考": "note",
}
_SEVERITIES = {**_ENGLISH, **_TRANSLATED}
_WORDS = "|".join(sorted(_SEVERITIES, key=len, reverse=True))
_MESSAGE = re.compile(
    FILE
    + r":(?P<line>\d+)(?:[:.](?P<column>\d+)(?:-(?:(?P<end_line>\d+)\.)?(?P<end_column>\d+))?)?"
    + r"(?::(?P<ranges>(?:\{\d+:\d+-\d+:\d+\})+))?"
    + rf":\s*(?P<severity>{_WORDS})\s?[:：]\s*(?P<message>\S.*)"
)
_DRIVER = re.compile(
    r"(?:[\w.+/\\-]*[/\\])?"
    r"(?P<tool>(?:[\w.]+-)*(?:gcc|g\+\+|cc1(?:plus|obj)?|cc|c\+\+|clang(?:\+\+)?|collect2|gfortran"
    r"|f951|lto1)(?:-[\d.]+)?)"
    rf"(?:\.exe)?: (?P<severity>{_WORDS})\s?[:：] ?(?P<message>\S.*)"
)
_INCLUDED = re.compile(
    r"(?:In file included|In Datei, eingebunden|Dans le fichier inclus|En el fichero incluido|\s+)"
    r" *(?:from|von|depuis|desde|från|из) " + FILE + r":(?P<line>\d+)(?::(?P<column>\d+))?[,:]"
)
_CONTEXT = re.compile(
    FILE + r":(?P<line>\d+)(?::(?P<column>\d+))?:\s+"
    r"(?P<message>(?:recursively )?required (?:from|by) .+|in [`'‘]constexpr[`'’] expansion of .+)"
)
_CODE = re.compile(r" {1,2}\[(?P<code>-[^\s\]]+|[a-z][\w.]*(?:-[\w.*]+)*(?:,[\w.*-]+)*|SC\d+)\]$")
_CLANG_COUNT = re.compile(r"\d+ (?:error|warning)s?(?: and \d+ errors?)? generated\.$")
_RANGE = re.compile(r"\{\d+:\d+-(\d+):(\d+)\}")
_LINKER_WORDS = ("undefined reference to", "multiple definition of", "cannot find -l")
_MAX_NOTES = 50
_CONSEQUENCES = ("ld returned", "linker command failed", "all warnings being treated as errors")
_TOOLS = {
    **dict.fromkeys((".f", ".f77", ".f90", ".f95", ".f03", ".f08"), "gfortran"),
    **dict.fromkeys((".ts", ".tsx", ".js", ".jsx", ".mjs", ".cjs"), "javascript"),
    **dict.fromkeys((".asm", ".nasm"), "nasm"),
    **dict.fromkeys((".y", ".yy"), "bison"),
    **dict.fromkeys((".sh", ".bash"), "shellcheck"),
    **dict.fromkeys((".s", ".S"), "as"),
    ".am": "automake",
    ".go": "go",
    ".hs": "ghc",
    ".java": "javac",
    ".kt": "kotlinc",
    ".py": "mypy",
    ".pyi": "mypy",
    ".rs": "rustc",
}
"""By the kind of file, the tool that prints in this way and is neither of the two compilers."""


def _marks() -> tuple[str, ...]:
    return tuple(f": ?{word}(?: ?[:：])" for word in _SEVERITIES)


class GccClang(NoTests):
    name = "gcc"
    marks = (
        *_marks(),
        r"In file included from ",
        r"In Datei, eingebunden von ",
        r"Dans le fichier inclus depuis ",
        r"En el fichero incluido desde ",
        r"\n {2,}(?:from|von|depuis|desde|från|из) ",
        r":\s+(?:recursively )?required (?:from|by) ",
        r":\s+in [`'‘]constexpr",
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
            if context := _CONTEXT.match(line):
                place = context["file"], number(context["line"]), number(context["column"])
                pending.add(Note(context["message"], *place), index)
                continue
            found = _read(index, line, tool)
            if found is None:
                continue
            if found.diagnostic.tool == "mypy":
                found = _unwrapped(found, index, output)
            # shellcheck's notes are messages of their own.
            attached = found.diagnostic.severity == "note" and found.diagnostic.tool != "shellcheck"
            if attached and current is not None:
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
        end_line, end_column = end.groups() if end else (match["end_line"], match["end_column"])
        diagnostic = Diagnostic(
            tool="ld" if message.startswith(_LINKER_WORDS) else _tool(match["file"], tool),
            severity=_SEVERITIES[match["severity"]],
            message=message,
            file=match["file"],
            line=number(match["line"]),
            column=number(match["column"]),
            end_line=number(end_line) or (number(match["line"]) if end_column else None),
            end_column=number(end_column),
            code=code,
        )
        return Found(diagnostic, (index,))
    driver = _DRIVER.match(line)
    if driver is None:
        return None
    message, code = _split_code(driver["message"])
    severity = _SEVERITIES[driver["severity"]]
    consequence = severity == "error" and any(words in message for words in _CONSEQUENCES)
    return Found(Diagnostic(driver["tool"], severity, message, code=code), (index,), consequence)


def _tool(file: str, compiler: str) -> str:
    if file.endswith(("akefile", ".mk")):
        return "make"
    dot = file.rfind(".")
    return _TOOLS.get(file[dot:], compiler) if dot > 0 else compiler


def _unwrapped(found: Found, index: int, output: Output) -> Found:
    """mypy's pretty messages are broken at the width of the terminal; the code ends them."""
    diagnostic = found.diagnostic
    if diagnostic.code is not None or diagnostic.severity == "note":
        return found
    texts = [diagnostic.message]
    for at in range(index + 1, min(index + 6, len(output))):
        text = output[at]
        if not text or text[0] == " " or _MESSAGE.match(text):
            break
        texts.append(text)
        message, code = _split_code(" ".join(texts))
        if code is not None:
            whole = replace(diagnostic, message=message, code=code)
            return Found(whole, tuple(range(index, at + 1)))
    return found


def _split_code(message: str) -> tuple[str, str | None]:
    match = _CODE.search(message)
    if match and match.start():
        return message[: match.start()], match["code"]
    return message.rstrip(), None


def _as_note(diagnostic: Diagnostic) -> Note:
    return Note(diagnostic.message, diagnostic.file, diagnostic.line, diagnostic.column)
