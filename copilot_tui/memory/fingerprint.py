"""Knowing an error again: in another file, on another line, about another name.

A fingerprint is a hash of the tool's family, its code for the message, and the message with all that
is particular to one place replaced: paths, numbers, addresses, and names that belong to the code base
(those of the language and its library stay, see ``vocabulary``). Two errors with one fingerprint are
likely to need the same kind of fix; nothing more is claimed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from copilot_tui.core.artefacts import Diagnostic
from copilot_tui.core.text import printable
from copilot_tui.memory.vocabulary import known_headers, known_names

_LONGEST = 2_000  # characters of a message that count

_TOOL = re.compile(
    r"(?:.*[/\\])?(?:[\w.]+-)*?(?P<name>gcc|g\+\+|cc1\w*|cc|c\+\+|collect2|clang\+\+|clang|ld(?:\.\w+)?|lld|gmake|make)"
    r"(?:-[\d.]+)?(?:\.exe)?"
)
_FAMILIES = {
    "g++": "gcc",
    "cc": "gcc",
    "c++": "gcc",
    "cc1": "gcc",
    "cc1plus": "gcc",
    "cc1obj": "gcc",
    "clang++": "clang",
    "collect2": "ld",
    "lld": "ld",
    "gmake": "make",
}
_QUOTES = str.maketrans({"‘": "'", "’": "'", "`": "'", "“": '"', "”": '"', "´": "'"})
_ASIDE = re.compile(
    r"[;,]? ?did you mean '?[^'?]*'?\??|[;,]? ?have you forgotten[^;]*|\(first use in this function\)"
    r"|\[-W[^\]]*\]|; use '?-[^;]*$",
    re.I,
)
_PATH = re.compile(
    r"(?:[A-Za-z]:)?(?:[\w.+~@-]*[/\\])+[\w.+@-]+(?::\d+)*|\b[\w+-]+\.(?:[chsmo]|cc|cpp|cxx|hpp|hh|py|rs|go|[jt]sx?|java|so|a)\b(?::\d+)*"
)
_NEXT_TOKEN = re.compile(r"\b(before|after) (?:'[^']*'|(?:numeric|string|character) constant)(?: token)?")
_SECTION = re.compile(r"\(\.[\w.]+(?:\+\w+)?\)")
_NUMBER = re.compile(r"\b0[xX][0-9a-fA-F]+\b|(?<![\w.])[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?[uUlLfF]*(?!\w)")
_STRING = re.compile(r'"[^"\n]*"')
_QUOTED = re.compile(r"'([^'\n]*)'")
_WORD = re.compile(r"[A-Za-z_~]\w*")
_CODE_NAME = re.compile(r"\b(?:[A-Za-z]\w*_\w*|_\w+|[a-z]+[A-Z]\w*|[A-Za-z]\w*(?=\())")
_PLACEHOLDERS = frozenset({"NAME", "N", "PATH", "STRING"})
_PARAMETERS = re.compile(r"\[.*\]$", re.DOTALL)

_TAIL = re.compile(
    r"(?:\*\*\* )?.*\bError \d+\b|.*\bld returned \d+ exit status|linker command failed"
    r"|compilation terminated|aborting due to|could not compile|\d+ (?:errors?|warnings?).* generated"
    r"|.*\ball warnings being treated as|ninja: build stopped|build stopped|recipe for target"
    r"|too many errors|.*waiting for unfinished jobs|.*target .* not remade because of errors"
    r"|for more information about this error",
    re.I,
)


def normalised_message(diagnostic: Diagnostic) -> str:
    """The message in one line, with paths, numbers and the code base's own names replaced."""
    names = known_names(tool_family(diagnostic.tool)) | _PLACEHOLDERS

    def without_name(match: re.Match[str]) -> str:
        return match[0] if match[0] in names else "NAME"

    text = printable(diagnostic.message[:_LONGEST]).translate(_QUOTES)
    text = _ASIDE.sub("", text)
    text = _SECTION.sub("", text)
    text = _NEXT_TOKEN.sub(r"\1 TOKEN", text)
    text = _PATH.sub(_without_path, text)
    text = _NUMBER.sub("N", text)
    text = _QUOTED.sub(lambda match: f"'{_WORD.sub(without_name, match[1])}'", text)
    text = _STRING.sub('"STRING"', text)
    text = _CODE_NAME.sub(without_name, text)
    return " ".join(text.split())


def fingerprint(diagnostic: Diagnostic) -> str:
    """16 hexadecimal digits; equal for errors of one kind.

    A failing test's name counts too, without its parameters: ``assertion failed`` alone says nothing.
    """
    code = (diagnostic.code or "").replace("-Werror=", "-W")
    test = _PARAMETERS.sub("", diagnostic.test or "").rsplit("::", 1)[-1]
    parts = (tool_family(diagnostic.tool), code, test, normalised_message(diagnostic))
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:16]


def plain_quotes(message: str) -> str:
    """The message with all kinds of quotation marks as ``'`` and ``"``."""
    return message.translate(_QUOTES)


def tool_family(tool: str) -> str:
    """``gcc`` for ``/usr/bin/x86_64-linux-gnu-g++-14``, and likewise for clang, ld and make."""
    match = _TOOL.fullmatch(tool.strip()[:200])
    name = match["name"] if match else tool.strip().lower()
    return _FAMILIES.get(name, "ld" if name.startswith("ld") else name)


def root_errors(diagnostics: Sequence[Diagnostic]) -> tuple[Diagnostic, ...]:
    """The errors worth looking at, in their order.

    Repeats within a file are folded into the first, and so is an error of a header that several files
    include, and what the parser marked as following from another error. Messages that only say that
    something failed before ("make: *** Error 1", "ld returned 1 exit status") are left out where another
    error is known.
    """
    errors = [diagnostic for diagnostic in diagnostics if diagnostic.severity == "error"]
    errors = [error for error in errors if error.cause is None] or errors
    causes = [diagnostic for diagnostic in errors if not _TAIL.match(diagnostic.message)]
    distinct: dict[tuple[str | None, str | None, str], Diagnostic] = {}
    for diagnostic in causes or errors:
        distinct.setdefault((diagnostic.file, diagnostic.test, diagnostic.message), diagnostic)
    return tuple(distinct.values())


def _without_path(match: re.Match[str]) -> str:
    return match[0] if match[0] in known_headers() else "PATH"
