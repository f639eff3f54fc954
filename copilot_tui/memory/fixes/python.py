"""Fixes for what Python says: a missing import, a slip in a name, a colon, an indentation.

Names of modules and of what they hold are those of the running interpreter; only modules whose import
has no side effect are looked into.
"""

from __future__ import annotations

import builtins
import importlib
import re
import sys
from collections.abc import Iterator, Sequence
from functools import cache

from copilot_tui.core.artefacts import Diagnostic
from copilot_tui.memory.fixes.fix import (
    AddImport,
    CodeView,
    Fix,
    ReplaceLine,
    line_at,
    near_name,
    renamed,
    words_of,
)

_HARMLESS = """
    abc argparse base64 bisect collections contextlib copy csv dataclasses datetime decimal enum
    fractions functools glob hashlib heapq io itertools json logging math operator os random re shutil
    statistics string struct subprocess sys tempfile textwrap threading time typing uuid
"""
"""Modules whose import has no side effect."""

_FROM = {
    "Path": "pathlib",
    "Counter": "collections",
    "defaultdict": "collections",
    "deque": "collections",
    "namedtuple": "collections",
    "OrderedDict": "collections",
    "dataclass": "dataclasses",
    "field": "dataclasses",
    "Enum": "enum",
    "Decimal": "decimal",
    "Fraction": "fractions",
}
_UNDEFINED = re.compile(r"name '(\w+)' is not defined")
_NO_MODULE = re.compile(r"No module named '(\w+)'")
_NO_NAME = re.compile(r"cannot import name '(\w+)' from '([\w.]+)'")
_NO_ATTRIBUTE = re.compile(
    r"(?:'(\w+)' object|type object '(\w+)'|module '([\w.]+)') has no attribute '(\w+)'"
)
_SUGGESTION = re.compile(r"Did you mean: '([\w.]+)'")
_BLOCK = re.compile(r"expected an indented block after .* on line (\d+)")
_OPENS_BLOCK = re.compile(r"\s*(?:if|elif|else|for|while|def|class|try|except|finally|with)\b")


def missing_import(error: Diagnostic, code: CodeView) -> Iterator[Fix]:
    """A module, or a name that one well-known module or the code base holds, is used but not imported."""
    match, path = _UNDEFINED.search(error.message), code.path_of(error.file)
    if match is None or path is None:
        return
    name = match[1]
    if name in sys.stdlib_module_names and not name.startswith("_"):
        yield _importing(path, f"import {name}")
    holders = [_FROM[name]] if name in _FROM else sorted(m for m in _HARMLESS.split() if name in _public(m))
    for module in holders[:2]:
        yield _importing(path, f"from {module} import {name}")
    for declaring, _ in code.declared_in(name):
        if declaring.endswith(".py") and declaring != path and not declaring.startswith("test"):
            module = declaring.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
            yield _importing(path, f"from {module} import {name}")


def misspelt_module(error: Diagnostic, code: CodeView) -> Iterator[Fix]:
    """The import of a module, or of a name from one, that differs by a slip from what there is."""
    path = code.path_of(error.file)
    if path is None:
        return
    if match := _NO_MODULE.search(error.message):
        known = {name for name in sys.stdlib_module_names if not name.startswith("_")}
        wanted = _nearest_module(match[1], known | _own_modules(code))
        fix = renamed(code, path, match[1], wanted) if wanted else None
        if fix is not None:
            yield fix
    elif (match := _NO_NAME.search(error.message)) and match[2] in _HARMLESS.split():
        wanted = near_name(match[1], _public(match[2]))
        fix = _in_line(code, path, error.line, match[1], wanted) if wanted else None
        if fix is not None:
            yield fix


def misspelt_name(error: Diagnostic, code: CodeView) -> Iterator[Fix]:
    """A name that is not defined, but nearly so; or the attribute of an object without its ``self.``."""
    match, path = _UNDEFINED.search(error.message), code.path_of(error.file)
    line = line_at(code, path, error.line) if path else None
    if match is None or path is None or line is None:
        return
    name = match[1]
    lines = code.lines(path)
    if any(re.search(rf"\bself\.{re.escape(name)}\b", other) for other in lines):
        pattern = re.compile(rf"(?<![\w.]){re.escape(name)}\b")
        new = pattern.sub(f"self.{name}", line)
        yield Fix(f"writing `self.{name}`", (ReplaceLine(path, error.line or 1, line, (new,)),))
    suggested = _SUGGESTION.search(error.message)
    near = near_name(name, {w for w in words_of(lines) if len(w) > 2} | set(dir(builtins)))
    for other in dict.fromkeys((near, suggested[1] if suggested else None)):
        fix = renamed(code, path, name, other) if other else None
        if fix is not None:
            yield fix


def misspelt_attribute(error: Diagnostic, code: CodeView) -> Iterator[Fix]:
    """An attribute that an object of a built-in type, a module or a class of the file nearly has."""
    match, path = _NO_ATTRIBUTE.search(error.message), code.path_of(error.file)
    if match is None or path is None:
        return
    kind, name = match[1] or match[2], match[4]
    if match[3]:
        choices = _public(match[3]) if match[3] in _HARMLESS.split() else frozenset()
    elif isinstance(getattr(builtins, kind, None), type):
        choices = frozenset(dir(getattr(builtins, kind)))
    else:
        choices = words_of([line for line in code.lines(path) if "self." in line or "def " in line])
    wanted = near_name(name, choices - {name})
    fix = _in_line(code, path, error.line, name, wanted) if wanted else None
    if fix is not None:
        yield fix


def missing_colon(error: Diagnostic, code: CodeView) -> Iterator[Fix]:
    path = code.path_of(error.file)
    line = line_at(code, path, error.line) if path else None
    if path is None or line is None or not _is_syntax(error) or not _OPENS_BLOCK.match(line):
        return
    if not line.rstrip().endswith(":"):
        yield _line_fix(path, error, line, f"{line.rstrip()}:", "adding `:`")


def unclosed(error: Diagnostic, code: CodeView) -> Iterator[Fix]:
    """A parenthesis, bracket or text that is not closed in its line."""
    path = code.path_of(error.file)
    line = line_at(code, path, error.line) if path else None
    if path is None or line is None or not _is_syntax(error):
        return
    never = re.search(r"'([\[({])' was never closed", error.message)
    if never is not None:
        closing = {"(": ")", "[": "]", "{": "}"}[never[1]]
        body = line.rstrip()
        if body.endswith(":"):
            yield _line_fix(path, error, line, f"{body[:-1]}{closing}:", f"closing with `{closing}`")
        yield _line_fix(path, error, line, f"{body}{closing}", f"closing with `{closing}`")
    elif "unterminated string literal" in error.message:
        for place in _ends_of_text(line):
            yield _line_fix(path, error, line, f'{line[:place]}"{line[place:]}', "closing the text")


def indentation(error: Diagnostic, code: CodeView) -> Iterator[Fix]:
    """A line that is a little off takes the indentation of its neighbours, or one level more."""
    path = code.path_of(error.file)
    line = line_at(code, path, error.line) if path else None
    if path is None or line is None or error.code not in ("IndentationError", "TabError"):
        return
    lines = code.lines(path)
    number = error.line or 1
    block = _BLOCK.search(error.message)
    if block is not None:
        above = line_at(code, path, int(block[1])) or ""
        wanted = [_indent(above) + "    "]
    else:
        around = [_indent(other) for other in _neighbours(lines, number)]
        wanted = sorted(dict.fromkeys(around), key=lambda text: abs(len(text) - len(_indent(line))))
    for indent in wanted:
        if indent != _indent(line):
            yield _line_fix(path, error, line, indent + line.lstrip(), "mending the indentation")


PYTHON_RULES = (
    missing_import,
    misspelt_module,
    misspelt_name,
    misspelt_attribute,
    missing_colon,
    unclosed,
    indentation,
)


@cache
def _public(module: str) -> frozenset[str]:
    return frozenset(name for name in dir(importlib.import_module(module)) if not name.startswith("_"))


def _own_modules(code: CodeView) -> frozenset[str]:
    return frozenset(
        path.removesuffix(".py") for path in code.paths() if path.endswith(".py") and "/" not in path
    )


def _nearest_module(name: str, known: frozenset[str] | set[str]) -> str | None:
    """A plural or a doubled letter is nearer than any other word of the same likeness."""
    return next((n for n in (name[:-1], f"{name}s") if n in known), None) or near_name(name, known)


def _importing(path: str, statement: str) -> Fix:
    return Fix(f"adding `{statement}`", (AddImport(path, statement),))


def _in_line(code: CodeView, path: str, number: int | None, old: str, new: str) -> Fix | None:
    line = line_at(code, path, number)
    if line is None or number is None:
        return None
    changed = re.sub(rf"(?<!\w){re.escape(old)}(?!\w)", new, line)
    return (
        Fix(f"writing `{new}` for `{old}`", (ReplaceLine(path, number, line, (changed,)),))
        if changed != line
        else None
    )


def _line_fix(path: str, error: Diagnostic, old: str, new: str, words: str) -> Fix:
    return Fix(f"{words} in line {error.line}", (ReplaceLine(path, error.line or 1, old, (new,)),))


def _is_syntax(error: Diagnostic) -> bool:
    return error.code == "SyntaxError"


def _ends_of_text(line: str) -> Iterator[int]:
    """Where a text that was opened last may end: before closing punctuation, the farthest first."""
    opened = line.rfind('"')
    ends = [m.start() for m in re.finditer(r"[)\]},:]*$|[)\]},]", line) if m.start() > opened >= 0]
    return iter(sorted(set(ends), reverse=True)[:3])


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


def _neighbours(lines: Sequence[str], number: int) -> list[str]:
    """The nearest lines with code above and below."""
    above = next((line for line in reversed(lines[: number - 1]) if line.strip()), "")
    below = next((line for line in lines[number:] if line.strip()), "")
    deeper = _indent(above) + "    " + "x" if above.rstrip().endswith(":") else above
    return [deeper, below, above]
