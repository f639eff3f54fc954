"""What a model takes in memory: its weights, the KV cache of its window, and the library's own buffers.

The engines refuse by these formulas, and the recommendation chooses by them, so that what is recommended
is never refused.
"""

from __future__ import annotations

from dataclasses import dataclass

_MEBIBYTE = 2**20
_LLAMA_WORKSPACE = 256 * _MEBIBYTE  # measured at the batch sizes of the llama engine
_CHECKPOINT_WORKSPACE = 300 * _MEBIBYTE
GGUF_CACHE_NUMBER_BYTES = 2  # llama.cpp keeps keys and values as 16-bit floats


@dataclass(frozen=True, slots=True)
class MemoryNeed:
    """All in bytes. ``token`` is what one token of the window takes in the KV cache."""

    weights: int
    token: int
    workspace: int

    def total(self, window: int) -> int:
        return self.weights + window * self.token + self.workspace

    def largest_window(self, room: int) -> int:
        """The tokens that fit into ``room`` beside the weights; 0 when not even those fit."""
        return max(0, room - self.weights - self.workspace) // max(1, self.token)


def cache_numbers(layers: int, heads: int, key_and_value: int) -> int:
    """How many numbers the KV cache keeps for one token. ``heads`` are those of keys and values;
    ``key_and_value`` is the size of both together."""
    return layers * heads * key_and_value


def gguf_need(file_bytes: int, cache_bytes_per_token: int) -> MemoryNeed:
    """A GGUF file in the llama engine: the weights stay as they are in the file."""
    return MemoryNeed(file_bytes, cache_bytes_per_token, _LLAMA_WORKSPACE)


def checkpoint_need(weights: int, numbers_per_token: int, number_bytes: int) -> MemoryNeed:
    """A checkpoint in the transformers engine: ``weights`` numbers of ``number_bytes`` each.

    On a CPU they may shrink to 8 bits once loaded; while loading they are whole.
    """
    return MemoryNeed(weights * number_bytes, numbers_per_token * number_bytes, _CHECKPOINT_WORKSPACE)
