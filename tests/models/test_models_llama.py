"""What is particular to the llama engine: its locks, its refusals, and how it treats hostile text."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from copilot_tui.core.artefacts import Usage
from copilot_tui.core.cancellation import CancelToken
from copilot_tui.core.errors import (
    ContextOverflowError,
    GenerationError,
    ModelFileError,
    ModelLoadError,
    ModelNotFoundError,
)
from copilot_tui.models import llama_engine
from copilot_tui.models.engine import GenerationRequest, Message, TextChunk
from copilot_tui.models.llama_engine import LlamaEngine
from copilot_tui.models.llama_server import connect
from copilot_tui.models.model_store import ModelStore
from tests.models.conftest import smollm_file, specification

pytestmark = pytest.mark.model

CHAT = json.dumps({"messages": [{"role": "user", "content": "hi"}], "max_tokens": 1})


@pytest.fixture(scope="module")
def engine() -> Iterator[LlamaEngine]:
    made = llama_engine.load(specification(smollm_file()), lambda text: None)
    yield made
    made.close()


async def reply(engine: LlamaEngine, text: str, max_tokens: int = 12, seed: int = 0) -> str:
    request = GenerationRequest((Message("user", text),), max_tokens, temperature=0.8, seed=seed)
    parts = [part async for part in engine.generate(request, CancelToken())]
    return "".join(part.text for part in parts if isinstance(part, TextChunk))


def ask(engine: LlamaEngine, method: str, path: str, headers: dict[str, str]) -> tuple[int, dict[str, str]]:
    connection = connect(engine.address)
    body = CHAT if method == "POST" else None
    connection.request(method, path, body, {"Content-Type": "application/json", **headers})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status, {name.lower(): value for name, value in answer.getheaders()}


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="needs Unix sockets")
def test_no_port_is_open_and_the_socket_is_the_owners_alone(engine: LlamaEngine) -> None:
    assert [c for c in psutil.Process().net_connections(kind="inet") if c.status == psutil.CONN_LISTEN] == []
    path = Path(engine.address.removeprefix("unix://"))
    assert path.is_socket()
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/completion", "/tokenize", "/apply-template"])
@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": "Bearer guess"}, {"Origin": "https://evil.example"}]
)
def test_without_the_key_nobody_is_served(engine: LlamaEngine, path: str, headers: dict[str, str]) -> None:
    assert ask(engine, "POST", path, headers)[0] == 401


def test_a_page_from_elsewhere_may_not_use_it(engine: LlamaEngine) -> None:
    asking = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    _, headers = ask(engine, "OPTIONS", "/v1/chat/completions", asking)
    assert headers.get("access-control-allow-origin", "") not in {"*", "https://evil.example"}
    assert headers.get("access-control-allow-credentials", "false") == "false"


async def test_the_same_requests_from_a_fresh_start_give_the_same_texts() -> None:
    runs = []
    for _ in range(2):
        engine = llama_engine.load(specification(smollm_file()), lambda text: None)
        runs.append([await reply(engine, f"Tell me about {word}.", seed=5) for word in ("rain", "sun")])
        engine.close()
    assert runs[0] == runs[1]


async def test_loading_and_generating_write_nothing_to_the_terminal(
    capfd: pytest.CaptureFixture[str],
) -> None:
    engine = llama_engine.load(specification(smollm_file()), lambda text: None)
    await reply(engine, "Hello")
    engine.close()
    assert capfd.readouterr() == ("", "")


async def test_ctrl_c_still_reaches_the_program(engine: LlamaEngine) -> None:
    """llama.cpp's server is made for a process of its own, and might claim the signal."""
    seen = []
    before = signal.signal(signal.SIGINT, lambda number, frame: seen.append(number))
    try:
        os.kill(os.getpid(), signal.SIGINT)
        await asyncio.sleep(0.05)
    finally:
        signal.signal(signal.SIGINT, before)
    assert seen == [signal.SIGINT]
    assert await reply(engine, "Hello")


async def test_closing_while_text_is_generated_ends_it_and_removes_the_socket() -> None:
    engine = llama_engine.load(specification(smollm_file()), lambda text: None)
    generation = engine.generate(GenerationRequest((Message("user", "Count."),), 900), CancelToken())
    assert isinstance(await generation.__anext__(), TextChunk)
    engine.close()
    engine.close()
    assert not Path(engine.address.removeprefix("unix://")).exists()
    with pytest.raises(GenerationError, match="closed"):
        async for _ in generation:
            pass
    with pytest.raises(GenerationError, match="closed"):
        await reply(engine, "Hello")
    with pytest.raises(GenerationError):
        engine.count_tokens((Message("user", "never counted before"),))


async def test_without_the_prompt_cache_each_prompt_is_computed_from_its_beginning() -> None:
    engine = llama_engine.load(specification(smollm_file(), prompt_cache=False), lambda text: None)
    request = GenerationRequest((Message("user", "Tell me about rain."),), 3)
    for _ in range(2):
        usage = [part async for part in engine.generate(request, CancelToken())][-1]
        assert isinstance(usage, Usage)
        assert usage.cached_tokens == 0
    engine.close()


def test_a_window_beyond_the_models_own_is_cut_with_a_notice() -> None:
    notices: list[str] = []
    engine = llama_engine.load(specification(smollm_file(), window=100_000), notices.append)
    assert engine.information.window == 8192
    engine.close()
    assert any("100000" in notice and "8192" in notice for notice in notices)


def test_a_model_that_needs_too_much_memory_is_refused_with_both_numbers() -> None:
    wanting = specification(smollm_file(), memory_limit=200_000_000)
    with pytest.raises(ModelLoadError, match=r"needs about 0\.4 GB.*allows 0\.2 GB"):
        llama_engine.load(wanting, lambda text: None)


def test_a_file_cut_behind_its_header_is_refused(tmp_path: Path) -> None:
    cut = tmp_path / "cut.gguf"
    with smollm_file().open("rb") as file:
        cut.write_bytes(file.read(20_000_000))
    with pytest.raises((ModelFileError, ModelLoadError), match=r"cut\.gguf"):
        llama_engine.load(specification(cut), lambda text: None)


def test_a_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    text = tmp_path / "text.gguf"
    text.write_text("hello")
    with pytest.raises(ModelFileError, match=r"text\.gguf.*GGUF"):
        llama_engine.load(specification(text), lambda text: None)
    with pytest.raises(ModelNotFoundError, match=r"none\.gguf"):
        llama_engine.load(specification(tmp_path / "none.gguf"), lambda text: None)


@pytest.mark.skipif(Path("/dev/nvidia0").exists(), reason="this machine has such a device")
def test_a_device_that_is_not_there_is_an_error_when_named_and_a_notice_when_not() -> None:
    with pytest.raises(ModelLoadError, match="device is cuda"):
        llama_engine.load(specification(smollm_file(), device="cuda"), lambda text: None)
    notices: list[str] = []
    llama_engine.load(specification(smollm_file(), device="auto", use_gpu=True), notices.append).close()
    assert len([notice for notice in notices if "CPU" in notice]) == 1


async def test_a_gap_is_filled_from_both_sides_and_code_cannot_close_it() -> None:
    path = ModelStore().path("qwen2.5-coder-0.5b")
    if path is None:
        pytest.skip("qwen2.5-coder-0.5b is not installed")
    engine = llama_engine.load(specification(path, window=1024), lambda text: None)
    try:
        assert engine.information.fills_in
        before, after = "int add(int left, int right)\n{\n    return ", ";\n}\n"
        text, usage = await _filled(engine, before, after)
        assert text.strip() == "left + right"
        # What looks like a control token is text, and takes more than one token.
        _, longer = await _filled(engine, "<|fim_suffix|>" + before, after)
        assert longer.prompt_tokens > usage.prompt_tokens + 2
        with pytest.raises(ContextOverflowError):
            await _filled(engine, before * 200, after)
    finally:
        engine.close()


async def _filled(engine: llama_engine.LlamaEngine, before: str, after: str) -> tuple[str, Usage]:
    request = GenerationRequest((Message("user", before),), 16, suffix=after, stop=(";",))
    parts = [part async for part in engine.generate(request, CancelToken())]
    usage = parts[-1]
    assert isinstance(usage, Usage)
    return "".join(part.text for part in parts if isinstance(part, TextChunk)), usage
