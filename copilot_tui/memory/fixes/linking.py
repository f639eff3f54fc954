"""Fixes for what a linker misses: a library that is not named in the makefile, a misspelt symbol."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from copilot_tui.core.artefacts import Diagnostic
from copilot_tui.memory.fixes.c_library import library_of
from copilot_tui.memory.fixes.fix import CodeView, Fix, ReplaceLine, near_name, renamed, words_of

_UNDEFINED = re.compile(
    r"undefined (?:reference to|symbol:?) [`'\"]?(?P<name>\w+)(?:\(|@|['\"]|$)"
    r"|^\"_(?P<mac>\w+)\", referenced from"
)
_MAKEFILES = ("GNUmakefile", "makefile", "Makefile")
_VARIABLE = re.compile(r"^(?:LDLIBS|LIBS|LOADLIBES)\s*[:+?]?=")
_LINKS = re.compile(r"^\t.*\s-o\s")
_COMPILES = re.compile(r"\s-(?:c|E|S)\s")
_CMAKE_TARGET = re.compile(r"^\s*add_executable\s*\(\s*([\w.-]+)", re.IGNORECASE)


def missing_library(error: Diagnostic, code: CodeView) -> Iterator[Fix]:
    """``undefined reference to `sqrt'``: link with -lm, in the makefile or in CMakeLists.txt."""
    library = library_of(_symbol(error))
    if library is None:
        return
    words = f"linking with -l{library}"
    for path in sorted(code.paths()):
        name = PurePosixPath(path).name
        if name in _MAKEFILES or name.endswith(".mk"):
            edits = tuple(_makefile_edits(path, code, f"-l{library}"))
        elif name == "CMakeLists.txt":
            edits = tuple(_cmake_edits(path, code, library))
        else:
            continue
        if edits:
            yield Fix(words, edits)


def misspelt_symbol(error: Diagnostic, code: CodeView) -> Iterator[Fix]:
    """An undefined symbol that differs by a slip from one that the code base has."""
    symbol, path = _symbol(error), code.path_of(error.file)
    if not symbol or path is None or library_of(symbol) is not None or code.declared_in(symbol):
        return
    wanted = near_name(symbol, words_of(code.lines(path)) - {symbol})
    fix = renamed(code, path, symbol, wanted) if wanted else None
    if fix is not None:
        yield fix


LINKER_RULES = (missing_library, misspelt_symbol)


def _symbol(error: Diagnostic) -> str:
    match = _UNDEFINED.search(error.message)
    return (match["name"] or match["mac"]) if match else ""


def _makefile_edits(path: str, code: CodeView, flag: str) -> Iterator[ReplaceLine]:
    """The flag at the end of LDLIBS where that is set and used, else of each command that links."""
    lines = code.lines(path)
    text = "\n".join(lines)
    for number, line in enumerate(lines, 1):
        match = _VARIABLE.match(line)
        if match and f"$({line.split('=')[0].rstrip(' :+?')})" in text:
            if flag not in line.split():
                yield ReplaceLine(path, number, line, (f"{line.rstrip()} {flag}",))
            return
    for number, line in enumerate(lines, 1):
        if _LINKS.match(line) and not _COMPILES.search(line) and flag not in line.split():
            yield ReplaceLine(path, number, line, (f"{line.rstrip()} {flag}",))


def _cmake_edits(path: str, code: CodeView, library: str) -> Iterator[ReplaceLine]:
    for number, line in enumerate(code.lines(path), 1):
        match = _CMAKE_TARGET.match(line)
        if match and ")" in line:
            added = f"target_link_libraries({match[1]} PRIVATE {library})"
            if added not in code.lines(path):
                yield ReplaceLine(path, number, line, (line, added))
