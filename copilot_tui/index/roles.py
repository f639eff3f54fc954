"""What part a file plays, by its path: a test, an example, a text about the program, or the program.

A question about the program is seldom answered by its tests, so these parts count less in a search,
unless the question speaks of them.
"""

from __future__ import annotations

import re
from functools import lru_cache

from copilot_tui.index.identifiers import split_identifier
from copilot_tui.index.languages import is_prose, language_of
from copilot_tui.index.query import Query

_TEST_WORDS = """
test tests testing tester testsuite testdata unittest unittests spec specs conftest
"""
_TESTS = frozenset(_TEST_WORDS.split())
_EXAMPLE_WORDS = "example examples sample samples demo demos tutorial benchmark benchmarks bench fuzz"
_EXAMPLES = frozenset(_EXAMPLE_WORDS.split())
_ANY = re.compile("|".join(map(re.escape, _TESTS | _EXAMPLES)))
_TEST_FACTOR = 0.3
_EXAMPLE_FACTOR = 0.6
_PROSE_FACTOR = 0.15
_MOST_REMEMBERED = 50_000


@lru_cache(maxsize=_MOST_REMEMBERED)
def is_test(path: str) -> bool:
    """Whether a path looks like a test's."""
    return _says(path, _TESTS)


def is_example(path: str) -> bool:
    """Whether a path looks like an example or a benchmark."""
    return _says(path.rpartition("/")[0], _EXAMPLES)


def role_factor(path: str, query: Query) -> float:
    """How much a file's score counts for ``query``, from 0 to 1."""
    return _factor(path, query.speaks_of_tests, query.speaks_of_examples, query.speaks_of_documents)


@lru_cache(maxsize=_MOST_REMEMBERED)
def _factor(path: str, of_tests: bool, of_examples: bool, of_documents: bool) -> float:
    factor = 1.0
    if _ANY.search(path.lower()) is not None:
        if is_test(path) and not of_tests:
            factor *= _TEST_FACTOR
        elif is_example(path) and not of_examples:
            factor *= _EXAMPLE_FACTOR
    if is_prose(language_of(path) or "") and not of_documents:
        factor *= _PROSE_FACTOR
    return factor


def _says(path: str, words: frozenset[str]) -> bool:
    # Hardly any path holds one even as a piece, and cutting a path up takes longer than looking.
    if _ANY.search(path.lower()) is None:
        return False
    return any(part in words for piece in path.split("/") for part in split_identifier(piece))
