"""``file:line:column: message``: what any other tool prints.

The last resort: it only sees lines that no other parser took, and it cannot know how grave a message
is. Without a word that says so, it counts as an error; a caller who knows that the command ended well
should not believe it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from copilot_tui.build.diagnostics.output import Output
from copilot_tui.build.diagnostics.parser import Found, NoTests, located
from copilot_tui.core.artefacts import Diagnostic, Severity

_ASIDE = re.compile(r"installing |in <?[\w.]+>?$")
"""What automake tells of its own doing, and pytest's lines of a traceback."""
_PYTHON = re.compile(
    r"\[?(?P<code>[A-Z]{1,4}\d{3,4}|invalid-syntax)\]?:? (?P<message>\S.*?)"
    r"(?P<symbol> \([a-z-]+\))?$"
)
_WORD = re.compile(
    r"(?P<word>fatal error|syntax error|error|warning|note|info|hint|style)\b"
    r"(?: \[?(?P<code>[A-Z]+\d+)\]?)?: ?",
    re.IGNORECASE,
)
_SEVERITIES: dict[str, Severity] = {
    "warning": "warning",
    "style": "warning",
    "note": "note",
    "info": "note",
    "hint": "note",
}


class Generic(NoTests):
    name = "generic"
    marks = (r":\d{1,9}:\s",)

    def diagnostics(self, output: Output) -> Iterator[Found]:
        for index, line in output.suspects:
            # With a tab in it, it is a list, such as clang's of what it did when it crashed.
            if (place := located(line)) and "\t" not in place[0] and not _ASIDE.match(place[3]):
                yield Found(_diagnostic(*place), (index,))


def _diagnostic(file: str, line: int | None, column: int | None, text: str) -> Diagnostic:
    tool = "meson" if file.endswith(("meson.build", "meson.options")) else "generic"
    if file.endswith(".py") and (python := _PYTHON.match(text)):
        tool = "pylint" if python["symbol"] else "flake8"
        grave: Severity = "error" if python["code"][0] in "EFi" else "warning"
        return Diagnostic(tool, grave, python["message"], file, line, column, code=python["code"])
    word = _WORD.match(text)
    if word is None:
        return Diagnostic(tool, "error", text, file, line, column)
    severity = _SEVERITIES.get(word["word"].lower(), "error")
    message = text if word["word"].lower() == "syntax error" else text[word.end() :] or text
    return Diagnostic(tool, severity, message, file, line, column, code=word["code"])
