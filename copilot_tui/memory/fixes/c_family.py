"""Fixes for what a C or C++ compiler says about names: a missing header, a missing prototype, a slip.

Read from the messages of gcc and clang. Where the compiler names the right word itself ("did you mean"),
it is believed after the header files, since it does not look into those that are not included.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from copilot_tui.core.artefacts import Diagnostic
from copilot_tui.memory.fingerprint import plain_quotes
from copilot_tui.memory.fixes.c_library import headers
from copilot_tui.memory.fixes.c_syntax import SYNTAX_RULES
from copilot_tui.memory.fixes.fix import (
    AddInclude,
    CodeView,
    Fix,
    ReplaceLine,
    line_at,
    near_name,
    renamed,
    words_of,
)
from copilot_tui.memory.vocabulary import known_names

_MISSING = re.compile(
    r"implicit declaration of function '(\w+)'|implicitly declaring (?:library )?function '(\w+)'"
    r"|'(\w+)' undeclared|undeclared (?:library )?(?:identifier|function) '(\w+)'|unknown type name '(\w+)'"
    r"|'(\w+)' was not declared in this scope|'(\w+)' does not name a type"
    r"|(?:undefined|incomplete) type '(?:const |volatile )*(?:struct |union |enum )(\w+)"
)
_MEMBER = re.compile(r"no member named '(\w+)'(?: in '[^']*')?[;,] did you mean '(?:[\w:]+::)?(\w+)'")
_SUGGESTION = re.compile(r"did you mean '(\w+)'")
_CONFLICT = re.compile(r"conflicting types for '(\w+)'")
_INCLUDE = re.compile(r"\s*#\s*include\s*([<\"][^>\"]+[>\"])")
_HEADER_SUFFIXES = (".h", ".hh", ".hpp", ".hxx")


def missing_include(error: Diagnostic, code: CodeView) -> Iterator[Fix]:
    """A name of the C library, or one that a header of the code base declares."""
    name, path = missing_name(error), code.path_of(error.file)
    if not name or path is None:
        return
    present = {match[1] for line in code.lines(path) if (match := _INCLUDE.match(line))}
    standard = headers().get(name)
    if standard is not None and f"<{standard}>" not in present:
        yield _including(path, f"<{standard}>")
    for declaring, _ in code.declared_in(name):
        if declaring.endswith(_HEADER_SUFFIXES) and declaring != path:
            relative = posixpath.relpath(declaring, posixpath.dirname(path) or ".")
            if not any(
                PurePosixPath(line.strip('<">')).name == PurePosixPath(declaring).name for line in present
            ):
                yield _including(path, f'"{relative}"')


def missing_prototype(error: Diagnostic, code: CodeView) -> Iterator[Fix]:
    """A function that the same file defines further down is declared before its first use."""
    name, path = missing_name(error), code.path_of(error.file)
    if not name or path is None or error.line is None:
        return
    lines = code.lines(path)
    head = re.compile(rf"^[A-Za-z_][\w\s*]*\b{re.escape(name)}\s*\([^;{{}}]*\)\s*\{{?\s*$")
    for number, line in enumerate(lines, 1):
        opens = line.rstrip().endswith("{") or (number < len(lines) and lines[number].strip() == "{")
        if number > error.line and opens and head.match(line):
            prototype = line.rstrip().rstrip("{").rstrip() + ";"
            at = _above_function(lines, error.line)
            new = (prototype, "", lines[at - 1])
            yield Fix(f"declaring `{prototype}` before its use", (ReplaceLine(path, at, lines[at - 1], new),))
            return


def misspelt_name(error: Diagnostic, code: CodeView) -> Iterator[Fix]:
    """An unknown name that differs by a slip from one that the file knows."""
    path = code.path_of(error.file)
    if path is None:
        return
    message = plain_quotes(error.message)
    member = _MEMBER.search(message)
    if member:
        fix = renamed(code, path, member[1], member[2])
        if fix is not None:
            yield fix
        return
    name = missing_name(error)
    if not name or name in headers():
        return
    lines = code.lines(path)
    suggested = _SUGGESTION.search(message)
    near = near_name(name, {word for word in words_of(lines) if len(word) > 2})
    for other in dict.fromkeys((near, suggested[1] if suggested else None)):
        if other is not None:
            yield from _either_way(code, path, name, other)


def conflicting_type(error: Diagnostic, code: CodeView) -> Iterator[Fix]:
    """A definition whose return type is not that of the prototype in a header takes the header's."""
    match, path = _CONFLICT.search(plain_quotes(error.message)), code.path_of(error.file)
    line = line_at(code, path, error.line) if path else None
    if match is None or path is None or line is None or error.line is None:
        return
    before_name = re.compile(rf"^\s*([A-Za-z_][\w\s]*[\s*]+){re.escape(match[1])}\s*\(")
    mine = before_name.match(line)
    for declaring, _ in code.declared_in(match[1]):
        for declared in code.lines(declaring) if declaring.endswith(_HEADER_SUFFIXES) else ():
            theirs = before_name.match(declared)
            if mine and theirs and theirs[1] != mine[1]:
                new = line.replace(mine[1], theirs[1], 1)
                words = f"returning `{theirs[1].strip()}` as {PurePosixPath(declaring).name} says"
                yield Fix(words, (ReplaceLine(path, error.line, line, (new,)),))
                return


C_RULES = (missing_include, missing_prototype, misspelt_name, conflicting_type, *SYNTAX_RULES)


def missing_name(error: Diagnostic) -> str:
    """The name that a compiler does not know; empty where the message is of another kind."""
    match = _MISSING.search(plain_quotes(error.message))
    return next((group for group in match.groups() if group), "") if match else ""


def _including(path: str, target: str) -> Fix:
    return Fix(f"adding `#include {target}`", (AddInclude(path, target),))


def _either_way(code: CodeView, path: str, name: str, other: str) -> Iterator[Fix]:
    """The rarer of two spellings is the slip; the other way round is tried after it."""
    text = "\n".join(code.lines(path))
    counts = [len(re.findall(rf"(?<!\w){re.escape(word)}(?!\w)", text)) for word in (name, other)]
    pairs = [(name, other), (other, name)] if counts[0] <= counts[1] else [(other, name), (name, other)]
    for old, new in pairs:
        fix = renamed(code, path, old, new)
        if fix is not None and (old == name or old not in known_names("gcc")):
            yield fix


def _above_function(lines: Sequence[str], number: int) -> int:
    """The line of the top-level definition around line ``number``, or of the comment right above it."""
    at = min(number, len(lines))
    while at > 1 and not re.match(r"[A-Za-z_]", lines[at - 1]):
        at -= 1
    while at > 1 and re.match(r"\s*(?:/\*|\*|//)", lines[at - 2]):
        at -= 1
    return at
