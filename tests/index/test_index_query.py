"""Queries taken apart: traces, modules, leading words; and queries that nobody should ask."""

from __future__ import annotations

import pytest

from copilot_tui.index.code_index import CodeIndex
from copilot_tui.index.path_table import PathTable
from copilot_tui.index.query import parse_query
from copilot_tui.index.roles import is_test, role_factor

TRACE = """\
Crash in the calculator

Traceback (most recent call last):
  File "/home/someone/work/src/number.c", line 4, in number_gcd
src/text.c:8:9: error: expected expression
"""


def test_places_of_traces_and_compilers_are_read() -> None:
    query = parse_query(TRACE)
    assert query.places == (("/home/someone/work/src/number.c", 4), ("src/text.c", 8))
    assert query.gist == "Crash in the calculator"


def test_the_function_that_a_trace_points_into_is_the_first_span(index: CodeIndex) -> None:
    found = {file.path: file for file in index.rank(TRACE, 5)}
    assert found["src/number.c"].spans[0].symbol == "number_gcd"
    assert found["src/text.c"].spans[0].symbol == "text_reverse"


def test_what_stands_before_the_first_colon_leads() -> None:
    assert parse_query("lexer: keep blanks").leading_stems == {"lexer"}
    assert parse_query("keep blanks in the lexer").leading_stems == frozenset()


def test_a_dotted_name_finds_its_module(index: CodeIndex) -> None:
    assert ("tests", "test_text") in parse_query("it fails in tests.test_text").modules
    (first, *_) = index.rank("tests.test_text fails", 3)
    assert (first.path, "is the module tests.test_text" in first.reasons) == ("tests/test_text.c", True)


def test_paths_are_found_by_pieces_of_their_names() -> None:
    table = PathTable(["src/text.c", "include/text.h", "context.c", "a\nb.c", "text/io_ring.c"])
    assert table.ending("TEXT.c") == ["src/text.c"]
    assert table.named("text") == ["src/text.c", "include/text.h"]
    assert list(table.spelled_by({"text", "io"})) == [("src/text.c", "text"), ("include/text.h", "text")]
    assert list(table.spelled_by({"io", "ring"})) == [("text/io_ring.c", "io_ring")]
    assert table.below("text") == ["text/io_ring.c"]
    assert table.named("") == PathTable([]).named("text") == []


@pytest.mark.parametrize(
    "query",
    [
        "",
        " \n\t",
        "?!",
        "word name_x Other::thing a/b.c:7 'quoted' " * 2500,
        "x" * 100_000,
        "a/" * 50_000,
        "a::" * 33_000,
        '"' * 100_000,
        "\0" * 1000,
        "\ud800 \udcff text",
    ],
    ids=["empty", "blank", "marks", "long", "word", "slashes", "colons", "quotes", "nul", "surrogates"],
)
def test_any_query_has_an_answer(index: CodeIndex, query: str) -> None:
    assert len(index.rank(query, 5)) <= 5


def test_a_query_in_another_language_finds_what_it_names(index: CodeIndex) -> None:
    assert index.rank("把文本转换为大写", 5) == ()
    assert index.rank("Warum stürzt number_gcd bei 0 ab?", 5)[0].path == "src/number.c"


@pytest.mark.parametrize(
    ("path", "factor"),
    [
        ("workbench/libs/list.c", 1.0),
        ("src/latest.c", 1.0),
        ("bench/list.c", 0.6),
        ("src/ListDemos/main.c", 0.6),
        ("src/demo.c", 1.0),
        ("bench/testList.c", 0.3),
        ("docs/test/notes.md", 0.3 * 0.15),
    ],
)
def test_the_words_of_a_path_tell_its_role(path: str, factor: float) -> None:
    assert role_factor(path, parse_query("reverse a list")) == pytest.approx(factor)
    assert is_test(path) == (factor < 0.5)
