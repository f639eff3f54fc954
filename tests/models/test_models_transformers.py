"""The transformers engine: each family through the real loading code, and what only this engine does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from huggingface_hub.errors import GatedRepoError
from transformers import AutoModelForCausalLM

from copilot_tui.core.artefacts import Usage
from copilot_tui.core.cancellation import CancelToken
from copilot_tui.core.errors import GenerationError, ModelLoadError, ModelNotFoundError
from copilot_tui.models import checkpoint, transformers_engine
from copilot_tui.models.engine import GenerationRequest, Message, SampleFinished, StreamPart, TextChunk
from copilot_tui.models.int8_weights import Int8Linear, use_int8_weights
from copilot_tui.models.transformers_engine import PromptEncoder, TransformersEngine
from tests.models.conftest import specification
from tests.models.tiny_checkpoints import FAMILIES, Family, write_checkpoint

ASK = (Message("system", "S"), Message("user", "U"))
HALF_A_CHARACTER = "\ufffd"
LONG = Message("user", "int add(int left, int right)\n{\n    return left + right;\n}\n" * 4)


def loaded(family: Family, directory: Path, **changes: object) -> TransformersEngine:
    path = write_checkpoint(family, directory)
    wanted = specification(None, engine="transformers", model=str(path), window=0, offline=True, **changes)
    return transformers_engine.load(wanted, lambda text: None)


def named(name: str) -> Family:
    return next(family for family in FAMILIES if family.name == name)


@pytest.fixture(params=FAMILIES, ids=lambda family: family.name)
def family(request: pytest.FixtureRequest) -> Family:
    made: Family = request.param
    return made


@pytest.fixture
def qwen(tmp_path: Path) -> Iterator[TransformersEngine]:
    engine = loaded(named("Qwen2.5-Coder-0.5B-Instruct"), tmp_path)
    yield engine
    engine.close()


async def parts_of(engine: TransformersEngine, request: GenerationRequest) -> list[StreamPart]:
    return [part async for part in engine.generate(request, CancelToken())]


async def reply(engine: TransformersEngine, *messages: Message, **options: object) -> tuple[str, Usage]:
    request = GenerationRequest(messages, **{"max_tokens": 12, **options})  # type: ignore[arg-type]
    parts = await parts_of(engine, request)
    assert isinstance(parts[-1], Usage)
    return "".join(part.text for part in parts if isinstance(part, TextChunk)), parts[-1]


async def test_a_family_is_prompted_in_its_form_and_goes_on_as_the_model_alone_would(
    family: Family, tmp_path: Path
) -> None:
    """The second prompt shares its beginning with the first, so it runs on the cache."""
    engine = loaded(family, tmp_path)
    source = tmp_path / family.name
    prompts = PromptEncoder(engine._checkpoint, str(source))
    assert family.expected in prompts._text(ASK, None)[0]
    model = AutoModelForCausalLM.from_pretrained(source, dtype=checkpoint.number_format("cpu"))
    for ending in ("int", "def"):
        messages = (LONG, Message("assistant", ending))
        text, usage = await reply(engine, *messages)
        tokens = prompts.encode(messages, None)
        assert usage.prompt_tokens == len(tokens) == engine.count_tokens(messages)
        whole = model.generate(
            torch.tensor([tokens]),
            max_new_tokens=12,
            do_sample=False,
            pad_token_id=0,
            eos_token_id=sorted(engine._checkpoint.end_tokens),
        )
        written = engine._checkpoint.tokenizer.decode(whole[0, len(tokens) :], skip_special_tokens=True)
        assert text == written.rstrip(HALF_A_CHARACTER)
    assert usage.cached_tokens > 0.8 * usage.prompt_tokens
    engine.close()


async def test_a_gap_is_filled_where_the_family_can(family: Family, tmp_path: Path) -> None:
    engine = loaded(family, tmp_path)
    assert engine.information.fills_in == bool(family.fills)
    request = GenerationRequest((Message("user", "A"),), 4, suffix="B")
    if family.fills:
        prompts = PromptEncoder(engine._checkpoint, family.name)
        assert prompts._text(request.messages, "B")[0] == family.fills
        assert await parts_of(engine, request)
    else:
        with pytest.raises(GenerationError, match="fill in the middle"):
            await parts_of(engine, request)
    engine.close()


def repeat_itself(model: torch.nn.Module) -> None:
    """Let the last token weigh more than all before it, so that the text runs into a circle."""
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "o_proj" in name or "down_proj" in name:
                parameter.mul_(0.005)


async def test_guessing_ahead_changes_nothing_but_the_number_of_steps(tmp_path: Path) -> None:
    """In 32-bit floats; in 16 bits a step of many tokens may round a tie the other way."""
    family = named("SmolLM2-135M-Instruct")
    texts, steps = {}, {}
    for lookup in (True, False):
        engine = loaded(family, tmp_path, prompt_lookup=lookup)
        repeat_itself(engine._checkpoint.model.float())
        count = 0

        def counted(*arguments: object) -> None:
            nonlocal count
            count += 1

        engine._checkpoint.model.register_forward_hook(counted)
        texts[lookup] = [
            (await reply(engine, LONG, max_tokens=160, temperature=heat, seed=3, top_p=0.5))[0]
            for heat in (0.0, 0.7)
        ]
        steps[lookup] = count
        engine.close()
    assert texts[True] == texts[False]
    assert steps[True] < 0.9 * steps[False]


async def test_without_the_prompt_cache_each_prompt_is_computed_from_its_beginning(tmp_path: Path) -> None:
    engine = loaded(named("SmolLM2-135M-Instruct"), tmp_path, prompt_cache=False)
    assert [(await reply(engine, LONG))[1].cached_tokens for _ in range(2)] == [0, 0]
    engine.close()


class Exhausted:
    """Memory that holds only so many rows: a hook of the model that fails on larger batches."""

    def __init__(self, rows: int) -> None:
        self.rows = rows

    def __call__(
        self, module: object, arguments: tuple[object, ...], options: dict[str, torch.Tensor]
    ) -> None:
        if options["input_ids"].shape[0] > self.rows:
            raise torch.OutOfMemoryError("out of memory")


async def test_out_of_memory_makes_the_batch_smaller_and_loses_no_sample(tmp_path: Path) -> None:
    family, notices = named("SmolLM2-135M-Instruct"), []
    path = write_checkpoint(family, tmp_path)
    wanted = specification(None, engine="transformers", model=str(path), window=0)
    engine = transformers_engine.load(wanted, notices.append)
    engine._checkpoint.model.register_forward_pre_hook(Exhausted(2), with_kwargs=True)
    request = GenerationRequest((LONG,), 6, temperature=0.9, samples=5)
    parts = await parts_of(engine, request)
    assert [part.sample for part in parts if isinstance(part, SampleFinished)] == [0, 1, 2, 3, 4]
    assert any("not enough memory for 5 samples" in notice for notice in notices)
    engine.close()


async def test_out_of_memory_with_one_sample_says_what_it_needs(qwen: TransformersEngine) -> None:
    hook = qwen._checkpoint.model.register_forward_pre_hook(Exhausted(0), with_kwargs=True)
    with pytest.raises(GenerationError, match=r"Memory ran out: prompt and reply of \d+ tokens need"):
        await reply(qwen, LONG)
    hook.remove()
    assert (await reply(qwen, LONG))[1].cached_tokens == 0


async def test_a_finished_sample_leaves_the_batch_and_the_others_go_on(qwen: TransformersEngine) -> None:
    """The rows of a batch are those of the samples alone: their texts are the same in another company."""
    qwen._checkpoint.model.float()
    texts: dict[int, dict[int, str]] = {}
    for samples in (2, 6):
        request = GenerationRequest((LONG,), 30, temperature=1.2, seed=9, samples=samples, stop=("e", "t"))
        texts[samples] = {}
        for part in await parts_of(qwen, request):
            if isinstance(part, TextChunk):
                texts[samples][part.sample] = texts[samples].get(part.sample, "") + part.text
    assert {number: texts[6].get(number) for number in texts[2]} == texts[2]


def test_a_model_beyond_the_memory_limit_is_refused_with_both_numbers(tmp_path: Path) -> None:
    with pytest.raises(ModelLoadError, match=r"needs about 0\.3 GB.*allows 0\.2 GB"):
        loaded(named("Qwen3-0.6B"), tmp_path, memory_limit=200_000_000)


def test_what_is_no_checkpoint_is_refused_by_name(tmp_path: Path) -> None:
    for model, match in (
        (str(tmp_path), "holds no checkpoint"),
        (str(tmp_path / "none"), "no checkpoint"),
        ("nobody/nothing", "local cache"),
    ):
        wanted = specification(None, engine="transformers", model=model, offline=True)
        with pytest.raises(ModelNotFoundError, match=match):
            transformers_engine.load(wanted, lambda text: None)


def test_a_gated_model_says_how_to_get_in() -> None:
    """The error of the hub's own client, wrapped as transformers wraps it."""
    refused = GatedRepoError.__new__(GatedRepoError)  # its constructor wants an answer of the network
    try:
        raise OSError("You are trying to access a gated repo.") from refused
    except OSError as error:
        told = checkpoint._explained("meta-llama/Llama-2-7b-chat-hf", error)
    assert isinstance(told, ModelLoadError)
    assert "gated" in told.message
    assert "https://huggingface.co/meta-llama/Llama-2-7b-chat-hf" in told.hint
    assert "hf auth login" in told.hint


def test_a_damaged_checkpoint_is_a_typed_error(tmp_path: Path) -> None:
    path = write_checkpoint(named("SmolLM2-135M-Instruct"), tmp_path)
    (path / "model.safetensors").write_bytes(b"not weights")
    wanted = specification(None, engine="transformers", model=str(path))
    with pytest.raises(ModelLoadError, match="SmolLM2"):
        transformers_engine.load(wanted, lambda text: None)


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has such a device")
def test_a_device_that_is_not_there_is_an_error_when_named_and_a_notice_when_not(tmp_path: Path) -> None:
    with pytest.raises(ModelLoadError, match="device is cuda"):
        loaded(named("SmolLM2-135M-Instruct"), tmp_path, device="cuda")
    notices: list[str] = []
    path = tmp_path / "SmolLM2-135M-Instruct"
    wanted = specification(
        None, engine="transformers", model=str(path), device="auto", use_gpu=True, window=9999
    )
    engine = transformers_engine.load(wanted, notices.append)
    assert engine.information.window == 512
    assert len([notice for notice in notices if "CPU" in notice]) == 1
    assert len([notice for notice in notices if "9999" in notice]) == 1
    engine.close()


def test_weights_as_integers_compute_nearly_the_same_in_a_quarter_of_the_bytes() -> None:
    torch.manual_seed(3)
    linear = torch.nn.Linear(96, 64)
    small = Int8Linear(linear)
    assert small.integers.nbytes * 4 == linear.weight.nbytes
    for rows in (1, 5, 16, 40):
        values = torch.randn(2, rows, 96)
        expected = linear(values)
        assert small(values).shape == expected.shape
        assert (small(values) - expected).norm() < 0.01 * expected.norm()


def test_only_models_worth_it_get_integer_weights() -> None:
    assert not use_int8_weights(torch.nn.Sequential(torch.nn.Linear(8, 8)))
    odd, even = (torch.nn.Linear(width, 8192, bias=False, dtype=torch.bfloat16) for width in (40, 8192))
    large = torch.nn.Sequential(odd, even)
    assert use_int8_weights(large)
    assert [type(layer) for layer in large] == [torch.nn.Linear, Int8Linear]


def test_a_base_models_reply_ends_where_something_else_begins(tmp_path: Path) -> None:
    for name, ends in (("codegen-350M-mono", True), ("Qwen2.5-Coder-0.5B-Instruct", False)):
        engine = loaded(named(name), tmp_path / name)
        for request in (GenerationRequest(ASK, 8), GenerationRequest(ASK, 8, json_schema={"type": "object"})):
            text = engine._sample(0, request, engine._prompts.encode(ASK, None))._text
            for token in engine._checkpoint.backend.encode(
                "x = 1\nif __name__ == 1", add_special_tokens=False
            ).ids:
                if not text.stopped:
                    text.add(token)
            assert text.stopped == (ends and request.json_schema is None)
        engine.close()
