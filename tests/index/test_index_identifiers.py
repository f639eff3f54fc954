"""Words are cut the same way for the index and for queries."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from copilot_tui.index.identifiers import (
    TermCutter,
    beginning,
    first_part,
    name_stems,
    query_terms,
    split_identifier,
    stem,
)


def test_identifiers_are_cut_at_cases_underscores_digits_and_acronyms() -> None:
    assert split_identifier("AROS_LH2I parseHTTPHeader2") == [
        "aros", "lh", "2", "i", "parse", "http", "header", "2",
    ]  # fmt: skip
    assert split_identifier("__snake_case__XMLReader größe_max") == [
        "snake", "case", "xml", "reader", "größe", "max",
    ]  # fmt: skip


def test_a_query_finds_the_parts_and_the_whole() -> None:
    terms = query_terms("Please fix the HashTable in text_reverse, reversing strings")
    assert terms == ("hashtable", "hash", "table", "text_reverse", "text", "reverse", "reversing", "strings")
    for term in ("text_reverse", stem("text"), stem("reversing")):
        assert term in TermCutter().cut("x = text_reverse;").split()
    assert stem("strings") in TermCutter().cut("a string").split()


def test_numbers_and_single_letters_are_not_indexed_and_repeats_are_kept() -> None:
    cut = TermCutter().cut
    assert cut("i = 0x1F + 12 + utf8 + größe1;").split() == ["utf8", "utf", "größe1", "größ"]
    assert cut("text, Text").split() == ["text", "text"]


def test_a_huge_query_stays_small() -> None:
    assert len(query_terms(" ".join(f"word{number}x" for number in range(100_000)))) == 64
    assert query_terms("") == query_terms("   \n?!") == ()


@given(st.text(max_size=300))
def test_no_text_breaks_the_cutting(text: str) -> None:
    assert all(part and part == part.lower() for part in split_identifier(text) if part.isascii())
    query_terms(text)
    TermCutter().cut(text)


@given(st.text(max_size=60) | st.from_regex(r"[A-Za-z0-9_.]{0,20}", fullmatch=True))
def test_the_first_part_of_a_name_has_one_of_its_stems(name: str) -> None:
    assert {stem(first_part(name))} <= (name_stems(name) or {""})


def test_the_first_part_passes_over_numbers_and_single_letters() -> None:
    assert first_part("x_11_EntriesOfTable") == "entries"
    assert first_part("größe_max") == "größe"
    assert first_part("_7") == ""


@given(st.text("iyesdnga", max_size=9))
def test_a_word_and_its_stem_begin_alike(word: str) -> None:
    assert beginning(word) == beginning(stem(word))


def test_cutting_is_linear_on_hostile_text() -> None:
    for unit in ("A", "a_", "Aa", "1", "_", "ß", "AAAAa"):
        split_identifier(unit * 300_000)
        query_terms(unit * 300_000)
