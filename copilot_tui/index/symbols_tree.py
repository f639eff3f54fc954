"""Definitions and syntax errors, read from a tree-sitter tree of C, C++ or Python.

Only containers are entered (namespaces, classes, ``#if`` branches, ``extern "C"``, broken regions),
never function bodies, and always with an explicit stack: hostile nesting costs memory, not the stack.
"""

from __future__ import annotations

from collections.abc import Iterator

import tree_sitter

from copilot_tui.index.definition import Definition, Kind
from copilot_tui.index.grammars import SyntaxTree

_LONGEST_SIGNATURE = 400
_MOST_DEFINITIONS = 20_000
_MOST_ERRORS = 50

_CONTAINER_TYPES = """
translation_unit module preproc_if preproc_ifdef preproc_else preproc_elif preproc_elifdef
linkage_specification declaration_list namespace_definition field_declaration_list block ERROR
if_statement elif_clause else_clause try_statement except_clause with_statement template_declaration
"""
_CONTAINERS = frozenset(_CONTAINER_TYPES.split())
_TYPES: dict[str, Kind] = {
    "struct_specifier": "struct",
    "union_specifier": "struct",
    "class_specifier": "class",
    "enum_specifier": "enum",
    "class_definition": "class",
}
_NAME_TYPES = """
identifier field_identifier type_identifier destructor_name operator_name namespace_identifier primitive_type
"""
_NAMES = frozenset(_NAME_TYPES.split())


def tree_definitions(tree: SyntaxTree) -> Iterator[Definition]:
    """Every definition, in the order of the text; ``comment_start`` is still ``start``."""
    stack = [tree.root]
    found = 0
    while stack and found < _MOST_DEFINITIONS:
        node = stack.pop()
        definition = _definition(tree, node)
        if definition is not None:
            found += 1
            yield definition
        inner = _inner(node)
        if inner:
            stack.extend(reversed(inner))


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


def _inner(node: tree_sitter.Node) -> list[tree_sitter.Node]:
    """The nodes below that may hold further definitions."""
    if node.type in _CONTAINERS:
        return node.children
    if node.type in {"class_specifier", "struct_specifier", "class_definition"}:
        body = node.child_by_field_name("body")
        return body.children if body is not None else []
    if node.type == "decorated_definition":
        inner = node.child_by_field_name("definition")
        return _inner(inner) if inner is not None else []
    if node.type in {"declaration", "field_declaration"}:
        # `struct a { void method() {} } variable;`
        kind = node.child_by_field_name("type")
        return _inner(kind) if kind is not None else []
    return []


def _definition(tree: SyntaxTree, node: tree_sitter.Node) -> Definition | None:
    match node.type:
        case "function_definition":
            return _function(tree, node, node)
        case "decorated_definition":
            inner = node.child_by_field_name("definition")
            if inner is None:
                return None
            return (
                _function(tree, node, inner)
                if inner.type == "function_definition"
                else _type(tree, node, inner)
            )
        case "declaration" | "field_declaration":
            return _declaration(tree, node)
        case "type_definition":
            declarator = node.child_by_field_name("declarator")
            return _make(tree, node, "typedef", _name(declarator), None)
        case "preproc_def" | "preproc_function_def":
            body = node.child_by_field_name("value") if node.type == "preproc_function_def" else None
            return _make(tree, node, "macro", node.child_by_field_name("name"), body)
        case kind if kind in _TYPES:
            return _type(tree, node, node)
    return None


def _function(tree: SyntaxTree, outer: tree_sitter.Node, node: tree_sitter.Node) -> Definition | None:
    named = node.child_by_field_name("name") or _name(node.child_by_field_name("declarator"))
    body = node.child_by_field_name("body")
    return _make(tree, outer, "function", named, body)


def _type(tree: SyntaxTree, outer: tree_sitter.Node, node: tree_sitter.Node) -> Definition | None:
    body = node.child_by_field_name("body")
    if body is None:
        return None
    return _make(tree, outer, _TYPES[node.type], node.child_by_field_name("name"), body)


def _declaration(tree: SyntaxTree, node: tree_sitter.Node) -> Definition | None:
    kind = node.child_by_field_name("type")
    if kind is not None and kind.type in _TYPES and kind.child_by_field_name("body") is not None:
        return _type(tree, node, kind)
    declarator = node.child_by_field_name("declarator")
    while declarator is not None and declarator.type in {"pointer_declarator", "reference_declarator"}:
        declarator = declarator.child_by_field_name("declarator") or _last_named(declarator)
    if declarator is None or declarator.type != "function_declarator":
        return None
    inner = declarator.child_by_field_name("declarator")
    if inner is None or inner.type == "parenthesized_declarator":
        return None  # a pointer to a function is a variable
    return _make(tree, node, "prototype", _name(inner), None)


def _last_named(node: tree_sitter.Node) -> tree_sitter.Node | None:
    return node.named_children[-1] if node.named_children else None


def _name(node: tree_sitter.Node | None) -> tree_sitter.Node | None:
    """The identifier at the heart of a declarator, without its qualification."""
    for _ in range(64):
        if node is None or node.type in _NAMES:
            return node
        node = (
            node.child_by_field_name("declarator")
            or node.child_by_field_name("name")
            or next((child for child in node.named_children if child.type != "parameter_list"), None)
        )
    return None


def _make(
    tree: SyntaxTree,
    node: tree_sitter.Node,
    kind: Kind,
    named: tree_sitter.Node | None,
    body: tree_sitter.Node | None,
) -> Definition | None:
    if named is None or named.end_byte <= named.start_byte:
        return None
    header_end = node.end_byte if body is None else body.start_byte
    header = tree.content[node.start_byte : min(header_end, node.start_byte + 4 * _LONGEST_SIGNATURE)]
    signature = " ".join(header.decode("utf-8", "replace").split())[:_LONGEST_SIGNATURE].rstrip(" :")
    start, end = node.start_point.row + 1, node.end_point.row + 1
    if node.end_point.column == 0 and end > start:
        end -= 1  # preprocessor lines end at the beginning of the next one
    return Definition(tree.text(named), kind, start, end, signature, start)
