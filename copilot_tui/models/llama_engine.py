"""The llama engine: GGUF models through llama.cpp, in this process, on CPU and GPU.

A prompt that begins like the one before is computed only from where it differs; an earlier prompt that
was displaced is kept in main memory. Samples of one prompt share it and are computed side by side, as
many at once as there are slots and as the window holds; the slots share one window.

A stop releases the caller at once. llama.cpp itself stops at the next token, or within a prompt at
the end of the batch that it is computing (128 tokens: about 0.3 to 2 s on two cores); the next
generation waits for that.
"""

from __future__ import annotations

import weakref
from collections import OrderedDict
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import Any

from copilot_tui.core.cancellation import CancelToken
from copilot_tui.core.errors import (
    ContextOverflowError,
    CopilotError,
    GenerationError,
    ModelLoadError,
    ModelNotFoundError,
)
from copilot_tui.models import hardware
from copilot_tui.models.control_tokens import ControlTokenFilter
from copilot_tui.models.engine import (
    EngineInformation,
    GenerationRequest,
    Message,
    StreamPart,
)
from copilot_tui.models.engine_table import EngineSpecification, Notice
from copilot_tui.models.generation_thread import Emit, GenerationThread, Stopped
from copilot_tui.models.gguf import ModelHeader, read_header
from copilot_tui.models.llama_replies import LlamaReplies
from copilot_tui.models.llama_server import LlamaServer, ServerOptions
from copilot_tui.models.memory_need import gguf_need
from copilot_tui.models.prompt_families import filling_tokens

_BATCH_ON_CPU = 128
_BATCH_ON_GPU = 512
_MEBIBYTE = 2**20
_PROMPT_CACHE_WINDOWS = 2  # prompts as long as the window that are kept beside the current one
_DEFAULT_WINDOW = 4096  # for a model that does not name its own
_RANDOM_SEED = 2**32 - 1  # llama.cpp's mark for "choose one", so it must never be asked for
_REMEMBERED_COUNTS = 512


class LlamaEngine:
    """A loaded GGUF model; see :class:`copilot_tui.models.engine.Engine` for the contract."""

    def __init__(
        self, server: LlamaServer, header: ModelHeader, *, specification: EngineSpecification, device: str
    ) -> None:
        self._server = server
        self._slots = specification.slots
        self._cache_prompt = specification.prompt_cache
        self._thread: GenerationThread[StreamPart] = GenerationThread("llama-generation")
        self._filling = filling_tokens(dict.fromkeys(header.control_tokens, 0))
        fills_in = self._filling is not None
        self._information = EngineInformation("llama", specification.model, device, server.window(), fills_in)
        self._filter = ControlTokenFilter(header.control_tokens)
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
            at_once = self._samples_at_once(request)
            run = LlamaReplies(emit, stopped)
            for first in range(0, request.samples, at_once):
                run.begin(first, min(at_once, request.samples - first))
                payload = self._payload(request, first, run.expected)
                try:
                    if request.suffix is None:
                        self._server.chat(payload, run.on_part)
                    else:
                        self._server.complete(payload, run.on_part)
                except RuntimeError as error:  # how xllamacpp reports a request it cannot take
                    raise GenerationError(f"llama.cpp refused the request: {error}.") from error
                run.check()
            run.finish(reports_samples=request.reports_samples)

        return self._thread.stream(work, cancel)

    def close(self) -> None:
        """Free the model; waits for the batch that is being computed."""
        self._finalizer()

    def _samples_at_once(self, request: GenerationRequest) -> int:
        """How many samples fit beside the prompt. Raises :class:`ContextOverflowError` when none does."""
        if request.suffix is None:
            prompt = self.count_tokens(request.messages)
        else:
            prompt = self._server.count_text(self._around_gap(request.messages, request.suffix))
        window = self._information.window
        if prompt + request.max_tokens > window:
            raise _overflow(prompt, request.max_tokens, window)
        return max(1, min(self._slots, (window - prompt) // max(1, request.max_tokens)))

    def _payload(self, request: GenerationRequest, first: int, samples: int) -> dict[str, Any]:
        payload: dict[str, Any] = {
            "n": samples,
            "max_tokens": request.max_tokens,
            "temperature": request.temperature,
            "top_p": request.top_p,
            "seed": (request.seed + first) % _RANDOM_SEED,
            "stop": list(request.stop),
            "cache_prompt": self._cache_prompt,
            "stream": True,
            "return_progress": True,  # a part for each batch of the prompt: a chance to stop
        }
        if request.suffix is None:
            payload |= {"messages": self._plain(request.messages), **_TEMPLATE}
        else:
            payload["prompt"] = self._around_gap(request.messages, request.suffix)
        if request.log_probabilities:
            payload.update(logprobs=True, top_logprobs=1)
        if request.json_schema is not None:
            schema = {"name": "reply", "schema": dict(request.json_schema), "strict": True}
            payload["response_format"] = {"type": "json_schema", "json_schema": schema}
        return payload

    def _around_gap(self, messages: Sequence[Message], suffix: str) -> str:
        """The prompt for what stands between the messages' text and ``suffix``."""
        if self._filling is None:
            raise GenerationError("This model cannot fill in the middle.", "Ask without a suffix.")
        before = "".join(self._filter.harmless(message.content) for message in messages)
        return self._filling.prompt(before, self._filter.harmless(suffix))

    def _plain(self, messages: Sequence[Message]) -> list[dict[str, str]]:
        return [
            {"role": message.role, "content": self._filter.harmless(message.content)} for message in messages
        ]


_TEMPLATE: Mapping[str, Any] = {
    # Models that can think aloud cannot go on from a given beginning while they do.
    "chat_template_kwargs": {"enable_thinking": False},
}


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
        slots=specification.slots,
        prompt_lookup=specification.prompt_lookup,
    )
    server = LlamaServer(path, options)
    try:
        return LlamaEngine(server, header, specification=specification, device=gpu or "cpu")
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
    needed = gguf_need(path.stat().st_size, header.cache_bytes_per_token).total(window)
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


def _overflow(prompt: int, max_tokens: int, window: int) -> ContextOverflowError:
    return ContextOverflowError(
        f"The prompt has {prompt} tokens and the reply may have {max_tokens}; the window holds {window}.",
        "Raise context_window (0: all that the model has), lower max_length, or shorten the task.",
    )
