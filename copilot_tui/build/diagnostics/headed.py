"""Compilers that print the place on a line of its own, and the message below: gfortran and ghc.

src/sum.f90:6:25:                        Main.hs:8:10: error: [GHC-88464]
                                             • Variable not in scope: ad
    6 |     total = valeu
      |                 1
Error: Symbol 'valeu' at (1) has no ...
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from copilot_tui.build.diagnostics.output import Output
from copilot_tui.build.diagnostics.parser import FILE, Found, NoTests, number
from copilot_tui.core.artefacts import Diagnostic, Note, Severity

_PLACE = re.compile(FILE + r":(?P<line>\d+):(?P<column>\d+)(?:-(?P<end_column>\d+))?:$")
_FORTRAN = re.compile(
    r"(?P<severity>Fatal Error|Error|Warning): (?P<message>\S.*?)(?: \[(?P<code>-W[\w=+-]+)\])?$"
)
_HASKELL = re.compile(
    FILE
    + r":(?P<line>\d+):(?P<column>\d+)(?:-(?P<end_column>\d+))?: (?P<severity>error|warning):"
    + r"(?: \[(?P<code>[\w-]+)\])?(?: \[-W.+\])?$"
)
_SEVERITIES: dict[str, Severity] = {"Warning": "warning", "warning": "warning"}
_MAX_LINES = 30


class Headed(NoTests):
    name = "headed"
    marks = (r":\d{1,9}(?:-\d{1,9})?:(?![^\n])", r": (?:error|warning):(?: \[|(?![^\n]))")

    def diagnostics(self, output: Output) -> Iterator[Found]:
        for index, line in output.suspects:
            found = None
            if match := _PLACE.match(line):
                found = _fortran(index, match, output)
            elif match := _HASKELL.match(line):
                found = _haskell(index, match, output)
            if found is not None:
                yield found


def _fortran(index: int, place: re.Match[str], output: Output) -> Found | None:
    for at in range(index + 1, min(index + 10, len(output))):
        if match := _FORTRAN.match(output[at]):
            diagnostic = _diagnostic("gfortran", place, match["severity"], match["message"], match["code"])
            return Found(diagnostic, tuple(range(index, at + 1)))
        if output[at][:1].strip():
            break
    return None


def _haskell(index: int, place: re.Match[str], output: Output) -> Found | None:
    texts: list[str] = []
    end = index + 1
    while end < len(output) and end - index < _MAX_LINES and output[end].startswith(" "):
        text = output[end].strip()
        if text.startswith("|"):
            break
        texts.append(text.removeprefix("• "))
        end += 1
    if not texts:
        return None
    diagnostic = _diagnostic("ghc", place, place["severity"], texts[0], place["code"], texts[1:])
    return Found(diagnostic, tuple(range(index, end)))


def _diagnostic(
    tool: str,
    place: re.Match[str],
    severity: str,
    message: str,
    code: str | None,
    notes: list[str] | None = None,
) -> Diagnostic:
    return Diagnostic(
        tool,
        _SEVERITIES.get(severity, "error"),
        message,
        file=place["file"],
        line=number(place["line"]),
        column=number(place["column"]),
        end_line=number(place["line"]) if place["end_column"] else None,
        end_column=number(place["end_column"]),
        code=code,
        notes=tuple(Note(text) for text in notes or ()),
    )
