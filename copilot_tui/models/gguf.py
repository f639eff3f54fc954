"""The header of a GGUF model file: enough to refuse a broken file and to estimate memory.

Only the key-value part is read, never the tensors. The format is the one of llama.cpp, versions 2 and
3, little endian. Lengths in the file are not trusted: they are checked against the file's size before
anything is allocated.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from copilot_tui.core.errors import ModelFileError
from copilot_tui.models.memory_need import GGUF_CACHE_NUMBER_BYTES, cache_numbers

_SCALARS = {
    0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d",
}  # fmt: skip
_STRING, _ARRAY = 8, 9
_CONTROL_TOKEN = 3
_KEPT_ARRAYS = ("tokenizer.ggml.tokens", "tokenizer.ggml.token_type")
_MOST_KEYS = 10_000


@dataclass(frozen=True, slots=True)
class ModelHeader:
    """What a model says about itself. ``window`` is the length it was trained for, 0 if unknown.

    ``control_tokens`` are the texts that the tokenizer turns into control tokens; a prompt must not
    contain them by accident. ``cache_bytes_per_token`` estimates the KV cache.
    """

    architecture: str
    name: str
    window: int
    has_chat_template: bool
    control_tokens: tuple[str, ...]
    cache_bytes_per_token: int


def read_header(path: Path) -> ModelHeader:
    """Read the header of ``path``. Raises :class:`ModelFileError` when it is no readable GGUF file."""
    try:
        with path.open("rb") as file:
            values = _Reader(file, path.stat().st_size).key_values()
    except OSError as error:
        raise ModelFileError(
            f"The model file {path} cannot be read: {error.strerror}.", "Check the path and its permissions."
        ) from error
    except (_Malformed, struct.error, UnicodeDecodeError) as error:
        raise ModelFileError(
            f"{path} is no GGUF model file, or is cut short: {error}.",
            "Fetch it again: copilot-tui models pull NAME, or give the path of another .gguf file.",
        ) from error
    return _header(values)


class _Malformed(ValueError):
    pass


class _Reader:
    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self._left = size

    def key_values(self) -> dict[str, Any]:
        if self._take(4) != b"GGUF":
            raise _Malformed("it does not begin with GGUF")
        version = self._scalar(4)
        if version not in (2, 3):
            raise _Malformed(f"version {version} is not known")
        self._scalar(10)  # the number of tensors
        count = self._scalar(10)
        if count > _MOST_KEYS:
            raise _Malformed(f"it claims to have {count} keys")
        values: dict[str, Any] = {}
        for _ in range(count):
            key = self._string()
            values[key] = self._value(self._scalar(4), keep=key in _KEPT_ARRAYS)
        return values

    def _take(self, size: int) -> bytes:
        if size > self._left:
            raise _Malformed("it ends in the middle of its header")
        self._left -= size
        taken = self._file.read(size)
        if len(taken) != size:
            raise _Malformed("it ends in the middle of its header")
        return taken

    def _scalar(self, kind: int) -> Any:
        form = _SCALARS.get(kind)
        if form is None:
            raise _Malformed(f"value type {kind} is not known")
        return struct.unpack(form, self._take(struct.calcsize(form)))[0]

    def _string(self) -> str:
        return self._take(self._scalar(10)).decode("utf-8", "replace")

    def _value(self, kind: int, *, keep: bool) -> Any:
        if kind == _STRING:
            return self._string()
        if kind != _ARRAY:
            return self._scalar(kind)
        item, count = self._scalar(4), self._scalar(10)
        if count > self._left:
            raise _Malformed(f"it claims an array of {count} entries")
        if item in _SCALARS:
            form = _SCALARS[item]
            packed = self._take(count * struct.calcsize(form))
            return [value for (value,) in struct.iter_unpack(form, packed)]
        if item != _STRING:
            return [self._value(item, keep=False) for _ in range(count)]
        if keep:
            return [self._string() for _ in range(count)]
        for _ in range(count):
            self._take(self._scalar(10))
        return None


def _header(values: Mapping[str, Any]) -> ModelHeader:
    architecture = str(values.get("general.architecture", ""))

    def number(key: str, default: int = 0) -> int:
        value = values.get(f"{architecture}.{key}", default)
        if isinstance(value, list):  # one number for each layer
            value = max(value, default=default)
        return value if isinstance(value, int) else default

    heads = max(1, number("attention.head_count", 1))
    head_size = number("embedding_length") // heads
    key_and_value = number("attention.key_length", head_size) + number("attention.value_length", head_size)
    kv_heads = number("attention.head_count_kv", heads)
    numbers = cache_numbers(number("block_count"), kv_heads, key_and_value)
    tokens = values.get("tokenizer.ggml.tokens") or []
    kinds = values.get("tokenizer.ggml.token_type") or []
    return ModelHeader(
        architecture=architecture,
        name=str(values.get("general.name", "")),
        window=number("context_length"),
        has_chat_template="tokenizer.chat_template" in values,
        control_tokens=tuple(
            t for t, kind in zip(tokens, kinds, strict=False) if kind == _CONTROL_TOKEN and t
        ),
        cache_bytes_per_token=numbers * GGUF_CACHE_NUMBER_BYTES,
    )
