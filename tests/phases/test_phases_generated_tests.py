"""What of a model's reply is a test that can be tried."""

from __future__ import annotations

import pytest

from copilot_tui.phases.generated_tests import Subject, readable_tests

SUBJECTS = {
    "c": Subject("text.c", "c", "count", "int count(const char *text);"),
    "python": Subject("text.py", "python", "count", "def count(text):"),
}


@pytest.mark.parametrize(
    ("language", "setup", "check", "taken"),
    [
        ("c", "", 'count("a b") == 2', ("", 'count("a b") == 2')),
        ("c", 'char text[] = "a"', "count(text) == 1;", ('char text[] = "a";', "count(text) == 1")),
        ("c", 'int n = count("");', "n == 0", ('int n = count("");', "n == 0")),
        ("python", "", "assert count('a') == 1", ("", "count('a') == 1")),
        (
            "python",
            "    text = 'a'\n    text += 'b'",
            "count(text) == 1",
            ("text = 'a'\ntext += 'b'", "count(text) == 1"),
        ),
    ],
)
def test_a_test_is_taken_and_put_right(language: str, setup: str, check: str, taken: tuple[str, str]) -> None:
    (found,) = readable_tests({"tests": [{"setup": setup, "check": check}]}, SUBJECTS[language])
    assert (found.setup, found.check) == taken


@pytest.mark.parametrize(
    ("language", "setup", "check"),
    [
        ("c", "", "other(1) == 1"),
        ("c", "", "count(((1) == 1"),
        ("c", "return count(text);", "1"),
        ("c", "return count(text) == 1;", "count(text) == 1"),
        ("c", "count(text);", "1"),
        ("c", '#include "/etc/passwd"', "count(text) == 1"),
        ("c", "", "1); } int evil(void) { return count(0"),
        ("python", "", "count('a') =="),
        ("python", "", ""),
        ("python", "count('a')", "True == 1)\nimport os"),
    ],
)
def test_what_is_no_test_is_left_out(language: str, setup: str, check: str) -> None:
    assert readable_tests({"tests": [{"setup": setup, "check": check}, 3]}, SUBJECTS[language]) == []
    assert readable_tests({"tests": 3}, SUBJECTS[language]) == []
