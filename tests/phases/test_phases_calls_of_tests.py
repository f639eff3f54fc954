"""New tests are called where a test program's main calls the others, and nowhere else."""

from __future__ import annotations

import pytest

from copilot_tui.phases.calls_of_tests import with_calls

PLAIN = "static void test_a(void)\n{\n}\n\nstatic void test_b(void)\n{\n}\n\nint main(void)\n{\n    test_a();\n    return 0;\n}\n"


def test_the_call_stands_behind_the_last_of_its_kind() -> None:
    assert "    test_a();\n    test_b();\n    return 0;" in with_calls(PLAIN, ("test_b",))


def test_a_macro_around_the_calls_is_kept() -> None:
    text = PLAIN.replace("    test_a();", "    RUN_TEST( test_a );")
    assert "    RUN_TEST( test_a );\n    RUN_TEST( test_b );\n" in with_calls(text, ("test_b",))


@pytest.mark.parametrize(
    "text",
    [
        PLAIN.replace("test_a();", "test_a(); test_b();"),
        PLAIN.replace("test_b(void)", "test_b(int number)"),
        PLAIN.replace("    test_a();\n", ""),
        PLAIN.replace("int main", "int other"),
    ],
    ids=["called already", "takes an argument", "no call to follow", "no main"],
)
def test_what_is_not_certain_stays_as_it_is(text: str) -> None:
    assert with_calls(text, ("test_b",)) == text
