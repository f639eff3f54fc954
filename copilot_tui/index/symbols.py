"""What a source text defines and uses: functions, types, macros, with lines and comments.

C, C++, Go, Java, JavaScript, Python, Rust, shell and TypeScript are read with tree-sitter. Other languages
have a line pattern for functions, whose ends are estimated from the next definition; languages without a
pattern yield nothing. AROS library
functions (``AROS_LH2I(type, name, ...)`` and their kin) are no C to a grammar, so they are recognised
by their macro, as are prototypes (``hidden_prototypes``), and what else macros hide by the look of its head
(``lost_functions``). A text in C that is clearly C++, as many a ``.h`` is, is read as that. Limits: nested
functions and locals are left out; the macros and other heavy preprocessing count as syntax errors, so
compare a file with its earlier self.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from copilot_tui.core.text import printable_line
from copilot_tui.index.comments import comment_lines, comment_starts, comment_text
from copilot_tui.index.definition import Definition, Kind
from copilot_tui.index.grammars import syntax_tree
from copilot_tui.index.hidden_prototypes import hidden_prototypes
from copilot_tui.index.imports import import_targets
from copilot_tui.index.languages import COMMENT_STYLES, language_of
from copilot_tui.index.lost_functions import with_lost_functions
from copilot_tui.index.symbols_fallback import aros_functions, functions_by_pattern
from copilot_tui.index.symbols_tree import read_tree, tree_errors

__all__ = [
    "Definition",
    "Kind",
    "SourceReading",
    "calls",
    "definitions",
    "language_of",
    "read_source",
    "references",
    "syntax_errors",
]

_IDENTIFIER = re.compile(r"[A-Za-z_]\w*")
_CALL = re.compile(r"\b([A-Za-z_]\w*)\s*\(")
_LITERAL_OR_COMMENT = re.compile(
    r"""/\*.*?(?:\*/|\Z)|//[^\n]*|"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?""", re.DOTALL
)
_HASH_LITERAL_OR_COMMENT = re.compile(
    r'''#[^\n]*|""".*?(?:"""|\Z)|"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?''', re.DOTALL
)
_KEYWORDS = "if for while switch return sizeof defined catch and or not in is elif except"
_NOT_CALLS = frozenset(_KEYWORDS.split())


@dataclass(frozen=True, slots=True)
class SourceReading:
    """What one pass over a source text tells. ``calls`` are names, ``imports`` paths as in ``imports.py``,
    ``comments`` the text of all comments."""

    definitions: tuple[Definition, ...] = ()
    calls: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()
    comments: str = ""


def read_source(text: str, language: str | None) -> SourceReading:
    """Everything at once; cheaper than asking for each part. Empty for an unknown language."""
    if language is None or not text:
        return SourceReading()
    tree = syntax_tree(text, language)
    reading = read_tree(tree) if tree is not None else None
    if tree is None or reading is None:
        code = calls(text, language) if language in COMMENT_STYLES else ()
        return SourceReading(_without_tree(text, language), code, (), comment_text(text, language))
    found = reading.definitions
    if language in {"c", "cpp"}:
        prototypes = hidden_prototypes(tree.content, reading.comments, has_error=tree.root.has_error)
        found = _with_hidden(found, [*aros_functions(text), *prototypes])
        if tree.root.has_error:
            found = with_lost_functions(text, found)
    content = tree.content
    return SourceReading(
        definitions=_in_order(found),
        calls=tuple(name for name in reading.calls if name not in _NOT_CALLS),
        imports=import_targets(reading.imports, language),
        comments=b"\n".join(content[a:b] for a, b in reading.comments).decode("utf-8", "replace"),
    )


def definitions(text: str, language: str | None) -> tuple[Definition, ...]:
    """The definitions of ``text`` in the order of their first lines; empty for an unknown language."""
    return read_source(text, language).definitions


def _without_tree(text: str, language: str) -> tuple[Definition, ...]:
    starts = comment_starts(comment_lines(text, language))
    found = functions_by_pattern(text, language)
    return _in_order(replace(item, comment_start=starts.get(item.start - 1, item.start)) for item in found)


def _in_order(found: Iterable[Definition]) -> tuple[Definition, ...]:
    return tuple(sorted(found, key=lambda item: (item.start, -item.end)))


def _with_hidden(found: list[Definition], hidden: list[Definition]) -> list[Definition]:
    """Both kinds together; what a confused grammar saw inside a hidden one is dropped."""
    if not hidden:
        return found
    inside = {line for item in hidden for line in range(item.start, item.end + 1)}
    return [item for item in found if item.kind == "macro" or item.start not in inside] + hidden


def syntax_errors(text: str, language: str | None) -> tuple[tuple[int, int, str], ...]:
    """Line and column (from 1, in characters) and the text of what does not parse, at most 50.

    Empty for a language without a grammar. Code that is full of macros has such places although it
    compiles; only a place that an edit added speaks against the edit.
    """
    tree = syntax_tree(text, language) if language else None
    if tree is None or not tree.root.has_error:
        return ()
    lines = text.split("\n")
    errors: list[tuple[int, int, str]] = []
    for row, byte_column, node in tree_errors(tree):
        line = lines[row] if row < len(lines) else ""
        column = len(line.encode("utf-8", "replace")[:byte_column].decode("utf-8", "replace")) + 1
        excerpt = f"missing {node.type}" if node.is_missing else line[column - 1 :].strip() or line.strip()
        errors.append((row + 1, column, printable_line(excerpt)[:120]))
    return tuple(errors)


def references(text: str, language: str | None) -> tuple[str, ...]:
    """The identifiers that ``text`` uses outside comments and strings, each once, in order."""
    return tuple(dict.fromkeys(_IDENTIFIER.findall(_code(text, language))))


def calls(text: str, language: str | None) -> tuple[str, ...]:
    """The names in ``text`` that stand before a parenthesis, each once, in order."""
    return tuple(
        name for name in dict.fromkeys(_CALL.findall(_code(text, language))) if name not in _NOT_CALLS
    )


def _code(text: str, language: str | None) -> str:
    pattern = _HASH_LITERAL_OR_COMMENT if language in {"python", "shell", "ruby"} else _LITERAL_OR_COMMENT
    return pattern.sub(" ", text)
