"""The ensemble: who is asked, in which order what they wrote is built, and what the losers teach."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from copilot_tui.core import events as ev
from copilot_tui.core.cancellation import CancelToken
from copilot_tui.core.config import Settings
from copilot_tui.core.errors import ModelNotFoundError
from copilot_tui.models.engine import Engine, GenerationRequest, SampleFinished, StreamPart
from copilot_tui.models.loader import LocalModelLoader
from copilot_tui.models.scripted_engine import ScriptedEngine
from copilot_tui.session.manager import SessionManager, Workplace
from tests.conftest import BROKEN_DOUBLE, GOOD_DOUBLE, WRONG_DOUBLE, Script, asked_for
from tests.models.conftest import smollm_file
from tests.session.conftest import TASK

OTHER_WRONG = "int calc_double(int value)\n{\n    return value - 1;\n}"
UNFINISHED = "int calc_double(int value)\n{\n    /* TODO */\n    return 2 * value;\n}"
SECOND = "a second model"


class WeighedEngine(ScriptedEngine):
    """Writes fixed code, one piece a sample, and finds each as likely as it is told to."""

    def __init__(self, weights: Mapping[str, float]) -> None:
        super().__init__(Script(list(weights)), model="weighed")
        self._weights = list(weights.values())
        self._written = 0

    async def generate(self, request: GenerationRequest, cancel: CancelToken) -> AsyncIterator[StreamPart]:
        async for part in super().generate(request, cancel):
            if isinstance(part, SampleFinished):
                weight = self._weights[min(self._written, len(self._weights) - 1)]
                self._written += 1
                part = replace(part, log_probability=weight * part.new_tokens)
            yield part

    @property
    def code_requests(self) -> list[GenerationRequest]:
        return [request for request in self.requests if asked_for(request) == "generate"]


@dataclass
class Members:
    """Gives an engine by the model's name; the name "" and what is not listed is the first one."""

    engines: Mapping[str, Engine]
    asked: list[str] = field(default_factory=list)
    notices: Sequence[str] = ()

    async def engine(self, role: str, model: str = "") -> Engine:
        if role == "codegen" and model == "missing":
            raise ModelNotFoundError("There is no such model.", "Fetch it.")
        self.asked.append(model)
        return self.engines.get(model, self.engines[""])


@pytest.fixture
async def run(
    calc_project: Path, tmp_path: Path, make_settings: Callable[..., Settings]
) -> AsyncIterator[Callable[..., object]]:
    managers: list[SessionManager] = []

    async def run_one(
        members: Members, changes: Mapping[str, object] | None = None, iterations: int = 1
    ) -> tuple[SessionManager, list[ev.Event]]:
        shown: list[ev.EventRecord] = []
        settings = make_settings(
            {"ensemble.enabled": True, "learning.deterministic_fixes": False, **(changes or {})}, calc_project
        )
        place = Workplace.at(calc_project, tmp_path / "state")
        managers.append(SessionManager(place, settings, members, on_record=shown.append))
        await managers[-1].start(TASK)
        await managers[-1].run(iterations)
        return managers[-1], [record.event for record in shown]

    yield run_one
    for manager in managers:
        await manager.close()


def built(manager: SessionManager) -> list[str]:
    return [attempt.candidate.code for attempt in manager.state.attempts if attempt.build is not None]


async def test_samples_are_written_side_by_side_and_built_by_likelihood(run) -> None:  # type: ignore[no-untyped-def]
    engine = WeighedEngine({WRONG_DOUBLE: -0.5, OTHER_WRONG: -2.0, GOOD_DOUBLE: -1.0, BROKEN_DOUBLE: -0.1})
    manager, events = await run(Members({"": engine}), {"generation.samples": 4})
    assert [(r.samples, r.log_probabilities) for r in engine.code_requests] == [(4, True)]
    assert built(manager) == [BROKEN_DOUBLE, WRONG_DOUBLE, GOOD_DOUBLE], "the least likely is not built"
    assert manager.state.status == "solved"
    assert manager.state.iteration == 1
    assert [type(event) for event in events].count(ev.ProposalsRanked) == 1


async def test_what_a_check_refuses_is_built_last_however_likely(run) -> None:  # type: ignore[no-untyped-def]
    engine = WeighedEngine({UNFINISHED: -0.1, WRONG_DOUBLE: -3.0, GOOD_DOUBLE: -2.0})
    manager, events = await run(Members({"": engine}), {"generation.samples": 3})
    ranking = next(event for event in events if isinstance(event, ev.ProposalsRanked))
    assert [(p.candidate.code, p.sound) for p in ranking.proposals] == [
        (GOOD_DOUBLE, True),
        (WRONG_DOUBLE, True),
        (UNFINISHED, False),
    ]
    assert built(manager) == [GOOD_DOUBLE]


async def test_code_that_two_members_wrote_is_one_candidate(run) -> None:  # type: ignore[no-untyped-def]
    engine = WeighedEngine({WRONG_DOUBLE: -3.0, GOOD_DOUBLE: -2.0})
    engine._replies = Script([WRONG_DOUBLE, WRONG_DOUBLE, GOOD_DOUBLE])
    engine._weights = [-3.0, -1.0, -2.0]
    _, events = await run(Members({"": engine}), {"generation.samples": 3})
    ranking = next(event for event in events if isinstance(event, ev.ProposalsRanked))
    assert [p.candidate.log_probability for p in ranking.proposals] == [-1.0, -2.0]


async def test_each_model_writes_at_each_temperature(run) -> None:  # type: ignore[no-untyped-def]
    first = WeighedEngine({WRONG_DOUBLE: -0.1, OTHER_WRONG: -0.2})
    second = WeighedEngine({BROKEN_DOUBLE: -0.3, GOOD_DOUBLE: -0.4})
    members = Members({"": first, SECOND: second})
    changes = {
        "generation.samples": 1,
        "ensemble.models": [SECOND],
        "ensemble.temperatures": [0.25, 0.75],
    }
    manager, _ = await run(members, changes)
    for engine in (first, second):
        assert [request.temperature for request in engine.code_requests] == [0.25, 0.75]
    assert manager.state.status == "solved"
    assert manager.state.candidate is not None
    assert manager.state.candidate.model == f"{SECOND} at 0.75"


async def test_a_member_that_cannot_be_loaded_leaves_the_others_at_work(run) -> None:  # type: ignore[no-untyped-def]
    members = Members({"": WeighedEngine({GOOD_DOUBLE: -0.1})})
    manager, events = await run(members, {"generation.samples": 1, "ensemble.models": ["missing"]})
    told = [event.message for event in events if isinstance(event, ev.Noticed)]
    assert any("missing is left out" in text and "Fetch it" in text for text in told)
    assert manager.state.status == "solved"


async def test_the_next_round_is_told_of_all_losers_the_one_nearest_to_green_in_full(run) -> None:  # type: ignore[no-untyped-def]
    engine = WeighedEngine({WRONG_DOUBLE: -0.1, BROKEN_DOUBLE: -0.2, OTHER_WRONG: -0.3, GOOD_DOUBLE: -0.4})
    changes = {"generation.samples": 2, "session.repairs_before_fresh_start": 5}
    manager, _ = await run(Members({"": engine}), changes, iterations=2)
    prompt = "\n".join(message.content for message in engine.code_requests[1].messages)
    assert "twice" in prompt, "what the compiler said of the one"
    assert "expected 14, got 8" in prompt, "what the test said of the other"
    attempts = prompt[prompt.index("Attempt ") :]
    assert attempts.index("twice") < attempts.index("expected 14"), (
        "the nearest stands last, as the newest would"
    )
    assert manager.state.status == "solved"


async def test_without_the_ensemble_samples_are_written_one_after_another(run) -> None:  # type: ignore[no-untyped-def]
    engine = WeighedEngine({WRONG_DOUBLE: -0.5, GOOD_DOUBLE: -1.0})
    members = Members({"": engine})
    changes = {"ensemble.enabled": False, "generation.samples": 2, "ensemble.models": [SECOND]}
    manager, events = await run(members, changes)
    assert [request.samples for request in engine.code_requests] == [1, 1]
    assert SECOND not in members.asked
    assert not any(isinstance(event, ev.ProposalsRanked) for event in events)
    assert manager.state.status == "solved"


@pytest.mark.model
async def test_a_real_model_weighs_what_it_writes_side_by_side(run, make_settings) -> None:  # type: ignore[no-untyped-def]
    smollm_file()
    changes = {f"{role}.model_path": "smollm2-135m" for role in ("codegen", "llm")}
    changes |= {"codegen.context_window": 2048, "llm.context_window": 2048, "generation.samples": 2}
    changes |= {"ensemble.enabled": True, "ensemble.temperatures": [0.2, 0.9], "codegen.max_length": 60}
    changes |= {"exploration.insights": False, "reasoning.enabled": False, "review.model_review": False}
    loader = LocalModelLoader(make_settings(changes))
    try:
        _, events = await run(loader, changes)
    finally:
        loader.close()
    ranking = next(event for event in events if isinstance(event, ev.ProposalsRanked))
    likelihoods = [p.candidate.log_probability for p in ranking.proposals]
    assert len(ranking.proposals) > 1
    assert all(likelihood is not None and -20 < likelihood < 0 for likelihood in likelihoods)
    sound = [p.candidate.log_probability for p in ranking.proposals if p.sound]
    assert sound == sorted(sound, reverse=True)
    assert {p.temperature for p in ranking.proposals} <= {0.2, 0.9}
