"""Turning file names of tool output into paths of the code base.

Tools name files as seen from the folder they run in, and make tells which folder that is when it
enters and leaves one. Nothing here looks at the disk.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import replace
from functools import lru_cache

from copilot_tui.build.diagnostics.output import Output
from copilot_tui.core.artefacts import Diagnostic, Note

_MOVE = re.compile(
    r"[\w.+/-]*make(?:\.exe)?(?:\[\d+\])? ?: "
    r"(?P<before>[^/`'‘\"„“«「]*)[`'‘\"„“«「] ?(?P<path>/.*?|\.\.?/.*?)"
    r" ?['’\"“”»」](?P<behind>[^/]*)$"
)
_LEAVING = re.compile(
    # English, German, French, Spanish, Portuguese, Italian, Russian, Ukrainian, Chinese, Japanese, Swedish
    r"Leaving|verlassen|quitte|se sale|Saliendo|Saindo|uscita|Uscita|ыход|ихід|离开|離開|から出ます|Lämnar"
)
_ENTERING = re.compile(
    r"Entering|betreten|entre dans|se entra|se cambia|Entrando|ngresso|"
    r"ход в|хід до|进入|進入|に入ります|Går"
)
_NINJA = re.compile(r"ninja: Entering directory [`'](?P<path>.+?)'$")


FOLDER_MARKS = (r": (?:Entering|Leaving) directory ", r"make(?:\[\d+\])? ?: [^\n'*]{0,80}[`'‘\"„“«「]")
"""See :mod:`copilot_tui.build.diagnostics.output`."""


class Folders:
    """The folder in which each line of an output was printed."""

    def __init__(self, output: Output, start: str) -> None:
        self._changes: list[tuple[int, str]] = [(0, start)]
        stack = [start]
        for index, line in output.suspects:
            match = _MOVE.match(line) or _NINJA.match(line)
            how = _direction(match)
            if match is None or how is None:
                continue
            if how == "leaving":
                if match["path"] in stack:
                    # Parallel makes leave in any order; the last matching one is meant.
                    del stack[len(stack) - 1 - stack[::-1].index(match["path"])]
                if not stack:
                    stack.append(start)
            else:
                stack.append(posixpath.join(stack[-1], match["path"]))
            self._changes.append((index, stack[-1]))
        self._position = 0

    def at(self, line: int) -> str:
        """The folder for ``line``; ask in rising order."""
        while self._position + 1 < len(self._changes) and self._changes[self._position + 1][0] <= line:
            self._position += 1
        return self._changes[self._position][1]


def _direction(match: re.Match[str] | None) -> str | None:
    if match is None:
        return None
    words = match.groupdict()
    if "before" not in words:
        return "entering"  # ninja never leaves
    said = f"{words['before']} {words['behind']}"
    if _LEAVING.search(said):
        return "leaving"
    return "entering" if _ENTERING.search(said) else None


@lru_cache(maxsize=4096)
def relative(file: str | None, folder: str, source: str) -> str | None:
    """``file``, printed in ``folder``, as seen from ``source``; an absolute path where it lies elsewhere."""
    if not file or file.startswith("<"):
        return file  # <stdin>, <string>, <command-line>
    root = source.rstrip("/")
    path = posixpath.normpath(posixpath.join(folder, file.strip()))
    if not root:
        return path
    if path.startswith(root + "/"):
        return path[len(root) + 1 :]
    if not file.startswith("/") and (folder + "/").startswith(root + "/"):
        return posixpath.relpath(path, root)  # ../include/list.h: as the tool said it
    return path


def relocated(diagnostic: Diagnostic, folder: str, source: str) -> Diagnostic:
    """The diagnostic with its own and its notes' files made relative to ``source``."""
    notes = tuple(_note(note, folder, source) for note in diagnostic.notes)
    file = relative(diagnostic.file, folder, source)
    # Most are as they should be, and copying costs more than reading them did.
    if file == diagnostic.file and notes == diagnostic.notes:
        return diagnostic
    return replace(diagnostic, file=file, notes=notes)


def _note(note: Note, folder: str, source: str) -> Note:
    file = relative(note.file, folder, source)
    return note if file == note.file else replace(note, file=file)
