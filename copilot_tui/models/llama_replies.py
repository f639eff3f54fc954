"""From the parts of llama.cpp's streamed answers to the parts of an engine's stream."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from copilot_tui.core.artefacts import Usage
from copilot_tui.core.errors import CopilotError, GenerationError
from copilot_tui.models.engine import SampleFinished, StreamPart, TextChunk
from copilot_tui.models.generation_thread import Emit, GenerationStopped, Stopped


class LlamaReplies:
    """Turns the parts of one request's chat completions into chunks and, at the end, the usage."""

    def __init__(self, emit: Emit[StreamPart], stopped: Stopped) -> None:
        self._emit = emit
        self._stopped = stopped
        self._started = time.perf_counter()
        self._first = 0.0
        self._prompt: tuple[int, int] | None = None
        self._error: Exception | None = None
        self._offset = 0
        self._samples: list[_SampleState] = []
        self.expected = 0

    def begin(self, first: int, samples: int) -> None:
        """The next parts belong to ``samples`` samples, of which the first has the number ``first``."""
        self._offset, self.expected = first, samples
        self._samples += [_SampleState() for _ in range(samples)]

    def on_part(self, part: dict[str, Any]) -> bool:
        """True to stop. What is raised here would be lost in llama.cpp, so it is kept for later."""
        try:
            if self._stopped():
                return True
            self._read(part)
        except Exception as error:  # noqa: BLE001 - raised again in `check`
            self._error = error
        return self._error is not None

    def check(self) -> None:
        """Raise what went wrong, or that it was stopped."""
        if self._error is not None:
            raise self._error
        if self._stopped():
            raise GenerationStopped()
        if not all(sample.finish_reason for sample in self._samples):
            raise GenerationError("llama.cpp ended a reply without a reason.", "Try again.")

    def finish(self, *, reports_samples: bool) -> None:
        """Emit what became of the samples, and the usage."""
        if reports_samples:
            for number, sample in enumerate(self._samples):
                self._emit(
                    SampleFinished(number, sample.new_tokens, sample.finish_reason, sample.log_probability)
                )
        seconds = time.perf_counter() - self._started
        computed, cached = self._prompt or (0, 0)
        reasons = {sample.finish_reason for sample in self._samples}
        usage = Usage(
            prompt_tokens=computed + cached,
            cached_tokens=cached,
            new_tokens=sum(sample.new_tokens for sample in self._samples),
            seconds_to_first_token=self._first or seconds,
            seconds=seconds,
            finish_reason="length" if "length" in reasons else self._samples[0].finish_reason,
        )
        self._emit(usage)

    def _read(self, part: dict[str, Any]) -> None:
        if "error" in part or "choices" not in part:
            raise _error_of(part)
        for choice in part["choices"]:
            number = self._offset + int(choice.get("index", 0))
            sample = self._samples[number]
            delta = choice.get("delta", {})
            text = (delta.get("reasoning_content") or "") + (delta.get("content") or "")
            text += choice.get("text") or ""  # of a text completion
            if text:
                self._first = self._first or time.perf_counter() - self._started
                self._emit(TextChunk(text, number))
            sample.add_probabilities(choice.get("logprobs"))
            if reason := choice.get("finish_reason"):
                self._finish_sample(sample, reason, part.get("timings", {}))

    def _finish_sample(self, sample: _SampleState, reason: str, timings: Mapping[str, Any]) -> None:
        sample.finish_reason = reason
        sample.new_tokens = int(timings.get("predicted_n", 0))
        if self._prompt is None:
            self._prompt = int(timings.get("prompt_n", 0)), int(timings.get("cache_n", 0))


class _SampleState:
    """What is known so far about one sample."""

    __slots__ = ("finish_reason", "log_probability", "new_tokens")

    def __init__(self) -> None:
        self.finish_reason = ""
        self.new_tokens = 0
        self.log_probability: float | None = None

    def add_probabilities(self, reported: Mapping[str, Any] | None) -> None:
        for token in (reported or {}).get("content") or ():
            self.log_probability = (self.log_probability or 0.0) + float(token["logprob"])


def _error_of(part: Mapping[str, Any]) -> CopilotError:
    error = part.get("error", part)
    message = error.get("message", error) if isinstance(error, Mapping) else error
    return GenerationError(f"llama.cpp reported: {message}.")
