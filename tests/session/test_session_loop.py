"""The policy of the loop: what comes next, as a function of the state alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from copilot_tui.core import events as ev
from copilot_tui.core.artefacts import (
    BuildReport,
    Candidate,
    Exploration,
    Finding,
    Plan,
    Repair,
    ReviewReport,
)
from copilot_tui.core.config import Settings
from copilot_tui.core.session_state import REPAIRS_AN_ITERATION
from copilot_tui.core.state import Attempt, SessionState
from copilot_tui.session.loop import EndSession, FinishIteration, RunPhase, StartIteration, next_step

GREEN = BuildReport(True, True, "all tests pass")
RED = BuildReport(False, False, "does not compile")
BLOCKED = ReviewReport(
    "d", (Finding("blocking", "calc_double is missing", "wanted function"),), approved=False
)
APPROVED = ReviewReport("d", (), approved=True)


def attempt(
    iteration: int, *, build: BuildReport | None = None, review: ReviewReport | None = None
) -> Attempt:
    return Attempt(iteration, Candidate(iteration, f"d{iteration}", (), ""), review, build)


@pytest.fixture
def settings(make_settings: Callable[..., Settings]) -> Settings:
    return make_settings({"generation.samples": 1})


NEW = SessionState(session="s", status="running")
OPEN = replace(NEW, iteration=1, iteration_open=True)
EXPLORED = replace(OPEN, exploration=Exploration("q"), finished_phases=("explore",))
PLANNED = replace(EXPLORED, plan=Plan(), finished_phases=("explore", "reason"))
GENERATED = replace(
    PLANNED,
    candidate=Candidate(1, "d1", (), ""),
    attempts=(attempt(1),),
    finished_phases=("explore", "reason", "generate"),
)
REVIEWED = replace(GENERATED, review=APPROVED, finished_phases=(*GENERATED.finished_phases, "review"))


def test_the_phases_run_in_order(settings: Settings) -> None:
    states = (NEW, OPEN, EXPLORED, PLANNED, GENERATED, REVIEWED)
    steps = [next_step(state, settings, 10) for state in states]
    assert steps == [
        StartIteration(1, fresh=False),
        *(RunPhase(name) for name in ("explore", "reason", "generate", "review", "compile")),
    ]


def test_exploration_is_kept_between_iterations_until_it_is_stale(settings: Settings) -> None:
    second = replace(EXPLORED, iteration=2, finished_phases=())
    assert next_step(second, settings, 10) == RunPhase("reason")
    assert next_step(replace(second, stale=frozenset({"explore"})), settings, 10) == RunPhase("explore")


def test_a_blocking_review_sends_the_candidate_back_twice_and_then_ends_the_iteration(
    settings: Settings,
) -> None:
    def blocked(times: int) -> SessionState:
        attempts = tuple(attempt(1, review=BLOCKED) for _ in range(times))
        return replace(REVIEWED, review=BLOCKED, attempts=attempts)

    assert next_step(blocked(1), settings, 10) == RunPhase("generate")
    assert next_step(blocked(2), settings, 10) == RunPhase("generate")
    assert next_step(blocked(3), settings, 10) == FinishIteration(
        False, "The review refused it: calc_double is missing"
    )


def test_review_can_be_switched_off(make_settings: Callable[..., Settings]) -> None:
    settings = make_settings({"review.enabled": False, "generation.samples": 1})
    assert next_step(GENERATED, settings, 10) == RunPhase("compile")


def built(build: BuildReport, *phases: str, iteration: int = 1, times: int = 1) -> SessionState:
    return replace(
        REVIEWED,
        iteration=iteration,
        build=build,
        attempts=tuple(attempt(iteration, build=build) for _ in range(times)),
        finished_phases=(*REVIEWED.finished_phases, *phases),
    )


def test_learning_follows_every_build_and_ends_the_iteration(settings: Settings) -> None:
    assert next_step(built(RED, "compile"), settings, 10) == RunPhase("learn")
    done = built(RED, "compile", "learn")
    assert next_step(done, settings, 10) == FinishIteration(False, "does not compile")
    green = built(GREEN, "compile", "learn")
    assert next_step(green, settings, 10) == FinishIteration(True, "all tests pass")


def test_the_session_ends_when_solved_or_out_of_iterations(settings: Settings) -> None:
    solved = replace(built(GREEN, "compile", "learn"), iteration_open=False)
    assert next_step(solved, settings, 10) == EndSession("solved")
    spent = replace(built(RED, "compile", "learn"), iteration_open=False)
    assert next_step(spent, settings, 1) == EndSession("unsolved")
    assert next_step(spent, settings, 2) == StartIteration(2, fresh=False)


def test_two_failed_repairs_lead_to_a_fresh_start(settings: Settings) -> None:
    def after(failures: int) -> SessionState:
        attempts = tuple(attempt(number, build=RED) for number in range(1, failures + 1))
        return replace(NEW, iteration=failures, attempts=attempts, build=RED)

    steps = [next_step(after(failures), settings, 10) for failures in (1, 2, 3)]
    assert steps == [
        StartIteration(2, fresh=False),
        StartIteration(3, fresh=False),
        StartIteration(4, fresh=True),
    ]


def test_several_samples_are_tried_within_one_iteration(make_settings: Callable[..., Settings]) -> None:
    settings = make_settings({"generation.samples": 2})
    assert next_step(built(RED, "compile", "learn"), settings, 10) == RunPhase("generate")
    twice = built(RED, "compile", "learn", times=2)
    assert next_step(twice, settings, 10) == FinishIteration(False, "does not compile")


def test_a_reply_without_code_costs_an_iteration_not_the_session(settings: Settings) -> None:
    failed = replace(PLANNED, failure=ev.PhaseFailed("generate", 1, "EditFormatError", "no code"))
    assert next_step(failed, settings, 10) == FinishIteration(False, "no code")


def repaired(*repairs: Repair, tried: int, build: BuildReport = RED) -> SessionState:
    """A candidate of the model and ``tried`` repairs of it failed; these repairs wait."""
    mended = Candidate(2, "r", (), "", repair="adding `;`")
    return replace(
        built(RED, "compile", "learn"),
        candidate=mended,
        build=build,
        repairs=repairs,
        attempts=(attempt(1, build=RED), *(Attempt(1, mended, None, build) for _ in range(tried))),
    )


WAITING = Repair("rule", "adding `)`", "f", Candidate(3, "s", (), "", repair="adding `)`"))


def test_a_fix_without_a_model_comes_before_the_iteration_ends_and_costs_no_sample(
    make_settings: Callable[..., Settings],
) -> None:
    settings = make_settings({"generation.samples": 2})
    assert next_step(repaired(WAITING, tried=1), settings, 10) == RunPhase("generate")
    assert next_step(repaired(tried=3), settings, 10) == RunPhase("generate")  # the second sample
    green = repaired(WAITING, tried=1, build=GREEN)
    assert next_step(green, settings, 10) == FinishIteration(True, "all tests pass")


def test_fixes_without_a_model_are_limited_in_an_iteration(settings: Settings) -> None:
    spent = repaired(WAITING, tried=REPAIRS_AN_ITERATION)
    assert spent.next_repair is None
    assert next_step(spent, settings, 10) == FinishIteration(False, "does not compile")


def test_a_repair_is_built_without_a_review(settings: Settings) -> None:
    proposed = replace(repaired(tried=1), build=None, finished_phases=("explore", "reason", "generate"))
    assert next_step(proposed, settings, 10) == RunPhase("compile")
