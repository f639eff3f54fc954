"""Which files matter for a query: the signals of ``signals.table``, weighed and added up.

The first round asks what the query says of each file, the second what stands near the files that lead
then, the third, where an encoder is at hand, reads those that lead at last. Tests, examples and
documents count less unless the query speaks of them. Every file says in
``reasons`` why it is there, the strongest reason first. Pinned files come first whatever they score,
dropped ones never come.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field

from copilot_tui.core.places import RankedFile, Span, Task
from copilot_tui.index.query import Query, parse_query
from copilot_tui.index.roles import role_factor
from copilot_tui.index.signals.situation import Situation, Source
from copilot_tui.index.signals.table import FIRST_ROUND, SECOND_ROUND, THIRD_ROUND, Signal

__all__ = ["Choice", "Source", "rank_files"]

_MOST_REASONS = 6


@dataclass(frozen=True, slots=True)
class Choice:
    """A person's say: ``pins`` come first, ``drops`` never; ``threshold`` cuts below that part of the
    best score. Signals that are named in ``without`` are not asked."""

    limit: int
    pins: Collection[str] = ()
    drops: Collection[str] = ()
    threshold: float = 0.0
    without: Collection[str] = ()


@dataclass(slots=True)
class _Candidate:
    score: float = 0.0
    reasons: dict[str, float] = field(default_factory=dict)
    explanations: list[tuple[Callable[[], str], float]] = field(default_factory=list)

    def strongest_reasons(self) -> list[str]:
        for explain, weight in self.explanations:
            if reason := explain():
                self.reasons.setdefault(reason, weight)
        return sorted(self.reasons, key=lambda reason: -self.reasons[reason])[:_MOST_REASONS]


def rank_files(
    text: str,
    source: Source,
    choice: Choice,
    task: Task | None,
    spans_of: Callable[[Query, str], tuple[Span, ...]],
) -> tuple[RankedFile, ...]:
    """The best files for a query, best first, at most ``choice.limit`` (pins included)."""
    symbols = (task.symbol,) if task is not None and task.symbol else ()
    query = parse_query(text if text.strip() or task is None else task.text, symbols)
    situation = Situation(query, source, task, choice.limit)
    candidates: dict[str, _Candidate] = {}
    _ask(FIRST_ROUND, situation, choice, candidates)
    factors: dict[str, float] = {}
    for further in (SECOND_ROUND, THIRD_ROUND) if source.reads_anew else (SECOND_ROUND,):
        factors |= {path: _factor(path, query, task) for path in candidates if path not in factors}
        situation.stand({path: candidate.score * factors[path] for path, candidate in candidates.items()})
        _ask(further, situation, choice, candidates)
    for path in [path for path in candidates if path in choice.drops or not _exists(path, situation)]:
        del candidates[path]
    for path, candidate in candidates.items():
        candidate.score *= factors[path] if path in factors else _factor(path, query, task)
    return _chosen(candidates, query, choice, spans_of)


def _ask(
    signals: Iterable[Signal], situation: Situation, choice: Choice, candidates: dict[str, _Candidate]
) -> None:
    for signal in signals:
        if signal.name in choice.without:
            continue
        strengths: dict[str, float] = {}
        for path, strength, reason, explain in signal.find(situation):
            before = strengths.get(path, 0.0)
            candidate = candidates.get(path)
            if candidate is None:
                candidate = candidates[path] = _Candidate()
            if reason in candidate.reasons:
                continue
            strengths[path] = after = min(before + strength, signal.most)
            candidate.score += signal.weight * (after - before)
            if reason:
                candidate.reasons[reason] = signal.weight * strength
            if explain is not None:
                candidate.explanations.append((explain, signal.weight * strength))


def _exists(path: str, situation: Situation) -> bool:
    # The task's file counts even when it lies outside what was scanned.
    return path in situation.paths or situation.source.text(path) is not None


def _factor(path: str, query: Query, task: Task | None) -> float:
    return 1.0 if task is not None and path == task.path else role_factor(path, query)


def _chosen(
    candidates: Mapping[str, _Candidate],
    query: Query,
    choice: Choice,
    spans_of: Callable[[Query, str], tuple[Span, ...]],
) -> tuple[RankedFile, ...]:
    pins = [path for path in dict.fromkeys(choice.pins) if path not in choice.drops]
    ranked = sorted(candidates, key=lambda path: (-candidates[path].score, path))
    best = candidates[ranked[0]].score if ranked else 0.0
    rest = [path for path in ranked if path not in pins and candidates[path].score >= choice.threshold * best]
    pins.sort(key=lambda path: -candidates[path].score if path in candidates else 0.0)
    chosen: list[RankedFile] = []
    for path in [*pins, *rest][: max(choice.limit, len(pins))]:
        candidate = candidates.get(path, _Candidate())
        reasons = candidate.strongest_reasons()
        pinned = path in pins
        chosen.append(
            RankedFile(
                path=path,
                score=round(candidate.score, 4),
                reasons=("pinned", *reasons) if pinned else tuple(reasons),
                spans=spans_of(query, path),
                pinned=pinned,
            )
        )
    return tuple(chosen)
