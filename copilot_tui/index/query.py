"""What a query says besides its words: paths, symbol names, quoted strings, and talk of tests."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from copilot_tui.index.identifiers import query_terms, stem

_LONGEST_QUERY = 20_000
_PATH = re.compile(
    r"(?<![\w/.])[\w.+-]{1,80}(?:/[\w.+-]{1,80}){1,20}|(?<![\w/.])[\w+-]{1,80}(?:\.[A-Za-z+]{1,5})+\b"
)
_SYMBOL = re.compile(
    r"`(\w{2,80})(?:\(\))?`|\b([A-Za-z_]\w{1,80})\s?\(|\b(\w*[A-Za-z]\w*_\w+|_\w+)\b|\b([a-z]+[A-Z]\w*|[A-Z]+[a-z]\w*[A-Z]\w*)\b"
)
_QUOTED = re.compile(r'"([^"\n]{3,200})"|“([^”\n]{3,200})”|\'([^\'\n]{3,200})\'(?!\w)')
_TESTS = re.compile(r"\b(?:unit)?tests?(?:ed|ing|s)?\b", re.IGNORECASE)
_DOCUMENTS = re.compile(r"\b(?:readme|docs?|documentation|changelog|config(?:uration)?)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Query:
    """A query taken apart. ``terms`` are lower case, ``stems`` their stems; the rest is as written."""

    text: str
    terms: tuple[str, ...]
    stems: frozenset[str]
    paths: tuple[str, ...]
    symbols: tuple[str, ...]
    quoted: tuple[str, ...]
    speaks_of_tests: bool
    speaks_of_documents: bool


def parse_query(text: str, more_symbols: Sequence[str] = ()) -> Query:
    """Take ``text`` apart; only its first 20,000 characters count. ``more_symbols`` are known names."""
    text = text[:_LONGEST_QUERY]
    terms = query_terms(text)
    symbols = [next(filter(None, groups)) for groups in _SYMBOL.findall(text)]
    return Query(
        text=text,
        terms=terms,
        stems=frozenset(stem(term) for term in terms),
        paths=tuple(dict.fromkeys(_PATH.findall(text)))[:50],
        symbols=tuple(dict.fromkeys((*more_symbols, *symbols)))[:100],
        quoted=tuple(dict.fromkeys(next(filter(None, groups)) for groups in _QUOTED.findall(text)))[:10],
        speaks_of_tests=_TESTS.search(text) is not None,
        speaks_of_documents=_DOCUMENTS.search(text) is not None,
    )
