"""The tree-sitter grammars that ship with the program, loaded on first use.

Some texts (such as thousands of unclosed comments) take a parser quadratic time. So each text gets a
budget of processor time, far above what real sources need, and counts as unreadable beyond it. The
Python grammar takes quadratic memory, in one step that no budget interrupts, when operators are followed
by ``*`` over and over (C comments in a Python file); such a text is not parsed at all. Limit: the parser
runs in this process, so a text of yet another kind could still exhaust its memory.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module

import tree_sitter

_LANGUAGES = ("c", "cpp", "python")
_BASE_SECONDS = 0.5
_SECONDS_PER_BYTE = 3e-6
_STRAY_SPLAT = re.compile(r"[-+/%@]\s{0,200}\*|\*\s{1,200}\*")
_MOST_STRAY_SPLATS = 100
_PYTHON_LITERAL = re.compile(
    r"""#[^\n]*|'{3}.*?(?:'{3}|\Z)|"{3}.*?(?:"{3}|\Z)|"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?""", re.DOTALL
)


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
    if language not in _LANGUAGES or (language == "python" and _explodes(text)):
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


def _explodes(text: str) -> bool:
    """Whether a Python text has so many operators before ``*`` that its grammar runs out of memory."""
    if len(_STRAY_SPLAT.findall(text)) <= _MOST_STRAY_SPLATS:
        return False
    return len(_STRAY_SPLAT.findall(_PYTHON_LITERAL.sub("0", text))) > _MOST_STRAY_SPLATS
