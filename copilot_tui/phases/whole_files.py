"""Replies that are a whole file: how long one may be, and when it is not taken.

A small model that rewrites a file shortens it. So a file that a reply cannot hold is never asked for,
and a reply that lost most of the old lines is refused.
"""

from __future__ import annotations

import re
from collections import Counter

from copilot_tui.core.errors import EditFormatError
from copilot_tui.workspace.edits import code_blocks, whole_file

CHARACTERS_PER_TOKEN = 3
"""Of source text, at the least: what a reply of so many tokens can hold."""

_FEW_LINES = 4
_REWRITES = re.compile(r"\b(?:rewrite|rewritten|from scratch|start over)\b", re.IGNORECASE)


def check_length(path: str, before: str | None, max_tokens: int) -> None:
    """Raise EditFormatError for a file that does not fit into a reply."""
    size = len(before or "")
    if size > max_tokens * CHARACTERS_PER_TOKEN:
        raise EditFormatError(
            f"{path} is too long to be written anew: {size} characters, and a reply has room for "
            f"{max_tokens * CHARACTERS_PER_TOKEN}.",
            "Raise codegen.max_length, or let the task name a smaller file.",
        )


def whole_text(reply: str, path: str, before: str | None, task: str) -> str:
    """The new text of the file from a reply with one block (several are joined).

    Raises EditFormatError when the reply holds no code, or when more than half of the old lines are
    gone although the ``task`` does not ask for a rewrite.
    """
    blocks = code_blocks(reply)
    text = "\n\n".join(whole_file(block, before).strip("\n") for block in blocks)
    text = _without_stray_fence(text) + "\n"
    old = _lines(before or "")
    lost = sum((old - _lines(text)).values())
    if old.total() >= _FEW_LINES and lost * 2 > old.total() and not _REWRITES.search(task):
        raise EditFormatError(
            f"The reply leaves out {lost} of the {old.total()} lines of {path}.",
            "Say `rewrite` in the task if that is meant, or use a larger model.",
        )
    return text


def _without_stray_fence(text: str) -> str:
    """``text`` without a last fence that opens nothing: a model may close a long fence with a short one."""
    lines = text.split("\n")
    fences = [line for line in lines if line.lstrip().startswith("```")]
    if lines[-1].strip() == "```" and len(fences) % 2:
        lines.pop()
    return "\n".join(lines).rstrip("\n")


def _lines(text: str) -> Counter[str]:
    return Counter(line.strip() for line in text.split("\n") if line.strip())
