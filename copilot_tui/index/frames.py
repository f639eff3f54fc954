"""Pieces of bytes on a pipe, each with its length before it."""

from __future__ import annotations

from typing import BinaryIO

LENGTH_BYTES = 4


def read_frame(stream: BinaryIO) -> bytes | None:
    """The next frame; None where the stream ends."""
    header = stream.read(LENGTH_BYTES)
    if len(header) < LENGTH_BYTES:
        return None
    length = int.from_bytes(header, "big")
    content = stream.read(length)
    return content if len(content) == length else None


def write_frame(stream: BinaryIO, content: bytes) -> None:
    stream.write(len(content).to_bytes(LENGTH_BYTES, "big"))
    stream.write(content)
