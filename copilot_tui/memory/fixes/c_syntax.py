"""Fixes for what a C or C++ parser misses: a semicolon, a parenthesis, a brace.

gcc and clang point right behind the token after which something is missing, or at the next one. Where a
brace is missing they notice it far below; there the indentation tells the place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from copilot_tui.core.artefacts import Diagnostic
from copilot_tui.memory.fingerprint import plain_quotes
from copilot_tui.memory.fixes.fix import CodeView, Fix, ReplaceLine, line_at

_SEMICOLON = re.compile(r"expected (?:'=', ',', |',' or |'[:,]', )?';'(?!, ',' or '\)')")
_PARENTHESIS = re.compile(r"expected (?:'\)'|';', ',' or '\)')")
_BRACE = re.compile(
    r"expected declaration or statement at end of input|expected '\}'|expected identifier or '\('"
    r"|invalid storage class for function|nested functions?|function definition is not allowed"
    r"|expected (?:declaration|statement|unqualified-id)|extraneous closing brace|qualified-id in declaration"
    r"|undefined reference to|defined but not used|without a previous|'else' without|expected expression"
    r"|(?:does not name a type|a function-definition is not allowed here)"
)
_ASIDE = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)+\'', re.DOTALL)
_LABEL = re.compile(r"\s*(?:case\b.*|default\s*|\w+):\s*$|\s*#")


def missing_semicolon(error: Diagnostic, code: CodeView) -> Iterator[Fix]:
    yield from _missing_token(error, code, _SEMICOLON, ";")


def missing_parenthesis(error: Diagnostic, code: CodeView) -> Iterator[Fix]:
    yield from _missing_token(error, code, _PARENTHESIS, ")")


def unbalanced_brace(error: Diagnostic, code: CodeView) -> Iterator[Fix]:
    """A closing brace is added where the indentation says that a block ends, or one too many removed."""
    path = code.path_of(error.file)
    if path is None or not (_BRACE.search(plain_quotes(error.message)) or _is_syntax(error)):
        return
    lines = code.lines(path)
    bare = bare_lines(lines)
    surplus = sum(line.count("{") - line.count("}") for line in bare)
    if surplus == 1:
        at, indentation = _unclosed(bare)
        old = lines[at - 1]
        words = f"closing the block after line {at} with `}}`"
        yield Fix(words, (ReplaceLine(path, at, old, (old, f"{indentation}}}")),))
    elif surplus == -1:
        depth = 0
        for number, line in enumerate(bare, 1):
            depth += line.count("{") - line.count("}")
            if depth < 0:
                if line.strip() == "}":
                    words = f"removing the `}}` in line {number}"
                    yield Fix(words, (ReplaceLine(path, number, lines[number - 1], ()),))
                return


SYNTAX_RULES = (unbalanced_brace, missing_semicolon, missing_parenthesis)


def _is_syntax(error: Diagnostic) -> bool:
    return error.tool in ("gcc", "clang") and "expected" in error.message


def _missing_token(error: Diagnostic, code: CodeView, message: re.Pattern[str], token: str) -> Iterator[Fix]:
    path = code.path_of(error.file)
    if path is None or error.line is None or not message.search(plain_quotes(error.message)):
        return
    line = line_at(code, path, error.line)
    if line is None:
        return
    column = (error.column or 1) - 1
    before, behind = line[:column], line[column:]
    if before.strip():
        yield Fix(
            f"adding `{token}` in line {error.line}",
            (
                ReplaceLine(
                    path, error.line, line, (f"{before.rstrip()}{token}{_gap(before, behind)}{behind}",)
                ),
            ),
        )
        return
    bare = bare_lines(code.lines(path))
    for number in range(error.line - 1, 0, -1):
        if bare[number - 1].strip():
            old = code.lines(path)[number - 1]
            end = len(bare[number - 1].rstrip())
            new = f"{old[:end]}{token}{old[end:]}"
            yield Fix(f"adding `{token}` in line {number}", (ReplaceLine(path, number, old, (new,)),))
            return


def _gap(before: str, behind: str) -> str:
    return before[len(before.rstrip()) :] if behind else ""


def bare_lines(lines: Sequence[str], *, line_comments: bool = True) -> list[str]:
    """The lines with comments, texts and characters blanked, each as long as it was."""

    def blank(match: re.Match[str]) -> str:
        if match[0].startswith("//") and not line_comments:
            return "//" + " " * (len(match[0]) - 2)
        return re.sub(r"[^\n]", " ", match[0])

    return _ASIDE.sub(blank, "\n".join(lines)).split("\n")


def _unclosed(bare: Sequence[str]) -> tuple[int, str]:
    """Behind which line, and how far indented, the brace is missing, judged by the indentation."""
    blocks: list[str] = []
    last = len(bare)
    for number, line in enumerate(bare, 1):
        if not line.strip() or _LABEL.match(line):
            continue
        indentation = line[: len(line) - len(line.lstrip())]
        closes = line.lstrip().startswith("}")
        reached = blocks and len(indentation) <= len(blocks[-1]) and not closes
        too_far = blocks and closes and len(indentation) < len(blocks[-1])
        if (reached and line.strip() != "{") or too_far:
            return _last_code(bare, number - 1), blocks[-1]
        for character in line:
            if character == "{":
                blocks.append(indentation)
            elif character == "}" and blocks:
                blocks.pop()
        last = number
    return last, blocks[-1] if blocks else ""


def _last_code(bare: Sequence[str], number: int) -> int:
    while number > 1 and not bare[number - 1].strip():
        number -= 1
    return number
