"""From a server's event stream to the parts of an engine's stream, for one sample.

A server may not know how to go on from a given beginning, and begin the reply anew; what it repeats of the
beginning is left out, so that the text is the same as that of a server which does.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from copilot_tui.core.errors import GenerationError

_DATA = "data:"
_DONE = "[DONE]"


@dataclass(slots=True)
class ServerReply:
    """What is known of one sample. ``prompt_tokens`` is None until, and unless, the server tells it."""

    beginning: str = ""
    finish_reason: str = ""
    prompt_tokens: int | None = None
    cached_tokens: int = 0
    new_tokens: int = 0
    log_probability: float | None = None
    _held: str = ""
    _settled: bool = field(default=False)

    def read(self, part: Mapping[str, Any]) -> str:
        """Take one part of the stream; returns the text that it adds to the reply."""
        if "error" in part:
            error = part["error"]
            message = error.get("message", error) if isinstance(error, Mapping) else error
            raise GenerationError(f"The model server reported: {message}.")
        text = ""
        for choice in part.get("choices") or ():
            text += (choice.get("delta") or {}).get("content") or ""
            self._add_probabilities(choice.get("logprobs"))
            self.finish_reason = choice.get("finish_reason") or self.finish_reason
        if usage := part.get("usage"):
            self._read_usage(usage)
        return self._without_beginning(text)

    def rest(self) -> str:
        """What was held back while it could still have become a repeated beginning."""
        held, self._held, self._settled = self._held, "", True
        return held

    def _read_usage(self, usage: Mapping[str, Any]) -> None:
        self.prompt_tokens = int(usage.get("prompt_tokens") or 0) or None
        self.new_tokens = int(usage.get("completion_tokens") or 0)
        self.cached_tokens = int((usage.get("prompt_tokens_details") or {}).get("cached_tokens") or 0)

    def _add_probabilities(self, reported: Mapping[str, Any] | None) -> None:
        for token in (reported or {}).get("content") or ():
            self.log_probability = (self.log_probability or 0.0) + float(token["logprob"])

    def _without_beginning(self, text: str) -> str:
        if self._settled or not self.beginning:
            return text
        self._held += text
        if self._held.startswith(self.beginning):
            self._held = self._held[len(self.beginning) :]
        elif self.beginning.startswith(self._held):
            return ""  # not to be told yet
        return self.rest()


async def event_stream(lines: AsyncIterator[str]) -> AsyncGenerator[Mapping[str, Any], None]:
    """The JSON objects of a stream of server-sent events, until its end mark."""
    async for line in lines:
        if not line.startswith(_DATA):
            continue  # comments that keep the connection alive, and blank lines
        text = line[len(_DATA) :].strip()
        if text == _DONE:
            return
        try:
            part = json.loads(text)
        except ValueError as error:
            raise GenerationError(f"The model server sent no JSON: {text[:100]!r}.") from error
        if isinstance(part, dict):
            yield part
