"""Tools that put the place in parentheses: Microsoft's compilers and linker, MSBuild, C#, clang if asked."""

from __future__ import annotations

import re
from collections.abc import Iterator

from copilot_tui.build.diagnostics.output import Output
from copilot_tui.build.diagnostics.parser import Found, NoTests, number
from copilot_tui.core.artefacts import Diagnostic, Note, Severity

_PLACED = re.compile(
    r"\s*(?:\d+>)?(?P<file>(?:[A-Za-z]:)?[^\s:()\"'<>|*][^:()\"<>|*]*)\((?P<line>\d+)(?:,(?P<column>\d+))?"
    r"(?:,(?P<end_line>\d+),(?P<end_column>\d+))?\)\s?: "
    r"(?:(?:fatal|internal|Command line|command line) )?(?P<severity>error|warning|note|info"
    r"|message)(?: (?P<code>[A-Za-z]+\d+))?\s?: (?P<message>\S.*)"
)
_UNPLACED = re.compile(
    r"\s*(?:\d+>)?(?P<origin>[\w.+ \\/:-]{1,200}?) ?: (?:fatal )?(?P<severity>error|warning) "
    r"(?P<code>(?:LNK|MSB|CS|CVT|RC|C|D|CSC)\d+): (?P<message>\S.*)"
)
_PROJECT = re.compile(r" \[(?P<project>[^\[\]]+\.\w*proj)\]$")
_SEVERITIES: dict[str, Severity] = {"error": "error", "warning": "warning"}
_TOOLS = (("LNK", "link"), ("CS", "csc"), ("MSB", "msbuild"), ("FS", "fsc"), ("BC", "vbc"), ("C", "msvc"))
_MAX_NOTES = 30


class Msvc(NoTests):
    name = "msvc"
    marks = (
        r"\) ?: (?:fatal |internal |[Cc]ommand line )?(?:error|warning|note|info|message)\b",
        r": (?:fatal )?(?:error|warning) [A-Z]+\d+: ",
    )

    def diagnostics(self, output: Output) -> Iterator[Found]:
        current: Found | None = None
        for index, line in output.suspects:
            match = _PLACED.match(line)
            if match is None:
                alone = _UNPLACED.match(line)
                if alone is not None:
                    if current is not None:
                        yield current
                    current = Found(_unplaced(alone), (index,))
                continue
            diagnostic = _placed(match)
            if diagnostic.severity == "note" and current is not None:
                if len(current.diagnostic.notes) < _MAX_NOTES:
                    note = Note(diagnostic.message, diagnostic.file, diagnostic.line, diagnostic.column)
                    current = current.extended([note], [index])
                continue
            if current is not None:
                yield current
            current = Found(diagnostic, (index,))
        if current is not None:
            yield current


def _placed(match: re.Match[str]) -> Diagnostic:
    return Diagnostic(
        tool=_tool(match["code"]),
        severity=_SEVERITIES.get(match["severity"], "note"),
        message=_PROJECT.sub("", match["message"]),
        file=match["file"].replace("\\", "/"),
        line=number(match["line"]),
        column=number(match["column"]),
        end_line=number(match["end_line"]),
        end_column=number(match["end_column"]),
        code=match["code"],
    )


def _unplaced(match: re.Match[str]) -> Diagnostic:
    origin = match["origin"].strip()
    notes = (Note(f"in {origin}"),) if origin.endswith((".obj", ".lib")) else ()
    message = _PROJECT.sub("", match["message"])
    return Diagnostic(
        _tool(match["code"]), _SEVERITIES[match["severity"]], message, code=match["code"], notes=notes
    )


def _tool(code: str | None) -> str:
    # Without a code it is clang that was asked for this form.
    return next((tool for prefix, tool in _TOOLS if code.startswith(prefix)), "generic") if code else "clang"
