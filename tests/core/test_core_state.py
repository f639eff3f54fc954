"""The state of a session is a fold over its events."""

from __future__ import annotations

from copilot_tui.core import events as ev
from copilot_tui.core.artefacts import BuildReport, Candidate, Exploration, FileChange, Plan, RankedFile, Task
from copilot_tui.core.state import SessionState, apply_event, fold


def folded(*events: ev.Event, state: SessionState | None = None) -> SessionState:
    start = state.last_seq if state else 0
    records = [
        ev.EventRecord("s", start + number, "2026-01-01T00:00:00.000+00:00", event)
        for number, event in enumerate(events, 1)
    ]
    return fold(records, state)


def candidate(number: int) -> Candidate:
    change = FileChange("a.c", "", f"int v = {number};\n")
    return Candidate(number, f"digest{number}", (change,), code=change.after or "")


def phase(name: str, artefact: ev.Event) -> tuple[ev.Event, ...]:
    return (ev.PhaseStarted(name, 1), artefact, ev.PhaseFinished(name, 1, 0.5))


GREEN = BuildReport(True, True, "all pass")
RED = BuildReport(False, False, "does not compile")

ONE_ROUND = (
    ev.SessionStarted(Task("do it"), "/src"),
    ev.IterationStarted(1),
    *phase("explore", ev.ExplorationProduced(Exploration("do it", (RankedFile("a.c", 1.0),)))),
    *phase("reason", ev.PlanProduced(Plan(requirements=("r",)))),
    *phase("generate", ev.CandidateProposed(candidate(1))),
)


def test_editing_an_artefact_makes_only_what_lies_downstream_stale() -> None:
    state = folded(*ONE_ROUND, ev.ArtefactEdited(plan=Plan(requirements=("other",))))
    assert state.plan is not None
    assert state.plan.requirements == ("other",)
    assert state.stale == {"generate"}
    assert state.exploration is not None


def test_dropping_and_pinning_files_is_remembered_for_the_next_exploration() -> None:
    kept = Exploration("do it", (RankedFile("b.c", 1.0, pinned=True),))
    state = folded(*ONE_ROUND, ev.ArtefactEdited(exploration=kept))
    assert state.drops == {"a.c"}
    assert state.pins == {"b.c"}
    assert {"reason", "generate"} <= state.stale


def test_a_phase_that_runs_again_makes_later_phases_undone() -> None:
    state = folded(*ONE_ROUND, ev.PhaseStarted("reason", 1), ev.PhaseFinished("reason", 1, 0.1))
    assert state.finished_phases == ("explore", "reason")


def test_an_interrupted_phase_counts_as_finished_only_with_its_artefact() -> None:
    without = folded(*ONE_ROUND, ev.PhaseStarted("review", 1), ev.SessionResumed("review"))
    assert "review" not in without.finished_phases
    build = (ev.PhaseStarted("compile", 1), ev.BuildProduced(GREEN), ev.SessionResumed("compile"))
    with_artefact = folded(*ONE_ROUND, *build)
    assert "compile" in with_artefact.finished_phases


def test_a_green_build_keeps_the_edit_and_a_red_one_does_not() -> None:
    applied = (*ONE_ROUND, ev.PhaseStarted("compile", 1), ev.EditApplied("e1", "digest1", ("a.c",)))
    green = folded(*applied, ev.BuildProduced(GREEN))
    assert (green.applied, green.kept, green.solved) == (None, ("e1",), True)
    red = folded(*applied, ev.BuildProduced(RED), ev.EditUndone("e1", "red"))
    assert (red.applied, red.kept, red.solved) == (None, (), False)


def test_a_fresh_start_sets_earlier_attempts_aside_but_keeps_them_on_record() -> None:
    state = folded(*ONE_ROUND, ev.BuildProduced(RED), ev.IterationFinished(1, False, "red"))
    assert state.failed_iterations == 1
    fresh = folded(ev.IterationStarted(2, fresh=True), state=state)
    assert fresh.failed_iterations == 0
    assert fresh.recent_attempts == ()
    assert len(fresh.attempts) == 1
    assert fresh.plan is None


def test_folding_in_two_parts_is_folding_at_once() -> None:
    events = (*ONE_ROUND, ev.BuildProduced(RED), ev.IterationFinished(1, False, "red"))
    whole = folded(*events)
    for cut in range(len(events)):
        assert folded(*events[cut:], state=folded(*events[:cut])) == whole


def test_a_fold_is_what_its_events_one_by_one_come_to() -> None:
    """It passes over the many events that hold nothing for the state."""
    events: list[ev.Event] = [
        ev.TokenStreamed("explore", "before the start"),
        ev.SessionStarted(Task("x"), "/x"),
        ev.PhaseStarted("explore", 1),
        ev.TokenStreamed("explore", "a"),
        ev.Progressed("scan", 1.0),
        ev.PhaseFinished("explore", 1, 0.5),
        ev.TokenStreamed("reason", "b"),
    ]
    records = [ev.EventRecord("s", number, "t", event) for number, event in enumerate(events, 1)]
    for end in range(len(records) + 1):
        state = SessionState()
        for record in records[:end]:
            state = apply_event(state, record)
        assert fold(records[:end]) == state
