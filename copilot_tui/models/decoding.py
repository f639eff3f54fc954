"""The decoding loop of the transformers engine.

The prompt's longest common beginning with the one before is taken from the cache, the rest computed in
pieces small enough to stop between them. One sample is decoded with prompt lookup, several in one
batch that shares the prompt. All on the caller's thread; ``stopped`` is asked before each step.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence

import torch
from accelerate.hooks import remove_hook_from_submodules

from copilot_tui.models.engine import SampleFinished, TextChunk
from copilot_tui.models.generation_thread import Emit, GenerationStopped, Stopped
from copilot_tui.models.growing_cache import GrowingCache
from copilot_tui.models.prompt_lookup import PromptLookup
from copilot_tui.models.sampling import Sample

_PIECE_ON_CPU = 128
_PIECE_ON_GPU = 2048


class Decoder:
    """A causal language model with its cache. ``lookup`` turns prompt lookup on."""

    def __init__(self, model: torch.nn.Module, *, lookup: bool) -> None:
        self._model = model
        self._lookup = lookup
        parameters = inspect.signature(model.forward).parameters
        self._cache_name = "cache" if "cache" in parameters else "past_key_values"
        self._limits_logits = "logits_to_keep" in parameters
        self._cache = GrowingCache()
        self._known: list[int] = []

    @property
    def device(self) -> torch.device:
        return next(self._model.parameters()).device

    def forget(self) -> None:
        """Drop the cache, and with it all knowledge of earlier prompts."""
        self._cache, self._known = GrowingCache(), []

    def move_to_cpu(self) -> None:
        """Leave a device whose memory does not suffice."""
        self.forget()
        remove_hook_from_submodules(self._model)  # those that carry data from one GPU to the next
        self._model.to("cpu")

    def prefill(self, prompt: Sequence[int], stopped: Stopped) -> tuple[torch.Tensor, int]:
        """Compute ``prompt``; returns the logits after it and how many tokens came from the cache."""
        cached = min(_common(self._known, prompt), len(prompt) - 1)
        self._cache.forget(self._cache.length - cached)
        del self._known[cached:]
        piece = _PIECE_ON_CPU if self.device.type == "cpu" else _PIECE_ON_GPU
        logits = None
        for start in range(cached, len(prompt), piece):
            if stopped():
                raise GenerationStopped()
            tokens = list(prompt[start : start + piece])
            logits = self._step([tokens], self._cache, wanted=1)
            self._known += tokens
        assert logits is not None
        return logits[0, -1], cached

    def decode_one(
        self, sample: Sample, logits: torch.Tensor, emit: Emit[TextChunk | SampleFinished], stopped: Stopped
    ) -> None:
        """Write the one sample that goes on from the cache, guessing ahead where the text repeats."""
        lookup = PromptLookup(self._known)
        token = sample.choose(logits)
        sample.take(token, emit)
        while not sample.finish_reason:
            if stopped():
                raise GenerationStopped()
            lookup.extend([token])
            forced = sample.constraint.forced() if sample.constraint is not None else []
            guess = forced or (lookup.propose() if self._lookup else [])
            rows = self._step([[token, *guess]], self._cache, wanted=1 + len(guess))[0]
            taken = [token]
            for place in range(len(guess) + 1):
                token = sample.choose(rows[place])
                sample.take(token, emit)
                if sample.finish_reason or place == len(guess) or token != guess[place]:
                    break
                taken.append(token)
                lookup.extend([token])
            self._cache.forget(1 + len(guess) - len(taken))
            self._known += taken
            if guess and not forced:
                lookup.judge(len(guess), len(taken) - 1)

    def decode_many(
        self,
        samples: Sequence[Sample],
        logits: torch.Tensor,
        emit: Emit[TextChunk | SampleFinished],
        stopped: Stopped,
        *,
        room: int,
    ) -> None:
        """Write all samples side by side, each at most ``room`` tokens long. The cache keeps the prompt."""
        cache = self._cache.repeated(len(samples), len(self._known) + room)
        writing = list(samples)
        rows = logits.expand(len(samples), -1)
        while True:
            if stopped():
                raise GenerationStopped()
            tokens = [sample.choose(row) for sample, row in zip(writing, rows, strict=True)]
            for sample, token in zip(writing, tokens, strict=True):
                sample.take(token, emit)
            left = [place for place, sample in enumerate(writing) if not sample.finish_reason]
            if not left:
                return
            if len(left) < len(writing):
                cache.keep_rows(left)
                writing = [writing[place] for place in left]
                tokens = [tokens[place] for place in left]
            rows = self._step([[token] for token in tokens], cache, wanted=1)[:, -1]

    def _step(self, tokens: list[list[int]], cache: GrowingCache, *, wanted: int) -> torch.Tensor:
        """One pass through the model; the logits of the last ``wanted`` positions of each row."""
        options = {"logits_to_keep": wanted} if self._limits_logits else {}
        forward: Callable[..., object] = self._model
        done = False
        try:
            output = forward(
                input_ids=torch.tensor(tokens, device=self.device),
                use_cache=True,
                **{self._cache_name: cache},
                **options,
            )
            done = True
        finally:
            if not done:
                self.forget()  # its layers may hold different lengths now
        logits: torch.Tensor = output.logits  # type: ignore[attr-defined]
        return logits[:, -wanted:]


def _common(left: Sequence[int], right: Sequence[int]) -> int:
    for place, (mine, theirs) in enumerate(zip(left, right, strict=False)):
        if mine != theirs:
            return place
    return min(len(left), len(right))
