"""JSON of a given form from any tokenizer: llguidance says which tokens may come next."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy
from llguidance import LLMatcher, LLTokenizer
from numpy.typing import NDArray
from tokenizers import Tokenizer

from copilot_tui.core.errors import GenerationError

_FORM = {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "}
"""One way to write each object: a small model left free fills its reply with spaces."""


class SchemaVocabulary:
    """A tokenizer as llguidance needs it. Takes about a second to make, so it is made once, when needed."""

    def __init__(self, tokenizer: Tokenizer, size: int, end_tokens: Sequence[int]) -> None:
        own = max(size, tokenizer.get_vocab_size(with_added_tokens=True))
        self._tokenizer = LLTokenizer(tokenizer.to_str(), n_vocab=own, eos_token=list(end_tokens))
        self._size = size

    def constraint(self, schema: Mapping[str, Any], beginning: str) -> SchemaConstraint:
        """A constraint for one reply that goes on from ``beginning``.

        Raises :class:`GenerationError` for a schema that cannot be, or that ``beginning`` contradicts.
        """
        try:
            # The schema's own place for such options; it is a copy, so the caller's stays as it is.
            grammar = LLMatcher.grammar_from_json_schema(json.dumps({**schema, "x-guidance": _FORM}))
        except ValueError as error:
            raise _refused(error) from error
        matcher = LLMatcher(self._tokenizer, grammar, log_level=0)
        if matcher.is_error():
            raise _refused(matcher.get_error())
        if beginning and not matcher.consume_tokens(self._tokenizer.tokenize_str(beginning)):
            raise GenerationError(f"The given beginning {beginning!r} does not fit the JSON schema.")
        return SchemaConstraint(matcher, self._size)


class SchemaConstraint:
    """What may come next in one reply."""

    def __init__(self, matcher: LLMatcher, size: int) -> None:
        self._matcher = matcher
        self._size = size

    def allowed(self) -> NDArray[numpy.bool_]:
        """For each token whether it may come next."""
        packed = numpy.frombuffer(self._matcher.compute_bitmask(), dtype=numpy.uint8)
        return numpy.unpackbits(packed, bitorder="little")[: self._size].astype(numpy.bool_)

    def forced(self) -> list[int]:
        """Tokens that can only come next: quotes, keys."""
        return list(self._matcher.compute_ff_tokens())

    def take(self, token: int) -> None:
        """Go on with ``token``."""
        if not self._matcher.consume_token(token):
            raise GenerationError(f"The JSON schema could not be kept: {self._matcher.get_error()}.")


def _refused(reason: object) -> GenerationError:
    return GenerationError(f"The JSON schema is not understood: {reason}.")
