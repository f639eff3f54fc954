"""``copilot-tui diagnose``: any compiler or test output in, one diagnostic a line out."""

from __future__ import annotations

import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import click

from copilot_tui.build.capture import Capture
from copilot_tui.build.diagnostics import parse
from copilot_tui.cli.output import data, json_line, say
from copilot_tui.console.progress_line import ProgressLine
from copilot_tui.core.artefacts import Diagnostic, to_json
from copilot_tui.core.errors import UsageError
from copilot_tui.core.text import printable_line

_MAX_INPUT_BYTES = 64_000_000
_PIECE_BYTES = 1 << 18
_KEYS = (
    *("tool", "severity", "file", "line", "column", "end_line", "end_column", "code", "message"),
    "notes",
)


@click.command(name="diagnose")
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True), default="-")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
def command(file: Path, as_json: bool) -> int:
    """Parse the output of a compiler, linker, build tool or test runner in FILE (default: stdin).

    Understands compilers (gcc, clang, MSVC, rustc, go, javac, tsc, gfortran, ghc), linkers, build tools
    (make, ninja, CMake, Meson, cargo, Maven, Gradle), linters and type checkers (eslint, ruff, mypy, pyright,
    shellcheck), test runners (pytest, unittest, ctest, go test, node, jest, Unity, Criterion, TAP),
    tracebacks, sanitizers and valgrind, as text or as the JSON or SARIF that they print, and of other
    tools "file:line: message". An error that only follows from another one says so in a note.
    """
    for diagnostic in _parsed(_read(file), os.getcwd()):  # noqa: PTH109 (as make prints it)
        if as_json:
            json_line(diagnostic_object(diagnostic))
        else:
            data(diagnostic_text(diagnostic))
    return 0


def _parsed(text: str, directory: str) -> tuple[Diagnostic, ...]:
    """:func:`parse`, with a line that tells of it when it takes longer than a person likes to wait."""
    started = time.monotonic()
    progress = ProgressLine("Parsing")
    with ThreadPoolExecutor(max_workers=1) as pool:
        parsing = pool.submit(parse, text, directory)
        while wait([parsing], timeout=1.0).not_done:
            progress.update(f"{len(text) / 1e6:.0f} MB ({time.monotonic() - started:.0f} s)")
    progress.close()
    return parsing.result()


def diagnostic_object(diagnostic: Diagnostic) -> dict[str, Any]:
    """The documented keys of a diagnostic line; null where the tool said nothing."""
    whole = to_json(diagnostic)
    cause = whole["cause"]
    if cause is not None:
        whole["notes"] = [*whole["notes"], {**cause, "message": _follows(cause["message"])}]
    return {key: whole[key] for key in _KEYS}


def diagnostic_text(diagnostic: Diagnostic) -> str:
    """``file:line:column: severity: message [code]``, and a line for each note."""
    code = f" [{diagnostic.code}]" if diagnostic.code else ""
    where = _where(diagnostic.file, diagnostic.line, diagnostic.column) or diagnostic.tool
    lines = [f"{where}: {diagnostic.severity}: {diagnostic.message}{code}"]
    notes = list(diagnostic.notes)
    if diagnostic.cause is not None:
        notes.append(replace(diagnostic.cause, message=_follows(diagnostic.cause.message)))
    for note in notes:
        place = _where(note.file, note.line, note.column)
        lines.append(f"  {place}: note: {note.message}" if place else f"  note: {note.message}")
    return "\n".join(printable_line(line) for line in lines)


def _follows(message: str) -> str:
    return f"follows from: {message}"


def _where(file: str | None, line: int | None, column: int | None) -> str:
    return ":".join(str(part) for part in (file, line, column) if part is not None) if file else ""


def _read(file: Path) -> str:
    if str(file) == "-":
        if sys.stdin.isatty():
            say("Reading from the terminal; end with Ctrl+D.")
        return _text(sys.stdin.buffer)
    try:
        with file.open("rb") as stream:
            return _text(stream)
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror or error}.") from error


def _text(stream: BinaryIO) -> str:
    capture = Capture(_MAX_INPUT_BYTES)
    progress, last, size = ProgressLine("Reading"), time.monotonic(), 0
    while piece := stream.read(_PIECE_BYTES):
        capture.feed(piece)
        size += len(piece)
        if time.monotonic() - last >= 1.0:
            last = time.monotonic()
            progress.update(f"{size / 1e6:.0f} MB")
    progress.close()
    if capture.truncated:
        say(f"The input is larger than {_MAX_INPUT_BYTES // 1_000_000} MB; its middle is left out.")
    return capture.text()
