"""What the words of a query say: about contents, about names, and in quotation marks."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from copilot_tui.index.definition import Kind
from copilot_tui.index.identifiers import name_stems, stem
from copilot_tui.index.query import Query
from copilot_tui.index.signals.situation import Evidence, Situation, definer_share, stated

_READ = 30
_NAMED_KINDS: tuple[Kind, ...] = ("function", "struct", "class", "prototype", "enum", "typedef")


def words(situation: Situation) -> Iterator[Evidence]:
    """BM25 over path, symbols, comments and body; the best file has 1."""
    best = situation.hits[0].score if situation.hits else 1.0
    for rank, hit in enumerate(situation.hits):
        reason = _reason(situation, hit.path) if rank < situation.limit else ""
        yield Evidence(hit.path, hit.score / (best or 1.0), reason)


def _reason(situation: Situation, path: str) -> str:
    content = situation.source.text(path)
    found = _words_in(content, situation.query, 5) if content is not None else []
    return f"words: {', '.join(found)}" if found else ""


def _words_in(content: str, query: Query, most: int) -> list[str]:
    folded = content.lower()
    return list(islice((term for term in query.terms if stem(term) in folded), most))


def full_names(situation: Situation) -> Iterator[Evidence]:
    """A name whose every part the query says, such as text_reverse for "reverse the text"."""
    query = situation.query
    paths = [hit.path for hit in situation.hits[:_READ]]
    for path, found in situation.source.outlines(paths, _NAMED_KINDS):
        for definition in found:
            name = definition.name
            if name in query.symbols:
                continue
            parts = name_stems(name)
            if len(parts) > 1 and parts <= query.stems:
                yield Evidence(path, definer_share(definition), stated(definition))
                break


def quoted(situation: Situation) -> Iterator[Evidence]:
    """A quoted text that a file holds to the letter."""
    if not situation.query.quoted:
        return
    for hit in situation.hits[:_READ]:
        content = situation.source.text(hit.path) or ""
        for text in situation.query.quoted:
            if text in content:
                yield Evidence(hit.path, 1.0, f"holds the text {text!r}")
