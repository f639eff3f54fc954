"""A KV cache that grows in place, forgets its end cheaply and can be shared by several samples.

The cache of transformers joins tensors at each step, which copies everything that is in it, and so do
batches of samples. Here each layer writes into a buffer with room to spare, and attention sees only
the part that is filled.
"""

from __future__ import annotations

from typing import Any

import torch
from transformers.cache_utils import Cache, DynamicLayer

_ROOM = 256
"""Positions that a buffer has beyond what it needs when it is made."""


class GrowingLayer(DynamicLayer):
    """Keys and values of one layer: buffers of shape (rows, heads, capacity, size), filled from the left."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)  # type: ignore[no-untyped-call]
        self._length = 0
        self._key_buffer: torch.Tensor
        self._value_buffer: torch.Tensor

    def lazy_initialization(self, key_states: torch.Tensor, value_states: torch.Tensor) -> None:
        self.device = key_states.device
        self._key_buffer = key_states.new_empty((*key_states.shape[:-2], 0, key_states.shape[-1]))
        self._value_buffer = value_states.new_empty((*value_states.shape[:-2], 0, value_states.shape[-1]))
        self.is_initialized = True

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *arguments: Any, **options: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        start, end = self._length, self._length + key_states.shape[-2]
        self.reserve(end)
        self._key_buffer[..., start:end, :] = key_states
        self._value_buffer[..., start:end, :] = value_states
        return self._fill(end)

    def reserve(self, length: int) -> None:
        """Make room for ``length`` positions in all."""
        if length > self._key_buffer.shape[-2]:
            capacity = length + max(_ROOM, length // 4)
            self._key_buffer = self._copied(self._key_buffer, self._key_buffer.shape[0], capacity)
            self._value_buffer = self._copied(self._value_buffer, self._value_buffer.shape[0], capacity)
            self._fill(self._length)

    def get_seq_length(self) -> int:
        return self._length

    def crop(self, tokens_to_remove: int) -> None:
        """Forget the last ``abs(tokens_to_remove)`` positions."""
        if self.is_initialized and tokens_to_remove:
            self._fill(self._length - abs(tokens_to_remove))

    def repeated(self, rows: int, capacity: int) -> GrowingLayer:
        """A layer of ``rows`` copies of this one's only row, with room for ``capacity`` positions."""
        layer = GrowingLayer()
        layer.device = self.device
        layer.is_initialized = True
        layer._key_buffer = self._copied(self._key_buffer, rows, capacity)
        layer._value_buffer = self._copied(self._value_buffer, rows, capacity)
        layer._fill(self._length)
        return layer

    def keep_rows(self, rows: torch.Tensor) -> None:
        """Drop all rows but these."""
        self._key_buffer = self._key_buffer.index_select(0, rows.to(self.device))
        self._value_buffer = self._value_buffer.index_select(0, rows.to(self.device))
        self._fill(self._length)

    def _copied(self, buffer: torch.Tensor, rows: int, capacity: int) -> torch.Tensor:
        larger = buffer.new_empty((rows, *buffer.shape[1:-2], capacity, buffer.shape[-1]))
        larger[..., : self._length, :] = buffer[..., : self._length, :]
        return larger

    def _fill(self, length: int) -> tuple[torch.Tensor, torch.Tensor]:
        self._length = length
        keys, values = self._key_buffer[..., :length, :], self._value_buffer[..., :length, :]
        self.keys, self.values = keys, values
        return keys, values


class GrowingCache(Cache):
    """One :class:`GrowingLayer` for each layer of a model, made when the layer first writes."""

    def __init__(self, layers: list[GrowingLayer] | None = None) -> None:
        super().__init__(layer_class_to_replicate=GrowingLayer)
        self.layers.extend(layers or [])

    @property
    def length(self) -> int:
        """Filled positions."""
        return self._growing[0].get_seq_length() if self.layers else 0

    def forget(self, positions: int) -> None:
        """Drop the last ``positions``."""
        if positions:
            for layer in self._growing:
                layer.crop(-positions)

    def repeated(self, rows: int, capacity: int) -> GrowingCache:
        """A new cache of ``rows`` copies, allocated at once, so that no later step runs out of memory."""
        return GrowingCache([layer.repeated(rows, capacity) for layer in self._growing])

    def keep_rows(self, rows: list[int]) -> None:
        """Drop the rows of samples that are complete."""
        kept = torch.tensor(rows)
        for layer in self._growing:
            layer.keep_rows(kept)

    @property
    def _growing(self) -> list[GrowingLayer]:
        return [layer for layer in self.layers if isinstance(layer, GrowingLayer)]
