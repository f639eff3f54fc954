"""What of a model's reply is a test that can be tried."""

from __future__ import annotations

import pytest

from copilot_tui.phases.generated_tests import Subject, readable_tests

SUBJECTS = {
    "c": Subject("text.c", "c", "count", "int count(const char *text);"),
    "python": Subject("text.py", "python", "count", "def count(text):"),
}
CUT_OFF = """\
char text[] = "a";
assert(count(text) == 1);
text[0] = 0;
assert(count(text) == 0);
assert(count("""


@pytest.mark.parametrize(
    ("language", "reply", "taken"),
    [
        ("c", 'assert(count("a b") == 2);', [("", 'count("a b") == 2')]),
        ("c", '  assert (count("//") == 1); // one', [("", 'count("//") == 1')]),
        (
            "c",
            CUT_OFF,
            [
                ('char text[] = "a";', "count(text) == 1"),
                ('char text[] = "a";\ntext[0] = 0;', "count(text) == 0"),
            ],
        ),
        ("c", 'int n = count("");\nassert(n == 0);', [('int n = count("");', "n == 0")]),
        ("python", "assert count('a') == 1, 'one'  # x", [("", "count('a') == 1")]),
        (
            "python",
            "text = 'a'\nassert count(text) == 1\nassert count(",
            [("text = 'a'", "count(text) == 1")],
        ),
    ],
)
def test_asserts_are_taken_with_what_they_need(
    language: str, reply: str, taken: list[tuple[str, str]]
) -> None:
    found = readable_tests(f"```{language}\n{reply}\n```", SUBJECTS[language])
    assert [(test.setup, test.check) for test in found] == taken


@pytest.mark.parametrize(
    ("language", "reply"),
    [
        ("c", "assert(other(1) == 1);"),
        ("c", "assert(count(((1) == 1);"),
        ("c", "return count(text);\nassert(1);"),
        ("c", "return count(text) == 1;\nassert(count(text) == 1);"),
        ("c", "count(text);\nassert(1);"),
        ("c", '#include "/etc/passwd"\nassert(count(text) == 1);'),
        ("c", "assert(1); } int evil(void) { return count(0);"),
        ("c", "}\nint evil(void)\n{\nassert(count(text) == 1);"),
        ("python", "assert count('a') =="),
        ("python", "Here are the tests."),
        ("python", ""),
    ],
)
def test_what_is_no_test_is_left_out(language: str, reply: str) -> None:
    assert readable_tests(reply, SUBJECTS[language]) == []
