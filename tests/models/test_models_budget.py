"""Packing a prompt: order kept, nothing cut in silence, never beyond the budget."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot_tui.core.errors import ContextOverflowError
from copilot_tui.models.budget import Section, pack


def words(text: str) -> int:
    return len(text.split())


def words_and_joints(text: str) -> int:
    """A tokenizer for which the whole is more than the sum of its parts."""
    return len(text.split()) + text.count("\n\n")


def kept(sections: list[Section], budget: int) -> list[str]:
    return [section.name for section in pack(sections, count=words, budget=budget).sections if section.kept]


SECTIONS = [
    Section("task", "do this", 100, required=True),
    Section("code", "a b c d e f", 60, shrink=("a b", "a b c d")),
    Section("notes", "n n n", 10),
    Section("errors", "x y z", 80),
]


def test_all_is_kept_in_the_given_order_when_it_fits() -> None:
    packed = pack(SECTIONS, count=words, budget=100)
    assert packed.text == "do this\n\na b c d e f\n\nn n n\n\nx y z"
    assert packed.tokens == 14
    assert all(section.kept for section in packed.sections)


def test_the_least_important_goes_first_and_is_listed() -> None:
    packed = pack(SECTIONS, count=words, budget=11)
    assert packed.text == "do this\n\na b c d e f\n\nx y z"
    assert [(s.name, s.tokens, s.kept) for s in packed.sections][2] == ("notes", 3, False)


def test_a_section_that_is_too_long_gives_way_to_its_longest_fitting_version() -> None:
    packed = pack(SECTIONS, count=words, budget=9)
    assert packed.text == "do this\n\na b c d\n\nx y z"
    assert kept(SECTIONS, 7) == ["task", "code", "errors"]
    assert kept(SECTIONS, 6) == ["task", "errors"]


def test_what_is_required_comes_before_what_is_important() -> None:
    sections = [Section("important", "a a a", 100), Section("last", "b b", 1, required=True)]
    assert kept(sections, 4) == ["last"]


def test_required_text_shrinks_before_it_overflows() -> None:
    sections = [
        Section("task", "a b c d", 5, required=True, shrink=("a b",)),
        Section("frame", "f", 9, required=True),
    ]
    assert pack(sections, count=words, budget=3).text == "a b\n\nf"
    with pytest.raises(ContextOverflowError, match=r"task, frame.* 3 tokens; 2 fit"):
        pack(sections, count=words, budget=2)


def test_prompts_that_begin_alike_stay_alike() -> None:
    first = pack([*SECTIONS[:2], Section("end", "one", 100, required=True)], count=words, budget=50)
    second = pack([*SECTIONS[:2], Section("end", "two", 100, required=True)], count=words, budget=50)
    assert first.text.removesuffix("one") == second.text.removesuffix("two")


@given(
    st.lists(
        st.builds(
            Section,
            name=st.text(min_size=1, max_size=4),
            text=st.text(alphabet="ab ", max_size=40),
            priority=st.integers(0, 5),
            required=st.booleans(),
            shrink=st.lists(st.text(alphabet="ab ", max_size=20), max_size=2),
        ),
        max_size=7,
    ),
    st.integers(0, 60),
)
def test_a_packed_prompt_never_exceeds_its_budget(sections: list[Section], budget: int) -> None:
    try:
        packed = pack(sections, count=words_and_joints, budget=budget)
    except ContextOverflowError:
        assert any(section.required for section in sections)
        return
    assert words_and_joints(packed.text) == packed.tokens <= budget
    assert [section.name for section in packed.sections] == [section.name for section in sections]
    assert all(listed.kept for given, listed in zip(sections, packed.sections, strict=True) if given.required)
