"""What a query says: words with weights, paths, modules, symbol names, quoted strings, talk of tests.

A query may be a sentence, an issue with a stack trace, or a pasted log; only its beginning counts, and
everything here takes linear time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from copilot_tui.index.identifiers import query_terms, stem

_GIST_WORDS = 2
_LONGEST_QUERY = 20_000
_PATH = re.compile(
    r"(?<![\w/.])[\w.+-]{1,80}(?:/[\w.+-]{1,80}){1,20}|(?<![\w/.])[\w+-]{1,80}(?:\.[A-Za-z+]{1,5})+\b"
)
_NAME = re.compile(r"(`?)([A-Za-z_]\w*)(\(|`)?")
_CAMEL_CASE = re.compile(r"[a-z]\w{0,80}?[A-Z]")
_LONGEST_NAME = 80
_QUOTED = re.compile(r'"([^"\n]{3,200})"|“([^”\n]{3,200})”|\'([^\'\n]{3,200})\'(?!\w)')
_TESTS = re.compile(r"\b(?:unit)?tests?(?:ed|ing|s)?\b", re.IGNORECASE)
_EXAMPLES = re.compile(r"\b(?:examples?|samples?|demos?|benchmarks?|fuzz(?:er|ing)?)\b", re.IGNORECASE)
_MODULE = re.compile(r"(?<![\w./])[A-Za-z_]\w{0,60}(?:(?:\.|::)[A-Za-z_]\w{0,60}){1,8}")
_PLACE = re.compile(r'([\w./+-]{1,300}\.[A-Za-z+]{1,5})(?::|", line |\()(\d{1,7})')
_DOCUMENTS = re.compile(r"\b(?:readme|docs?|documentation|changelog|config(?:uration)?)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Query:
    """A query taken apart. ``terms`` are lower case, ``stems`` their stems; the rest is as written.

    ``leading_stems`` are those of the first line before its colon, where it has one. ``places`` are
    paths with lines, as compilers and stack traces print them. ``gist`` is the first line that says
    something: the subject of a message, the title of an issue.
    """

    text: str
    terms: tuple[str, ...]
    stems: frozenset[str]
    leading_stems: frozenset[str]
    modules: tuple[tuple[str, ...], ...]
    places: tuple[tuple[str, int], ...]
    gist: str
    paths: tuple[str, ...]
    symbols: tuple[str, ...]
    quoted: tuple[str, ...]
    speaks_of_tests: bool
    speaks_of_examples: bool
    speaks_of_documents: bool


def parse_query(text: str, more_symbols: Sequence[str] = ()) -> Query:
    """Take ``text`` apart; only its first 20,000 characters count. ``more_symbols`` are known names."""
    text = text[:_LONGEST_QUERY]
    terms = query_terms(text)
    return Query(
        text=text,
        terms=terms,
        stems=frozenset(stem(term) for term in terms),
        leading_stems=frozenset(map(stem, query_terms(_leading(text)))),
        modules=tuple(dict.fromkeys(tuple(re.split(r"\.|::", m)) for m in _MODULE.findall(text)))[:50],
        places=tuple(dict.fromkeys((path, int(line)) for path, line in _PLACE.findall(text)))[:50],
        gist=next((line for line in text.split("\n") if len(query_terms(line)) >= _GIST_WORDS), text),
        paths=tuple(dict.fromkeys(_PATH.findall(text)))[:50],
        symbols=tuple(dict.fromkeys((*more_symbols, *_names(text))))[:100],
        quoted=tuple(dict.fromkeys(next(filter(None, groups)) for groups in _QUOTED.findall(text)))[:10],
        speaks_of_tests=_TESTS.search(text) is not None,
        speaks_of_examples=_EXAMPLES.search(text) is not None,
        speaks_of_documents=_DOCUMENTS.search(text) is not None,
    )


def _leading(text: str) -> str:
    """What a commit message or an error names before its first colon: ``lexer: fix ...``."""
    first = text.lstrip().split("\n", 1)[0][:200]
    subject, colon, _ = first.partition(":")
    return subject if colon and len(subject) < 60 else ""


def _names(text: str) -> Iterator[str]:
    """Words that look like names in a program: in backticks, called, with an underscore or a hump."""
    for opening, name, closing in _NAME.findall(text):
        if 1 < len(name) <= _LONGEST_NAME and (
            closing == "(" or opening + closing == "``" or "_" in name.strip("_") or _CAMEL_CASE.search(name)
        ):
            yield name
