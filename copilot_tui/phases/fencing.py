"""Code fences that the text between them cannot close."""

from __future__ import annotations

import re

_FENCE = re.compile(r"^[ \t]*(`{3,})", re.MULTILINE)


def fence_for(text: str) -> str:
    """Three backticks, or one more than the longest fence in ``text``."""
    return "`" * max(3, 1 + max((len(ticks) for ticks in _FENCE.findall(text)), default=2))
