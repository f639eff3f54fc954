"""The values of a session's state; ``core.state`` folds events into them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from copilot_tui.core import events as ev
from copilot_tui.core.artefacts import (
    BuildReport,
    Candidate,
    Exploration,
    Lesson,
    Plan,
    Progress,
    Proposal,
    Repair,
    ReviewReport,
    Summary,
    Task,
    Usage,
)

REPAIRS_AN_ITERATION = 8
"""Builds that fixes without a model may cost in one iteration."""

SHELL_OUTPUTS_KEPT = 3
"""Prompts are short; what was run before the newest few commands is out of date anyway."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A candidate together with what the review and the build said of it."""

    iteration: int
    candidate: Candidate
    review: ReviewReport | None = None
    build: BuildReport | None = None
    progress: Progress | None = None


@dataclass(frozen=True, slots=True)
class SessionState:
    """Everything a phase or a frontend may want to know about a session at one moment.

    ``attempts`` are all candidates so far, oldest first; the first ``set_aside`` of them were given up
    by a fresh start or a new task. ``stale`` names the phases whose artefact no longer fits what lies
    upstream, ``finished_phases`` those that ended in this iteration, in order. ``failure`` is set when
    the newest phase failed. ``applied`` is the journal id of an edit that is in the code base and not
    judged yet, ``kept`` are those that the judge or the person was content with, oldest first, and
    ``undone`` those that can be done again, the last one first to come; ``edits`` tells the candidate of
    each. ``edited`` names the phases whose artefact a person wrote and which nothing has used so far.
    ``breakpoints`` are the phases before which the loop stops, and ``paused_before`` the one before which it
    stands. ``shell`` are the commands whose output prompts speak of. ``repairs`` are fixes that wait to be
    tried, ``tried`` is the one that made the candidate; ``base`` is the newest repair that brought the code
    base itself nearer to green: the model goes on from there. ``given_up`` are the plans of earlier fresh
    starts. A branch took its first ``inherited``
    events from its parent. ``proposals`` of an ensemble wait to be built, the likeliest first.
    """

    session: str = ""
    task: Task = field(default_factory=lambda: Task(""))
    source: str = ""
    project: str = ""
    title: str = ""
    seed: int = 0
    models: Mapping[str, str] = field(default_factory=dict)
    context: Mapping[str, object] = field(default_factory=dict)
    last_seq: int = 0
    inherited: int = 0
    started_at: str = ""
    ended_at: str = ""
    status: str = "new"
    iteration: int = 0
    set_aside: int = 0
    iteration_open: bool = False
    phase: str | None = None
    produced: bool = False
    finished_phases: tuple[str, ...] = ()
    failure: ev.PhaseFailed | None = None
    stale: frozenset[str] = frozenset()
    exploration: Exploration | None = None
    plan: Plan | None = None
    candidate: Candidate | None = None
    review: ReviewReport | None = None
    build: BuildReport | None = None
    baseline: BuildReport | None = None
    attempts: tuple[Attempt, ...] = ()
    lessons: tuple[Lesson, ...] = ()
    repairs: tuple[Repair, ...] = ()
    tried: Repair | None = None
    base: Candidate | None = None
    proposals: tuple[Proposal, ...] = ()
    given_up: tuple[Plan, ...] = ()
    pins: frozenset[str] = frozenset()
    drops: frozenset[str] = frozenset()
    applied: str | None = None
    kept: tuple[str, ...] = ()
    undone: tuple[str, ...] = ()
    edits: Mapping[str, str] = field(default_factory=dict)
    edited: frozenset[str] = frozenset()
    rejections: tuple[ev.HunksRejected, ...] = ()
    breakpoints: frozenset[str] = frozenset()
    paused_before: str | None = None
    question: ev.QuestionAsked | None = None
    shell: tuple[ev.ShellRan, ...] = ()
    usages: tuple[Usage, ...] = ()
    seconds_per_phase: Mapping[str, float] = field(default_factory=dict)
    tokens_per_phase: Mapping[str, int] = field(default_factory=dict)
    summary: Summary | None = None

    @property
    def solved(self) -> bool:
        """The current candidate was built and the judge was content."""
        return self.build is not None and self.build.success and "compile" not in self.stale

    @property
    def next_repair(self) -> Repair | None:
        """The fix to try before a model is asked; None when there is none, or enough were tried."""
        now = [a for a in self.attempts if a.iteration == self.iteration and a.candidate.repair]
        return self.repairs[0] if self.repairs and len(now) < REPAIRS_AN_ITERATION else None

    @property
    def recent_attempts(self) -> tuple[Attempt, ...]:
        """The attempts since the last fresh start: what a repair prompt may speak of."""
        return self.attempts[self.set_aside :]

    @property
    def failed_iterations(self) -> int:
        """How many iterations failed their build since the last fresh start, however many samples each."""
        failed = [a for a in self.recent_attempts if a.build is not None and not a.build.success]
        return len({attempt.iteration for attempt in failed})

    @property
    def candidates_in_code(self) -> frozenset[str]:
        """The digests of the candidates that stay in the code base."""
        return frozenset(self.edits[edit] for edit in self.kept if edit in self.edits)

    @property
    def candidate_in_code(self) -> bool:
        """The current candidate stays in the code base."""
        return self.candidate is not None and self.candidate.digest in self.candidates_in_code

    def attempt(self, number: int) -> Attempt | None:
        """The newest attempt with the candidate of this number."""
        return next((a for a in reversed(self.attempts) if a.candidate.number == number), None)
