"""How the project itself compiles one file, by ``compile_commands.json`` or by commands that a build printed.

The flags, the defines and the compiler, a cross compiler too, are the project's own, so a check with them
says what the build would say. Nothing is executed here. In a printed build (``make -n``, or a log of the
build before) a command line is one that runs a compiler on the file; the folder is told by make's own
lines and by ``cd FOLDER &&`` in front.
"""

from __future__ import annotations

import json
import os
import posixpath
import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from copilot_tui.build.recipe import outside_directory

NAME = "compile_commands.json"
_PLACES = (".", "build", "out", "builddir", "_build", "cmake-build-debug", "build/debug", "out/Default")
_MAX_BYTES = 64_000_000
_COMPILER = re.compile(
    r"(?:[\w.+-]*-)?(?:gcc|g\+\+|cc|c\+\+|clang|clang\+\+|icx|tcc)(?:-\d+(?:\.\d+)*)?(?:\.exe)?$"
)
_SOURCES = (".c", ".cc", ".cpp", ".cxx", ".C", ".c++", ".m", ".mm", ".S")
_MOVE = re.compile(r"make(?:\[\d+\])?: (?P<how>Entering|Leaving) directory [`'](?P<path>.+)'$")
_MAX_LINE = 100_000
_WITH_VALUE = {"-o", "-MF", "-MT", "-MQ", "-MJ"}
_DROPPED = {"-c", "-S", "-E", "-MD", "-MMD", "-MP", "-M", "-MM", "-pipe", "-save-temps"}


@dataclass(frozen=True, slots=True)
class CompileCommand:
    """One call of a compiler; ``directory`` is absolute, ``file`` the source as an absolute path."""

    directory: str
    file: str
    arguments: tuple[str, ...]

    def syntax_only(self) -> tuple[str, ...]:
        """The same call without any product: nothing is written, dependency files neither."""
        kept: list[str] = []
        skip = False
        for argument in self.arguments:
            if skip:
                skip = False
            elif argument in _WITH_VALUE:
                skip = True
            elif argument not in _DROPPED and not argument.startswith(
                ("-o", "-MF", "-Wp,-M", "-save-temps=")
            ):
                kept.append(argument)
        return (kept[0], "-fsyntax-only", *kept[1:])


def read_commands(source: Path, root: Path) -> tuple[CompileCommand, ...]:
    """The commands of the newest ``compile_commands.json`` of the code base; none where there is none.

    It is looked for at the top of ``source``, in the usual build folders, and in the one outside that this
    program builds in.
    """
    files = [source / place / NAME for place in _PLACES] + [outside_directory(root) / NAME]
    present = [file for file in files if file.is_file() and file.stat().st_size <= _MAX_BYTES]
    if not present:
        return ()
    newest = max(present, key=lambda file: file.stat().st_mtime)
    try:
        entries = json.loads(newest.read_bytes())
    except (ValueError, RecursionError, OSError):
        return ()  # half written, or no such list: the build itself will tell
    entries = entries if isinstance(entries, list) else []
    return tuple(command for entry in entries if (command := _entry(entry, newest.parent)) is not None)


def _entry(entry: object, folder: Path) -> CompileCommand | None:
    if not isinstance(entry, dict) or not isinstance(entry.get("file"), str):
        return None
    directory = os.path.normpath(folder / str(entry.get("directory", ".")))
    arguments = entry.get("arguments")
    if not isinstance(arguments, list):
        try:
            arguments = shlex.split(str(entry.get("command", "")))
        except ValueError:
            return None
    words = tuple(str(word) for word in arguments)
    start = _compiler_at(words)
    if start is None:
        return None
    return CompileCommand(
        directory, os.path.normpath(posixpath.join(directory, entry["file"])), words[start:]
    )


def printed_commands(text: str, directory: str, files: Sequence[str]) -> tuple[CompileCommand, ...]:
    """The first command in ``text`` for each of ``files`` (absolute paths), as a build printed it.

    ``directory`` is where the build ran.
    """
    names = {posixpath.basename(file) for file in files}
    wanted = set(files)
    found: dict[str, CompileCommand] = {}
    for folder, line in _lines(text, directory):
        if not any(name in line for name in names):
            continue
        for command in _commands(folder, line):
            if command.file in wanted:
                found.setdefault(command.file, command)
    return tuple(found.values())


def _lines(text: str, directory: str) -> Iterator[tuple[str, str]]:
    stack = [directory]
    for line in re.sub(r"\\\n\s*", " ", text).split("\n"):
        move = _MOVE.match(line)
        if move is None:
            yield stack[-1], line[:_MAX_LINE]
        elif move["how"] == "Entering":
            stack.append(posixpath.join(stack[-1], move["path"]))
        elif len(stack) > 1:
            stack.pop()


def _commands(folder: str, line: str) -> Iterator[CompileCommand]:
    """The compiler calls in a line of shell: ``cd lib && gcc -c a.c; ranlib ...``."""
    try:
        lexer = shlex.shlex(line, posix=True, punctuation_chars=";&|()<>")
        lexer.whitespace_split = True
        words = list(lexer)
    except ValueError:
        return  # an unclosed quote: no command of its own
    parts: list[list[str]] = [[]]
    for word in words:
        if word and set(word) <= set(";&|()"):
            parts.append([])
        else:
            parts[-1].append(word)
    for part in parts:
        if len(part) == 2 and part[0] == "cd":
            folder = posixpath.join(folder, part[1])
        start = _compiler_at(part)
        if start is None or "-c" not in part[start:]:
            continue
        arguments = tuple(part[start:])
        source = next((a for a in arguments[1:] if a.endswith(_SOURCES) and not a.startswith("-")), None)
        if source is not None:
            directory = os.path.normpath(folder)
            yield CompileCommand(directory, os.path.normpath(posixpath.join(directory, source)), arguments)


def _compiler_at(words: Sequence[str]) -> int | None:
    """Where the compiler stands: behind ``ccache``, ``libtool --mode=compile`` or ``NAME=value``, if any."""
    for index, word in enumerate(words[:8]):
        if _COMPILER.match(posixpath.basename(word)):
            return index
    return None
