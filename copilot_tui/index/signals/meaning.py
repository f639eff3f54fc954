"""Functions whose names and comments mean what the query says, in whatever words."""

from __future__ import annotations

from collections.abc import Iterator

from copilot_tui.index.signals.situation import Evidence, Situation

FUNCTIONS = 100
_LEAST = 0.35
"""Below this nearness nearly every function of a large code base is alike."""


def meaning(situation: Situation) -> Iterator[Evidence]:
    """The nearest function of each file; the nearest of all has 1."""
    found = situation.source.nearest(situation.query.text, FUNCTIONS)
    best = found[0].nearness if found else 0.0
    seen: set[str] = set()
    for meant in found:
        if meant.nearness >= _LEAST and meant.path not in seen:
            seen.add(meant.path)
            strength = (meant.nearness - _LEAST) / (max(best, 2 * _LEAST) - _LEAST)
            yield Evidence(meant.path, strength, f"means much the same: {meant.name}")
