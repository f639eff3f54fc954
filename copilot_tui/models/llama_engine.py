"""The llama engine: GGUF models through llama.cpp, in this process, on CPU and GPU.

One slot with one prompt cache serves all phases, so that a prompt that begins like the one before is
computed only from where it differs; an earlier prompt that was displaced is kept in main memory.

A stop releases the caller at once. llama.cpp itself stops at the next token, or within a prompt at
the end of the batch that it is computing (128 tokens: about 0.3 to 2 s on two cores); the next
generation waits for that.
"""

from __future__ import annotations

import re
import time
import weakref
from collections import OrderedDict
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import Any

from copilot_tui.core.artefacts import Usage
from copilot_tui.core.cancellation import CancelToken
from copilot_tui.core.errors import (
    ContextOverflowError,
    CopilotError,
    GenerationError,
    ModelLoadError,
    ModelNotFoundError,
)
from copilot_tui.models import hardware
from copilot_tui.models.engine import EngineInformation, GenerationRequest, Message, StreamPart, TextChunk
from copilot_tui.models.engine_table import EngineSpecification, Notice
from copilot_tui.models.generation_thread import Emit, GenerationStopped, GenerationThread, Stopped
from copilot_tui.models.gguf import ModelHeader, read_header
from copilot_tui.models.llama_server import LlamaServer, ServerOptions

_BATCH_ON_CPU = 128
_BATCH_ON_GPU = 512
_MEBIBYTE = 2**20
_PROMPT_CACHE_WINDOWS = 2  # prompts as long as the window that are kept beside the current one
_WORKSPACE_BYTES = 256 * _MEBIBYTE  # llama.cpp's own buffers, measured at these batch sizes
_DEFAULT_WINDOW = 4096  # for a model that does not name its own
_RANDOM_SEED = 2**32 - 1  # llama.cpp's mark for "choose one", so it must never be asked for
_REMEMBERED_COUNTS = 512
_WORD_JOINER = "\u2060"


class LlamaEngine:
    """A loaded GGUF model; see :class:`copilot_tui.models.engine.Engine` for the contract.

    Texts that the tokenizer would take for control tokens (such as ``<|im_end|>``) are broken with
    an invisible character, so that the content of a file cannot end a message and begin another.
    """

    def __init__(self, server: LlamaServer, header: ModelHeader, *, model: str, device: str) -> None:
        self._server = server
        self._thread: GenerationThread[StreamPart] = GenerationThread("llama-generation")
        self._information = EngineInformation("llama", model, device, server.window())
        self._control = _pattern(header.control_tokens)
        self._counts: OrderedDict[tuple[Message, ...], int] = OrderedDict()
        self._counts_lock = Lock()
        # Also runs when the interpreter ends: llama.cpp's threads must be gone before that.
        self._finalizer = weakref.finalize(self, _free, self._thread, server)

    @property
    def information(self) -> EngineInformation:
        return self._information

    @property
    def address(self) -> str:
        """Where llama.cpp's HTTP side listens; for tests of its locks."""
        return self._server.address

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """Exact: llama.cpp's own template and tokenizer. About a millisecond for 1,000 tokens."""
        key = tuple(messages)
        with self._counts_lock:
            if key in self._counts:
                self._counts.move_to_end(key)
                return self._counts[key]
        count = self._server.count({"messages": self._plain(key), **_TEMPLATE})
        with self._counts_lock:
            self._counts[key] = count
            if len(self._counts) > _REMEMBERED_COUNTS:
                self._counts.popitem(last=False)
        return count

    def generate(self, request: GenerationRequest, cancel: CancelToken) -> AsyncIterator[StreamPart]:
        """Stream the reply; see :class:`copilot_tui.models.engine.Engine`."""

        def work(emit: Emit[StreamPart], stopped: Stopped) -> None:
            self._check_fits(request)
            run = _Run(emit, stopped)
            try:
                self._server.chat(self._payload(request), run.on_part)
            except RuntimeError as error:  # how xllamacpp reports a request it cannot take
                raise GenerationError(f"llama.cpp refused the request: {error}.") from error
            run.finish()

        return self._thread.stream(work, cancel)

    def close(self) -> None:
        """Free the model; waits for the batch that is being computed."""
        self._finalizer()

    def _check_fits(self, request: GenerationRequest) -> None:
        prompt = self.count_tokens(request.messages)
        window = self._information.window
        if prompt + request.max_tokens > window:
            raise _overflow(prompt, request.max_tokens, window)

    def _payload(self, request: GenerationRequest) -> dict[str, Any]:
        payload: dict[str, Any] = {
            "messages": self._plain(request.messages),
            "max_tokens": request.max_tokens,
            "temperature": request.temperature,
            "top_p": request.top_p,
            "seed": request.seed % _RANDOM_SEED,
            "stop": list(request.stop),
            "cache_prompt": True,
            "stream": True,
            "return_progress": True,  # a part for each batch of the prompt: a chance to stop
            **_TEMPLATE,
        }
        if request.json_schema is not None:
            schema = {"name": "reply", "schema": dict(request.json_schema), "strict": True}
            payload["response_format"] = {"type": "json_schema", "json_schema": schema}
        return payload

    def _plain(self, messages: Sequence[Message]) -> list[dict[str, str]]:
        return [{"role": message.role, "content": self._harmless(message.content)} for message in messages]

    def _harmless(self, text: str) -> str:
        if self._control is None:
            return text
        return self._control.sub(lambda match: match[0][0] + _WORD_JOINER + match[0][1:], text)


_TEMPLATE: Mapping[str, Any] = {
    # Models that can think aloud cannot go on from a given beginning while they do.
    "chat_template_kwargs": {"enable_thinking": False},
}


class _Run:
    """Turns the parts of one chat completion into chunks and, at the end, the usage."""

    def __init__(self, emit: Emit[StreamPart], stopped: Stopped) -> None:
        self._emit = emit
        self._stopped = stopped
        self._started = time.perf_counter()
        self._first = 0.0
        self._timings: Mapping[str, Any] = {}
        self._finish_reason = ""
        self._error: Exception | None = None

    def on_part(self, part: dict[str, Any]) -> bool:
        """True to stop. What is raised here would be lost in llama.cpp, so it is kept for later."""
        try:
            if self._stopped():
                return True
            self._read(part)
        except Exception as error:  # noqa: BLE001 - raised again in `finish`
            self._error = error
        return self._error is not None

    def finish(self) -> None:
        """Emit the usage, or raise what went wrong, or that it was stopped."""
        if self._error is not None:
            raise self._error
        if self._stopped():
            raise GenerationStopped()
        if not self._finish_reason:
            raise GenerationError("llama.cpp ended a reply without a reason.", "Try again.")
        seconds = time.perf_counter() - self._started
        cached = int(self._timings.get("cache_n", 0))
        usage = Usage(
            prompt_tokens=int(self._timings.get("prompt_n", 0)) + cached,
            cached_tokens=cached,
            new_tokens=int(self._timings.get("predicted_n", 0)),
            seconds_to_first_token=self._first or seconds,
            seconds=seconds,
            finish_reason=self._finish_reason,
        )
        self._emit(usage)

    def _read(self, part: dict[str, Any]) -> None:
        if "error" in part or "choices" not in part:
            raise _error_of(part)
        self._timings = part.get("timings", self._timings)
        for choice in part["choices"]:
            delta = choice.get("delta", {})
            text = (delta.get("reasoning_content") or "") + (delta.get("content") or "")
            if text:
                self._first = self._first or time.perf_counter() - self._started
                self._emit(TextChunk(text))
            self._finish_reason = choice.get("finish_reason") or self._finish_reason


def load(specification: EngineSpecification, notice: Notice) -> LlamaEngine:
    """Load the model of ``specification``; takes seconds.

    Raises :class:`ModelNotFoundError`, :class:`ModelFileError` or :class:`ModelLoadError`.
    """
    path = specification.path or Path(specification.model).expanduser()
    if not path.is_file():
        raise ModelNotFoundError(
            f"There is no model file {path}.", "Check model_path, or see copilot-tui models list."
        )
    header = read_header(path)
    window = _window(specification.window, header, path.name, notice)
    gpu = _use_gpu(specification, notice)
    cache = _check_memory(path, header, window, specification.memory_limit)
    if not header.has_chat_template:
        notice(f"{path.name} has no chat template; the common one (ChatML) is used.")
    options = ServerOptions(
        window=window,
        threads=specification.threads or hardware.usable_cores(),
        batch=_BATCH_ON_GPU if gpu else _BATCH_ON_CPU,
        gpu=bool(gpu),
        prompt_cache_mebibytes=cache // _MEBIBYTE,
    )
    server = LlamaServer(path, options)
    try:
        return LlamaEngine(server, header, model=specification.model, device=gpu or "cpu")
    except CopilotError:
        server.close()
        raise


def _window(asked: int, header: ModelHeader, name: str, notice: Notice) -> int:
    own = header.window or asked or _DEFAULT_WINDOW
    if asked > own:
        notice(f"context_window is {asked}, but {name} was made for {own} tokens; {own} are used.")
    return min(asked or own, own)


def _use_gpu(specification: EngineSpecification, notice: Notice) -> str:
    """The device's name, or an empty text for the CPU."""
    wanted = specification.device in {"cuda", "mps"}
    if specification.device == "cpu" or not (wanted or specification.use_gpu):
        return ""
    usable = hardware.llama_graphics()
    if usable:
        return usable[0]
    seen = hardware.find_graphics()
    if seen:
        why = f"{seen[0].name} is there, but the installed xllamacpp was built without support for it"
    else:
        why = "No graphics device was found"
    if wanted:
        raise ModelLoadError(
            f"device is {specification.device}, which cannot be used here: {why}.",
            'Set device = "auto" or "cpu", or install an xllamacpp build for this device.',
        )
    notice(f"{why}; the model runs on the CPU.")
    return ""


def _check_memory(path: Path, header: ModelHeader, window: int, limit: int) -> int:
    """Bytes for the cache of displaced prompts, within what ``limit`` leaves.

    Raises :class:`ModelLoadError` when the model and its window alone need more than ``limit``.
    """
    window_bytes = header.cache_bytes_per_token * window
    needed = path.stat().st_size + window_bytes + _WORKSPACE_BYTES
    if needed > limit:
        raise ModelLoadError(
            f"{path.name} with a window of {window} tokens needs about {needed / 1e9:.1f} GB; "
            f"hardware.max_memory_per_model_gb allows {limit / 1e9:.1f} GB.",
            "Lower context_window, choose a smaller model, or raise the limit.",
        )
    return min(_PROMPT_CACHE_WINDOWS * window_bytes, limit - needed)


def _free(thread: GenerationThread[StreamPart], server: LlamaServer) -> None:
    thread.close()
    server.close()


def _pattern(control_tokens: Sequence[str]) -> re.Pattern[str] | None:
    texts = sorted((text for text in control_tokens if len(text) > 1), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, texts))) if texts else None


def _overflow(prompt: int, max_tokens: int, window: int) -> ContextOverflowError:
    return ContextOverflowError(
        f"The prompt has {prompt} tokens and the reply may have {max_tokens}; the window holds {window}.",
        "Raise context_window (0: all that the model has), lower max_length, or shorten the task.",
    )


def _error_of(part: Mapping[str, Any]) -> CopilotError:
    error = part.get("error", part)
    message = error.get("message", error) if isinstance(error, Mapping) else error
    return GenerationError(f"llama.cpp reported: {message}.")
