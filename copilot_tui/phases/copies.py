"""Failed attempts that are a function of the code base under another name.

A small model likes to write down what it was shown. Where a candidate that failed is one of the snippets all
over again, the next prompt leaves that snippet out: what the model does not see it cannot copy. Names of the
functions themselves are not compared, nor are comments and white space.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from functools import lru_cache

from copilot_tui.core.artefacts import Candidate, Snippet
from copilot_tui.core.session_state import SessionState
from copilot_tui.index.symbols import definitions, language_of

ALIKE = 0.85
"""From this share of tokens in common on, in their order, one function is a copy of another."""
FEWEST_TOKENS = 15
"""Shorter functions are alike by nature."""

_TOKEN = re.compile(r"\w+|[^\w\s]")
_COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*|(?m:^\s*#[^\n]*)", re.DOTALL)


def copied_snippets(state: SessionState) -> tuple[Snippet, ...]:
    """The snippets that failed attempts of the session are copies of, in the order of the exploration."""
    if state.exploration is None:
        return ()
    failed = [a.candidate for a in state.attempts if a.build is not None and not a.build.success]
    written = [tokens for candidate in failed for tokens in _written(candidate)]
    if not written:
        return ()
    return tuple(s for s in state.exploration.snippets if _is_copied(s, failed[-1].symbols, written))


def is_copy(candidate: Candidate, snippets: Sequence[Snippet]) -> bool:
    """Whether the candidate is one of these all over again."""
    written = list(_written(candidate))
    return any(_is_copied(snippet, candidate.symbols, written) for snippet in snippets)


def last_copy(state: SessionState) -> str:
    """What a person should know where the newest attempt was a copy; empty where it was none."""
    newest = state.attempts[-1].candidate if state.attempts else None
    for snippet in copied_snippets(state):
        if newest is not None and is_copy(newest, [snippet]):
            name = snippet.symbol or f"{snippet.path}:{snippet.start}"
            return f"The last attempt was a copy of {name}; the model is not shown that any more."
    return ""


def _is_copied(snippet: Snippet, wanted: Sequence[str], written: Sequence[list[str]]) -> bool:
    if snippet.symbol in wanted:
        return False  # the function itself, as it was before
    shown = [tokens for name, tokens in _functions(snippet.text, snippet.path) if name not in wanted]
    return any(_alike(one, other) for one in shown for other in written)


def _written(candidate: Candidate) -> Iterator[list[str]]:
    if candidate.repair:
        return
    path = candidate.changes[0].path if candidate.changes else ""
    for _, tokens in _functions(candidate.code, path):
        yield tokens


@lru_cache(maxsize=256)
def _functions(text: str, path: str) -> tuple[tuple[str, list[str]], ...]:
    """Name and tokens of each function, the name taken out of them; each prompt asks for the same ones."""
    lines = text.split("\n")
    functions = []
    for found in definitions(text, language_of(path)):
        if found.kind == "function":
            code = _COMMENT.sub(" ", "\n".join(lines[found.start - 1 : found.end]))
            tokens = [token for token in _TOKEN.findall(code) if token != found.name]
            functions.append((found.name, tokens))
    return tuple(functions)


def _alike(one: list[str], other: list[str]) -> bool:
    if min(len(one), len(other)) < FEWEST_TOKENS:
        return False
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    return matcher.real_quick_ratio() >= ALIKE and matcher.quick_ratio() >= ALIKE and matcher.ratio() >= ALIKE
