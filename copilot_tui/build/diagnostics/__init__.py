"""Reading the output of any compiler, linker, build tool or test runner.

``parse`` and ``parse_tests`` ask every parser, those of other packages (entry point group
``copilot_tui.diagnostics``) first, then the built-in ones from the particular to the generic. A line that
one parser took is not given to the next. Any text is fine: what nobody recognises is left out. Time
is linear in the length of the text.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from importlib.metadata import entry_points

from copilot_tui.build.diagnostics.cascades import with_causes
from copilot_tui.build.diagnostics.cmake import CMake
from copilot_tui.build.diagnostics.gcc_clang import GccClang
from copilot_tui.build.diagnostics.generic import Generic
from copilot_tui.build.diagnostics.go import Go
from copilot_tui.build.diagnostics.headed import Headed
from copilot_tui.build.diagnostics.java import Java
from copilot_tui.build.diagnostics.javascript import JavaScript
from copilot_tui.build.diagnostics.json_output import JsonOutput
from copilot_tui.build.diagnostics.linker import Linker
from copilot_tui.build.diagnostics.linters import Linters
from copilot_tui.build.diagnostics.make import Make
from copilot_tui.build.diagnostics.msvc import Msvc
from copilot_tui.build.diagnostics.output import Marks, Output
from copilot_tui.build.diagnostics.parser import DiagnosticParser, Found, MarkedParser
from copilot_tui.build.diagnostics.paths import FOLDER_MARKS, Folders, relocated
from copilot_tui.build.diagnostics.pytest import Pytest
from copilot_tui.build.diagnostics.python import Python
from copilot_tui.build.diagnostics.runtime import Runtime
from copilot_tui.build.diagnostics.rust import Rust
from copilot_tui.build.diagnostics.sanitizers import Sanitizers
from copilot_tui.build.diagnostics.scripts import Scripts
from copilot_tui.build.diagnostics.tap import Tap
from copilot_tui.build.diagnostics.verdicts import Verdicts
from copilot_tui.core.artefacts import Diagnostic, TestResult

__all__ = ["DiagnosticParser", "Found", "parse", "parse_tests"]

ENTRY_POINT_GROUP = "copilot_tui.diagnostics"

_BUILT_IN: tuple[MarkedParser, ...] = (
    JsonOutput(),
    Pytest(),
    Python(),
    Tap(),
    CMake(),
    Rust(),
    Go(),
    Java(),
    JavaScript(),
    Sanitizers(),
    Runtime(),
    Linker(),
    Linters(),
    Headed(),
    Msvc(),
    GccClang(),
    Make(),
    Scripts(),
    Verdicts(),
    Generic(),
)


def parse(text: str, directory: str = "", source: str = "") -> tuple[Diagnostic, ...]:
    """Every diagnostic in ``text``, in its order, repeats folded into the first.

    Errors that only follow from an earlier one say so in ``cause``. ``directory`` is where the command
    ran, ``source`` the absolute path of the code base (default: ``directory``, if that is absolute).
    Files inside ``source`` come out relative to it; others as absolute as the text allows.
    """
    output = Output(text, _marks(tests=False))
    folders = Folders(output, directory)
    taken: set[int] = set()
    found: list[Found] = []
    for parser in _parsers():
        before = len(taken)
        output.look_at(_bits(parser))
        for item in _guarded(parser, output):
            if not taken.intersection(item.lines):
                taken.update(item.lines)
                found.append(item)
        if len(taken) > before:
            output.forget(taken)
    found.sort(key=lambda item: item.place)
    found = _without_consequences(found)
    root = source or (directory if directory.startswith("/") else "")
    unique: dict[object, Diagnostic] = {}
    for item in found:
        diagnostic = relocated(item.diagnostic, folders.at(item.place), root)
        unique.setdefault(_identity(diagnostic), diagnostic)
    return with_causes(unique.values())


def _without_consequences(found: Sequence[Found]) -> list[Found]:
    causes = [
        item.diagnostic for item in found if item.diagnostic.severity == "error" and not item.consequence
    ]
    tests = {diagnostic.test for diagnostic in causes}
    # A test with parts fails because one of its parts does: go's TestTable of TestTable/case1.
    tests.update(test.rpartition("/")[0] for test in tuple(tests) if test and "/" in test)
    return [
        item
        for item in found
        if not item.consequence
        or (item.diagnostic.test not in tests if item.diagnostic.test is not None else not causes)
    ]


def parse_tests(text: str) -> tuple[TestResult, ...]:
    """The verdict of every named test in ``text``, in its order. Skipped tests are no verdict."""
    output = Output(text, _marks(tests=True))
    return tuple(result for parser in _parsers() for result in parser.tests(output))


@cache
def _marks(*, tests: bool) -> Marks:
    marks = [mark for parser in _BUILT_IN for mark in parser.marks]
    more = [mark for parser in _BUILT_IN for mark in parser.test_marks] if tests else []
    return Marks((*FOLDER_MARKS, *marks, *more))


def _bits(parser: DiagnosticParser | MarkedParser) -> int:
    """The groups of marks that the parser starts at; those of other packages may start anywhere."""
    return _bits_of(parser.marks) if isinstance(parser, _OWN) else _EVERYWHERE


@cache
def _bits_of(marks: tuple[str, ...]) -> int:
    return _marks(tests=False).bits(marks)


_OWN = tuple(type(parser) for parser in _BUILT_IN)
_EVERYWHERE = -1


def _identity(diagnostic: Diagnostic) -> object:
    d = diagnostic
    return (d.severity, d.file, d.line, d.column, d.code, d.message, d.test)


@lru_cache(maxsize=1)
def _parsers() -> tuple[DiagnosticParser | MarkedParser, ...]:
    return (*_plugins(), *_BUILT_IN)


def _plugins() -> Iterator[DiagnosticParser]:
    for entry in entry_points(group=ENTRY_POINT_GROUP):
        try:
            loaded = entry.load()
            parser: DiagnosticParser = loaded() if isinstance(loaded, type) else loaded
        except Exception as error:  # noqa: BLE001 (another package's code: any failure is possible)
            warnings.warn(f"The diagnostics parser {entry.value} cannot be loaded: {error!r}", stacklevel=2)
            continue
        yield parser


def _guarded(parser: DiagnosticParser | MarkedParser, output: Output) -> list[Found]:
    if parser in _BUILT_IN:
        return list(parser.diagnostics(output))
    try:
        return list(parser.diagnostics(output))
    except Exception as error:  # noqa: BLE001 (another package's code: any failure is possible)
        warnings.warn(f"The diagnostics parser {parser.name} failed: {error!r}", stacklevel=2)
        return []
