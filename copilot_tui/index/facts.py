"""What the index keeps of one file besides its words: definitions, calls, imports, breadcrumbs.

The values are rows as the catalogue stores them, so that a process that reads files can hand them over
without building anything twice.
"""

from __future__ import annotations

import msgspec

from copilot_tui.index.breadcrumbs import parse_breadcrumbs
from copilot_tui.index.definition import KINDS, Definition, Outline
from copilot_tui.index.file_outline import located_columns
from copilot_tui.index.folded_text import FoldedText
from copilot_tui.index.identifiers import TermCutter
from copilot_tui.index.imports import import_key
from copilot_tui.index.packing import pack_details, pack_outlines, pack_uses
from copilot_tui.index.symbols import read_source

_MOST_SYMBOLS_PER_FILE = 3000

SymbolRow = tuple[str, int, int, int, int, int, int]
"""Name, file, position in it, number of the kind, first line, last line, first line of the comment."""


class FileFacts(msgspec.Struct, array_like=True, frozen=True):
    """The facts of the file with the catalogue's ``number``. ``outlines``, ``details`` and ``uses`` are
    packed, ``breadcrumbs`` encoded; ``names`` and ``comments`` are index terms."""

    number: int
    path: str
    symbols: list[SymbolRow]
    calls: list[tuple[str, int]]
    imports: list[tuple[str, int, int, str]]
    outlines: bytes
    details: bytes
    uses: bytes
    breadcrumbs: bytes | None
    names: str
    comments: str


def read_facts(number: int, path: str, language: str, text: str, terms: TermCutter) -> FileFacts:
    """Read one text. Constants in headers count as definitions only up to a cap."""
    reading = read_source(text, language)
    # Names are packed a line each; one that spans lines is a confused parser's.
    found = tuple(x for x in reading.definitions if "\n" not in x.name)
    if len(found) > _MOST_SYMBOLS_PER_FILE:
        found = tuple(x for x in found if x.kind != "macro")[:_MOST_SYMBOLS_PER_FILE]
    breadcrumbs = parse_breadcrumbs(text, path, reading.definitions)
    outlines = [Outline(x.name, x.kind, x.start, x.end, x.comment_start) for x in found]
    return FileFacts(
        number=number,
        path=path,
        symbols=[
            (x.name, number, position, KINDS.index(x.kind), *x[2:]) for position, x in enumerate(outlines)
        ],
        calls=[(name, number) for name in reading.calls],
        imports=[
            (import_key(target), number, position, target) for position, target in enumerate(reading.imports)
        ],
        outlines=pack_outlines(located_columns(outlines, FoldedText(text))),
        details=pack_details([(_kept(x), x.doc) for x in found]),
        uses=pack_uses(reading.calls, reading.imports),
        breadcrumbs=msgspec.msgpack.encode(breadcrumbs) if breadcrumbs else None,
        names=terms.cut(" ".join(x.name for x in found if x.kind != "prototype")),
        comments=terms.cut(reading.comments),
    )


def _kept(definition: Definition) -> str:
    # A macro's signature is what its line says, and there are very many.
    return "" if definition.kind == "macro" else definition.signature
