"""All signals with their weights, in the order in which they are asked.

The weights were tuned on two histories (see docs/benchmarks.md); a signal is left out by its name, which
is how the benchmark finds out what it adds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from copilot_tui.index.signals import marks, meaning, mentions, neighbours, past, reading, words
from copilot_tui.index.signals.situation import Evidence, Situation


@dataclass(frozen=True, slots=True)
class Signal:
    """``most`` caps what one file can gain, in units of strength."""

    name: str
    weight: float
    find: Callable[[Situation], Iterable[Evidence]]
    most: float = 1.0


FIRST_ROUND = (
    Signal("words", 0.5, words.words),
    Signal("meaning", 0.3, meaning.meaning),
    Signal("full names", 0.3, words.full_names),
    Signal("quoted text", 0.5, words.quoted),
    Signal("named paths", 1.4, mentions.named_paths, most=1.5),
    Signal("modules", 0.5, mentions.modules),
    Signal("path words", 0.3, mentions.path_words),
    Signal("symbols", 1.0, mentions.symbols, most=2.0),
    Signal("task", 3.0, marks.task_place),
    Signal("similar changes", 0.7, past.similar_changes),
)
SECOND_ROUND = (
    Signal("recent work", 0.2, past.recent_work),
    Signal("changed together", 0.2, past.changed_together),
    Signal("companions", 0.1, neighbours.companions),
    Signal("includes", 0.1, neighbours.includes),
    Signal("included by", 0.05, neighbours.included_by),
    Signal("callers", 0.5, neighbours.callers),
    Signal("siblings", 0.2, neighbours.siblings),
    Signal("breadcrumbs", 0.5, marks.relatives),
)
THIRD_ROUND = (Signal("reading", 0.5, reading.reading),)
SIGNALS = FIRST_ROUND + SECOND_ROUND + THIRD_ROUND
