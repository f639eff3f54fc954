"""The tree-sitter grammars that ship with the program, loaded on first use.

Some texts (such as thousands of unclosed comments) take a parser quadratic time. So each text gets a
budget of processor time, far above what real sources need, and counts as unreadable beyond it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module

import tree_sitter

_LANGUAGES = ("c", "cpp", "python")
_BASE_SECONDS = 0.5
_SECONDS_PER_BYTE = 3e-6


@dataclass(frozen=True, slots=True)
class SyntaxTree:
    """The root of a tree, and the UTF-8 bytes that its positions count in."""

    root: tree_sitter.Node
    content: bytes

    def text(self, node: tree_sitter.Node) -> str:
        """What a node stands for."""
        return self.content[node.start_byte : node.end_byte].decode("utf-8", "replace")


@lru_cache(maxsize=len(_LANGUAGES))
def _grammar(language: str) -> tree_sitter.Language:
    return tree_sitter.Language(import_module(f"tree_sitter_{language}").language())


def syntax_tree(text: str, language: str) -> SyntaxTree | None:
    """The tree of ``text``; None for a language without a grammar and for a text beyond the budget.

    What UTF-8 cannot hold counts as ``?``.
    """
    if language not in _LANGUAGES:
        return None
    content = text.encode("utf-8", "replace")
    view = memoryview(content)
    deadline = time.thread_time() + _BASE_SECONDS + _SECONDS_PER_BYTE * len(content)
    try:
        tree = tree_sitter.Parser(_grammar(language)).parse(
            lambda offset, _: view[offset:],
            progress_callback=lambda _offset, _has_error: time.thread_time() > deadline,
        )
    except ValueError:
        return None  # how the library says that the callback gave up
    return SyntaxTree(tree.root_node, content)
