"""The imports of a Python reply, put where Python takes them.

Read from the syntax tree, so that text inside strings is none, and compared name by name.
"""

from __future__ import annotations

from collections.abc import Iterator

import tree_sitter

from copilot_tui.index.grammars import SyntaxTree, syntax_tree

_IMPORTS = frozenset({"import_statement", "import_from_statement", "future_import_statement"})
_FUTURE = "__future__"


def with_imports(text: str, code: str) -> str:
    """``text`` with those top-level imports of ``code`` that it lacks.

    ``from __future__`` goes right behind the docstring, the rest behind the imports that stand before
    the first definition.
    """
    tree, reply = syntax_tree(text, "python"), syntax_tree(code, "python")
    if tree is None or reply is None:
        return text
    present = {item for node in _imports(tree) for item in _items(tree, node)}
    wanted = dict.fromkeys(item for node in _imports(reply) for item in _items(reply, node))
    missing = [item for item in wanted if item not in present]
    if not missing:
        return text
    lines = text.split("\n")
    docstring, last = _places(tree)
    for module, name in missing[::-1]:
        line = f"from {module} import {name}" if module else f"import {name}"
        at = docstring if module == _FUTURE else last
        lines.insert(at, line)
    return "\n".join(lines)


def _imports(tree: SyntaxTree) -> Iterator[tree_sitter.Node]:
    return (node for node in tree.root.children if node.type in _IMPORTS and not node.has_error)


def _items(tree: SyntaxTree, node: tree_sitter.Node) -> Iterator[tuple[str, str]]:
    """Pairs of module (empty for ``import x``) and name, as they are written."""
    module = ""
    if node.type == "future_import_statement":
        module = _FUTURE
    elif node.type == "import_from_statement":
        named = node.child_by_field_name("module_name")
        module = tree.text(named) if named is not None else ""
    for name in node.children_by_field_name("name"):
        yield module, " ".join(tree.text(name).split())
    if any(child.type == "wildcard_import" for child in node.children):
        yield module, "*"


def _places(tree: SyntaxTree) -> tuple[int, int]:
    """The line indices behind the docstring, and behind the leading imports."""
    docstring = last = 0
    for number, node in enumerate(n for n in tree.root.children if n.type != "comment"):
        if number == 0 and _is_string(node):
            docstring = node.end_point.row + 1
        if node.type in _IMPORTS:
            last = node.end_point.row + 1
        elif node.type.endswith("_definition"):
            break
    if docstring == 0:
        docstring = _comment_lines(tree)
    return docstring, max(docstring, last)


def _comment_lines(tree: SyntaxTree) -> int:
    """How many comment lines (the interpreter, the licence) the file begins with."""
    count = 0
    for node in tree.root.children:
        if node.type != "comment" or node.start_point.row != count:
            break
        count += 1
    return count


def _is_string(node: tree_sitter.Node) -> bool:
    return node.type == "string" or (
        node.type == "expression_statement" and [c.type for c in node.children] == ["string"]
    )
