"""Choosing the next token, and keeping account of one sample.

Each sample draws from a random source of its own, one number for each token, so that its text depends
neither on the samples beside it nor on how many tokens a step happens to compute.
"""

from __future__ import annotations

import math
import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import torch

from copilot_tui.models.engine import GenerationRequest, SampleFinished, TextChunk
from copilot_tui.models.generation_thread import Emit
from copilot_tui.models.reply_text import ReplyText
from copilot_tui.models.schema_constraint import SchemaConstraint

_LIKELIEST = 64
"""Candidates that are sorted at first; the nucleus is rarely larger, and sorting all is slow."""


@dataclass(frozen=True, slots=True)
class SamplingRule:
    """The part of a request that says how tokens are chosen."""

    temperature: float
    top_p: float
    max_tokens: int
    log_probabilities: bool

    @classmethod
    def of(cls, request: GenerationRequest) -> SamplingRule:
        return cls(request.temperature, request.top_p, request.max_tokens, request.log_probabilities)


class Sample:
    """One reply that is being written: its tokens, its text, and why it ended."""

    def __init__(
        self,
        number: int,
        seed: int,
        rule: SamplingRule,
        *,
        end_tokens: Collection[int],
        text: ReplyText,
        constraint: SchemaConstraint | None,
    ) -> None:
        self.number = number
        self.new_tokens = 0
        self.finish_reason = ""
        self.constraint = constraint
        self._rule = rule
        self._end_tokens = end_tokens
        self._text = text
        self._random = random.Random(f"{seed}/{number}")
        self._log_probability = 0.0

    def choose(self, logits: torch.Tensor) -> int:
        """The next token from its logits, of shape (vocabulary)."""
        logits = logits.float()
        free = logits
        if self.constraint is not None:
            allowed = torch.from_numpy(self.constraint.allowed()).to(logits.device)
            logits = logits.masked_fill(~allowed[: logits.shape[0]], -math.inf)
        rule = self._rule
        if rule.temperature <= 0:
            token = int(logits.argmax())
        else:
            token = draw(logits / rule.temperature, rule.top_p, self._random.random())
        if rule.log_probabilities:
            self._log_probability += float(free[token] - torch.logsumexp(free, 0))
        return token

    def take(self, token: int, emit: Emit[TextChunk | SampleFinished]) -> None:
        """Account for a chosen token and show what it adds to the text."""
        self.new_tokens += 1
        if token in self._end_tokens:
            self._finish("stop", emit)
            return
        if self.constraint is not None:
            self.constraint.take(token)
        if shown := self._text.add(token):
            emit(TextChunk(shown, self.number))
        if self._text.stopped:
            self._finish("stop", emit)
        elif self.new_tokens >= self._rule.max_tokens:
            self._finish("length", emit)

    def report(self) -> SampleFinished:
        log_probability = self._log_probability if self._rule.log_probabilities else None
        return SampleFinished(self.number, self.new_tokens, self.finish_reason, log_probability)

    def _finish(self, reason: str, emit: Emit[TextChunk | SampleFinished]) -> None:
        self.finish_reason = reason
        if rest := self._text.finish():
            emit(TextChunk(rest, self.number))


def draw(logits: torch.Tensor, top_p: float, point: float) -> int:
    """The token at ``point`` (0 to 1) of the nucleus: the likeliest ones that together have ``top_p``."""
    probabilities = torch.softmax(logits, 0)
    size = min(_LIKELIEST, probabilities.shape[0])
    while True:
        values, tokens = torch.topk(probabilities, size)
        sums = torch.cumsum(values, 0)
        if float(sums[-1]) >= top_p or size == probabilities.shape[0]:
            break
        size = min(8 * size, probabilities.shape[0])
    kept = min(int(torch.searchsorted(sums, top_p)) + 1, size)
    place = int(torch.searchsorted(sums[:kept], point * float(sums[kept - 1]), right=True))
    return int(tokens[min(place, kept - 1)])


def ended(samples: Sequence[Sample]) -> str:
    """Why a request ended: cut off as soon as one of its samples was."""
    return "length" if any(sample.finish_reason == "length" for sample in samples) else "stop"
