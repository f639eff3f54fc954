"""What the sessions of a code base show over time: errors, what was mended without a model, what lessons did.

Read from the stored events, so it holds for every session that is still kept, and nothing is counted twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from copilot_tui.core import events as ev
from copilot_tui.memory.fingerprint import root_errors

TYPES = (
    "session_started",
    "candidate_proposed",
    "repairs_found",
    "build_produced",
    "lesson_judged",
    "session_ended",
)
"""The wire names of the events that a trend is read from."""


@dataclass(frozen=True, slots=True)
class SessionTrend:
    """One session in numbers.

    ``errors`` are the root errors of all builds that failed, ``repairs`` the candidates that no model
    wrote, and ``mended`` those of them that passed, ``from_memory`` by a lesson; of ``lessons`` that were
    put to the test ``helped`` did.
    """

    session: str
    started_at: str = ""
    status: str = "running"
    attempts: int = 0
    errors: int = 0
    repairs: int = 0
    mended: int = 0
    from_memory: int = 0
    lessons: int = 0
    helped: int = 0


def session_trend(session: str, records: Sequence[ev.EventRecord]) -> SessionTrend:
    """The figures of one session from its events of :data:`TYPES`, in order."""
    trend = SessionTrend(session)
    origins: Mapping[str, str] = {}
    current = ""
    for record in records:
        match record.event:
            case ev.SessionStarted():
                trend = replace(trend, started_at=record.time)
            case ev.RepairsFound(repairs=repairs):
                origins = {**origins, **{r.candidate.digest: r.origin for r in repairs}}
            case ev.CandidateProposed(candidate=candidate):
                current = candidate.digest if candidate.repair else ""
                trend = replace(
                    trend, attempts=trend.attempts + 1, repairs=trend.repairs + bool(candidate.repair)
                )
            case ev.BuildProduced(build=build) if build.success and current:
                by_memory = origins.get(current) == "memory"
                trend = replace(trend, mended=trend.mended + 1, from_memory=trend.from_memory + by_memory)
                current = ""
            case ev.BuildProduced(build=build) if not build.success:
                trend = replace(trend, errors=trend.errors + len(root_errors(build.diagnostics)))
            case ev.LessonJudged(helped=helped):
                trend = replace(trend, lessons=trend.lessons + 1, helped=trend.helped + helped)
            case ev.SessionEnded(status=status):
                trend = replace(trend, status=status)
            case _:
                pass
    return trend


def halves(trends: Sequence[SessionTrend]) -> tuple[float, float] | None:
    """Errors a session in the older and in the newer half; None for fewer than four sessions."""
    if len(trends) < 4:
        return None
    ordered = sorted(trends, key=lambda trend: (trend.started_at, trend.session))
    middle = len(ordered) // 2
    older, newer = ordered[:middle], ordered[middle:]
    return sum(t.errors for t in older) / len(older), sum(t.errors for t in newer) / len(newer)
