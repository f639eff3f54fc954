"""The tree-sitter grammars that ship with the program, loaded on first use, and what is asked of them.

Each language has a query in ``queries/``, in tree-sitter's own language; it runs natively, so Python only
touches the nodes that it asked for.

Some texts (such as thousands of unclosed comments) take a parser quadratic time. So each text gets a
budget of processor time, far above what real sources need, and counts as unreadable beyond it. The
Python grammar takes quadratic memory, in one step that no budget interrupts, when operators are followed
by ``*`` over and over (C comments in a Python file); such a text is not parsed at all. Limit: where the
parser runs in this process, a text of yet another kind could still exhaust its memory; a first index reads
in processes of their own (``reading_pool``).
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from pathlib import Path

import tree_sitter

GRAMMARS: Mapping[str, tuple[str, str, tuple[str, ...]]] = {
    "c": ("tree_sitter_c", "language", ("c",)),
    "cpp": ("tree_sitter_cpp", "language", ("c", "cpp")),
    "go": ("tree_sitter_go", "language", ("go",)),
    "java": ("tree_sitter_java", "language", ("java",)),
    "javascript": ("tree_sitter_javascript", "language", ("javascript",)),
    "python": ("tree_sitter_python", "language", ("python",)),
    "rust": ("tree_sitter_rust", "language", ("rust",)),
    "shell": ("tree_sitter_bash", "language", ("shell",)),
    "tsx": ("tree_sitter_typescript", "language_tsx", ("javascript", "typescript")),
    "typescript": ("tree_sitter_typescript", "language_typescript", ("javascript", "typescript")),
}
"""Language to the module and function of its grammar, and the files of its query."""

_QUERIES = Path(__file__).parent / "queries"
_BASE_SECONDS = 0.5
_SECONDS_PER_BYTE = 3e-6
_MOST_TOKENS = 10_000
_MOST_LOOKED_AT = 1000
_STRAY_SPLAT = re.compile(r"[-+/%@|&^<>][\s\\]{0,200}\*|\*[\s\\]{1,200}\*")
_MOST_STRAY_SPLATS = 100
_PYTHON_LITERAL = re.compile(
    r"""#[^\n]*|'{3}.*?(?:'{3}|\Z)|"{3}.*?(?:"{3}|\Z)|"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?""", re.DOTALL
)
_CPLUSPLUS_WORDS = ("namespace ", "template", "class ", "public:", "private:", "protected:", "using ")
_CPLUSPLUS = re.compile(
    r"^[ \t]*(?:(?:inline[ \t]+)?namespace(?:[ \t]+[\w:]+)?[ \t]*(?:\{|$)|template[ \t]*<"
    r"|(?:public|private|protected)[ \t]*:|class[ \t]+\w+(?:[ \t]+\w+)?[ \t]*(?:final[ \t]*)?[:{;]"
    r"|using[ \t]+(?:namespace[ \t]|\w+[ \t]*=))",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class SyntaxTree:
    """The root of a tree, and the UTF-8 bytes that its positions count in."""

    root: tree_sitter.Node
    content: bytes
    language: str

    def text(self, node: tree_sitter.Node) -> str:
        """What a node stands for."""
        return self.content[node.start_byte : node.end_byte].decode("utf-8", "replace")

    def captures(self) -> dict[str, list[tree_sitter.Node]] | None:
        """What the language's query captures, by the capture's name; each list in no certain order.

        None for a tree that would take a query quadratic time: one with very many stray brackets.
        """
        if self.root.has_error and self._has_heap_of_tokens():
            return None
        return tree_sitter.QueryCursor(_query(self.language)).captures(self.root)

    def _has_heap_of_tokens(self) -> bool:
        stack = [self.root]
        for _ in range(_MOST_LOOKED_AT):
            if not stack:
                return False
            node = stack.pop()
            if node.child_count - node.named_child_count > _MOST_TOKENS:
                return True
            if node.child_count <= _MOST_TOKENS:
                stack.extend(child for child in node.children if child.has_error)
        return False


@lru_cache(maxsize=len(GRAMMARS))
def _grammar(language: str) -> tree_sitter.Language:
    module, function, _ = GRAMMARS[language]
    return tree_sitter.Language(getattr(import_module(module), function)())


@lru_cache(maxsize=len(GRAMMARS))
def _query(language: str) -> tree_sitter.Query:
    parts = [(_QUERIES / f"{name}.scm").read_text("utf-8") for name in GRAMMARS[language][2]]
    query: tree_sitter.Query = tree_sitter.Query(_grammar(language), "\n".join(parts))
    return query


def syntax_tree(text: str, language: str) -> SyntaxTree | None:
    """The tree of ``text``; None for a language without a grammar and for a text beyond the budget.

    What UTF-8 cannot hold counts as ``?``.
    """
    if language not in GRAMMARS or (language == "python" and _explodes(text)):
        return None
    if language == "c" and _is_cplusplus(text):
        language = "cpp"
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
    return SyntaxTree(tree.root_node, content, language)


def _is_cplusplus(text: str) -> bool:
    """Whether a text that its name calls C, such as a header, is C++ beyond doubt."""
    # Most texts hold none of the words, and to look for them takes no time.
    return any(word in text for word in _CPLUSPLUS_WORDS) and _CPLUSPLUS.search(text) is not None


def _explodes(text: str) -> bool:
    """Whether a Python text has so many operators before ``*`` that its grammar runs out of memory."""
    if text.count("*") <= _MOST_STRAY_SPLATS:
        return False
    # Comments and strings may stand between the two, and may hold both without harm.
    return len(_STRAY_SPLAT.findall(_PYTHON_LITERAL.sub(" ", text))) > _MOST_STRAY_SPLATS
