"""What a tree-sitter tree tells: definitions, calls, imports, comments, syntax errors.

The query of the language (``queries/*.scm``) picks the nodes; here they get names, lines and comments.
Definitions inside functions are left out. Nothing recurses: hostile nesting costs memory, not the stack.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

import tree_sitter

from copilot_tui.index.definition import Definition, Kind
from copilot_tui.index.documentation import docstring_summary, summary
from copilot_tui.index.grammars import SyntaxTree

_LONGEST_SIGNATURE = 400
_LONGEST_COMMENT = 20_000
_MOST_DEFINITIONS = 20_000
_MOST_CALLS = 20_000
_MOST_ERRORS = 50
_KINDS: tuple[Kind, ...] = get_args(Kind)
_NAME_TYPES = """
identifier field_identifier type_identifier destructor_name operator_name namespace_identifier primitive_type
"""
_NAMES = frozenset(_NAME_TYPES.split())
_WRAPPERS = frozenset({"decorated_definition", "template_declaration", "export_statement"})
_WRAPPED: Mapping[str, frozenset[str]] = {
    "cpp": _WRAPPERS,
    "python": _WRAPPERS,
    "javascript": _WRAPPERS | {"variable_declaration", "lexical_declaration", "expression_statement"},
    "typescript": _WRAPPERS | {"variable_declaration", "lexical_declaration", "expression_statement"},
    "tsx": _WRAPPERS | {"variable_declaration", "lexical_declaration", "expression_statement"},
    "go": frozenset({"type_declaration"}),
}
"""Nodes that belong to the one definition inside them: decorators, ``export``, ``const name =``."""

_Runs = Mapping[int, tuple[int, int, int]]


@dataclass(frozen=True, slots=True)
class TreeReading:
    """All that one pass over a tree tells. ``imports`` are the nodes as captured, to be understood by
    ``imports.py``; ``comments`` are byte ranges in the order of the text."""

    definitions: list[Definition]
    calls: tuple[str, ...]
    imports: tuple[tuple[str, str], ...]
    comments: list[tuple[int, int]]


def read_tree(tree: SyntaxTree) -> TreeReading | None:
    """Everything that the language's query finds in ``tree``; None where that takes too long."""
    captures = tree.captures()
    if captures is None:
        return None
    comments = sorted(captures.get("comment", ()), key=lambda node: node.start_byte)
    runs = _comment_runs(tree, comments)
    return TreeReading(
        definitions=list(_definitions(tree, captures, runs)),
        calls=_calls(tree, captures.get("call", ())),
        imports=_imports(tree, captures),
        comments=[(node.start_byte, node.end_byte) for node in comments],
    )


def tree_errors(tree: SyntaxTree) -> Iterator[tuple[int, int, tree_sitter.Node]]:
    """Line and byte column (both from 0) of every ERROR and MISSING node, outermost ones only."""
    stack = [tree.root]
    found = 0
    while stack and found < _MOST_ERRORS:
        node = stack.pop()
        if node.is_error or node.is_missing:
            found += 1
            yield node.start_point.row, node.start_point.column, node
        elif node.has_error:
            stack.extend(reversed(node.children))


def _comment_runs(tree: SyntaxTree, comments: Sequence[tree_sitter.Node]) -> _Runs:
    """For each row (from 0) that ends a run of comment lines: the run's first row, first and last byte."""
    runs: dict[int, tuple[int, int, int]] = {}
    first, first_byte, previous = -1, 0, -2
    for node in comments:
        row, column = node.start_point
        begin = node.start_byte
        if column and tree.content[begin - column : begin].strip() and row != previous:
            continue  # a remark behind code introduces nothing
        if row > previous + 1:
            first, first_byte = row, begin
        end = node.end_point
        previous = end.row - 1 if end.column == 0 and end.row > row else end.row
        runs[previous] = first, first_byte, node.end_byte
    return runs


def _imports(
    tree: SyntaxTree, captures: Mapping[str, Sequence[tree_sitter.Node]]
) -> tuple[tuple[str, str], ...]:
    """Captures and texts of what is imported. Whether a command is ``source`` is asked here: a
    predicate in the query needs the tree's own text, which a tree that was parsed by callback lacks."""
    found = [(kind, node) for kind in ("import", "module") for node in captures.get(kind, ())]
    for node in captures.get("require", ()):
        call = node.parent.parent if node.parent is not None else None
        called = call.child_by_field_name("function") if call is not None else None
        if called is not None and tree.text(called) == "require":
            found.append(("import", node))
    for node in captures.get("source", ()):
        command = node.parent.child_by_field_name("name") if node.parent is not None else None
        if command is not None and tree.text(command) in {".", "source"}:
            found.append(("import", node))
    found.sort(key=lambda entry: entry[1].start_byte)
    return tuple((kind, tree.text(node)) for kind, node in found)


def _calls(tree: SyntaxTree, nodes: Sequence[tree_sitter.Node]) -> tuple[str, ...]:
    content = tree.content
    names = {content[node.start_byte : node.end_byte]: None for node in nodes[:_MOST_CALLS]}
    return tuple(
        dict.fromkeys(
            name.rpartition(b"::")[2].decode("utf-8", "replace") for name in names if len(name) < 200
        )
    )


def _definitions(
    tree: SyntaxTree,
    captures: Mapping[str, Sequence[tree_sitter.Node]],
    runs: _Runs,
) -> Iterator[Definition]:
    nodes = [
        (node.start_byte, -node.end_byte, kind, node) for kind in _KINDS for node in captures.get(kind, ())
    ]
    nodes.sort(key=lambda entry: entry[:2])
    wrappers = _WRAPPED.get(tree.language, frozenset())
    inside = -1  # where the last function ends; what begins before that lies in it
    found = 0
    for start, negative_end, kind, node in nodes:
        if start < inside:
            continue
        if kind == "function":
            inside = -negative_end
        if node.type == "preproc_def":
            definition = _constant(tree, node, runs)
        else:
            definition = _definition(tree, kind, node, wrappers, runs)
        if definition is not None:
            found += 1
            yield definition
        if found >= _MOST_DEFINITIONS:
            return


def _constant(tree: SyntaxTree, node: tree_sitter.Node, runs: _Runs) -> Definition | None:
    """``#define NAME value``; by far the most frequent definition of C, so it takes the short way."""
    named = node.child_by_field_name("name")
    if named is None:
        return None
    row = node.start_point[0]
    line = tree.content[node.start_byte : min(node.end_byte, node.start_byte + 4 * _LONGEST_SIGNATURE)]
    last = row + max(0, tree.content.count(b"\n", node.start_byte, node.end_byte) - 1)
    run = runs.get(row - 1)
    comment_start, doc = _comment_before(tree, node, row + 1, runs) if run else (row + 1, "")
    signature = " ".join(line.decode("utf-8", "replace").split())[:_LONGEST_SIGNATURE]
    return Definition(tree.text(named), "macro", row + 1, last + 1, signature, comment_start, doc)


def _definition(
    tree: SyntaxTree,
    kind: Kind,
    node: tree_sitter.Node,
    wrappers: frozenset[str],
    runs: _Runs,
) -> Definition | None:
    named = _named(tree, node)
    if named is None or named.end_byte <= named.start_byte:
        return None
    outer = node
    if wrappers:
        parent = node.parent
        while parent is not None and parent.type in wrappers:
            outer, parent = parent, parent.parent
    body = _body(node)
    header_end = node.end_byte if body is None else body.start_byte
    header = tree.content[outer.start_byte : min(header_end, outer.start_byte + 4 * _LONGEST_SIGNATURE)]
    signature = " ".join(header.decode("utf-8", "replace").split())[:_LONGEST_SIGNATURE].rstrip(" :")
    start, (end, end_column) = outer.start_point.row + 1, outer.end_point
    if end_column or end < start:
        end += 1  # preprocessor lines end at the beginning of the next one
    comment_start, doc = _comment_before(tree, outer, start, runs)
    if tree.language == "python" and body is not None:
        doc = docstring_summary(tree.content[body.start_byte : body.start_byte + _LONGEST_COMMENT]) or doc
    return Definition(tree.text(named), kind, start, end, signature, comment_start, doc)


def _comment_before(tree: SyntaxTree, outer: tree_sitter.Node, start: int, runs: _Runs) -> tuple[int, str]:
    """The first line of the comment before a definition, and what it says first."""
    row, column = start - 2, outer.start_point.column
    if column and tree.content[outer.start_byte - column : outer.start_byte].strip():
        return start, ""
    if tree.language == "rust":
        before = outer.prev_sibling
        while before is not None and before.type == "attribute_item":
            row = before.start_point.row - 1
            before = before.prev_sibling
    run = runs.get(row)
    if run is None:
        return start, ""
    first, begin, end = run
    comment = tree.content[begin : min(end, begin + _LONGEST_COMMENT)]
    return first + 1, summary(comment.decode("utf-8", "replace"))


def _body(node: tree_sitter.Node) -> tree_sitter.Node | None:
    """Where a definition's header ends."""
    match node.type:
        case "preproc_def" | "type_definition" | "alias_declaration":
            return None
        case "preproc_function_def":
            return node.child_by_field_name("value")
        case "declaration" | "type_spec":
            kind = node.child_by_field_name("type")
            return kind.child_by_field_name("body") if kind is not None else None
        case "variable_declarator" | "pair":
            value = node.child_by_field_name("value")
            return value.child_by_field_name("body") if value is not None else None
        case "assignment_expression":
            value = node.child_by_field_name("right")
            return value.child_by_field_name("body") if value is not None else None
    return node.child_by_field_name("body")


def _named(tree: SyntaxTree, node: tree_sitter.Node) -> tree_sitter.Node | None:
    """The node of a definition's name, without its qualification."""
    match node.type:
        case "assignment_expression":
            left = node.child_by_field_name("left")
            return left.child_by_field_name("property") or left if left is not None else None
        case "pair":
            return node.child_by_field_name("key")
        case "declaration" | "field_declaration":
            return _declared(node)
    declarator = node.child_by_field_name("declarator")
    if declarator is not None and tree.text(declarator) == "(void)":
        # A macro before the name made the grammar end there: ``int EXPORT main(void)``.
        return node.child_by_field_name("type")
    return node.child_by_field_name("name") or _heart(declarator)


def _declared(node: tree_sitter.Node) -> tree_sitter.Node | None:
    """The name of a declared function; none for a pointer to one, which is a variable."""
    declarator = node.child_by_field_name("declarator")
    while declarator is not None and declarator.type in {"pointer_declarator", "reference_declarator"}:
        declarator = declarator.child_by_field_name("declarator") or _last_named(declarator)
    if declarator is None or declarator.type != "function_declarator":
        return None
    inner = declarator.child_by_field_name("declarator")
    if inner is None or inner.type == "parenthesized_declarator":
        return None
    return _heart(inner)


def _last_named(node: tree_sitter.Node) -> tree_sitter.Node | None:
    return node.named_children[-1] if node.named_children else None


def _heart(node: tree_sitter.Node | None) -> tree_sitter.Node | None:
    """The identifier at the heart of a declarator."""
    for _ in range(64):
        if node is None or node.type in _NAMES:
            return node
        node = (
            node.child_by_field_name("declarator")
            or node.child_by_field_name("name")
            or next((child for child in node.named_children if child.type != "parameter_list"), None)
        )
    return None
