"""The openai engine: a model on a server that speaks the OpenAI protocol (vLLM, llama.cpp, Ollama ...).

The server is one of the person's own. Only the address in ``model_path`` is ever spoken to, no proxy of the
environment, no redirect. There is no time limit while a reply is awaited: a stop closes the connection,
which ends the work on the server, too. Several samples are several requests that begin when the first of
them has its first token, so that a server with a prefix cache computes the prompt once.

Limits: whether one seed gives the same text, and how many tokens came from the cache, is as the server
says; where it cannot count tokens the count is an estimate, which a reply that was cut shows up.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from typing import Any

import httpx2

from copilot_tui.core.artefacts import Usage
from copilot_tui.core.cancellation import CancelToken
from copilot_tui.core.errors import (
    Cancelled,
    ContextOverflowError,
    CopilotError,
    GenerationError,
    ModelLoadError,
)
from copilot_tui.models.control_tokens import COMMON_CONTROL_TOKENS, ControlTokenFilter
from copilot_tui.models.engine import (
    EngineInformation,
    GenerationRequest,
    Message,
    SampleFinished,
    StreamPart,
    TextChunk,
)
from copilot_tui.models.engine_table import EngineSpecification, Notice
from copilot_tui.models.model_server import CONNECT_SECONDS, ModelServer, refused, unreachable
from copilot_tui.models.server_address import api_key, parse_address
from copilot_tui.models.server_replies import ServerReply, event_stream

_BYTES_PER_TOKEN = 2.5  # code has 3 to 4; an estimate must not be less than the truth
_TOKENS_PER_MESSAGE = 8
_CUT_CHARACTERS_PER_TOKEN = 12  # no tokenizer packs text like this, so a prompt that seems so was cut
_OVERFLOW_WORDS = ("context length", "context size", "context window", "maximum context", "too long")


class OpenAIEngine:
    """A model on a server; see :class:`copilot_tui.models.engine.Engine` for the contract."""

    def __init__(self, server: ModelServer, model: str, window: int) -> None:
        self._server = server
        self._model = model
        self._information = EngineInformation(
            "openai", model, f"{server.program} at {server.address.place}", window
        )
        self._filter = ControlTokenFilter(COMMON_CONTROL_TOKENS)
        self._bytes_per_token = _BYTES_PER_TOKEN

    @property
    def information(self) -> EngineInformation:
        return self._information

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """Exact where the server can count; else an estimate from the bytes, which errs upwards."""
        counted = self._server.count(self._model, self._plain(messages))
        if counted is not None:
            return counted
        size = sum(len(message.content.encode()) for message in messages)
        return int(size / self._bytes_per_token) + _TOKENS_PER_MESSAGE * (len(messages) + 1)

    async def generate(self, request: GenerationRequest, cancel: CancelToken) -> AsyncIterator[StreamPart]:
        """Stream the reply; see :class:`copilot_tui.models.engine.Engine`."""
        cancel.raise_if_cancelled()
        run = _Run(self, request)
        parts: asyncio.Queue[StreamPart | BaseException | None] = asyncio.Queue()
        work = asyncio.create_task(run.to_queue(parts))
        loop = asyncio.get_running_loop()

        def stop() -> None:
            loop.call_soon_threadsafe(parts.put_nowait, Cancelled())

        unregister = cancel.on_cancel(stop)
        try:
            while (part := await parts.get()) is not None:
                cancel.raise_if_cancelled()
                if isinstance(part, BaseException):
                    raise part
                yield part
        finally:
            unregister()
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)

    def close(self) -> None:
        self._server.close()

    def check_fits(self, request: GenerationRequest) -> None:
        if request.suffix is not None:
            raise GenerationError("The openai engine cannot fill in the middle.", "Ask without a suffix.")
        begun = request.messages[-1].role == "assistant"
        if begun and request.json_schema is not None and not self._server.constrains_begun_replies:
            raise GenerationError(
                f"{self._server.program} cannot constrain a reply that is begun for it.",
                "Ask without a schema, or without the beginning.",
            )
        prompt, window = self.count_tokens(request.messages), self._information.window
        if prompt + request.max_tokens > window:
            raise ContextOverflowError(
                f"The prompt has {prompt} tokens and the reply may have {request.max_tokens}; "
                f"the window of {self._information.device} holds {window}.",
                "Start the server with a larger window, lower max_length, or shorten the task.",
            )

    def check_not_cut(self, request: GenerationRequest, reported: int) -> None:
        """Raise where the server saw far less than it was sent: some cut a long prompt in silence."""
        sent = sum(len("".join(message.content.split())) for message in request.messages)
        if sent > _CUT_CHARACTERS_PER_TOKEN * reported:
            raise GenerationError(
                f"The server read {reported} tokens of a prompt of {sent} characters; it cut the prompt.",
                "Start it with a larger window, or set context_window to what it has.",
            )

    def payload(self, request: GenerationRequest, sample: int) -> dict[str, Any]:
        """The request of one sample."""
        messages = self._plain(request.messages)
        payload: dict[str, Any] = {
            "model": self._model,
            "messages": messages,
            "max_tokens": request.max_tokens,
            "temperature": request.temperature,
            "top_p": request.top_p,
            "seed": (request.seed + sample) % 2**31,
            "stop": list(request.stop),
            "stream": True,
            "stream_options": {"include_usage": True},
            **self._server.extras(messages),
        }
        if request.log_probabilities:
            payload.update(logprobs=True, top_logprobs=1)
        if request.json_schema is not None:
            schema = {"name": "reply", "schema": dict(request.json_schema), "strict": True}
            payload["response_format"] = {"type": "json_schema", "json_schema": schema}
        return payload

    def client(self) -> httpx2.AsyncClient:
        """A client for the running event loop, without a limit on how long a reply takes."""
        limits = httpx2.Timeout(None, connect=CONNECT_SECONDS)
        return httpx2.AsyncClient(headers=self._server.headers, trust_env=False, timeout=limits)

    def refusal(self, status: int, text: str) -> CopilotError:
        """The error for an answer that is no stream."""
        if any(words in text.lower() for words in _OVERFLOW_WORDS):
            return ContextOverflowError(
                f"The model server at {self._server.address.place} says: {' '.join(text.split())[:300]}",
                "Start it with a larger window, lower max_length, or shorten the task.",
            )
        return refused(self._server.address, status, text)

    def lost(self, error: Exception) -> ModelLoadError:
        return unreachable(self._server.address, error)

    @property
    def url(self) -> str:
        return f"{self._server.address.api}/chat/completions"

    def _plain(self, messages: Sequence[Message]) -> list[dict[str, str]]:
        return [
            {"role": message.role, "content": self._filter.harmless(message.content)} for message in messages
        ]


class _Run:
    """One request: its samples, and what they came to."""

    def __init__(self, engine: OpenAIEngine, request: GenerationRequest) -> None:
        self._engine = engine
        self._request = request
        self._started = time.perf_counter()
        self._first = 0.0
        last = request.messages[-1]
        beginning = last.content if last.role == "assistant" else ""
        self._replies = [ServerReply(beginning) for _ in range(request.samples)]

    async def to_queue(self, parts: asyncio.Queue[StreamPart | BaseException | None]) -> None:
        """Put every part, and last None, or what went wrong."""
        try:
            await asyncio.to_thread(self._engine.check_fits, self._request)
            async with self._engine.client() as client:
                await self._all_samples(client, parts)
            for part in self._ending():
                parts.put_nowait(part)
            parts.put_nowait(None)
        except CopilotError as error:
            parts.put_nowait(error)
        except httpx2.HTTPError as error:
            parts.put_nowait(self._engine.lost(error))

    async def _all_samples(
        self, client: httpx2.AsyncClient, parts: asyncio.Queue[StreamPart | BaseException | None]
    ) -> None:
        begun = asyncio.Event()
        first = asyncio.create_task(self._sample(client, 0, parts, begun))
        others: list[asyncio.Task[None]] = []
        try:
            started = asyncio.create_task(begun.wait())
            await asyncio.wait({first, started}, return_when=asyncio.FIRST_COMPLETED)
            started.cancel()
            others = [
                asyncio.create_task(self._sample(client, number, parts, begun))
                for number in range(1, self._request.samples)
            ]
            await asyncio.gather(first, *others)
        finally:
            for task in (first, *others):
                task.cancel()
            await asyncio.gather(first, *others, return_exceptions=True)

    async def _sample(
        self,
        client: httpx2.AsyncClient,
        number: int,
        parts: asyncio.Queue[StreamPart | BaseException | None],
        begun: asyncio.Event,
    ) -> None:
        reply = self._replies[number]
        payload = self._engine.payload(self._request, number)
        async with client.stream("POST", self._engine.url, json=payload) as response:
            if response.status_code != httpx2.codes.OK:
                await response.aread()
                raise self._engine.refusal(response.status_code, response.text)
            async with aclosing(event_stream(response.aiter_lines())) as events:
                async for event in events:
                    text = reply.read(event)
                    if text:
                        begun.set()
                        self._first = self._first or time.perf_counter() - self._started
                        parts.put_nowait(TextChunk(text, number))
        if rest := reply.rest():
            parts.put_nowait(TextChunk(rest, number))
        if not reply.finish_reason:
            raise GenerationError("The model server ended a reply without a reason.", "Try again.")

    def _ending(self) -> list[StreamPart]:
        """What became of the samples, and the usage."""
        first = self._replies[0]
        if first.prompt_tokens is not None:
            self._engine.check_not_cut(self._request, first.prompt_tokens)
        ending: list[StreamPart] = []
        if self._request.reports_samples:
            ending = [
                SampleFinished(number, reply.new_tokens, _reason(reply), reply.log_probability)
                for number, reply in enumerate(self._replies)
            ]
        seconds = time.perf_counter() - self._started
        usage = Usage(
            prompt_tokens=first.prompt_tokens or self._engine.count_tokens(self._request.messages),
            cached_tokens=first.cached_tokens,
            new_tokens=sum(reply.new_tokens for reply in self._replies),
            seconds_to_first_token=self._first or seconds,
            seconds=seconds,
            finish_reason="length" if any(_reason(reply) == "length" for reply in self._replies) else "stop",
        )
        return [*ending, usage]


def _reason(reply: ServerReply) -> str:
    return "length" if reply.finish_reason == "length" else "stop"


def load(specification: EngineSpecification, notice: Notice) -> OpenAIEngine:
    """Find the server and its model; nothing is loaded here.

    Raises :class:`ModelLoadError` when nobody answers, :class:`ModelNotFoundError` with the names there are.
    """
    address = parse_address(specification.model)
    server = ModelServer(address, api_key())
    try:
        model = server.choose(server.connect())
        window = _window(server.window(model), specification.window, server, notice)
    except CopilotError:
        server.close()
        raise
    if not address.is_here:
        notice(f"Prompts, and the code in them, go to {address.place}, which is not this machine.")
    return OpenAIEngine(server, model.name, window)


def _window(told: int, configured: int, server: ModelServer, notice: Notice) -> int:
    if told and configured:
        return min(told, configured)
    if told or not configured:
        if not told:
            raise ModelLoadError(
                f"{server.program} at {server.address.place} does not tell the window of its model.",
                "Set context_window to what the server was started with.",
            )
        return told
    notice(
        f"{server.program} at {server.address.place} does not tell its window; "
        f"context_window ({configured} tokens) is taken for it."
    )
    return configured
