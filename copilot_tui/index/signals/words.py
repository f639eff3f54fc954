"""What the words of a query say: about contents, about names, and in quotation marks."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import islice

from copilot_tui.index.definition import KINDS
from copilot_tui.index.identifiers import name_stems, stem
from copilot_tui.index.signals.situation import Evidence, Situation, definer_share, stated

_READ = 30
_SHOWN, _TRIED = 5, 10
_NAMED_KINDS = frozenset({"function", "struct", "class", "prototype", "enum", "typedef"})


def words(situation: Situation) -> Iterator[Evidence]:
    """BM25 over path, symbols, comments and body; the best file has 1."""
    best = situation.hits[0].score if situation.hits else 1.0
    for hit in situation.hits:
        yield Evidence(hit.path, hit.score / (best or 1.0), explain=partial(_reason, situation, hit.path))


def _reason(situation: Situation, path: str) -> str:
    """Some of the words that the file holds."""
    folded = situation.source.folded(path)
    found = list(islice((term for term in situation.query.terms[:_TRIED] if stem(term) in folded), _SHOWN))
    return f"words: {', '.join(found)}" if found else ""


def full_names(situation: Situation) -> Iterator[Evidence]:
    """A name whose every part the query says, such as text_reverse for "reverse the text"."""
    query = situation.query
    paths = [hit.path for hit in situation.hits[:_READ]]
    for path, found in situation.source.outlines(paths):
        shared = found.sharing(query.stems)
        for row in sorted(row for row, count in shared.items() if count > 1):
            if KINDS[found.kinds[row]] not in _NAMED_KINDS:
                continue
            name = found.names[row]
            parts = name_stems(name)
            if len(parts) > 1 and parts <= query.stems and name not in query.symbols:
                definition = found[row]
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
