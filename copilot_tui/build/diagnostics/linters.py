"""Linters that name the file once and its messages below: eslint, ruff, shellcheck, and pyright's lines.

    src/app.js                              In b.sh line 2:
      1:7  warning  'fs' is unused  no-...    cd dir
                                              ^----^ SC2164 (warning): Use 'cd ... || exit' ...

ruff in full puts an arrow under the message, as rustc does: ``F401 [*] `os` imported ...``, ``--> file:2:8``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from copilot_tui.build.diagnostics.output import Output
from copilot_tui.build.diagnostics.parser import Found, NoTests, looks_like_file, number
from copilot_tui.core.artefacts import Diagnostic, Note, Severity

_ROW = re.compile(
    r"\s+(?P<line>\d+):(?P<column>\d+)\s+(?:(?P<severity>error|warning|info)\s+(?P<message>\S.*?)"
    r"(?:\s{2,}(?P<rule>[@\w/-]+))?"
    r"|(?P<code>[A-Z]+\d+|[a-z]+(?:-[a-z]+)+):? (?:\[\*\] )?(?P<text>\S.*))$"
)
_FILE = re.compile(r"(?P<file>\S.*?):?$")
_SHELL = re.compile(r"In (?P<file>\S.*) line (?P<line>\d+):$")
_SHELL_MESSAGE = re.compile(r"\s*\^-*\^?-* (?P<code>SC\d+) \((?P<severity>\w+)\): (?P<message>.+)")
_DASHED = re.compile(
    r"\s*(?P<file>[^\s:][^:]*):(?P<line>\d+):(?P<column>\d+) - (?P<severity>error|warning"
    r"|information): (?P<message>\S.*)"
)
_RULE = re.compile(r" \((?P<code>report\w+)\)$")
_ARROW = re.compile(r" *--> (?P<file>\S.*?):(?P<line>\d+):(?P<column>\d+)$")
_HEADING = re.compile(r"(?P<code>[A-Z]+\d+|[a-z]+(?:-[a-z]+)+):? (?:\[\*\] )?(?P<message>\S.*)")
_SEVERITIES: dict[str, Severity] = {
    "error": "error",
    "warning": "warning",
    "style": "warning",
    "info": "note",
    "information": "note",
}


class Linters(NoTests):
    name = "linters"
    marks = (
        r"\n +\d{1,9}:\d{1,9} ",
        r"\nIn [^\n]{1,500} line \d",
        r"- (?:error|warning|information): ",
        r"--> ",
    )

    def diagnostics(self, output: Output) -> Iterator[Found]:
        file, last = "", -1
        for index, line in output.suspects:
            if row := _ROW.match(line):
                if index != last + 1 or not file:
                    file = _heading(index, output)
                last = index
                if file:
                    yield Found(_row(file, row), (index,))
            elif shell := _SHELL.match(line):
                yield from _shellcheck(index, shell, output)
            elif dashed := _DASHED.match(line):
                yield _pyright(index, dashed, output)
            elif (arrow := _ARROW.match(line)) and index and (heading := _HEADING.match(output[index - 1])):
                place = arrow["file"], number(arrow["line"]), number(arrow["column"])
                diagnostic = Diagnostic("ruff", "error", heading["message"], *place, code=heading["code"])
                yield Found(diagnostic, (index - 1, index))


def _heading(index: int, output: Output) -> str:
    match = _FILE.match(output[index - 1]) if index else None
    return match["file"] if match and looks_like_file(match["file"]) else ""


def _row(file: str, row: re.Match[str]) -> Diagnostic:
    place = file, number(row["line"]), number(row["column"])
    if row["text"]:
        return Diagnostic("ruff", "error", row["text"], *place, code=row["code"])
    return Diagnostic("eslint", _SEVERITIES[row["severity"]], row["message"], *place, code=row["rule"])


def _shellcheck(index: int, match: re.Match[str], output: Output) -> Iterator[Found]:
    lines: tuple[int, ...] = (index,)
    for at in range(index + 1, min(index + 60, len(output))):
        line = output[at]
        if message := _SHELL_MESSAGE.match(line):
            diagnostic = Diagnostic(
                "shellcheck",
                _SEVERITIES.get(message["severity"], "error"),
                message["message"],
                file=match["file"],
                line=number(match["line"]),
                column=line.index("^") + 1,
                code=message["code"],
            )
            yield Found(diagnostic, (*lines, at))
            lines = ()
        elif line.startswith(("Did you mean", "For more information")) or _SHELL.match(line):
            return


def _pyright(index: int, match: re.Match[str], output: Output) -> Found:
    lines, texts = [index], [match["message"]]
    while lines[-1] + 1 < len(output) and output[lines[-1] + 1][:1].isspace() and len(texts) < 20:
        if _DASHED.match(output[lines[-1] + 1]):
            break
        lines.append(lines[-1] + 1)
        texts.append(output[lines[-1]].strip())
    rule = _RULE.search(texts[-1])
    if rule:
        texts[-1] = texts[-1][: rule.start()]
    diagnostic = Diagnostic(
        "pyright",
        _SEVERITIES[match["severity"]],
        texts[0],
        file=match["file"],
        line=number(match["line"]),
        column=number(match["column"]),
        code=rule["code"] if rule else None,
        notes=tuple(Note(text) for text in texts[1:]),
    )
    return Found(diagnostic, tuple(lines))
