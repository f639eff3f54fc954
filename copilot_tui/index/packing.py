"""How the facts of one file are packed for the catalogue: small on disk, and quick to read.

Three pieces, because they are asked for at different times: outlines in every search, what is said about
each definition when functions are compared or prompts packed, and what the file calls and imports when the
file changes.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec

from copilot_tui.index.definition import KINDS, Definition, Outline

_LEVEL = 6
_Value = TypeVar("_Value")

Details = list[tuple[str, str]]
"""Signature and doc comment of each definition, in the order of the outlines."""
Uses = tuple[list[str], list[str]]
"""The names that a file calls, and what it imports, as written and in order."""


Columns = tuple[str, list[int], list[int], list[int], list[int], list[int]]
"""Of outlines: the names, each with a line end behind it, then the numbers of the kinds (see ``KINDS``),
first and last lines and first lines of the comments; at last the steps from place to place where bodies
begin and end in the text (see ``file_outline``), empty where that is not known. What is alike stands
together, so it packs well, and one search goes through all names."""


def columns_of(outlines: Sequence[Outline], steps: Sequence[int] = ()) -> Columns:
    return (
        "".join(f"{item.name}\n" for item in outlines),
        [KINDS.index(item.kind) for item in outlines],
        [item.start for item in outlines],
        [item.end for item in outlines],
        [item.comment_start for item in outlines],
        list(steps),
    )


def pack_outlines(columns: Columns) -> bytes:
    return _packed(columns)


def unpack_outlines(content: bytes) -> Columns:
    return _unpacked(_COLUMNS, content)


def pack_details(details: Sequence[tuple[str, str]]) -> bytes:
    return _packed(details)


def unpack_details(content: bytes) -> Details:
    return _unpacked(_DETAILS, content)


def pack_uses(calls: Sequence[str], imports: Sequence[str]) -> bytes:
    return _packed((calls, imports))


def unpack_uses(content: bytes) -> Uses:
    return _unpacked(_USES, content)


def whole(columns: Columns, details: Details) -> list[Definition]:
    """The definitions that were packed in two pieces."""
    names, kinds, *lines, _ = columns
    return [
        Definition(name, KINDS[kind], start, end, signature, comment_start, doc)
        for name, kind, start, end, comment_start, (signature, doc) in zip(
            names.split("\n"), kinds, *lines, details, strict=False
        )
    ]


def _packed(value: Any) -> bytes:
    return zlib.compress(msgspec.msgpack.encode(value), _LEVEL)


def _unpacked(decoder: msgspec.msgpack.Decoder[_Value], content: bytes) -> _Value:
    return decoder.decode(zlib.decompress(content))


_COLUMNS: msgspec.msgpack.Decoder[Columns] = msgspec.msgpack.Decoder(Columns)
_DETAILS: msgspec.msgpack.Decoder[Details] = msgspec.msgpack.Decoder(Details)
_USES: msgspec.msgpack.Decoder[Uses] = msgspec.msgpack.Decoder(Uses)
