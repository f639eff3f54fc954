"""Which candidates agree with each other and with most tests."""

from __future__ import annotations

import pytest

from copilot_tui.phases.agreement import consensus

ALL = frozenset({0, 1, 2})


@pytest.mark.parametrize(
    ("passed", "votes", "chosen", "agreeing"),
    [
        ([frozenset({3}), ALL, ALL], [1, 1, 1], 1, (1, 2)),
        ([frozenset({0, 1, 2, 3}), ALL, ALL], [1, 1, 1], 1, (1, 2)),  # one more test against one more voice
        ([frozenset({0}), ALL], [2, 1], 1, (1,)),
        ([frozenset({0, 1}), ALL], [2, 1], 0, (0,)),  # written twice
        ([None, frozenset()], [3, 1], 1, (1,)),  # what does not build is never chosen
        ([ALL, frozenset({3, 4, 5})], [1, 1], 0, (0,)),  # of equals the first
    ],
)
def test_the_group_with_most_voices_times_tests_is_chosen(
    passed: list[frozenset[int] | None], votes: list[int], chosen: int, agreeing: tuple[int, ...]
) -> None:
    found = consensus(passed, votes)
    assert found is not None
    assert (found.chosen, found.agreeing) == (chosen, agreeing)


def test_nothing_is_chosen_where_nothing_builds() -> None:
    assert consensus([None, None], [1, 1]) is None
