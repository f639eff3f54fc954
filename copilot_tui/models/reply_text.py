"""From tokens to text that may be shown.

Text is held back while it may still change its meaning: a character of which only some bytes are
there, and an end that may be the beginning of a stop text.
"""

from __future__ import annotations

from collections.abc import Sequence

from tokenizers import Tokenizer
from tokenizers.decoders import DecodeStream

_CONTEXT = 8
"""Tokens of the prompt that the decoder is told, since some tokenizers drop the space of a first word."""


class ReplyText:
    """The text of one reply, token by token. ``stopped`` tells that a stop text was found."""

    def __init__(self, tokenizer: Tokenizer, prompt: Sequence[int], stop: Sequence[str]) -> None:
        self._tokenizer = tokenizer
        self._stream = DecodeStream(ids=list(prompt[-_CONTEXT:]), skip_special_tokens=True)
        self._stop = tuple(text for text in stop if text)
        self._held = ""
        self.stopped = False

    def add(self, token: int) -> str:
        """What can be shown now, often nothing. Nothing more may be added once it is stopped."""
        self._held += self._stream.step(self._tokenizer, token) or ""
        places = [place for stop in self._stop if (place := self._held.find(stop)) >= 0]
        if places:
            self.stopped = True
            return self._take(min(places))
        return self._take(len(self._held) - self._undecided())

    def finish(self) -> str:
        """What was held back and is text after all."""
        return "" if self.stopped else self._take(len(self._held))

    def _undecided(self) -> int:
        """The length of the longest end of the held text that begins a stop text."""
        longest = 0
        for stop in self._stop:
            for length in range(min(len(stop) - 1, len(self._held)), longest, -1):
                if self._held.endswith(stop[:length]):
                    longest = length
                    break
        return longest

    def _take(self, length: int) -> str:
        text, self._held = self._held[:length], self._held[length:]
        return text
