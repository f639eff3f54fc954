"""What a query says besides its words: paths, symbol names, quoted strings, and talk of tests."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from copilot_tui.index.identifiers import query_terms, stem

_LONGEST_QUERY = 20_000
_PATH = re.compile(
    r"(?<![\w/.])[\w.+-]{1,80}(?:/[\w.+-]{1,80}){1,20}|(?<![\w/.])[\w+-]{1,80}(?:\.[A-Za-z+]{1,5})+\b"
)
_NAME = re.compile(r"(`?)([A-Za-z_]\w*)(\(|`)?")
_CAMEL_CASE = re.compile(r"[a-z]\w{0,80}?[A-Z]")
_LONGEST_NAME = 80
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
    return Query(
        text=text,
        terms=terms,
        stems=frozenset(stem(term) for term in terms),
        paths=tuple(dict.fromkeys(_PATH.findall(text)))[:50],
        symbols=tuple(dict.fromkeys((*more_symbols, *_names(text))))[:100],
        quoted=tuple(dict.fromkeys(next(filter(None, groups)) for groups in _QUOTED.findall(text)))[:10],
        speaks_of_tests=_TESTS.search(text) is not None,
        speaks_of_documents=_DOCUMENTS.search(text) is not None,
    )


def _names(text: str) -> Iterator[str]:
    """Words that look like names in a program: in backticks, called, with an underscore or a hump."""
    for opening, name, closing in _NAME.findall(text):
        if 1 < len(name) <= _LONGEST_NAME and (
            closing == "(" or opening + closing == "``" or "_" in name.strip("_") or _CAMEL_CASE.search(name)
        ):
            yield name
