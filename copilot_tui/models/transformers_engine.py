"""The transformers engine: Hugging Face checkpoints through torch, on CPU and GPU.

The cache of the prompt is kept between calls, samples of one prompt are computed in one batch, and
where the reply repeats the prompt several tokens are checked in one step. When memory runs out a batch
is halved, then the CPU is used; only then it is an error.
"""

from __future__ import annotations

import time
import weakref
from collections import OrderedDict
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path
from threading import Lock

import torch
from jinja2 import TemplateError

from copilot_tui.core.artefacts import Usage
from copilot_tui.core.cancellation import CancelToken
from copilot_tui.core.errors import ContextOverflowError, GenerationError, ModelNotFoundError
from copilot_tui.models import gguf_conversion
from copilot_tui.models.checkpoint import Checkpoint, load_checkpoint
from copilot_tui.models.control_tokens import ControlTokenFilter
from copilot_tui.models.decoding import Decoder
from copilot_tui.models.engine import (
    EngineInformation,
    GenerationRequest,
    Message,
    SampleFinished,
    StreamPart,
    TextChunk,
)
from copilot_tui.models.engine_table import EngineSpecification, Notice
from copilot_tui.models.generation_thread import Emit, GenerationThread, Stopped
from copilot_tui.models.prompt_families import filling_tokens, parts_of, stops_of, writer_for
from copilot_tui.models.reply_text import ReplyText
from copilot_tui.models.sampling import Sample, SamplingRule, ended
from copilot_tui.models.schema_constraint import SchemaVocabulary

_REMEMBERED_PROMPTS = 256


class TransformersEngine:
    """A loaded checkpoint; see :class:`copilot_tui.models.engine.Engine` for the contract."""

    def __init__(self, checkpoint: Checkpoint, specification: EngineSpecification, notice: Notice) -> None:
        model = specification.model
        self._checkpoint = checkpoint
        self._decoder = Decoder(checkpoint.model, lookup=specification.prompt_lookup)
        self._cache_prompt = specification.prompt_cache
        self._prompts = PromptEncoder(checkpoint, model)
        self._notice = notice
        self._schemas: SchemaVocabulary | None = None
        self._thread: GenerationThread[StreamPart] = GenerationThread("transformers-generation")
        self._information = EngineInformation(
            "transformers", model, checkpoint.device, checkpoint.window, self._prompts.fills_in
        )
        self._finalizer = weakref.finalize(self, _free, self._thread, self._decoder)

    @property
    def information(self) -> EngineInformation:
        return self._information

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """Exact: the checkpoint's own template and tokenizer."""
        return len(self._prompts.encode(tuple(messages), None))

    def generate(self, request: GenerationRequest, cancel: CancelToken) -> AsyncIterator[StreamPart]:
        """Stream the reply; see :class:`copilot_tui.models.engine.Engine`."""

        def work(emit: Emit[StreamPart], stopped: Stopped) -> None:
            with torch.inference_mode():
                self._run(request, emit, stopped)

        return self._thread.stream(work, cancel)

    def close(self) -> None:
        """Free the model; waits for the step that is being computed."""
        self._finalizer()

    def _run(self, request: GenerationRequest, emit: Emit[StreamPart], stopped: Stopped) -> None:
        started = time.perf_counter()
        prompt = self._prompts.encode(request.messages, request.suffix)
        self._check_fits(len(prompt), request.max_tokens)
        if not self._cache_prompt:
            self._decoder.forget()
        watched = _FirstChunk(emit)
        finished, cached = self._with_memory(request, prompt, watched, stopped)
        if request.reports_samples:
            for sample in finished:
                emit(sample.report())
        seconds = time.perf_counter() - started
        emit(
            Usage(
                prompt_tokens=len(prompt),
                cached_tokens=cached,
                new_tokens=sum(sample.new_tokens for sample in finished),
                seconds_to_first_token=watched.at - started if watched.at else seconds,
                seconds=seconds,
                finish_reason=ended(finished),
            )
        )

    def _with_memory(
        self, request: GenerationRequest, prompt: list[int], emit: _FirstChunk, stopped: Stopped
    ) -> tuple[list[Sample], int]:
        """All samples, in batches as large as the memory allows, and the tokens taken from the cache."""
        finished: list[Sample] = []
        cached: int | None = None
        batch = request.samples
        while len(finished) < request.samples:
            group = [
                self._sample(number, request, prompt)
                for number in range(len(finished), min(request.samples, len(finished) + batch))
            ]
            try:
                logits, reused = self._decoder.prefill(prompt, stopped)
                if len(group) == 1:
                    self._decoder.decode_one(group[0], logits, emit, stopped)
                else:
                    self._decoder.decode_many(group, logits, emit, stopped, room=request.max_tokens)
            except (torch.OutOfMemoryError, MemoryError) as error:
                batch = self._after_memory_ran_out(batch, group, len(prompt) + request.max_tokens, error)
                continue
            cached = reused if cached is None else cached
            finished += group
        return finished, cached or 0

    def _after_memory_ran_out(self, batch: int, group: list[Sample], tokens: int, error: Exception) -> int:
        """The batch to try next. Raises :class:`GenerationError` when nothing is left to try."""
        self._decoder.forget()
        begun = any(sample.new_tokens > 1 for sample in group)  # text that was shown cannot be taken back
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        if batch > 1 and not begun:
            self._notice(f"There is not enough memory for {batch} samples at once; {batch // 2} are tried.")
            return batch // 2
        if self._decoder.device.type != "cpu" and not begun:
            self._notice("The graphics memory does not suffice; the model runs on the CPU from here on.")
            self._decoder.move_to_cpu()
            self._information = replace(self._information, device="cpu")
            return 1
        needed = tokens * self._checkpoint.cache_bytes / 1e6
        raise GenerationError(
            f"Memory ran out: prompt and reply of {tokens} tokens need {needed:,.0f} MB beside the model.",
            "Lower context_window or max_length, close other programs, or use a smaller model.",
        ) from error

    def _sample(self, number: int, request: GenerationRequest, prompt: Sequence[int]) -> Sample:
        constraint = None
        if request.json_schema is not None:
            if self._schemas is None:
                self._schemas = SchemaVocabulary(
                    self._checkpoint.backend, self._checkpoint.vocabulary, sorted(self._checkpoint.end_tokens)
                )
            constraint = self._schemas.constraint(request.json_schema, parts_of(request.messages)[2])
        return Sample(
            number,
            request.seed,
            SamplingRule.of(request),
            end_tokens=self._checkpoint.end_tokens,
            text=ReplyText(self._checkpoint.backend, prompt, (*request.stop, *self._stops(request))),
            constraint=constraint,
        )

    def _stops(self, request: GenerationRequest) -> tuple[str, ...]:
        free = request.suffix is not None or request.json_schema is not None
        return () if free else self._prompts.stops

    def _check_fits(self, prompt: int, max_tokens: int) -> None:
        window = self._information.window
        if prompt + max_tokens > window:
            raise ContextOverflowError(
                f"The prompt has {prompt} tokens and the reply may have {max_tokens}; the window holds "
                f"{window}.",
                "Raise context_window (0: all that the model has), lower max_length, or shorten the task.",
            )


class PromptEncoder:
    """From messages to tokens: the checkpoint's template, or else the form of its family."""

    def __init__(self, checkpoint: Checkpoint, name: str) -> None:
        self._tokenizer = checkpoint.tokenizer
        self._backend = checkpoint.backend
        self._write = writer_for(checkpoint.kind, name)
        special = [token.content for token in self._tokenizer.added_tokens_decoder.values() if token.special]
        self._filter = ControlTokenFilter(special)
        self._filling = filling_tokens(self._backend.get_vocab(with_added_tokens=True))
        self._known: OrderedDict[tuple[tuple[Message, ...], str | None], list[int]] = OrderedDict()
        self._lock = Lock()

    @property
    def fills_in(self) -> bool:
        return self._filling is not None

    @property
    def stops(self) -> tuple[str, ...]:
        """Where a reply ends, beside where its request says, for want of a template with an end."""
        return () if self._tokenizer.chat_template else stops_of(self._write)

    def encode(self, messages: tuple[Message, ...], suffix: str | None) -> list[int]:
        """The prompt's tokens. Raises :class:`GenerationError` for a suffix that the model cannot take."""
        with self._lock:
            if (messages, suffix) in self._known:
                self._known.move_to_end((messages, suffix))
                return self._known[messages, suffix]
        text, complete = self._text(messages, suffix)
        tokens = list(self._backend.encode(text, add_special_tokens=not complete).ids)
        with self._lock:
            self._known[messages, suffix] = tokens
            if len(self._known) > _REMEMBERED_PROMPTS:
                self._known.popitem(last=False)
        return tokens

    def _text(self, messages: tuple[Message, ...], suffix: str | None) -> tuple[str, bool]:
        """The prompt's text, and whether it holds its control tokens already."""
        plain = [Message(message.role, self._filter.harmless(message.content)) for message in messages]
        if suffix is not None:
            if self._filling is None:
                raise GenerationError("This model cannot fill in the middle.", "Ask without a suffix.")
            before = "".join(message.content for message in plain)
            return self._filling.prompt(before, self._filter.harmless(suffix)), False
        if self._tokenizer.chat_template:
            return self._templated(plain), True
        return self._write(*parts_of(plain)), False

    def _templated(self, messages: Sequence[Message]) -> str:
        """The template's text; the beginning of the reply follows it as it is.

        A template that has no place for a system text gets it as part of the user's.
        """
        beginning = parts_of(messages)[2]
        asked = [{"role": m.role, "content": m.content} for m in (messages[:-1] if beginning else messages)]
        try:
            text = self._apply(asked)
        except TemplateError:
            system, user, _ = parts_of(messages)
            text = self._apply([{"role": "user", "content": f"{system}\n\n{user}".strip()}])
        return text + beginning

    def _apply(self, messages: list[dict[str, str]]) -> str:
        text: str = self._tokenizer.apply_chat_template(
            messages, tokenize=False, add_generation_prompt=True, enable_thinking=False
        )
        return text


class _FirstChunk:
    """Passes parts on and remembers when the first text came."""

    def __init__(self, emit: Emit[StreamPart]) -> None:
        self._emit = emit
        self.at = 0.0

    def __call__(self, part: TextChunk | SampleFinished) -> None:
        self.at = self.at or time.perf_counter()
        self._emit(part)


def load(specification: EngineSpecification, notice: Notice) -> TransformersEngine:
    """Load the checkpoint of ``specification``: a directory, a name on the hub, or a GGUF file.

    A GGUF file is converted at its first use, which takes up to a minute and is kept.
    Raises :class:`ModelNotFoundError`, :class:`ModelFileError` or :class:`ModelLoadError`.
    """
    source = str(specification.path or _existing(specification.model))
    if source.lower().endswith(".gguf"):
        source = str(gguf_conversion.convert(Path(source), notice))
    checkpoint = load_checkpoint(specification, notice, source)
    return TransformersEngine(checkpoint, specification, notice)


def _existing(model: str) -> str:
    """``model`` as a directory where it looks like one. Raises :class:`ModelNotFoundError`."""
    path = Path(model).expanduser()
    if path.exists() or model.startswith((".", "~", "/")) or model.count("/") != 1:
        if not path.exists():
            raise ModelNotFoundError(f"There is no checkpoint {path}.", "Check model_path.")
        return str(path)
    return model


def _free(thread: GenerationThread[StreamPart], decoder: Decoder) -> None:
    thread.close()
    decoder.forget()
