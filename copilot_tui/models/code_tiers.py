"""How large the two models should be for a code base, by its lines of code."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tier:
    """A class of code bases below ``lines``, and the parameters that its two models should have."""

    name: str
    lines: float
    codegen: float
    llm: float


LARGE_FROM = 10_000
"""Lines beyond which a code base is large; more need not be counted."""

TIERS = (
    Tier("small (under 1,000 lines)", 1_000, 0.35e9, 7e9),
    Tier("medium (1,000 to 10,000 lines)", LARGE_FROM + 1, 2e9, 7e9),
    Tier("large (over 10,000 lines)", float("inf"), 6e9, 13e9),
)
