"""The tree-sitter grammars that ship with the program, loaded on first use."""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module

import tree_sitter

_LANGUAGES = ("c", "cpp", "python")


@lru_cache(maxsize=len(_LANGUAGES))
def _grammar(language: str) -> tree_sitter.Language:
    return tree_sitter.Language(import_module(f"tree_sitter_{language}").language())


def syntax_tree(text: str, language: str) -> tree_sitter.Tree | None:
    """The syntax tree of ``text``, or None for a language without a grammar.

    Node positions count bytes of the UTF-8 form; what UTF-8 cannot hold counts as ``?``.
    """
    if language not in _LANGUAGES:
        return None
    return tree_sitter.Parser(_grammar(language)).parse(text.encode("utf-8", "replace"))
