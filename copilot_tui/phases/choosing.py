"""Taking one of several samples of an iteration: by tests that the program writes, or by builds side by side.

Without either, one sample is written at a time and judged in the code base. A sample that was written twice
is one candidate with two votes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from copilot_tui.build.sandbox import can_stand_in
from copilot_tui.core.artefacts import BuildReport, Candidate
from copilot_tui.core.events import Event, Noticed
from copilot_tui.core.state import SessionState
from copilot_tui.phases.compile import baseline_of
from copilot_tui.phases.generated_tests import Subject
from copilot_tui.phases.phase import PhaseContext
from copilot_tui.phases.proving import proved, subject_without_tests
from copilot_tui.phases.screening import likeliest
from copilot_tui.phases.streaming import Outcome


@dataclass(slots=True)
class Samples:
    """The candidates of one round, each once, in the order in which they were written."""

    candidates: list[Candidate] = field(default_factory=list)
    votes: Counter[str] = field(default_factory=Counter)

    def add(self, candidate: Candidate) -> None:
        self.votes[candidate.digest] += 1
        if self.votes[candidate.digest] == 1:
            self.candidates.append(candidate)


@dataclass(frozen=True, slots=True)
class Purpose:
    """How many samples are written before one is taken, and what for; ``subject`` is to get tests."""

    samples: int = 1
    subject: Subject | None = None


def samples_so_far(state: SessionState) -> int:
    """How many samples of this iteration were compared or built already."""
    return sum(
        a.candidate.samples
        for a in state.attempts
        if a.iteration == state.iteration and a.build is not None and not a.candidate.repair
    )


def purpose_of_more(context: PhaseContext, first: Candidate) -> Purpose:
    """What to do about a first sample. Reads the index: call in a thread."""
    settings = context.settings
    left = settings.generation.samples - samples_so_far(context.state)
    if settings.generation.tests == "missing":
        subject = subject_without_tests(context, first)
        if subject is not None:
            return Purpose(max(1, left), subject)
    parallel = min(left, settings.build.parallel_candidates)
    if parallel > 1 and can_stand_in(settings.build):
        return Purpose(parallel)
    return Purpose()


async def choose(
    context: PhaseContext, purpose: Purpose, pool: Samples, chosen: list[Candidate]
) -> AsyncIterator[Event]:
    """Yield what is done; append the candidate that is taken to ``chosen``."""
    candidates = pool.candidates
    if purpose.subject is not None:
        async for event in proved(context, purpose.subject, candidates, pool.votes, chosen):
            yield event
        return
    number = 0
    if len(candidates) > 1:
        baseline = context.state.baseline
        if baseline is None:
            # In the code base itself: the copies go on from what it builds.
            outcome: Outcome[BuildReport] = Outcome()
            async for event in baseline_of(context, outcome):
                yield event
            baseline = outcome.value
        number, told = await likeliest(context, candidates, baseline)
        if told:
            yield Noticed(told)
    chosen.append(candidates[number])
