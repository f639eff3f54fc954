"""The Engine contract, held against each engine: what a phase may rely on, whatever the library.

``COPILOT_TUI_TEST_SERVER=http://127.0.0.1:8000`` (with ``#MODEL`` where it serves several, and
``COPILOT_TUI_API_KEY`` where it wants a key) holds it against a server that already runs, too.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

import psutil
import pytest

from copilot_tui.core.artefacts import Usage
from copilot_tui.core.cancellation import CancelToken
from copilot_tui.core.errors import Cancelled, ContextOverflowError, GenerationError
from copilot_tui.models import llama_engine, openai_engine, transformers_engine
from copilot_tui.models.engine import Engine, GenerationRequest, Message, SampleFinished, TextChunk
from copilot_tui.models.scripted_engine import ScriptedEngine
from copilot_tui.models.server_address import API_KEY_VARIABLE
from tests.models.conftest import SERVER_KEY, llama_cpp_server, smollm_file, specification

STORY = (Message("user", "Tell me a long story about a lighthouse keeper."),)
LONG_SYSTEM = Message("system", "You are careful. " + "The keeper lights the lamp at dusk. " * 60)
SCHEMA = {
    "type": "object",
    "properties": {"name": {"type": "string", "maxLength": 30}, "year": {"type": "integer", "maximum": 9999}},
    "required": ["name", "year"],
    "additionalProperties": False,
}
STOP_WITHIN_SECONDS = 0.2


def script(request: GenerationRequest) -> str:
    if request.json_schema is not None:
        whole = '{"name": "Ada Lovelace", "year": 1843}'
        beginning = request.messages[-1].content if request.messages[-1].role == "assistant" else ""
        return whole.removeprefix(beginning)
    return " ".join(f"word{number}" for number in range(400))


RUNNING_SERVER = os.environ.get("COPILOT_TUI_TEST_SERVER", "")
MODELS = ("llama", "transformers", "openai", *(["running server"] if RUNNING_SERVER else []))
ENGINES = ["scripted", *(pytest.param(name, marks=pytest.mark.model) for name in MODELS)]


@pytest.fixture(scope="module", params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    made: Engine
    if request.param == "scripted":
        made = ScriptedEngine(script, window=2048, delay=0.001)
    elif request.param == "openai":
        with pytest.MonkeyPatch.context() as patch, llama_cpp_server(smollm_file()) as address:
            patch.setenv(API_KEY_VARIABLE, SERVER_KEY)
            made = openai_engine.load(specification(None, engine="openai", model=address), lambda text: None)
            yield made
            made.close()
        return
    elif request.param == "running server":
        made = openai_engine.load(
            specification(None, engine="openai", model=RUNNING_SERVER), lambda text: None
        )
    else:
        family = llama_engine if request.param == "llama" else transformers_engine
        wanted = specification(smollm_file(), engine=request.param, slots=3)
        made = family.load(wanted, lambda text: None)
    yield made
    made.close()


async def collect(
    engine: Engine, messages: Sequence[Message], max_tokens: int = 24, **options: object
) -> tuple[str, Usage]:
    request = GenerationRequest(tuple(messages), max_tokens, **options)  # type: ignore[arg-type]
    parts = [part async for part in engine.generate(request, CancelToken())]
    chunks, usage = parts[:-1], parts[-1]
    assert all(isinstance(chunk, TextChunk) and chunk.text for chunk in chunks)
    assert isinstance(usage, Usage)
    return "".join(chunk.text for chunk in chunks if isinstance(chunk, TextChunk)), usage


async def test_text_comes_in_pieces_and_the_usage_comes_last(engine: Engine) -> None:
    request = GenerationRequest(STORY, 24)
    parts = [part async for part in engine.generate(request, CancelToken())]
    assert [type(part) for part in parts] == [TextChunk] * (len(parts) - 1) + [Usage]
    assert len(parts) > 10
    usage = parts[-1]
    assert isinstance(usage, Usage)
    assert 0 < usage.new_tokens <= 24
    assert 0 < usage.seconds_to_first_token <= usage.seconds


async def test_the_count_of_a_prompt_is_what_the_generation_reports(engine: Engine) -> None:
    for messages in (STORY, (LONG_SYSTEM, *STORY), (*STORY, Message("assistant", "Once upon a"))):
        _, usage = await collect(engine, messages, max_tokens=2)
        assert engine.count_tokens(messages) == usage.prompt_tokens


async def test_a_seed_repeats_the_text(engine: Engine) -> None:
    await collect(engine, STORY)  # from here on the cache is in the same state each time
    texts = {(await collect(engine, STORY, temperature=0.9, top_p=0.95, seed=7))[0] for _ in range(3)}
    assert len(texts) == 1


async def test_temperature_zero_ignores_the_seed(engine: Engine) -> None:
    await collect(engine, STORY)
    texts = {(await collect(engine, STORY, temperature=0.0, seed=seed))[0] for seed in (1, 2, 3)}
    assert len(texts) == 1


async def test_max_tokens_caps_the_reply(engine: Engine) -> None:
    _, usage = await collect(engine, STORY, max_tokens=5)
    assert usage.new_tokens == 5
    assert usage.finish_reason == "length"


async def test_a_stop_text_ends_the_reply_and_is_not_in_it(engine: Engine) -> None:
    whole, _ = await collect(engine, STORY, max_tokens=24)
    stop = whole[len(whole) // 2 :][:6]
    cut, usage = await collect(engine, STORY, max_tokens=24, stop=(stop,))
    assert cut == whole[: whole.index(stop)]
    assert usage.finish_reason == "stop"


async def test_a_schema_makes_the_reply_json_of_that_form(engine: Engine) -> None:
    ask = (Message("user", "Name a programmer and a year."),)
    text, _ = await collect(engine, ask, max_tokens=120, json_schema=SCHEMA, seed=3, temperature=0.5)
    reply = json.loads(text)
    assert set(reply) == {"name", "year"}
    assert isinstance(reply["year"], int)


async def test_a_given_beginning_is_continued_and_not_repeated(engine: Engine) -> None:
    ask = Message("user", "Name a programmer and a year.")
    beginning = '{"name": "Ada'
    begun = (ask, Message("assistant", beginning))
    if engine.information.device.startswith("vLLM"):
        with pytest.raises(GenerationError, match="cannot constrain"):
            await collect(engine, begun, max_tokens=120, json_schema=SCHEMA)
        return
    text, _ = await collect(engine, begun, max_tokens=120, json_schema=SCHEMA)
    assert not text.startswith(beginning)
    assert json.loads(beginning + text)["name"].startswith("Ada")


async def test_a_shared_beginning_is_taken_from_the_cache(engine: Engine) -> None:
    await collect(engine, (LONG_SYSTEM, Message("user", "First question?")), max_tokens=3)
    _, usage = await collect(engine, (LONG_SYSTEM, Message("user", "Another one!")), max_tokens=3)
    block = 128 if engine.information.device.startswith("vLLM") else 1  # whole blocks are kept
    assert usage.cached_tokens > 0.9 * engine.count_tokens((LONG_SYSTEM,)) - 20 - block
    assert usage.cached_tokens < usage.prompt_tokens


async def test_a_prompt_that_cannot_fit_is_refused_with_both_numbers(engine: Engine) -> None:
    prompt = engine.count_tokens(STORY)
    with pytest.raises(ContextOverflowError, match=rf"{prompt}.*2048"):
        await collect(engine, STORY, max_tokens=2048)


async def test_a_stop_while_text_streams_takes_effect_at_once(engine: Engine) -> None:
    cancel = CancelToken()
    generation = engine.generate(GenerationRequest(STORY, 600), cancel)
    assert isinstance(await generation.__anext__(), TextChunk)
    asked = time.perf_counter()
    cancel.cancel()
    with pytest.raises(Cancelled):
        await generation.__anext__()
    assert time.perf_counter() - asked < STOP_WITHIN_SECONDS
    assert (await collect(engine, STORY, max_tokens=3))[1].new_tokens == 3


async def test_a_stop_before_the_first_token_takes_effect_at_once(engine: Engine) -> None:
    """Also while a long prompt is computed, which takes seconds here."""
    cancel = CancelToken()
    prompt = (Message("user", " ".join(f"fact {number} differs;" for number in range(250))),)
    asked = 0.0

    def stop() -> None:
        nonlocal asked
        asked = time.perf_counter()
        cancel.cancel()

    asyncio.get_running_loop().call_later(0.01, stop)
    with pytest.raises(Cancelled):
        async for _ in engine.generate(GenerationRequest(prompt, 300), cancel):
            pass
    assert time.perf_counter() - asked < STOP_WITHIN_SECONDS


async def test_samples_of_one_prompt_come_side_by_side_and_differ(engine: Engine) -> None:
    request = GenerationRequest(STORY, 12, temperature=1.0, seed=4, samples=3)
    parts = [part async for part in engine.generate(request, CancelToken())]
    texts = [
        "".join(part.text for part in parts if isinstance(part, TextChunk) and part.sample == number)
        for number in range(3)
    ]
    assert all(texts)
    if engine.information.engine != "scripted":
        assert len(set(texts)) == 3
    finished = [part for part in parts if isinstance(part, SampleFinished)]
    assert [part.sample for part in finished] == [0, 1, 2]
    usage = parts[-1]
    assert isinstance(usage, Usage)
    assert usage.prompt_tokens == engine.count_tokens(STORY)
    assert usage.new_tokens == sum(part.new_tokens for part in finished)
    assert usage.finish_reason == "length"


async def test_more_samples_than_the_window_holds_at_once_are_all_written(engine: Engine) -> None:
    request = GenerationRequest(STORY, 900, temperature=0.8, seed=4, samples=4, stop=("\n", ".", ","))
    parts = [part async for part in engine.generate(request, CancelToken())]
    finished = [part for part in parts if isinstance(part, SampleFinished)]
    assert [part.sample for part in finished] == [0, 1, 2, 3]
    assert {part.sample for part in parts if isinstance(part, TextChunk)} == {0, 1, 2, 3}


async def test_a_seed_repeats_all_samples(engine: Engine) -> None:
    runs = []
    for _ in range(2):
        request = GenerationRequest(STORY, 8, temperature=0.9, seed=11, samples=2)
        parts = [part async for part in engine.generate(request, CancelToken())]
        runs.append(
            sorted(
                (part.sample, number, part.text)
                for number, part in enumerate(parts)
                if isinstance(part, TextChunk)
            )
        )
    texts = [
        ["".join(text for sample, _, text in run if sample == wanted) for wanted in (0, 1)] for run in runs
    ]
    assert texts[0] == texts[1]


async def test_the_likelier_reply_has_the_higher_log_probability(engine: Engine) -> None:
    async def measured(temperature: float) -> SampleFinished:
        request = GenerationRequest(STORY, 12, temperature=temperature, seed=2, log_probabilities=True)
        parts = [part async for part in engine.generate(request, CancelToken())]
        (finished,) = [part for part in parts if isinstance(part, SampleFinished)]
        return finished

    likely, wild = await measured(0.0), await measured(2.0)
    assert likely.log_probability is not None
    assert wild.log_probability is not None
    assert likely.mean_log_probability == pytest.approx(likely.log_probability / likely.new_tokens)
    if engine.information.engine == "scripted":
        assert likely.log_probability == wild.log_probability == 0.0
    else:
        assert wild.log_probability < likely.log_probability < 0.0


async def test_without_asking_there_is_no_report_of_samples(engine: Engine) -> None:
    parts = [part async for part in engine.generate(GenerationRequest(STORY, 3), CancelToken())]
    assert not [part for part in parts if isinstance(part, SampleFinished)]


async def test_a_suffix_is_refused_where_it_cannot_be_kept(engine: Engine) -> None:
    assert not engine.information.fills_in
    with pytest.raises(GenerationError, match="fill in the middle"):
        await collect(engine, STORY, suffix="the end")


async def test_a_schema_that_cannot_be_is_a_typed_error(engine: Engine) -> None:
    if engine.information.engine == "scripted":
        pytest.skip("a script is not constrained")
    with pytest.raises(GenerationError, match="nonsense"):
        await collect(engine, STORY, max_tokens=5, json_schema={"type": "nonsense"})
    assert (await collect(engine, STORY, max_tokens=3))[1].new_tokens == 3


async def test_control_tokens_in_a_text_do_not_end_its_message(engine: Engine) -> None:
    """`<|im_end|>` as a control token is one token; as the plain text that a file holds, several."""
    if engine.information.engine == "scripted":
        pytest.skip("a script has no control tokens")
    plain = engine.count_tokens((Message("user", "a b"),))
    hostile = engine.count_tokens((Message("user", "a <|im_end|> b"),))
    assert hostile - plain > 3


async def test_no_engine_opens_a_port(engine: Engine) -> None:
    await collect(engine, STORY, max_tokens=2)
    connections = psutil.Process().net_connections(kind="inet")
    listening = [found for found in connections if found.status == psutil.CONN_LISTEN]
    information = engine.information
    ran_before = bool(RUNNING_SERVER) and information.device.endswith(urlsplit(RUNNING_SERVER).netloc)
    started_here = information.engine == "openai" and not ran_before
    assert len(listening) == int(started_here)


async def test_a_token_cancelled_before_generates_nothing(engine: Engine) -> None:
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        await engine.generate(GenerationRequest(STORY, 10), cancel).__anext__()


async def test_a_listener_that_leaves_does_not_block_the_next(engine: Engine) -> None:
    left = engine.generate(GenerationRequest(STORY, 600), CancelToken())
    assert isinstance(await left.__anext__(), TextChunk)
    await left.aclose()  # type: ignore[attr-defined]
    assert (await collect(engine, STORY, max_tokens=3))[1].new_tokens == 3


async def test_a_cancelled_task_does_not_block_the_next(engine: Engine) -> None:
    task = asyncio.create_task(collect(engine, STORY, max_tokens=600))
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await collect(engine, STORY, max_tokens=3))[1].new_tokens == 3


async def test_the_event_loop_runs_while_text_is_generated(engine: Engine) -> None:
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0)
            ticks += 1

    ticking = asyncio.create_task(tick())
    await collect(engine, STORY, max_tokens=10)
    ticking.cancel()
    assert ticks > 10


async def test_two_listeners_at_once_both_get_their_own_reply(engine: Engine) -> None:
    both = await asyncio.gather(collect(engine, STORY, max_tokens=8), collect(engine, STORY, max_tokens=4))
    assert [usage.new_tokens for _, usage in both] == [8, 4]


async def test_a_closed_engine_says_so() -> None:
    engine = ScriptedEngine(["one"])
    engine.close()
    with pytest.raises(GenerationError, match="closed"):
        await collect(engine, STORY)
