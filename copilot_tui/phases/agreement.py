"""Choosing among candidates by tests of which nobody knows whether they are right.

After CodeT (arXiv 2207.10397): candidates that pass the same tests behave alike and stand for each other; a
wrong test is passed by few candidates, a wrong candidate passes few tests, and mistakes seldom agree. So
the best group is the one with the most candidates times tests passed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Consensus:
    """The chosen candidate and those that behave like it, by their numbers; what all of them pass."""

    chosen: int
    agreeing: tuple[int, ...]
    passed: frozenset[int]


def consensus(passed: Sequence[frozenset[int] | None], votes: Sequence[int]) -> Consensus | None:
    """The group that agrees with most tests, and of it the first candidate.

    ``passed`` holds for each candidate the tests that it passes, None for one that does not build; ``votes``
    how often it was written. None where no candidate builds. Where groups are equally good the larger one
    counts, then the earlier.
    """
    groups: dict[frozenset[int], list[int]] = {}
    for number, tests in enumerate(passed):
        if tests is not None:
            groups.setdefault(tests, []).append(number)
    if not groups:
        return None

    def weight(tests: frozenset[int]) -> tuple[int, int]:
        voices = sum(votes[number] for number in groups[tests])
        return voices * len(tests), voices

    best = max(groups, key=weight)  # of equals the first, which is the one that was written first
    return Consensus(groups[best][0], tuple(groups[best]), best)
