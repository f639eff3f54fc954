"""The fastest engine: each request goes where it is done first, by what was measured before."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from copilot_tui.core.artefacts import Usage
from copilot_tui.core.cancellation import CancelToken
from copilot_tui.core.errors import ModelLoadError
from copilot_tui.models import fastest_engine
from copilot_tui.models.engine import EngineInformation, GenerationRequest, Message, StreamPart, TextChunk
from copilot_tui.models.fastest_engine import FastestEngine
from copilot_tui.models.model_store import converted_directory
from tests.models.conftest import smollm_file, specification


@dataclass
class Timed:
    """An engine that takes, or says so, ``read`` seconds a prompt token and ``step[samples]`` a step."""

    read: float
    step: dict[int, float]
    window: int = 1000
    asked: list[str] = field(default_factory=list)

    @property
    def information(self) -> EngineInformation:
        return EngineInformation("timed", "m", "cpu", self.window)

    def count_tokens(self, messages: Sequence[Message]) -> int:
        return sum(len(message.content) for message in messages)

    async def generate(self, request: GenerationRequest, cancel: CancelToken) -> AsyncIterator[StreamPart]:
        self.asked.append(request.messages[0].content)
        yield TextChunk("text")
        tokens, steps = self.count_tokens(request.messages), request.max_tokens // 2
        first = tokens * self.read
        seconds = first + (steps - 1) * self.step[request.samples]
        yield Usage(tokens, 0, steps * request.samples, first, seconds, "stop")

    def close(self) -> None:
        self.asked.append("closed")


@pytest.fixture
def forms() -> tuple[Timed, Timed, FastestEngine]:
    single = Timed(read=0.01, step={1: 0.02, 4: 0.08})
    batch = Timed(read=0.001, step={1: 0.06, 4: 0.07}, window=800)
    return single, batch, FastestEngine("m", {"single": single, "batch": batch})


async def ask(engine: FastestEngine, prompt: str, tokens: int, samples: int = 1) -> str:
    request = GenerationRequest((Message("user", prompt),), tokens, samples=samples)
    async for _ in engine.generate(request, CancelToken()):
        pass
    return engine.information.choice


async def test_each_form_is_tried_once_then_the_cheaper_one_is_taken(
    forms: tuple[Timed, Timed, FastestEngine],
) -> None:
    single, batch, engine = forms
    assert "single writes this, to see" in await ask(engine, "a" * 100, 20)
    assert "batch writes this, to see" in await ask(engine, "b" * 100, 20)
    assert "batch writes this; expected: batch " in await ask(engine, "c" * 400, 20), "much to read"
    assert "single writes this; expected: single " in await ask(engine, "d" * 20, 200), "much to write"
    assert (len(single.asked), len(batch.asked)) == (2, 2)


async def test_what_is_in_a_cache_need_not_be_read(forms: tuple[Timed, Timed, FastestEngine]) -> None:
    single, batch, engine = forms
    await ask(engine, "a" * 100, 20)
    await ask(engine, "b" * 100, 20)
    await ask(engine, "a" * 100 + "!", 20)
    assert single.asked[-1] == "a" * 100 + "!"
    await ask(engine, "c" * 101, 20)
    assert batch.asked[-1] == "c" * 101, "the same length, but nothing of it is known"


async def test_several_samples_are_measured_for_themselves(
    forms: tuple[Timed, Timed, FastestEngine],
) -> None:
    single, batch, engine = forms
    for samples in (1, 4):
        for letter in "ab":
            await ask(engine, letter * 10, 200, samples)
    await ask(engine, "c" * 10, 200, 4)
    assert batch.asked[-1] == "c" * 10
    await ask(engine, "d" * 10, 200, 1)
    assert single.asked[-1] == "d" * 10


def test_window_and_counts_are_safe_for_both_and_both_are_closed(
    forms: tuple[Timed, Timed, FastestEngine],
) -> None:
    single, batch, engine = forms
    assert engine.information.window == 800
    engine.close()
    assert single.asked == batch.asked == ["closed"]


def test_only_a_gguf_file_has_two_forms() -> None:
    with pytest.raises(ModelLoadError, match="no second form"):
        fastest_engine.load(specification(None, engine="fastest"), lambda text: None)


@pytest.mark.model
def test_without_the_other_form_llama_does_it_and_says_so(tmp_path: Path) -> None:
    file = tmp_path / "model.gguf"
    file.symlink_to(smollm_file())
    assert not converted_directory(file).exists()
    notices: list[str] = []
    engine = fastest_engine.load(specification(file, engine="fastest"), notices.append)
    try:
        assert engine.information.engine == "llama"
        assert any("models convert" in text for text in notices)
    finally:
        engine.close()
