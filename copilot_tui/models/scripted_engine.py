"""An engine whose replies are given beforehand: for tests, and for replay without a model.

It keeps the Engine contract in everything but intelligence: it streams, counts, stops, refuses what
does not fit. A token is a piece of text between two spaces or line ends, the white space before it
included, so the figures of :class:`Usage` are counted, not invented.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

from copilot_tui.core.artefacts import Usage
from copilot_tui.core.cancellation import CancelToken
from copilot_tui.core.errors import Cancelled, ContextOverflowError, GenerationError, ModelFileError
from copilot_tui.models.engine import (
    EngineInformation,
    GenerationRequest,
    Message,
    SampleFinished,
    StreamPart,
    TextChunk,
)
from copilot_tui.models.engine_table import EngineSpecification, Notice

_TOKEN = re.compile(r"\s*\S+|\s+$")
_DEFAULT_WINDOW = 8192
_LOG_PROBABILITY = 0.0
"""A script leaves no choice, so its replies are certain."""


class ScriptedEngine:
    """Replies from a sequence, one after another, or from a function of the request.

    Each sample of a request takes a reply of its own. When a sequence is used up, ``cycle`` says whether
    it starts again; otherwise the next generation raises :class:`GenerationError`. ``delay`` is in seconds
    between chunks. ``requests`` holds all requests so far, so that a test can look at the prompts.
    """

    def __init__(
        self,
        replies: Sequence[str] | Callable[[GenerationRequest], str],
        *,
        window: int = _DEFAULT_WINDOW,
        delay: float = 0.0,
        cycle: bool = False,
        model: str = "scripted",
    ) -> None:
        self._replies = replies
        self._delay = delay
        self._cycle = cycle
        self._information = EngineInformation("scripted", model, "none", window)
        self._prompts: list[list[str]] = []
        self._given = 0
        self.requests: list[GenerationRequest] = []
        self.closed = False

    @property
    def information(self) -> EngineInformation:
        return self._information

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """Tokens of all messages, and one for each role."""
        return len(_prompt_tokens(messages))

    async def generate(self, request: GenerationRequest, cancel: CancelToken) -> AsyncIterator[StreamPart]:
        """Stream the next reply; see :class:`copilot_tui.models.engine.Engine`."""
        cancel.raise_if_cancelled()
        if self.closed:
            raise GenerationError("The model was closed while it was still in use.")
        if request.suffix is not None:
            raise GenerationError("A script cannot fill in the middle.", "Ask without a suffix.")
        started = time.perf_counter()
        prompt = _prompt_tokens(request.messages)
        self._check_fits(len(prompt), request.max_tokens)
        cached = max((_common_prefix(prompt, earlier) for earlier in self._prompts), default=0)
        replies = [_limited(self._next_reply(request), request) for _ in range(request.samples)]
        self.requests.append(request)
        self._prompts.append(prompt)
        first = 0.0
        for sample, (chunks, _) in enumerate(replies):
            for chunk in chunks:
                await self._wait(cancel)
                first = first or time.perf_counter() - started
                yield TextChunk(chunk, sample)
        cancel.raise_if_cancelled()
        if request.reports_samples:
            sure = _LOG_PROBABILITY if request.log_probabilities else None
            for sample, (chunks, reason) in enumerate(replies):
                yield SampleFinished(sample, len(chunks), reason, sure)
        seconds = time.perf_counter() - started
        new = sum(len(chunks) for chunks, _ in replies)
        reason = "length" if any(reason == "length" for _, reason in replies) else "stop"
        yield Usage(len(prompt), cached, new, first or seconds, seconds, reason)

    def close(self) -> None:
        self.closed = True

    async def _wait(self, cancel: CancelToken) -> None:
        """Let others run; sleep ``delay``, but no longer than until a stop is asked for."""
        if self._delay <= 0:
            await asyncio.sleep(0)
        else:
            loop = asyncio.get_running_loop()
            stop = asyncio.Event()
            unregister = cancel.on_cancel(lambda: loop.call_soon_threadsafe(stop.set))  # type: ignore[arg-type]
            try:
                await asyncio.wait_for(stop.wait(), self._delay)
            except (asyncio.TimeoutError, TimeoutError):
                pass
            finally:
                unregister()
        if cancel.cancelled:
            raise Cancelled()

    def _check_fits(self, prompt_tokens: int, max_tokens: int) -> None:
        if prompt_tokens + max_tokens > self._information.window:
            raise ContextOverflowError(
                f"The prompt has {prompt_tokens} tokens and the reply may have {max_tokens}; "
                f"the window holds {self._information.window}.",
                "Shorten the prompt, lower max_length or raise context_window.",
            )

    def _next_reply(self, request: GenerationRequest) -> str:
        if callable(self._replies):
            return self._replies(request)
        number = self._given
        self._given += 1
        if self._replies and self._cycle:
            number %= len(self._replies)
        if number >= len(self._replies):
            raise GenerationError(
                f"The script has {len(self._replies)} replies, and one more was asked for.",
                'Add replies to it, or set "cycle": true.',
            )
        return self._replies[number]


def load(specification: EngineSpecification, notice: Notice) -> ScriptedEngine:
    """The engine for a JSON file ``{"replies": [text, ...], "cycle": false, "delay": 0.0}``.

    Without ``cycle`` an exhausted script is an error. Raises :class:`ModelFileError`.
    """
    path = Path(specification.model).expanduser()
    problem = f"{path} is no script of replies"
    hint = 'It should be JSON: {"replies": ["text", ...], "cycle": false}.'
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelFileError(f"{problem}: {error}.", hint) from error
    replies = table.get("replies") if isinstance(table, dict) else None
    if not isinstance(replies, list) or not all(isinstance(reply, str) for reply in replies):
        raise ModelFileError(f"{problem}: it has no list of texts called replies.", hint)
    cycle, delay = table.get("cycle", False), table.get("delay", 0.0)
    if not isinstance(cycle, bool) or not isinstance(delay, (int, float)):
        raise ModelFileError(f"{problem}: cycle must be true or false, delay a number of seconds.", hint)
    window = specification.window or _DEFAULT_WINDOW
    return ScriptedEngine(tuple(replies), window=window, delay=float(delay), cycle=cycle, model=path.name)


def _prompt_tokens(messages: Sequence[Message]) -> list[str]:
    return [
        token for message in messages for token in (f"<{message.role}>", *_TOKEN.findall(message.content))
    ]


def _common_prefix(left: Sequence[str], right: Sequence[str]) -> int:
    for position, (mine, theirs) in enumerate(zip(left, right, strict=False)):
        if mine != theirs:
            return position
    return min(len(left), len(right))


def _limited(text: str, request: GenerationRequest) -> tuple[list[str], str]:
    """The reply's chunks up to the first stop text and the token limit, and why it ended."""
    places = [place for stop in request.stop if stop and (place := text.find(stop)) >= 0]
    if places:
        text = text[: min(places)]
    chunks = _TOKEN.findall(text)
    if len(chunks) > request.max_tokens:
        return chunks[: request.max_tokens], "length"
    return chunks, "stop"
