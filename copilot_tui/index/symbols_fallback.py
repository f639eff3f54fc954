"""Functions found by patterns: AROS library macros, and languages that have no grammar here.

Limits: for the other languages the end of a function is estimated as the last line with text before
the next definition; generated one-line code may fool the patterns.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from copilot_tui.index.definition import Definition
from copilot_tui.index.documentation import autodoc_summary

_LONGEST_COMMENT = 20_000

# AROS_LH2I(type, name, ... , library, offset, module) and the user-function kin.
_AROS = re.compile(
    r"^[ \t]*AROS_[A-Z]{0,8}?H(?:QUAD)?\d+[A-Z]*\(\s*[^,;{}()]{1,200},\s*([A-Za-z_]\w*)\s*[,)]",
    re.MULTILINE,
)
_TOKEN = re.compile(
    r"""/\*.*?(?:\*/|\Z)|//[^\n]*|"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?|[(){};]""", re.DOTALL
)

_PATTERNS: Mapping[str, str] = {
    "rust": r"^[ \t]*(?:pub(?:\([^)\n]*\))?[ \t]+)?"
    r"(?:(?:async|const|unsafe|extern(?:[ \t]+\"[^\"\n]*\")?)[ \t]+)*fn[ \t]+(\w+)",
    "go": r"^func[ \t]+(?:\([^)\n]*\)[ \t]*)?(\w+)",
    "javascript": r"^[ \t]*(?:export[ \t]+)?(?:default[ \t]+)?(?:async[ \t]+)?function[ \t]*\*?[ \t]*([\w$]+)"
    r"|^(?:export[ \t]+)?(?:const|let|var)[ \t]+([\w$]+)[ \t]*=[ \t]*"
    r"(?:async[ \t]*)?(?:function\b|\([^)\n]*\)[ \t]*=>|[\w$]+[ \t]*=>)",
    "shell": r"^[ \t]*(?:function[ \t]+([\w:.-]+)|([\w:.-]+)[ \t]*\([ \t]*\))",
    "ruby": r"^[ \t]*def[ \t]+(?:self\.)?([\w?!=]+)",
    "perl": r"^[ \t]*sub[ \t]+(\w+)",
    "lua": r"^[ \t]*(?:local[ \t]+)?function[ \t]+(?:[\w]+[.:])*(\w+)",
    "php": r"^[ \t]*(?:(?:public|private|protected|static|final|abstract)[ \t]+)*function[ \t]+&?(\w+)",
    "zig": r"^[ \t]*(?:pub[ \t]+)?(?:export[ \t]+)?fn[ \t]+(\w+)",
    "swift": r"^[ \t]*(?:(?:public|private|internal|static|override|open)[ \t]+)*func[ \t]+(\w+)",
    "kotlin": r"^[ \t]*(?:(?:public|private|internal|protected|override|suspend|inline|open)[ \t]+)*"
    r"fun[ \t]+(?:\w+\.)?(\w+)",
    "java": r"^[ \t]*(?:(?:public|private|protected|static|final|abstract|synchronized|native)[ \t]+)+"
    r"[\w<>\[\],.? ]{1,80}?[ \t](\w+)[ \t]*\(",
    "csharp": r"^[ \t]*(?:(?:public|private|protected|internal|static|override|virtual|async|sealed)[ \t]+)+"
    r"[\w<>\[\],.? ]{1,80}?[ \t](\w+)[ \t]*\(",
}
_PATTERNS = {**_PATTERNS, "typescript": _PATTERNS["javascript"], "tsx": _PATTERNS["javascript"]}


def functions_by_pattern(text: str, language: str) -> list[Definition]:
    """Functions of a language without a grammar, in order; empty where there is no pattern for it."""
    pattern = _PATTERNS.get(language)
    if pattern is None:
        return []
    lines = text.split("\n")
    found: list[tuple[str, int]] = []
    line, counted_to = 1, 0
    for match in re.finditer(pattern, text, re.MULTILINE):
        line += text.count("\n", counted_to, match.start())
        counted_to = match.start()
        found.append((next(name for name in match.groups() if name), line))
    result: list[Definition] = []
    for position, (name, start) in enumerate(found):
        end = found[position + 1][1] - 1 if position + 1 < len(found) else len(lines)
        while end > start and not lines[end - 1].strip():
            end -= 1
        signature = " ".join(lines[start - 1].split("{")[0].split())[:400]
        result.append(Definition(name, "function", start, end, signature, start))
    return result


def aros_functions(text: str) -> list[Definition]:
    """Library functions behind AROS macros, with a body in braces; prototypes (AROS_LD) are not meant."""
    if "AROS_" not in text:
        return []
    result: list[Definition] = []
    line, counted_to = 1, 0
    matches = list(_AROS.finditer(text))
    for position, match in enumerate(matches, 1):
        limit = matches[position].start() if position < len(matches) else len(text)
        line += text.count("\n", counted_to, match.start())
        counted_to = match.start()
        body, end = _body(text, text.index("(", match.start()), limit)
        if body < 0:
            continue
        header = re.sub(r"/\*.*?(?:\*/|\Z)", " ", text[match.start() : body], flags=re.DOTALL)
        last = line + text.count("\n", match.start(), end)
        signature = " ".join(header.split())[:400]
        comment = _autodoc_start(text, match.start())
        first = line - text.count("\n", comment, match.start())
        doc = autodoc_summary(text[comment:body])
        result.append(Definition(match.group(1), "function", line, last, signature, first, doc))
    return result


def _autodoc_start(text: str, start: int) -> int:
    """Where the comment before an AROS macro begins, #include lines in between; else ``start``."""
    earliest = max(0, start - _LONGEST_COMMENT)
    end = text.rfind("*/", earliest, start)
    between = text[end + 2 : start].split("\n") if end >= 0 else ["x"]
    if any(line.strip() and not line.lstrip().startswith("#") for line in between):
        return start
    begin = text.rfind("/*", earliest, end)
    return begin if begin >= 0 else start


def _body(text: str, start: int, limit: int) -> tuple[int, int]:
    """Offsets of the first brace behind the parenthesis at ``start`` and of its partner, or (-1, -1).

    Nothing from ``limit`` on is looked at, so that all searches together stay linear.
    """
    parentheses = braces = 0
    opened = -1
    for token in _TOKEN.finditer(text, start, limit):
        match token.group():
            case "(":
                parentheses += 1
            case ")":
                parentheses -= 1
            case ";" if opened < 0 and parentheses <= 0:
                return -1, -1
            case "{":
                opened = token.start() if opened < 0 else opened
                braces += 1
            case "}":
                braces -= 1
                if opened >= 0 and braces <= 0:
                    return opened, token.end()
    return -1, -1
