"""Telling the errors that came first in meaning from those that only follow from them.

One unknown type makes a compiler complain at each use of it, one brace too many makes it read the rest of the
file wrongly, one fault makes twenty tests fail at the same line. All records stay; those that follow name
their root in ``cause``. Only what is nearly certain is marked, since a root that was taken for a
consequence would be hidden from the model:

* the same complaint about the same name as before, at another place;
* any complaint that names a type, import or module which an earlier error said is not there;
* a second error in the line of a syntax error, and messages that tell of a parser that lost its way, behind
  an earlier syntax error in the same file;
* the same error at the same place, seen by another test.

Warnings are left alone. Time is linear.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from copilot_tui.core.artefacts import Diagnostic, Note

_QUOTED = re.compile(r"[‘'`\"«»„“]([A-Za-z_~$][\w:.~$/-]{0,200})[’'`\"»«“”]")
_NAMED_BARE = re.compile(r"(?:undefined: |undefined symbol: |symbol: \w+ )([A-Za-z_][\w.:]{0,200})")
_ABSENT = re.compile(
    r"unknown type name|does not name a type|was not declared|has not been declared|undeclared|"
    r"cannot find (?:symbol|type|value|name|module|crate|macro)|Cannot find (?:name|module)|"
    r"is not defined|unresolved import|No module named|undefined: |nicht deklariert|non déclaré|"
    r"no type named|no member named|is not in GOROOT|unknown class name|not found in this scope|"
    r"does not exist"
)
_ABSENT_OR_LINK = re.compile(_ABSENT.pattern + r"|undefined reference|undefined symbol|unresolved external")
_SYNTAX = re.compile(
    r"[Ee]xpected (?:[‘'`\"»«”„\[(]|one of|identifier|expression|declaration|statement|unqualified|primary)"
    r"|<\w+> expected|.{1,4} expected\.?$|(?:Declaration or statement|Type|Expression) expected"
    r"|.*(?:[Ss]yntax error|missing terminating|[Uu]nterminated|\bstray\b|[Mm]ismatched closing|[Uu]nclosed|"
    r"illegal start of|reached end of file|invalid syntax|was never closed)"
)
_COMPILERS = frozenset(
    (
        "gcc",
        "clang",
        "msvc",
        "rustc",
        "javac",
        "kotlinc",
        "go",
        "tsc",
        "csc",
        "python",
        "mypy",
        "ruff",
        "node",
        "sh",
    )
)
"""Who reads code by a grammar; a linter that expected '===' is not led astray by that."""
_LOST = re.compile(
    r"at end of (?:input|file)|expected identifier or|data definition has no type|extraneous closing brace|"
    r"expected unqualified-id|expected declaration|type specifier missing|a type specifier is required|"
    r"old-style parameter declarations|class, interface, enum, or record expected|"
    r"Declaration or statement expected|reached end of file|non-declaration statement outside function body"
)


@dataclass(slots=True)
class _Seen:
    """What earlier errors said: each table leads to the root that said it first."""

    complaints: dict[tuple[str, str], Diagnostic] = field(default_factory=dict)
    absent: dict[str, Diagnostic] = field(default_factory=dict)
    syntax_lines: dict[tuple[str, int], Diagnostic] = field(default_factory=dict)
    syntax_files: dict[str, Diagnostic] = field(default_factory=dict)
    places: dict[tuple[str, int, str], Diagnostic] = field(default_factory=dict)


def with_causes(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """The same diagnostics in the same order, each error that follows from an earlier one marked with it."""
    seen = _Seen()
    return tuple(_marked(diagnostic, seen) for diagnostic in diagnostics)


def _marked(diagnostic: Diagnostic, seen: _Seen) -> Diagnostic:
    if diagnostic.severity != "error" or diagnostic.cause is not None:
        return diagnostic
    names = _names(diagnostic)
    root = _root(diagnostic, names, seen)
    _remember(diagnostic if root is None else root, diagnostic, names, seen)
    if root is None:
        return diagnostic
    return replace(diagnostic, cause=Note(root.message, root.file, root.line, root.column))


def _names(diagnostic: Diagnostic) -> list[str]:
    names = [match.group(1) for match in _QUOTED.finditer(diagnostic.message)][:8]
    names += _NAMED_BARE.findall(diagnostic.message)[:1]
    for note in diagnostic.notes[:3]:
        if note.file is None:
            names += _NAMED_BARE.findall(note.message)[:1]
    return names


def _complaint(diagnostic: Diagnostic, names: list[str]) -> tuple[str, str] | None:
    """A message as a form and the name it speaks of; none for messages that name nothing."""
    if not names:
        return None
    return (_QUOTED.sub("?", diagnostic.message).replace(names[0], "?"), "|".join(names[:2]))


def _root(diagnostic: Diagnostic, names: list[str], seen: _Seen) -> Diagnostic | None:
    file, line, message = diagnostic.file, diagnostic.line, diagnostic.message
    if file and line:
        if root := seen.places.get((file, line, message)):
            return root
        if diagnostic.tool in _COMPILERS and (root := seen.syntax_lines.get((file, line))):
            return root
    complaint = _complaint(diagnostic, names)
    if complaint is not None and _ABSENT_OR_LINK.search(message) and (root := seen.complaints.get(complaint)):
        return root
    for name in names:
        if root := seen.absent.get(name):
            return root
    if file and _LOST.search(message) and (root := seen.syntax_files.get(file)):
        return root
    return None


def _remember(root: Diagnostic, diagnostic: Diagnostic, names: list[str], seen: _Seen) -> None:
    file, line, message = diagnostic.file, diagnostic.line, diagnostic.message
    complaint = _complaint(diagnostic, names)
    if complaint is not None:
        seen.complaints.setdefault(complaint, root)
    if names and _ABSENT.search(message) and diagnostic is root:
        # "'x' has no member named 'y'": y is absent, and what names x may be an error of its own.
        absent = names[-1] if "member named" in message else names[0]
        if "member named" not in message and "does not exist" not in message:
            seen.absent.setdefault(absent, root)
    if file and line:
        seen.places.setdefault((file, line, message), root)
        if diagnostic.tool in _COMPILERS and _SYNTAX.match(message):
            seen.syntax_lines.setdefault((file, line), root)
            seen.syntax_files.setdefault(file, root)
