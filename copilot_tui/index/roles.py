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
_TELLING = _TESTS | _EXAMPLES
_ANY = re.compile("|".join(map(re.escape, _TELLING)))
_NONE: frozenset[str] = frozenset()
_TEST_FACTOR = 0.3
_EXAMPLE_FACTOR = 0.6
_PROSE_FACTOR = 0.15
_MOST_REMEMBERED = 50_000


def is_test(path: str) -> bool:
    """Whether a path looks like a test's."""
    return _roles(path)[0]


def role_factor(path: str, query: Query) -> float:
    """How much a file's score counts for ``query``, from 0 to 1."""
    test, example, prose = _roles(path)
    factor = 1.0
    if test and not query.speaks_of_tests:
        factor *= _TEST_FACTOR
    elif example and not query.speaks_of_examples:
        factor *= _EXAMPLE_FACTOR
    if prose and not query.speaks_of_documents:
        factor *= _PROSE_FACTOR
    return factor


@lru_cache(maxsize=_MOST_REMEMBERED)
def _roles(path: str) -> tuple[bool, bool, bool]:
    """Whether a path looks like a test's, an example's or a benchmark's, a text's about the program."""
    *folders, name = map(_marks, path.split("/"))
    example = any(_EXAMPLES & marks for marks in folders)
    test = bool(_TESTS & name) or any(_TESTS & marks for marks in folders)
    return test, example, is_prose(language_of(path) or "")


@lru_cache(maxsize=_MOST_REMEMBERED)
def _marks(piece: str) -> frozenset[str]:
    """The words of a folder's or a file's name that tell a test or an example; many paths share folders."""
    # Hardly any name holds a word even as a piece, and cutting a name up takes longer than looking.
    return frozenset(split_identifier(piece)) & _TELLING if _ANY.search(piece.lower()) else _NONE
