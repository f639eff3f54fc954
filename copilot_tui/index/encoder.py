"""A small text encoder: one vector for a text, in which the order of words counts, too.

The model is granite-embedding-30m-english (Apache-2.0), a RoBERTa of six layers. It comes as a pack: the
mark ``HMSEMB01``, the length of a JSON head, that head (shape of the model, list of tensors), the tokenizer
in the form of the ``tokenizers`` library, and the tensors, one after another; matrices in eight bits with a
scale for each ``group`` numbers of a row. A text's vector is the last layer's at its first token, of
length 1. Tens of texts a second on two cores: enough to read the leading functions of a search, not to
index a code base.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch.nn import functional

from copilot_tui.core.errors import ModelFileError

_MARK = b"HMSEMB01"
_HEAD = len(_MARK) + 8
_MOST_TOKENS = 128
_BATCH = 16
_PADDING = 1
"""RoBERTa's padding token; the first position is the one after it."""


@dataclass(frozen=True, slots=True)
class _Shape:
    layers: int
    heads: int
    epsilon: float
    first_position: int


class Encoder:
    """A loaded encoder; ``open`` gets one. Not for two threads at once."""

    def __init__(self, tokenizer: Tokenizer, tensors: Mapping[str, torch.Tensor], shape: _Shape) -> None:
        self._tokenizer = tokenizer
        self._tensors = tensors
        self._shape = shape

    @classmethod
    def open(cls, pack: Path) -> Encoder:
        """Read the pack, which takes less than a second. Raises :class:`ModelFileError` when it is none."""
        try:
            return cls(*_read(pack.read_bytes()))
        except (OSError, ValueError, KeyError, TypeError, struct.error) as error:
            raise ModelFileError(
                f"{pack} is not the text encoder that was expected: {error}.",
                "Remove it and fetch it again: copilot-tui models pull code-encoder",
            ) from error

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One row of length 1 for each text, of which the first 128 tokens count."""
        order = sorted(range(len(texts)), key=lambda at: len(texts[at]))
        rows: list[NDArray[np.float32]] = [np.zeros(0, np.float32)] * len(texts)
        for first in range(0, len(order), _BATCH):
            batch = order[first : first + _BATCH]
            for at, row in zip(batch, self._embed([texts[at] for at in batch]), strict=True):
                rows[at] = row
        return np.stack(rows) if rows else np.zeros((0, 0), np.float32)

    @torch.inference_mode()
    def _embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        encoded = self._tokenizer.encode_batch(list(texts))
        tokens = torch.tensor([item.ids for item in encoded])
        mask = torch.tensor([item.attention_mask for item in encoded], dtype=torch.bool)
        hidden = self._layers(self._inputs(tokens), mask)
        vectors: NDArray[np.float32] = functional.normalize(hidden[:, 0]).numpy()
        return vectors

    def _inputs(self, tokens: torch.Tensor) -> torch.Tensor:
        positions = torch.arange(tokens.shape[1]) + self._shape.first_position
        known = self._tensors
        added = known["word_emb"][tokens] + known["pos_emb"][positions] + known["type_emb"][0]
        return self._normed(added, "emb_ln")

    def _layers(self, hidden: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        texts, length, width = hidden.shape
        heads = self._shape.heads
        for layer in range(self._shape.layers):
            name = f"l{layer}."
            parts = self._linear(hidden, name + "qkv").view(texts, length, 3, heads, width // heads)
            query, key, value = parts.permute(2, 0, 3, 1, 4)
            seen = functional.scaled_dot_product_attention(query, key, value, mask[:, None, None, :])
            seen = seen.transpose(1, 2).reshape(texts, length, width)
            hidden = self._normed(hidden + self._linear(seen, name + "ao"), name + "aln")
            inner = functional.gelu(self._linear(hidden, name + "f1"))
            hidden = self._normed(hidden + self._linear(inner, name + "f2"), name + "fln")
        return hidden

    def _linear(self, hidden: torch.Tensor, name: str) -> torch.Tensor:
        return functional.linear(hidden, self._tensors[name + ".w"], self._tensors[name + ".b"])

    def _normed(self, hidden: torch.Tensor, name: str) -> torch.Tensor:
        weight, bias = self._tensors[name + ".w"], self._tensors[name + ".b"]
        return functional.layer_norm(hidden, weight.shape, weight, bias, self._shape.epsilon)


def _read(content: bytes) -> tuple[Tokenizer, dict[str, torch.Tensor], _Shape]:
    if not content.startswith(_MARK):
        raise ValueError("it does not begin like one")
    (length,) = struct.unpack_from("<Q", content, len(_MARK))
    head: dict[str, Any] = json.loads(content[_HEAD : _HEAD + length])
    at = _HEAD + length
    tokenizer = Tokenizer.from_str(content[at : at + head["tokenizer_len"]].decode())
    tokenizer.enable_truncation(_MOST_TOKENS)
    tokenizer.enable_padding(pad_id=_PADDING, pad_token="<pad>")
    at += head["tokenizer_len"]
    tensors: dict[str, torch.Tensor] = {}
    for entry in head["tensors"]:
        tensors[entry["name"]] = torch.from_numpy(_numbers(entry, content[at : at + entry["len"]]))
        at += entry["len"]
    model = head["arch"]
    shape = _Shape(model["layers"], model["heads"], model["layer_norm_eps"], model["position_offset"])
    return tokenizer, tensors, shape


def _numbers(entry: Mapping[str, Any], content: bytes) -> NDArray[np.float32]:
    rows = tuple(entry["shape"])
    if entry["dtype"] == "f32":
        plain: NDArray[np.float32] = np.frombuffer(content, np.float32).reshape(rows).copy()
        return plain
    size, group = int(np.prod(rows)), entry["group"]
    codes = np.frombuffer(content, np.int8, size).reshape(-1, group).astype(np.float32)
    scales = np.frombuffer(content, np.float32, offset=size)
    numbers: NDArray[np.float32] = (codes * scales[:, None]).reshape(rows)
    return numbers
