"""``file:line:column: message``, and ``file(line,column): error CODE: message``: what any other tool prints.

The last resort: it only sees lines that no other parser took, and it cannot know how grave a message
is. Without a word that says so, it counts as an error; a caller who knows that the command ended well
should not believe it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from copilot_tui.build.diagnostics.output import Output
from copilot_tui.build.diagnostics.parser import Found, NoTests, located, number
from copilot_tui.core.artefacts import Diagnostic, Severity

_PARENTHESES = re.compile(
    r"(?P<file>[^\s:()\"'<>|*][^:()\"<>|*]*)\((?P<line>\d+)(?:,(?P<column>\d+))?\)\s?: "
    r"(?:fatal )?(?P<severity>error|warning|note|info)(?: (?P<code>[A-Z]+\d+))?: (?P<message>.+)"
)
_WORD = re.compile(
    r"(?P<word>fatal error|syntax error|error|warning|note|info|hint|style)\b"
    r"(?: \[?(?P<code>[A-Z]+\d+)\]?)?: ?",
    re.IGNORECASE,
)
_PYTHON_WARNING = re.compile(r"(?P<code>\w*Warning): ")
_SEVERITIES: dict[str, Severity] = {
    "warning": "warning",
    "style": "warning",
    "note": "note",
    "info": "note",
    "hint": "note",
}


class Generic(NoTests):
    name = "generic"
    marks = (r":\d{1,9}:\s", r"\) ?: (?:fatal )?(?:error|warning|note|info)\b")

    def diagnostics(self, output: Output) -> Iterator[Found]:
        for index, line in output.suspects:
            if match := _PARENTHESES.match(line):
                diagnostic = Diagnostic(
                    "generic",
                    _SEVERITIES.get(match["severity"], "error"),
                    match["message"],
                    file=match["file"].replace("\\", "/"),
                    line=number(match["line"]),
                    column=number(match["column"]),
                    code=match["code"],
                )
                yield Found(diagnostic, (index,))
            elif place := located(line):
                yield Found(_diagnostic(*place), (index,))


def _diagnostic(file: str, line: int | None, column: int | None, text: str) -> Diagnostic:
    if warning := _PYTHON_WARNING.match(text):
        return Diagnostic(
            "python", "warning", text[warning.end() :], file, line, column, code=warning["code"]
        )
    word = _WORD.match(text)
    if word is None:
        return Diagnostic("generic", "error", text, file, line, column)
    severity = _SEVERITIES.get(word["word"].lower(), "error")
    message = text if word["word"].lower() == "syntax error" else text[word.end() :] or text
    return Diagnostic("generic", severity, message, file, line, column, code=word["code"])
