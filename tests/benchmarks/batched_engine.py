"""An engine that answers the requests of many sessions in one batch, for benchmarks of many small tasks.

The program serves one person, so its engines compute one request at a time. A benchmark has hundreds that
do not depend on each other; side by side in 16-bit floats they take a fraction of the time. Prompts, template, sampling
and stop texts are the transformers engine's own. A batch is filled with what waits, and ends when the last
reply of it does; nothing is cached between batches.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

import torch

from copilot_tui.core.artefacts import Usage
from copilot_tui.core.cancellation import CancelToken
from copilot_tui.models import gguf_conversion
from copilot_tui.models.checkpoint import load_checkpoint
from copilot_tui.models.engine import (
    EngineInformation,
    GenerationRequest,
    Message,
    SampleFinished,
    StreamPart,
    TextChunk,
)
from copilot_tui.models.engine_table import EngineSpecification
from copilot_tui.models.growing_cache import GrowingCache
from copilot_tui.models.model_store import ModelStore
from copilot_tui.models.reply_text import ReplyText
from copilot_tui.models.sampling import Sample, SamplingRule
from copilot_tui.models.transformers_engine import PromptEncoder

GATHER_SECONDS = 1.0
"""How long a batch waits for more requests, once there is one."""


@dataclass
class _Reply:
    request: GenerationRequest
    prompt: list[int]
    done: asyncio.Future[None]
    text: str = ""
    finished: SampleFinished | None = None
    started: float = field(default_factory=time.perf_counter)

    def emit(self, part: TextChunk | SampleFinished) -> None:
        if isinstance(part, TextChunk):
            self.text += part.text


class BatchedEngine:
    """A model of the catalogue as a checkpoint on the CPU; at most ``rows`` replies are written at once."""

    def __init__(self, model: str, rows: int, threads: int, window: int = 4096) -> None:
        path = ModelStore().path(model)
        if path is None:
            raise SystemExit(f"Fetch the model first: copilot-tui models pull {model}")
        source = gguf_conversion.convert(path, print)
        wanted = EngineSpecification(
            engine="transformers", model=model, path=path, device="cpu", window=window, threads=threads,
            use_gpu=False, memory_limit=16 * 10**9, int8_weights=False,
        )  # fmt: skip
        self._checkpoint = load_checkpoint(wanted, print, str(source))
        self._prompts = PromptEncoder(self._checkpoint, model)
        self._rows = rows
        self._waiting: list[_Reply] = []
        self._worker: asyncio.Task[None] | None = None
        self.information = EngineInformation("transformers", model, "cpu", window)

    def count_tokens(self, messages: Sequence[Message]) -> int:
        return len(self._prompts.encode(tuple(messages), None))

    def close(self) -> None:
        self._waiting.clear()

    async def generate(self, request: GenerationRequest, cancel: CancelToken) -> AsyncIterator[StreamPart]:
        prompt = self._prompts.encode(request.messages, None)
        reply = _Reply(request, prompt, asyncio.get_running_loop().create_future())
        self._waiting.append(reply)
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._serve())
        await reply.done
        assert reply.finished is not None
        yield TextChunk(reply.text)
        if request.reports_samples:
            yield reply.finished
        seconds = time.perf_counter() - reply.started
        new_tokens, reason = reply.finished.new_tokens, reply.finished.finish_reason
        yield Usage(len(prompt), 0, new_tokens, seconds, seconds, reason)

    async def _serve(self) -> None:
        while self._waiting:
            await asyncio.sleep(GATHER_SECONDS)
            batch, self._waiting = self._waiting[: self._rows], self._waiting[self._rows :]
            await asyncio.to_thread(self._write, batch)
            for reply in batch:
                reply.done.set_result(None)

    @torch.inference_mode()
    def _write(self, batch: list[_Reply]) -> None:
        """Write all replies of the batch, each row padded at its left."""
        longest = max(len(reply.prompt) for reply in batch)
        tokens = torch.tensor([[0] * (longest - len(reply.prompt)) + reply.prompt for reply in batch])
        mask = torch.tensor([[0] * (longest - len(r.prompt)) + [1] * len(r.prompt) for r in batch])
        cache = GrowingCache()
        writing = [(reply, self._sample(reply)) for reply in batch]
        while writing:
            output = self._checkpoint.model(
                input_ids=tokens,
                attention_mask=mask,
                position_ids=(mask.cumsum(1) - 1).clamp(min=0)[:, -tokens.shape[1] :],
                cache=cache,
                use_cache=True,
                logits_to_keep=1,
            )
            chosen = []
            for (reply, sample), row in zip(writing, output.logits[:, -1], strict=True):
                chosen.append(sample.choose(row))
                sample.take(chosen[-1], reply.emit)
            for reply, sample in writing:
                if sample.finish_reason:
                    reply.finished = sample.report()
            left = [place for place, (_, sample) in enumerate(writing) if not sample.finish_reason]
            if left and len(left) < len(writing):
                cache.keep_rows(left)
                mask = mask[left]
            writing = [writing[place] for place in left]
            tokens = torch.tensor([[chosen[place]] for place in left])
            mask = torch.cat([mask, mask.new_ones((mask.shape[0], 1))], 1)

    def _sample(self, reply: _Reply) -> Sample:
        return Sample(
            0,
            reply.request.seed,
            SamplingRule.of(reply.request),
            end_tokens=self._checkpoint.end_tokens,
            text=ReplyText(self._checkpoint.backend, reply.prompt, reply.request.stop),
            constraint=None,
        )
