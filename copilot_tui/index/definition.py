"""The value that speaks of one definition in a source text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

Kind = Literal["function", "struct", "class", "macro", "prototype", "typedef", "enum"]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""In an order that is kept in indexes on disk."""


@dataclass(frozen=True, slots=True)
class Definition:
    """Lines ``start`` to ``end`` (from 1, inclusive) that define ``name``.

    ``signature`` is everything before the body, in one line. ``comment_start`` is the first line of the
    comment block directly before the definition, or ``start`` where there is none. Unions count as
    structs, interfaces and traits as classes, methods as functions. ``doc`` is what its comment says first,
    in one line; empty where there is none.
    """

    name: str
    kind: Kind
    start: int
    end: int
    signature: str
    comment_start: int
    doc: str = ""


class Outline(NamedTuple):
    """Where a definition stands, without what is said about it: all that a search needs of most."""

    name: str
    kind: Kind
    start: int
    end: int
    comment_start: int
