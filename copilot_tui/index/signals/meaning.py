"""Functions whose names and comments mean what the query says, in whatever words."""

from __future__ import annotations

from collections.abc import Iterator

from copilot_tui.index.signals.situation import Evidence, Situation

FUNCTIONS = 100
_NEAR = 0.7
"""From this nearness on, two texts mean the same."""
_DECAY_RANKS = 4


def meaning(situation: Situation) -> Iterator[Evidence]:
    """The nearest function of each file. The rank counts as much as the nearness, whose size says less
    the longer the query is."""
    seen: set[str] = set()
    for meant in situation.source.nearest(situation.query.gist, FUNCTIONS):
        if meant.path not in seen and meant.nearness > 0:
            strength = min(1.0, meant.nearness / _NEAR) / (1 + len(seen) / _DECAY_RANKS)
            seen.add(meant.path)
            yield Evidence(meant.path, strength, f"means much the same: {meant.name}")
