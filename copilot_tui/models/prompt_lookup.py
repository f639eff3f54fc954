"""Prompt lookup: guessing the next tokens from what the prompt already holds.

Whoever edits code repeats most of it. The last few tokens are looked up in the text so far, and what
followed them there is proposed; the model checks all proposed tokens in one step, which costs little
more than computing one. A wrong guess is thrown away, so the reply is the same as without.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

_PATTERN = 3
_SHORTEST, _LONGEST = 2, 12


class PromptLookup:
    """Proposes what followed the last three tokens where they stood before."""

    def __init__(self, prompt: Sequence[int]) -> None:
        self._tokens: list[int] = []
        self._places: dict[tuple[int, ...], int] = {}
        self._length = _SHORTEST
        self.extend(prompt)

    def extend(self, tokens: Iterable[int]) -> None:
        """Add tokens to the text. A pattern is known once something follows it."""
        for token in tokens:
            if len(self._tokens) >= _PATTERN:
                self._places[tuple(self._tokens[-_PATTERN:])] = len(self._tokens)
            self._tokens.append(token)

    def propose(self) -> list[int]:
        """The tokens that may come next; empty when the end of the text is new."""
        place = self._places.get(tuple(self._tokens[-_PATTERN:]))
        return [] if place is None else self._tokens[place : place + self._length]

    def judge(self, proposed: int, accepted: int) -> None:
        """Learn from a proposal: after a hit guess further ahead, after a miss less far."""
        if accepted == proposed:
            self._length = min(_LONGEST, 2 * self._length)
        elif accepted == 0:
            self._length = max(_SHORTEST, self._length // 2)
