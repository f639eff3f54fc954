"""Servers: what answers where, what is said when nobody does, and that nothing is cut in silence."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from copilot_tui.core.cancellation import CancelToken
from copilot_tui.core.errors import (
    ConfigurationError,
    ContextOverflowError,
    CopilotError,
    GenerationError,
    ModelLoadError,
    ModelNotFoundError,
)
from copilot_tui.models import openai_engine
from copilot_tui.models.engine import GenerationRequest, Message, TextChunk
from copilot_tui.models.server_address import API_KEY_VARIABLE, parse_address
from copilot_tui.models.server_discovery import find_servers
from copilot_tui.models.server_replies import ServerReply
from copilot_tui.store.settings import load_settings
from tests.models.conftest import SERVER_KEY, llama_cpp_server, smollm_file, specification

ASK = (Message("user", "Write a function."),)
Answers = dict[str, Any]


@contextmanager
def server(answers: Answers) -> Iterator[str]:
    """A server that gives fixed answers by path: an object, ``(status, text)``, or events of a stream."""

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            found = answers.get(self.path, (404, "no such path"))
            status, text = found if isinstance(found, tuple) else (200, json.dumps(found))
            if isinstance(found, list):
                text = "".join(f"data: {json.dumps(event)}\n\n" for event in found) + "data: [DONE]\n\n"
            self.send_response(status)
            self.end_headers()
            self.wfile.write(text.encode())

        do_GET = do_POST = answer

        def log_message(self, *_: object) -> None:
            pass

    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{running.server_port}"
    finally:
        running.shutdown()
        running.server_close()


def listed(*names: str, **more: object) -> Answers:
    return {"/v1/models": {"data": [{"id": name, **more} for name in names]}}


def stream(*texts: str, prompt_tokens: int = 20) -> list[Any]:
    events: list[Any] = [{"choices": [{"index": 0, "delta": {"content": text}}]} for text in texts]
    events.append({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    usage = {"prompt_tokens": prompt_tokens, "completion_tokens": len(texts)}
    return [*events, {"choices": [], "usage": usage}]


def loaded(address: str, window: int = 4096) -> openai_engine.OpenAIEngine:
    return openai_engine.load(specification(None, engine="openai", model=address, window=window), print)


async def text_of(engine: openai_engine.OpenAIEngine, *messages: Message) -> str:
    request = GenerationRequest(messages or ASK, 50)
    parts = [part async for part in engine.generate(request, CancelToken())]
    return "".join(part.text for part in parts if isinstance(part, TextChunk))


@pytest.mark.parametrize(
    ("answers", "program", "window"),
    [
        (listed("coder", owned_by="vllm", max_model_len=3000), "vLLM", 3000),
        (
            listed("coder:7b", owned_by="library")
            | {"/api/version": {"version": "0.9"}, "/api/generate": {"done": True}}
            | {"/api/ps": {"models": [{"name": "coder:7b", "context_length": 2048}]}},
            "Ollama",
            2048,
        ),
        (
            listed("coder")
            | {"/api/v0/models": {"data": []}, "/api/v0/models/coder": {"loaded_context_length": 1234}},
            "LM Studio",
            1234,
        ),
        (listed("coder"), "a server", 4096),
    ],
)
def test_the_program_is_recognised_and_asked_for_its_window(
    answers: Answers, program: str, window: int
) -> None:
    with server(answers) as address:
        information = loaded(address).information
    assert information.device == f"{program} at {address.removeprefix('http://')}"
    assert information.window == window


async def test_a_schema_for_a_begun_reply_is_refused_where_it_would_be_broken() -> None:
    """vLLM writes a whole new JSON value behind the beginning."""
    answers = listed("coder", owned_by="vllm", max_model_len=3000) | {"/tokenize": {"count": 9}}
    messages = (*ASK, Message("assistant", '{"name": "A'))
    request = GenerationRequest(messages, 50, json_schema={"type": "object"})
    with server(answers) as address, pytest.raises(GenerationError, match="vLLM cannot constrain"):
        await loaded(address).generate(request, CancelToken()).__anext__()


def test_a_server_that_does_not_tell_its_window_needs_it_configured() -> None:
    with server(listed("coder")) as address, pytest.raises(ModelLoadError, match="Set context_window"):
        loaded(address, window=0)


def test_one_of_several_models_has_to_be_named() -> None:
    with server(listed("small", "large")) as address:
        assert loaded(f"{address}/v1#large").information.model == "large"
        with pytest.raises(ModelNotFoundError, match="small, large"):
            loaded(address)
        with pytest.raises(ModelNotFoundError, match=r"no model 'huge'.*small, large"):
            loaded(f"{address}#huge")


@pytest.mark.parametrize(
    "text", ["http://", "http://host:port", "http://me:secret@host", "ftp://host", "host:80"]
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ModelLoadError, match="no address"):
        parse_address(text)


def test_nobody_there_and_a_missing_key_are_told_with_what_to_do() -> None:
    with server({}) as address:
        pass
    with pytest.raises(ModelLoadError, match=r"No model server answers.*copilot-tui doctor"):
        loaded(address)
    refusing = server({"/v1/models": (401, "who are you?")})
    with refusing as address, pytest.raises(ModelLoadError, match=API_KEY_VARIABLE):
        loaded(address)


async def test_a_beginning_that_the_server_repeats_is_left_out() -> None:
    beginning = Message("assistant", "```c\nint twice(int v)\n{\n")
    answers = listed("m") | {
        "/v1/chat/completions": stream("```c\nint tw", "ice(int v)\n{\n  return", " 2 * v;\n}\n```")
    }
    with server(answers) as address:
        assert await text_of(loaded(address), *ASK, beginning) == "  return 2 * v;\n}\n```"


def test_a_reply_that_only_begins_alike_is_kept_whole() -> None:
    reply = ServerReply("```c\nint twice(")
    pieces = ["```", "c\nint", " half(int v)"]
    text = "".join(reply.read({"choices": [{"delta": {"content": piece}}]}) for piece in pieces)
    assert text + reply.rest() == "".join(pieces)


async def test_a_prompt_that_the_server_cut_is_an_error() -> None:
    long = Message("user", "int value = compute(value);\n" * 100)
    answers = listed("m") | {"/v1/chat/completions": stream("fine", prompt_tokens=64)}
    with server(answers) as address, pytest.raises(GenerationError, match=r"64 tokens.*cut the prompt"):
        await text_of(loaded(address), long)


@pytest.mark.parametrize(
    ("answer", "error", "says"),
    [
        ((400, "This model's maximum context length is 100 tokens"), ContextOverflowError, "maximum context"),
        ((500, "out of memory"), GenerationError, "status 500.*out of memory"),
        ((200, "data: {broken\n\n"), GenerationError, "sent no JSON"),
        ([{"error": {"message": "the GPU is gone"}}], GenerationError, "the GPU is gone"),
        (stream("half")[:1], GenerationError, "without a reason"),
    ],
)
async def test_what_goes_wrong_on_the_server_is_told(
    answer: Any, error: type[CopilotError], says: str
) -> None:
    failing = server(listed("m") | {"/v1/chat/completions": answer})
    with failing as address, pytest.raises(error, match=says):
        await text_of(loaded(address))


def test_servers_of_this_machine_are_found() -> None:
    with server(listed("coder", owned_by="vllm", max_model_len=3000)) as address, server({}) as other:
        ports = [int(place.rpartition(":")[2]) for place in (address, other)]
        found, odd = find_servers(ports)
    assert (found.root, found.program, found.models) == (address, "vLLM", ("coder",))
    assert "404" in odd.problem
    assert find_servers(ports) == ()


def test_a_code_base_cannot_choose_where_its_code_is_sent(tmp_path: Path) -> None:
    (tmp_path / ".copilot-tui.toml").write_text('[codegen]\nmodel_path = "http://collector.example"\n')
    with pytest.raises(ConfigurationError, match=r"\.copilot-tui\.toml:2.*cannot choose the server"):
        load_settings(tmp_path)


@pytest.mark.model
def test_the_server_of_llama_cpp_wants_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    with llama_cpp_server(smollm_file()) as address:
        monkeypatch.delenv(API_KEY_VARIABLE, raising=False)
        # Without a key it lists its models, and no more.
        with pytest.raises(ModelLoadError, match=API_KEY_VARIABLE):
            loaded(address)
        monkeypatch.setenv(API_KEY_VARIABLE, SERVER_KEY)
        assert loaded(address).information.device.startswith("llama.cpp at 127.0.0.1:")
