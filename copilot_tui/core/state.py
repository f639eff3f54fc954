"""The state of a session, as a fold over its events.

There is no second copy of the truth: ``fold(events)`` is the only way to a ``SessionState``, live
and on resume. A phase yields its artefact last, so an interrupted phase counts as finished when its
artefact is there, and is run again when it is not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from copilot_tui.core import events as ev
from copilot_tui.core.artefacts import (
    BuildReport,
    Candidate,
    Exploration,
    Lesson,
    Plan,
    ReviewReport,
    Summary,
    Task,
    Usage,
)

_ARTEFACTS = {
    "explore": "exploration",
    "reason": "plan",
    "generate": "candidate",
    "review": "review",
    "compile": "build",
}
"""Phase to the field that holds what it makes."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A candidate together with what the review and the build said of it."""

    iteration: int
    candidate: Candidate
    review: ReviewReport | None = None
    build: BuildReport | None = None


@dataclass(frozen=True, slots=True)
class SessionState:
    """Everything a phase or a frontend may want to know about a session at one moment.

    ``attempts`` are all candidates so far, oldest first; the first ``set_aside`` of them were given up
    by a fresh start or a new task. ``stale`` names the phases whose artefact no longer fits what lies
    upstream, ``finished_phases`` those that ended in this iteration, in order. ``failure`` is set when
    the newest phase failed. ``applied`` is the journal id of an edit that is in the code base and not
    judged yet, ``kept`` are those that the judge was content with, oldest first. A branch took its first
    ``inherited`` events from its parent.
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
    pins: frozenset[str] = frozenset()
    drops: frozenset[str] = frozenset()
    applied: str | None = None
    kept: tuple[str, ...] = ()
    question: ev.QuestionAsked | None = None
    usages: tuple[Usage, ...] = ()
    seconds_per_phase: Mapping[str, float] = field(default_factory=dict)
    summary: Summary | None = None

    @property
    def solved(self) -> bool:
        """The current candidate was built and the judge was content."""
        return self.build is not None and self.build.success and "compile" not in self.stale

    @property
    def recent_attempts(self) -> tuple[Attempt, ...]:
        """The attempts since the last fresh start: what a repair prompt may speak of."""
        return self.attempts[self.set_aside :]

    @property
    def failed_iterations(self) -> int:
        """How many iterations failed their build since the last fresh start, however many samples each."""
        failed = [a for a in self.recent_attempts if a.build is not None and not a.build.success]
        return len({attempt.iteration for attempt in failed})


def fold(records: Iterable[ev.EventRecord], state: SessionState | None = None) -> SessionState:
    """The state after ``records``, starting from ``state`` (default: before anything)."""
    state = state or SessionState()
    for record in records:
        state = apply_event(state, record)
    return state


def summarise(state: SessionState, status: str) -> Summary:
    """The figures of the session so far, under the given status."""
    errors = sum(len(a.build.errors) for a in state.attempts if a.build is not None)
    return Summary(
        status=status,
        iterations=state.iteration,
        candidates=len(state.attempts),
        errors=errors,
        prompt_tokens=sum(u.prompt_tokens for u in state.usages),
        cached_tokens=sum(u.cached_tokens for u in state.usages),
        new_tokens=sum(u.new_tokens for u in state.usages),
        generation_seconds=sum(u.seconds - u.seconds_to_first_token for u in state.usages),
        seconds_per_phase=dict(state.seconds_per_phase),
    )


def apply_event(state: SessionState, record: ev.EventRecord) -> SessionState:
    """The state after one more event. Events that carry nothing for the state only move ``last_seq``."""
    state = replace(state, session=record.session, last_seq=record.seq)
    event = record.event
    if isinstance(event, _LIFECYCLE):
        return _apply_lifecycle(state, event, record.time)
    if isinstance(event, _PHASE):
        return _apply_phase(state, event)
    if isinstance(event, _ARTEFACT):
        return _apply_artefact(state, event)
    return _apply_workspace(state, event)


_LIFECYCLE = (
    ev.SessionStarted,
    ev.SessionResumed,
    ev.SessionRenamed,
    ev.SessionEnded,
    ev.TaskChanged,
    ev.IterationStarted,
    ev.IterationFinished,
    ev.QuestionAsked,
    ev.QuestionAnswered,
)
_PHASE = (ev.PhaseStarted, ev.PhaseFinished, ev.PhaseFailed, ev.GenerationFinished)
_ARTEFACT = (
    ev.ExplorationProduced,
    ev.PlanProduced,
    ev.CandidateProposed,
    ev.ReviewProduced,
    ev.BuildProduced,
    ev.ArtefactEdited,
)


def _apply_lifecycle(state: SessionState, event: ev.Event, time: str) -> SessionState:
    match event:
        case ev.SessionStarted():
            return replace(
                state,
                task=event.task,
                source=event.source,
                project=event.project,
                title=event.task.text.splitlines()[0][:80] if event.task.text else "",
                seed=event.seed,
                models=event.models,
                context=event.context,
                started_at=time,
                status="running",
                inherited=(event.parent_seq or 0) if event.parent else 0,
            )
        case ev.SessionResumed():
            state = replace(state, status="running", ended_at="", question=None, failure=None)
            if state.last_seq == state.inherited + 1:
                # A branch goes on from here; the edits before are its parent's, in the parent's name.
                state = replace(state, applied=None, kept=())
            if state.phase is None:
                return state
            return _finish(state, state.phase) if state.produced else replace(state, phase=None)
        case ev.SessionRenamed():
            return replace(state, title=event.title)
        case ev.SessionEnded():
            return replace(state, status=event.status, ended_at=time, summary=event.summary)
        case ev.TaskChanged():
            return replace(
                state,
                task=event.task,
                stale=frozenset(ev.PHASES),
                set_aside=len(state.attempts),
                plan=None,
                lessons=(),
                baseline=None,
            )
        case ev.IterationStarted():
            return replace(
                state,
                iteration=event.number,
                set_aside=len(state.attempts) if event.fresh else state.set_aside,
                iteration_open=True,
                finished_phases=(),
                failure=None,
                plan=None if event.fresh else state.plan,
            )
        case ev.IterationFinished():
            return replace(state, iteration_open=False)
        case ev.QuestionAsked():
            return replace(state, question=event)
        case ev.QuestionAnswered():
            return replace(state, question=None)
    return state


def _apply_phase(state: SessionState, event: ev.Event) -> SessionState:
    match event:
        case ev.PhaseStarted():
            return replace(
                state,
                phase=event.phase,
                produced=False,
                failure=None,
                iteration=max(state.iteration, event.iteration),
            )
        case ev.PhaseFinished() | ev.PhaseFailed():
            seconds = dict(state.seconds_per_phase)
            seconds[event.phase] = seconds.get(event.phase, 0.0) + event.seconds
            state = replace(state, phase=None, seconds_per_phase=seconds)
            if isinstance(event, ev.PhaseFailed):
                return replace(state, failure=event)
            return _finish(state, event.phase)
        case ev.GenerationFinished():
            return replace(state, usages=(*state.usages, event.usage))
    return state


def _apply_artefact(state: SessionState, event: ev.Event) -> SessionState:
    if isinstance(event, ev.ArtefactEdited):
        return _apply_edit(state, event)
    state = replace(state, produced=True)
    match event:
        case ev.ExplorationProduced():
            return replace(state, exploration=event.exploration, stale=_downstream(state, "explore"))
        case ev.PlanProduced():
            return replace(state, plan=event.plan, stale=_downstream(state, "reason"))
        case ev.CandidateProposed():
            return _with_candidate(state, event.candidate)
        case ev.ReviewProduced():
            return _judged(replace(state, review=event.review), review=event.review)
        case ev.BuildProduced():
            state = replace(state, build=event.build, stale=state.stale - {"compile"})
            if event.build.success and state.applied is not None:
                state = replace(state, kept=(*state.kept, state.applied), applied=None)
            return _judged(state, build=event.build)
    return state


def _apply_workspace(state: SessionState, event: ev.Event) -> SessionState:
    match event:
        case ev.BaselineRecorded():
            return replace(state, baseline=event.build)
        case ev.EditApplied():
            return replace(state, applied=event.edit)
        case ev.EditUndone() if event.edit in state.kept:
            kept = tuple(edit for edit in state.kept if edit != event.edit)
            undone = frozenset({"generate", "review", "compile", "learn"})
            return replace(state, kept=kept, stale=state.stale | undone)
        case ev.EditUndone() | ev.EditAbandoned():
            return replace(state, applied=None)
        case ev.LessonOffered():
            others = tuple(x for x in state.lessons if x.fingerprint != event.lesson.fingerprint)
            return replace(state, lessons=(*others, event.lesson))
    return state


def _apply_edit(state: SessionState, event: ev.ArtefactEdited) -> SessionState:
    if event.exploration is not None:
        kept = {file.path for file in event.exploration.files}
        before = {file.path for file in state.exploration.files} if state.exploration else set()
        return replace(
            state,
            exploration=event.exploration,
            pins=state.pins | {f.path for f in event.exploration.files if f.pinned},
            drops=(state.drops | (before - kept)) - kept,
            stale=_downstream(state, "explore"),
        )
    if event.plan is not None:
        return replace(state, plan=event.plan, stale=_downstream(state, "reason"))
    if event.candidate is not None:
        return _with_candidate(state, event.candidate)
    return state


def _finish(state: SessionState, phase: str) -> SessionState:
    """The phase is done; what came after it in an earlier run is done no longer."""
    before = [p for p in state.finished_phases if _position(p) < _position(phase)]
    return replace(
        state,
        phase=None,
        finished_phases=(*before, phase),
        stale=state.stale - {phase},
    )


def _with_candidate(state: SessionState, candidate: Candidate) -> SessionState:
    attempt = Attempt(state.iteration, candidate)
    return replace(
        state,
        candidate=candidate,
        review=None,
        build=None,
        attempts=(*state.attempts, attempt),
        stale=_downstream(state, "generate"),
    )


def _judged(
    state: SessionState, *, review: ReviewReport | None = None, build: BuildReport | None = None
) -> SessionState:
    """Attach a verdict to the newest attempt."""
    if not state.attempts:
        return state
    last = state.attempts[-1]
    last = replace(last, review=review or last.review, build=build or last.build)
    return replace(state, attempts=(*state.attempts[:-1], last))


def _downstream(state: SessionState, phase: str) -> frozenset[str]:
    """What is stale once ``phase`` has a new artefact: everything after it, not the phase itself."""
    position = _position(phase)
    made = {maker for maker, name in _ARTEFACTS.items() if getattr(state, name) is not None}
    return (state.stale - {phase}) | (frozenset(ev.PHASES[position + 1 :]) & made)


def _position(phase: str) -> int:
    """Where a phase stands in the loop; phases of other packages stand last."""
    return ev.PHASES.index(phase) if phase in ev.PHASES else len(ev.PHASES)
