"""What an encoder makes of the leading files: it reads the part of each that speaks of the query most."""

from __future__ import annotations

from collections.abc import Iterator

from copilot_tui.index.signals.situation import Evidence, Situation

_READ = 50


def reading(situation: Situation) -> Iterator[Evidence]:
    """The nearest of the leading files has 1, the farthest 0: the encoder's numbers say no more."""
    leaders = [path for path, _ in situation.leaders(_READ)]
    closeness = situation.source.closeness(situation.query, leaders)
    if len(closeness) < 2 or max(closeness) == min(closeness):
        return
    low, high = min(closeness), max(closeness)
    for path, value in zip(leaders, closeness, strict=True):
        yield Evidence(
            path, (value - low) / (high - low), "reads much like the query" if value == high else ""
        )
