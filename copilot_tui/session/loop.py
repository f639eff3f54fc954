"""What comes next in a session: the policy of the loop, as a pure function of the state.

Because it looks at nothing but the state, which is a fold over stored events, a resumed session goes
on exactly where it stopped.

The rules: explore once, and again only when its result is stale; reason, generate, review and compile
in each iteration; a blocked candidate is written again at most twice before the iteration ends; a
failed build ends the iteration (or, with several samples, goes back to generate); after some failed
repairs the earlier attempts are set aside and the plan is made anew, because the power of repairs is
spent after two or three (arXiv 2506.18403). Attempts that go round in a circle, failing as one did
before, are set aside at once.

A task that asks for a repair begins with a build, so that its errors are known before the first word
is written. Fixes that need no model are tried as soon as they are found, and cost no sample.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from typing import TypeAlias, TypeGuard

from copilot_tui.core.config import Settings
from copilot_tui.core.state import Attempt, SessionState
from copilot_tui.phases.faults import is_repair

SENT_BACK_AT_MOST = 2

RECOVERABLE = frozenset({"EditFormatError", "FileConflictError", "PathRefusedError"})
"""Failures of a phase that cost an iteration, not the session: the next sample may do better."""


@dataclass(frozen=True, slots=True)
class StartIteration:
    number: int
    fresh: bool


@dataclass(frozen=True, slots=True)
class RunPhase:
    phase: str


@dataclass(frozen=True, slots=True)
class FinishIteration:
    solved: bool
    reason: str


@dataclass(frozen=True, slots=True)
class EndSession:
    status: str


Step: TypeAlias = StartIteration | RunPhase | FinishIteration | EndSession


def next_step(state: SessionState, settings: Settings, max_iterations: int) -> Step:
    """The one thing to do next."""
    if state.iteration_open:
        return _within_iteration(state, settings)
    if state.solved:
        return EndSession("solved")
    if state.iteration >= max_iterations:
        return EndSession("unsolved")
    return StartIteration(state.iteration + 1, fresh=_needs_fresh_start(state, settings))


def at_breakpoint(step: Step, state: SessionState) -> TypeGuard[RunPhase]:
    """Whether to stop before this step; not where the session stands before it already."""
    return isinstance(step, RunPhase) and step.phase in state.breakpoints - {state.paused_before}


def _written_by_person(state: SessionState) -> frozenset[str]:
    """Phases that need not run, since a person wrote what they would make and nothing has used it yet. A
    candidate of one's own needs no plan any more."""
    return state.edited | {"reason"} if "generate" in state.edited else state.edited


def _needs_fresh_start(state: SessionState, settings: Settings) -> bool:
    limit = settings.session.repairs_before_fresh_start
    # The first attempt is no repair: it may fail, and `limit` repairs after it.
    return state.failed_iterations > limit or goes_in_circles(state)


def goes_in_circles(state: SessionState) -> bool:
    """Whether the newest iteration failed as an earlier one did, with another failure between the two."""
    signatures = _failures_by_iteration(state)
    return len(signatures) > 2 and signatures[-1] in signatures[:-2] and signatures[-1] != signatures[-2]


def _failures_by_iteration(state: SessionState) -> list[str]:
    """How the last attempt of each iteration failed, since the last fresh start, vain repairs left out."""
    last: dict[int, str] = {}
    for attempt in state.recent_attempts:
        build, progress = attempt.build, attempt.progress
        if build is None or progress is None or build.success:
            continue
        if progress.better or not attempt.candidate.repair:
            last[attempt.iteration] = progress.signature
    return [last[iteration] for iteration in sorted(last)]


def begins_with_build(state: SessionState) -> bool:
    """Whether the task is a repair, and it is not known yet what is broken."""
    unknown = state.baseline is None and state.build is None and state.candidate is None
    return unknown and is_repair(state.task)


def _within_iteration(state: SessionState, settings: Settings) -> Step:
    done = {*state.finished_phases, *_written_by_person(state)} - state.stale
    if state.failure is not None and state.failure.error in RECOVERABLE:
        return FinishIteration(False, state.failure.message)
    if begins_with_build(state):
        return RunPhase("compile")
    if state.candidate is None and "compile" in done and "learn" not in done:
        return RunPhase("learn")
    if (state.candidate is None or state.candidate.repair) and (step := _repairing(state, done)):
        return step
    if state.exploration is None or "explore" in state.stale:
        return RunPhase("explore")
    if settings.reasoning.enabled and "reason" not in done:
        return RunPhase("reason")
    repaired = state.candidate is not None and bool(state.candidate.repair)
    if "generate" not in done or (repaired and not _written_now(state)):
        return RunPhase("generate")
    if settings.review.enabled and "review" not in done and not repaired:
        return RunPhase("review")
    if state.review is not None and not state.review.approved:
        return _after_blocking_review(state)
    if "compile" not in done:
        return RunPhase("compile")
    if "learn" not in done:
        return RunPhase("learn")
    return _after_build(state, settings)


def _repairing(state: SessionState, done: Set[str]) -> Step | None:
    """The next step of a repair without a model; None when it is the model's turn."""
    if state.candidate is not None and "generate" in done:
        for phase in ("compile", "learn"):
            if phase not in done:
                return RunPhase(phase)
        if state.build is not None and state.build.success:
            return FinishIteration(True, state.build.reason)
    if "learn" in done and state.next_repair is not None:
        return RunPhase("generate")
    return None


def _after_blocking_review(state: SessionState) -> Step:
    blocked = [a for a in _attempts_now(state) if a.review is not None and not a.review.approved]
    if len(blocked) <= SENT_BACK_AT_MOST or state.proposals:
        return RunPhase("generate")
    findings = state.review.findings if state.review is not None else ()
    message = next((f.message for f in findings if f.severity == "blocking"), "a blocking finding")
    return FinishIteration(False, f"The review refused it: {message}")


def _after_build(state: SessionState, settings: Settings) -> Step:
    build = state.build
    if build is None:
        return FinishIteration(False, "Nothing was built.")
    if not build.success and state.next_repair is not None:
        return RunPhase("generate")
    if settings.ensemble.enabled:
        next_one = not build.success and state.proposals
        return RunPhase("generate") if next_one else FinishIteration(build.success, build.reason)
    built = [a for a in _written_now(state) if a.build is not None]
    if not build.success and sum(a.candidate.samples for a in built) < settings.generation.samples:
        return RunPhase("generate")
    return FinishIteration(build.success, build.reason)


def _written_now(state: SessionState) -> list[Attempt]:
    """What the model wrote in this iteration."""
    return [attempt for attempt in _attempts_now(state) if not attempt.candidate.repair]


def _attempts_now(state: SessionState) -> list[Attempt]:
    return [attempt for attempt in state.attempts if attempt.iteration == state.iteration]
