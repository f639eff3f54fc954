"""Interpreters that write the place into the sentence: shells, Perl, PHP, Ruby, Lua; and ``configure``."""

from __future__ import annotations

import re
from collections.abc import Iterator

from copilot_tui.build.diagnostics.output import Output
from copilot_tui.build.diagnostics.parser import Found, NoTests, looks_like_file, number
from copilot_tui.core.artefacts import Diagnostic, Severity

_SHELL = re.compile(
    r"(?P<file>[^\s:][^:]*): (?:line )?(?P<line>\d+): (?P<message>\S.*"
    r"(?:not found|[Nn]o such file or directory|"
    r"[Pp]ermission denied|[Ss]yntax error.*|unbound variable|parameter not set|Bad substitution"
    r"|bad substitution|"
    r"unexpected .*|cannot .*|is a directory|Is a directory|readonly variable|expected.*))$"
)
_PERL = re.compile(
    r"(?P<message>\S.*?) at (?P<file>[^\s:\"]+\.(?:p[lm]|t|cgi)) line (?P<line>\d+)(?:[.,]|$)"
    r"(?P<near> near .+)?"
)
_PHP = re.compile(
    r"(?:PHP )?(?P<severity>Parse error|Fatal error|Warning|Notice|Deprecated"
    r"|Recoverable fatal error): +(?P<message>\S.*?) in"
    r" (?P<file>\S+?)(?: on line |:)(?P<line>\d+)$"
)
_RUBY = re.compile(
    r"(?P<file>[^\s:]+\.(?:rb|rake)|[^\s:]*Rakefile):(?P<line>\d+):(?:in [`']"
    r"(?P<function>[^'`]+)':)? (?P<message>\S.*?)(?: \((?P<code>[A-Z]\w*(?:::\w+)*)\))?$"
)
_LUA = re.compile(r"(?:\S*lua[\w.]*|luajit): (?P<file>[^\s:]+):(?P<line>\d+): (?P<message>\S.*)")
_CONFIGURE = re.compile(
    r"(?:\S*/)?(?P<tool>configure|autoreconf|autoconf|aclocal|automake|libtoolize): (?:"
    r"(?P<severity>error|WARNING|warning): )(?P<message>\S.*)"
)


class Scripts(NoTests):
    name = "scripts"
    marks = (
        r": (?:line )?\d{1,9}: ",
        r"\.(?:p[lm]|t|cgi) line \d{1,9}",
        r"\n(?:PHP )?(?:Parse error|Fatal error|Warning|Notice|Deprecated): ",
        r"\.rb:\d",
        r"\.rake:\d",
        r"Rakefile:\d",
        r": (?:error|WARNING|warning): ",
    )

    def diagnostics(self, output: Output) -> Iterator[Found]:
        for index, line in output.suspects:
            diagnostic = _read(line)
            if diagnostic is not None:
                consequence = diagnostic.tool == "autoreconf"
                yield Found(diagnostic, (index,), consequence)


def _read(line: str) -> Diagnostic | None:
    if match := _CONFIGURE.match(line):
        severity: Severity = "error" if match["severity"] == "error" else "warning"
        return Diagnostic(match["tool"], severity, match["message"])
    if (match := _SHELL.match(line)) and _is_script(match["file"]):
        return _diagnostic("sh", match)
    if match := _PHP.match(line):
        grave = "rror" in match["severity"]
        return _diagnostic("php", match, "error" if grave else "warning")
    if match := _RUBY.match(line):
        return _diagnostic("ruby", match, code=match["code"])
    if match := _LUA.match(line):
        return _diagnostic("lua", match)
    if (match := _PERL.match(line)) and len(match["message"]) < 500:
        return _diagnostic("perl", match)
    return None


def _is_script(name: str) -> bool:
    """make and the like print ``name: number`` too; a shell prints its own name or a script's."""
    return looks_like_file(name) or name in {"sh", "bash", "dash", "ksh", "zsh", "configure"}


def _diagnostic(
    tool: str, match: re.Match[str], severity: Severity = "error", code: str | None = None
) -> Diagnostic:
    file = match["file"] if looks_like_file(match["file"]) else None
    line = number(match["line"]) if file else None
    return Diagnostic(tool, severity, match["message"], file, line, code=code)
