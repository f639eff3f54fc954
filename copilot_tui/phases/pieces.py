"""What a reply holds: its outermost definitions and file-scope variables, each with its text.

Include guards that the model repeats are no pieces. Limits: comments before a definition and
preprocessor conditions around it are left behind; only C, C++ and Python are read.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from copilot_tui.core.errors import EditFormatError
from copilot_tui.index.grammars import SyntaxTree, syntax_tree
from copilot_tui.index.symbols import Definition, definitions

C_FAMILY = frozenset({"c", "cpp"})
TYPES = frozenset({"class", "struct"})
_SELF = re.compile(r"def\s+\w+\s*\(\s*(?:self|cls)\b")
_NAME = re.compile(r"[A-Za-z_]\w*")


@dataclass(frozen=True, slots=True)
class Piece:
    """One thing that the reply declares. ``kind`` is that of a definition, or ``variable``.

    ``container`` is the class that the reply wraps around a method.
    """

    name: str
    kind: str
    start: int
    text: str
    signature: str = ""
    container: str | None = None

    @property
    def is_method(self) -> bool:
        """Whether this is a Python method, also where the reply leaves its class out."""
        return self.container is not None or (self.kind == "function" and bool(_SELF.search(self.text)))


def pieces_of(code: str, language: str, target: str | None) -> list[Piece]:
    """The pieces in the order of the reply; of repeated names the last wins.

    A class that is only wrapped around the method ``target`` yields that method. Raises EditFormatError
    where two definitions share a line, since lines are what is put into the file.
    """
    lines = code.split("\n")
    found: dict[tuple[str | None, str, str, str], Piece] = {}
    everything = definitions(code, language)
    for definition in _outermost(everything):
        if neighbours(definition, everything):
            raise EditFormatError(
                f"The reply has {definition.name} and another definition on one line.", "Ask again."
            )
        if definition.kind == "macro" and _is_guard(code, definition.name):
            continue
        for inner, container in _unwrapped(definition, everything, target):
            text = textwrap.dedent("\n".join(lines[inner.start - 1 : inner.end]))
            piece = Piece(inner.name, inner.kind, inner.start, text, squeezed(inner.signature), container)
            overload = piece.signature if language == "cpp" else ""
            found[(container, piece.name, piece.kind, overload)] = piece
    return sorted([*found.values(), *_variables(code, language)], key=lambda piece: piece.start)


def squeezed(text: str) -> str:
    """``text`` without white space: what two layouts of one text have in common."""
    return "".join(text.split())


def container_of(definition: Definition, everything: Sequence[Definition]) -> Definition | None:
    """The innermost class or struct around a definition."""
    around = [d for d in everything if d.kind in TYPES and d.start < definition.start <= d.end]
    return max(around, key=lambda d: d.start, default=None)


def neighbours(definition: Definition, everything: Sequence[Definition]) -> list[Definition]:
    """Other definitions on its lines that are neither around it nor its members."""

    def beside(other: Definition) -> bool:
        overlaps = other.start <= definition.end and definition.start <= other.end
        around = other.kind in TYPES and other.start < definition.start
        member = definition.kind in TYPES and definition.end >= other.end
        return overlaps and other != definition and not around and not member

    return [other for other in everything if beside(other)]


def _outermost(everything: Sequence[Definition]) -> Iterator[Definition]:
    last_end = 0
    for definition in sorted(everything, key=lambda d: (d.start, -d.end)):
        if definition.start > last_end:
            last_end = definition.end
            yield definition


def _unwrapped(
    definition: Definition, everything: Sequence[Definition], target: str | None
) -> list[tuple[Definition, str | None]]:
    if definition.kind == "class" and target not in (None, definition.name):
        methods = [d for d in everything if d.name == target and container_of(d, everything) == definition]
        if methods:
            return [(method, definition.name) for method in methods]
    return [(definition, None)]


def _is_guard(code: str, macro: str) -> bool:
    return bool(re.search(rf"^\s*#\s*ifndef\s+{re.escape(macro)}\s*\n\s*#\s*define\s+\w+\s*$", code, re.M))


def _variables(code: str, language: str) -> Iterator[Piece]:
    """Constants and tables outside functions."""
    tree = syntax_tree(code, language)
    if tree is None:
        return
    lines = code.split("\n")
    for node in tree.root.children:
        if node.has_error:
            continue
        start, end = node.start_point.row, node.end_point.row
        name = _variable_name(tree, language, node.start_byte, node.end_byte, node.type)
        if name:
            yield Piece(name, "variable", start + 1, "\n".join(lines[start : end + 1]))


def _variable_name(tree: SyntaxTree, language: str, start: int, end: int, node_type: str) -> str | None:
    """The name before ``=``, ``[`` or ``;``; None for what declares no variable."""
    text = tree.content[start:end].decode("utf-8", "replace")
    if language == "python":
        match = re.match(r"([A-Za-z_]\w*)\s*(?::[^=\n]+)?=(?!=)", text)
        return match[1] if match and node_type == "expression_statement" else None
    head = re.split(r"[=\[;]", text, maxsplit=1)[0]
    if node_type != "declaration" or "(" in head or "{" in head:
        return None
    names = _NAME.findall(head)
    return names[-1] if len(names) > 1 else None
