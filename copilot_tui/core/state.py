"""The state of a session, as a fold over its events.

There is no second copy of the truth: ``fold(events)`` is the only way to a ``SessionState``, live
and on resume. A phase yields its artefact last, so an interrupted phase counts as finished when its
artefact is there, and is run again when it is not.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from copilot_tui.core import events as ev
from copilot_tui.core.artefacts import BuildReport, Candidate, Progress, ReviewReport, Summary
from copilot_tui.core.session_state import SHELL_OUTPUTS_KEPT, Attempt, SessionState

__all__ = ["Attempt", "SessionState", "apply_event", "fold", "summarise"]

_ARTEFACTS = {
    "explore": "exploration",
    "reason": "plan",
    "generate": "candidate",
    "review": "review",
    "compile": "build",
}
"""Phase to the field that holds what it makes."""

_WRITTEN = frozenset({"generate", "review", "compile", "learn"})
"""What no longer holds once the candidate is taken out of the code base."""


def fold(records: Iterable[ev.EventRecord], state: SessionState | None = None) -> SessionState:
    """The state after ``records``, starting from ``state`` (default: before anything)."""
    state = state or SessionState()
    passed: ev.EventRecord | None = None
    for record in records:
        if type(record.event) in _NOTHING_TO_KEEP and state.session:
            passed = record  # most events of a session; a new state for each would take seconds
            continue
        state = apply_event(state, record)
    if passed is not None and passed.seq > state.last_seq:
        state = replace(state, last_seq=passed.seq)
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
    if isinstance(event, _DECISION):
        return _apply_decision(state, event)
    if isinstance(event, _CONTEXT):
        return _apply_context(state, event)
    return _apply_workspace(state, event)


_NOTHING_TO_KEEP = frozenset({ev.TokenStreamed, ev.Progressed, ev.FileRanked, ev.DiagnosticFound})
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
_DECISION = (ev.HunksRejected, ev.CandidateAccepted, ev.BreakpointSet, ev.BreakpointReached)
_PHASE = (ev.PhaseStarted, ev.PhaseFinished, ev.PhaseFailed, ev.GenerationFinished)
_ARTEFACT = (
    ev.ExplorationProduced,
    ev.PlanProduced,
    ev.CandidateProposed,
    ev.ReviewProduced,
    ev.BuildProduced,
    ev.ArtefactEdited,
)
_CONTEXT = (ev.FilesMentioned, ev.ShellRan, ev.ShellForgotten)


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
                state = replace(state, applied=None, kept=(), undone=(), edits={})
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
                repairs=(),
                base=None,
                proposals=(),
                given_up=(),
                baseline=None,
                edited=frozenset(),
                rejections=(),
            )
        case ev.IterationStarted():
            return replace(
                state,
                iteration=event.number,
                set_aside=len(state.attempts) if event.fresh else state.set_aside,
                iteration_open=True,
                finished_phases=(),
                failure=None,
                plan=None if event.fresh and "reason" not in state.edited else state.plan,
                given_up=(*state.given_up, state.plan) if event.fresh and state.plan else state.given_up,
                repairs=(),
                proposals=(),
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
                paused_before=None,
            )
        case ev.PhaseFinished() | ev.PhaseFailed():
            seconds = dict(state.seconds_per_phase)
            seconds[event.phase] = seconds.get(event.phase, 0.0) + event.seconds
            state = replace(state, phase=None, seconds_per_phase=seconds)
            if isinstance(event, ev.PhaseFailed):
                return replace(state, failure=event)
            return _finish(state, event.phase)
        case ev.GenerationFinished():
            tokens = dict(state.tokens_per_phase)
            tokens[event.phase] = tokens.get(event.phase, 0) + event.usage.new_tokens
            return replace(state, usages=(*state.usages, event.usage), tokens_per_phase=tokens)
    return state


def _apply_artefact(state: SessionState, event: ev.Event) -> SessionState:
    if isinstance(event, ev.ArtefactEdited):
        return _apply_edit(state, event)
    state = replace(state, produced=True)
    match event:
        case ev.ExplorationProduced():
            return replace(state, exploration=event.exploration, stale=_downstream(state, "explore"))
        case ev.PlanProduced():
            edited = state.edited - {"reason"}
            return replace(state, plan=event.plan, edited=edited, stale=_downstream(state, "reason"))
        case ev.CandidateProposed():
            state = _used(state, "reason")
            return replace(_with_candidate(state, event.candidate), edited=frozenset())
        case ev.ReviewProduced():
            return _judged(replace(state, review=event.review), review=event.review)
        case ev.BuildProduced():
            state = _used(state, "reason", "generate") if "generate" in state.edited else state
            state = replace(state, build=event.build, stale=state.stale - {"compile"})
            if event.build.success:
                state = _keep_applied(state)
            return _judged(state, build=event.build)
    return state


def _apply_context(state: SessionState, event: ev.Event) -> SessionState:
    """What the person put before the model by hand."""
    match event:
        case ev.FilesMentioned():
            paths = frozenset(event.paths)
            known = {file.path for file in state.exploration.files} if state.exploration else paths
            stale = state.stale if paths <= known else state.stale | {"explore"}
            return replace(state, pins=state.pins | paths, drops=state.drops - paths, stale=stale)
        case ev.ShellRan():
            others = [ran for ran in state.shell if ran.command != event.command]
            return replace(state, shell=(*others, event)[-SHELL_OUTPUTS_KEPT:])
        case ev.ShellForgotten():
            return replace(state, shell=())
    return state


def _apply_workspace(state: SessionState, event: ev.Event) -> SessionState:
    match event:
        case ev.BaselineRecorded():
            return replace(state, baseline=event.build)
        case ev.EditApplied():
            return replace(state, applied=event.edit, edits={**state.edits, event.edit: event.candidate})
        case ev.EditUndone() if event.edit in state.kept:
            kept = tuple(edit for edit in state.kept if edit != event.edit)
            undone = (*state.undone, event.edit)
            return replace(state, kept=kept, undone=undone, stale=state.stale | _WRITTEN)
        case ev.EditUndone() | ev.EditAbandoned():
            return replace(state, applied=None)
        case ev.EditRedone():
            return _redone(state, event.edit)
        case ev.LessonOffered():
            others = tuple(x for x in state.lessons if x.fingerprint != event.lesson.fingerprint)
            return replace(state, lessons=(*others, event.lesson))
        case ev.RepairsFound():
            return replace(state, repairs=event.repairs)
        case ev.ProposalsRanked():
            return replace(state, proposals=event.proposals)
        case ev.ProgressMeasured():
            return _measured(state, event.progress)
    return state


def _apply_decision(state: SessionState, event: ev.Event) -> SessionState:
    match event:
        case ev.HunksRejected():
            state = replace(state, rejections=(*state.rejections, event))
            if not event.whole:
                return state
            stale = _downstream(state, "generate") | {"generate"}
            return replace(state, stale=stale, edited=state.edited - {"generate"}, proposals=())
        case ev.CandidateAccepted():
            return _keep_applied(_taken_up(state, event.candidate))
        case ev.BreakpointSet():
            others = state.breakpoints - {event.phase}
            return replace(state, breakpoints=others | {event.phase} if event.enabled else others)
        case ev.BreakpointReached():
            return replace(state, paused_before=event.phase)
    return state


def _keep_applied(state: SessionState) -> SessionState:
    """The edit that is in the code base stays there; what was undone before can be done no more."""
    if state.applied is None:
        return state
    return replace(state, kept=(*state.kept, state.applied), applied=None, undone=())


def _redone(state: SessionState, edit: str) -> SessionState:
    """The edit is back; where it was the current candidate's, all is as it was before it was undone."""
    undone = tuple(other for other in state.undone if other != edit)
    state = replace(state, kept=(*state.kept, edit), undone=undone)
    digest = state.candidate.digest if state.candidate is not None else ""
    if state.edits.get(edit) != digest:
        return state
    judged = state.build is not None and state.build.candidate == digest
    return replace(state, stale=state.stale - (_WRITTEN if judged else frozenset({"generate"})))


def _taken_up(state: SessionState, digest: str) -> SessionState:
    """The candidate that was accepted is the current one, with the verdicts that it has."""
    attempt = next((a for a in reversed(state.attempts) if a.candidate.digest == digest), None)
    if attempt is None or (state.candidate is not None and state.candidate.digest == digest):
        return replace(state, stale=state.stale - {"generate"})
    return replace(
        state,
        candidate=attempt.candidate,
        review=attempt.review,
        build=attempt.build,
        stale=_downstream(state, "generate"),
    )


def _apply_edit(state: SessionState, event: ev.ArtefactEdited) -> SessionState:
    if event.candidate is None:
        state = replace(state, proposals=())  # they were written for what was there before
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
        edited = state.edited | {"reason"}
        return replace(state, plan=event.plan, edited=edited, stale=_downstream(state, "reason"))
    if event.candidate is not None:
        return replace(_with_candidate(state, event.candidate), edited=state.edited | {"generate"})
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


def _used(state: SessionState, *phases: str) -> SessionState:
    """What a person wrote in the place of these phases was used: they count as done in this iteration."""
    written = state.edited.intersection(phases)
    done = {*state.finished_phases, *(phases if written else ())}
    finished = tuple(sorted(done, key=_position))
    return replace(state, edited=state.edited - written, finished_phases=finished)


def _with_candidate(state: SessionState, candidate: Candidate) -> SessionState:
    attempt = Attempt(state.iteration, candidate)
    return replace(
        state,
        candidate=candidate,
        review=None,
        build=None,
        attempts=(*state.attempts, attempt),
        # What a model or a person wrote has errors of its own; fixes for what was before do not fit it.
        repairs=tuple(r for r in state.repairs if r.candidate.digest != candidate.digest)
        if candidate.repair
        else (),
        tried=next((r for r in state.repairs if r.candidate.digest == candidate.digest), None),
        proposals=tuple(p for p in state.proposals if p.candidate.digest != candidate.digest),
        stale=_downstream(state, "generate"),
    )


def _measured(state: SessionState, progress: Progress) -> SessionState:
    """Attach the comparison to the newest attempt; a repair of the code base itself may become the base."""
    if not state.attempts or state.attempts[-1].candidate.digest != progress.candidate:
        return state
    last = replace(state.attempts[-1], progress=progress)
    state = replace(state, attempts=(*state.attempts[:-1], last))
    on_code_base = all(a.candidate.repair for a in state.recent_attempts)
    if progress.better and on_code_base:
        return replace(state, base=last.candidate)
    return state


def _judged(
    state: SessionState, *, review: ReviewReport | None = None, build: BuildReport | None = None
) -> SessionState:
    """Attach a verdict to the attempt with the current candidate."""
    digest = state.candidate.digest if state.candidate is not None else ""
    numbered = [number for number, a in enumerate(state.attempts) if a.candidate.digest == digest]
    if not numbered:
        return state
    attempts = list(state.attempts)
    judged = attempts[numbered[-1]]
    attempts[numbered[-1]] = replace(judged, review=review or judged.review, build=build or judged.build)
    return replace(state, attempts=tuple(attempts))


def _downstream(state: SessionState, phase: str) -> frozenset[str]:
    """What is stale once ``phase`` has a new artefact: everything after it, not the phase itself."""
    position = _position(phase)
    made = {maker for maker, name in _ARTEFACTS.items() if getattr(state, name) is not None}
    return (state.stale - {phase}) | (frozenset(ev.PHASES[position + 1 :]) & made)


def _position(phase: str) -> int:
    """Where a phase stands in the loop; phases of other packages stand last."""
    return ev.PHASES.index(phase) if phase in ev.PHASES else len(ev.PHASES)
