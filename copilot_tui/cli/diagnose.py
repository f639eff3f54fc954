"""``copilot-tui diagnose``: any compiler or test output in, one diagnostic a line out."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any, BinaryIO

import click

from copilot_tui.build.capture import Capture
from copilot_tui.build.diagnostics import parse
from copilot_tui.cli.output import data, json_line, say
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

    Understands gcc, clang, ld, gold, lld, make, ninja, CMake, ctest, rustc, cargo, pytest, unittest,
    Python tracebacks, TAP, assert, sanitizers, Unity and, of other tools, "file:line: message".
    """
    for diagnostic in parse(_read(file), os.getcwd()):  # noqa: PTH109 (as make prints it)
        if as_json:
            json_line(diagnostic_object(diagnostic))
        else:
            data(diagnostic_text(diagnostic))
    return 0


def diagnostic_object(diagnostic: Diagnostic) -> dict[str, Any]:
    """The documented keys of a diagnostic line; null where the tool said nothing."""
    whole = to_json(diagnostic)
    return {key: whole[key] for key in _KEYS}


def diagnostic_text(diagnostic: Diagnostic) -> str:
    """``file:line:column: severity: message [code]``, and a line for each note."""
    code = f" [{diagnostic.code}]" if diagnostic.code else ""
    where = _where(diagnostic.file, diagnostic.line, diagnostic.column) or diagnostic.tool
    lines = [f"{where}: {diagnostic.severity}: {diagnostic.message}{code}"]
    for note in diagnostic.notes:
        place = _where(note.file, note.line, note.column)
        lines.append(f"  {place}: note: {note.message}" if place else f"  note: {note.message}")
    return "\n".join(printable_line(line) for line in lines)


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
    while piece := stream.read(_PIECE_BYTES):
        capture.feed(piece)
    if capture.truncated:
        say(f"The input is larger than {_MAX_INPUT_BYTES // 1_000_000} MB; its middle is left out.")
    return capture.text()
