"""Cutting identifiers and queries into the words that search compares.

``parseHTTPHeader2`` is found by *parse*, *http* and *header*. Index and query go through the same
functions, so both sides agree. The stemmer is deliberately light (English plurals, -ing, -ed): it
joins *reverse*, *reverses* and *reversing*, and never needs a dictionary.
"""

from __future__ import annotations

import re
from functools import lru_cache

WORD = re.compile(r"[^\W\d]\w*|\d+")
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_NOT_ASCII_PART = re.compile(r"[^\W\d_]+|\d+")
_ANY_WORD = re.compile(r"\b[^\W\d]\w+")
_ASCII_WORD = re.compile(r"\b[A-Za-z_]\w+", re.ASCII)
_LONGEST_WORD = 200
_BEGINNING = 3
_MOST_CACHED_WORDS = 500_000

_STOP_WORDS = """
a about after all also an and any are as at be because been before being below between both but by can
could did do does doing down during each few for from further had has have having here how i if in into
is it its itself just make makes me more most must my no nor not now of off on once only or other our
out over own please same should so some such than that the their them then there these they this those
through to too under until up use used uses using very was we were what when where which while who why
will with would you your implement write add fix change create update want need needs function file code
"""
STOP_WORDS = frozenset(_STOP_WORDS.split())


def split_identifier(text: str) -> list[str]:
    """The lower-case parts of every identifier in ``text``, in order.

    Cuts at underscores, between lower and upper case, around digits and behind acronyms:
    ``AROS_LH2I parseHTTPHeader2`` gives aros, lh, 2, i, parse, http, header, 2.
    """
    pattern = _PART if text.isascii() else _NOT_ASCII_PART
    if pattern is _PART:
        return [part.lower() for part in _PART.findall(text)]
    parts: list[str] = []
    for word in WORD.findall(text):
        parts += split_identifier(word) if word.isascii() else _split_other(word)
    return parts


def _split_other(word: str) -> list[str]:
    return [part.lower() for part in _NOT_ASCII_PART.findall(word)]


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """``word`` (lower case) without its English inflection; short words stay as they are."""
    if len(word) > 4 and word.endswith("ies"):
        word = word[:-3] + "y"
    elif len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    if len(word) > 6 and word.endswith("ing"):
        return word[:-3]
    if len(word) > 5 and word.endswith("ed"):
        return word[:-2]
    if len(word) > 4 and word.endswith("e"):
        return word[:-1]
    return word


@lru_cache(maxsize=50_000)
def name_stems(name: str) -> frozenset[str]:
    """The stems of an identifier's parts, without numbers and single letters; remembered, since the same
    names come up in every query."""
    parts = _PART.findall(name) if name.isascii() else split_identifier(name)
    return frozenset(filter(None, map(_stem_of_part, parts)))


@lru_cache(maxsize=100_000)
def _stem_of_part(part: str) -> str:
    """The stem of a part of an identifier; empty for what no query asks for."""
    return stem(part.lower()) if _counts(part) else ""


def first_part(name: str) -> str:
    """The first part of a name that counts for :func:`name_stems`, in lower case; empty without one."""
    if not name.isascii():
        return next(filter(_counts, split_identifier(name)), "")
    match = _PART.search(name)
    while match and not _counts(match.group()):
        match = _PART.search(name, match.end())
    return match.group().lower() if match else ""


def beginning(word: str) -> str:
    """What a word (lower case) and its stem have in common at the least: quicker to have than the stem."""
    return word[:_BEGINNING].rstrip("iy")


def _counts(part: str) -> bool:
    return len(part) > 1 and not part.isdigit()


class TermCutter:
    """Cuts texts into index terms; remembers every word and part that it has seen.

    A word is indexed as the whole identifier and its stemmed parts. Single letters and numbers are left
    out, because no query asks for them.
    """

    def __init__(self) -> None:
        self._words = _Words()

    def cut(self, text: str) -> str:
        """The terms of every identifier in ``text``, joined by blanks, repeats kept: their number counts."""
        pattern = _ASCII_WORD if text.isascii() else _ANY_WORD
        return " ".join(map(self._words.__getitem__, pattern.findall(text)))


class _Words(dict[str, str]):
    """Word to its terms."""

    def __init__(self) -> None:
        super().__init__()
        self._stems = _Stems()

    def __missing__(self, word: str) -> str:
        if len(self) > _MOST_CACHED_WORDS:
            self.clear()
            self._stems.clear()
        if len(word) > _LONGEST_WORD or word.isdigit():
            terms = ""
        else:
            parts = (_PART if word.isascii() else _NOT_ASCII_PART).findall(word)
            stems = [found for part in parts if (found := self._stems[part])]
            whole = [] if len(parts) == 1 and len(parts[0]) == len(word) else [word.lower()]
            terms = " ".join(dict.fromkeys(whole + stems))
        self[word] = terms
        return terms


class _Stems(dict[str, str]):
    """Part of an identifier to its stem; empty for what is not worth indexing."""

    def __missing__(self, part: str) -> str:
        found = self[part] = _stem_of_part(part)
        return found


@lru_cache(maxsize=64)
def query_terms(text: str) -> tuple[str, ...]:
    """The words of a query that are worth looking for, lower case, each once, in order; remembered, since
    several parts of a search ask for the same.

    Whole identifiers come before their parts; stop words, single letters and words beyond the first
    64 are left out, so a pasted log does not turn into thousands of terms.
    """
    terms: dict[str, None] = {}
    for word in WORD.findall(text[:20_000]):
        if len(word) > _LONGEST_WORD:
            continue
        parts = split_identifier(word)
        for term in (word.lower(), *parts):
            if len(term) > 1 and not term.isdigit() and term not in STOP_WORDS:
                terms.setdefault(term)
        if len(terms) >= 64:
            break
    return tuple(terms)[:64]
