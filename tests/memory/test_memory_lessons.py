"""Errors are counted once, and a fix is known only after a green build proved it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from copilot_tui.core.artefacts import Diagnostic, FileChange
from copilot_tui.memory.fingerprint import fingerprint
from copilot_tui.memory.lessons import MOST_OFFERED, LessonBook
from copilot_tui.memory.patches import MAXIMUM_PATCH_LINES
from copilot_tui.store.database import Database
from copilot_tui.store.errors import ErrorStore

STRLEN = Diagnostic("gcc", "error", "implicit declaration of function 'strlen'", "src/x.c", 3)
FAILED = "int length(const char *s)\n{\n    return strlen(s);\n}\n"
GREEN = "#include <string.h>\n\n" + FAILED


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ErrorStore]:
    with Database.open(tmp_path) as database:
        yield ErrorStore(database)


@pytest.fixture
def book(store: ErrorStore) -> LessonBook:
    return LessonBook(store)


def change(text: str, path: str = "src/x.c", before: str | None = None) -> list[FileChange]:
    return [FileChange(path, before, text)]


def test_each_kind_of_root_error_is_counted_once_a_build(book: LessonBook) -> None:
    errors = [
        STRLEN,
        Diagnostic("gcc", "error", STRLEN.message, "src/y.c", 9),
        Diagnostic("make", "error", "*** [Makefile:1: all] Error 1"),
    ]
    (lesson,) = book.observe(errors, {"session": "s"})
    assert (lesson.occurrences, lesson.verified, lesson.rule) == (1, False, "")
    (again,) = book.observe(errors, {})
    assert again.occurrences == 2


def test_an_error_without_a_green_build_has_no_fix(book: LessonBook) -> None:
    book.observe([STRLEN], {})
    assert book.known_fixes([STRLEN]) == ()


def test_a_verified_fix_is_offered_for_the_same_error_elsewhere(book: LessonBook, store: ErrorStore) -> None:
    book.observe([STRLEN], {})
    (recorded,) = book.verify([STRLEN], change(FAILED), change(GREEN), {"session": "s"})
    assert recorded.rule == "the error went away after adding `#include <string.h>`"
    elsewhere = Diagnostic("cc", "error", STRLEN.message, "other/file.c", 90)
    (offered,) = book.known_fixes([elsewhere])
    assert offered == recorded
    assert "+#include <string.h>" in offered.patch
    entry = store.lookup(offered.fingerprint)
    assert entry is not None
    assert entry.status == "resolved"
    assert entry.resolutions[0].context["file"] == "src/x.c"
    (seen_again,) = book.observe([elsewhere], {})
    assert (seen_again.occurrences, seen_again.rule) == (2, recorded.rule)


@pytest.mark.parametrize(
    ("failed", "green", "rule"),
    [
        ("a = 1\nb = 2;\n", "a = 1;\nb = 2;\n", "changing lines like: - a = 1 / + a = 1;"),
        ("f();\n", "f();\ng();\n", "adding lines like: + g();"),
        ("f();\ng();\n", "f();\n", "removing lines like: - g();"),
        ("/* a */\nf();\n", "/* b */\nf();\n", "changing comments or blank lines only"),
        # An include that came along does not explain a syntax error.
        ("f()\n", "#include <a.h>\nf();\n", "changing lines like: - f() / + f();"),
    ],
)
def test_the_rule_says_what_changed(book: LessonBook, failed: str, green: str, rule: str) -> None:
    error = Diagnostic("gcc", "error", "expected ';'", "src/x.c", 1)
    (lesson,) = book.verify([error], change(failed), change(green), {})
    assert lesson.rule == f"the error went away after {rule}"


@pytest.mark.parametrize(
    ("message", "added", "is_credited"),
    [
        ("'i' undeclared (first use in this function)", "#include <stdio.h>", False),
        ("'printf' undeclared", "#include <stdio.h>", True),
        ("unknown type name 'size_t'", "#include <stdio.h>", True),
        ("unknown type name 'List'", '#include "list.h"', True),
        ("'strlen' undeclared", '#include "list.h"', False),
        ("name 'np' is not defined", "import numpy as np", True),
        ("name 'total' is not defined", "import numpy as np", False),
    ],
)
def test_only_an_include_that_can_declare_the_name_is_credited(
    book: LessonBook, message: str, added: str, is_credited: bool
) -> None:
    error = Diagnostic("gcc", "error", message, "src/x.c", 2)
    before, after = "int a;\nint b = 1\n", f"{added}\nint a;\nint b = 2;\n"
    (lesson,) = book.verify([error], change(before), change(after), {})
    assert (added in lesson.rule) == is_credited
    assert ("int b = 2;" in lesson.rule) != is_credited


def test_a_long_difference_is_cut_to_the_hunk_near_the_error(book: LessonBook) -> None:
    lines = [f"line {number};" for number in range(1, 301)]
    failed = "\n".join(lines)
    green = failed.replace("line 7;", "seven;").replace("line 200;", "cured;")
    for number in range(20, 190, 7):
        green = green.replace(f"line {number};", f"other {number};")
    error = Diagnostic("gcc", "error", "bad", "/abs/root/src/x.c", 201)
    (lesson,) = book.verify([error], change(failed), change(green), {})
    assert "+cured;" in lesson.patch
    assert "+seven;" not in lesson.patch
    assert len(lesson.patch.splitlines()) <= MAXIMUM_PATCH_LINES
    assert lesson.rule.endswith("- line 200; / + cured;")


def test_a_hunk_that_is_too_long_says_what_is_missing(book: LessonBook) -> None:
    failed, green = "".join("a;\n" for _ in range(99)), "".join("b;\n" for _ in range(99))
    (lesson,) = book.verify([STRLEN], change(failed), change(green), {})
    assert lesson.patch.endswith("more lines)\n")
    assert len(lesson.patch.splitlines()) == MAXIMUM_PATCH_LINES + 1


def test_files_that_only_one_attempt_changed_are_compared_with_what_they_were(book: LessonBook) -> None:
    error = Diagnostic("ld", "error", "undefined reference to `f'")
    failed = [FileChange("a.c", "a;\n", "broken;\n")]
    green = [FileChange("b.c", "b;\n", "fixed;\n")]
    (lesson,) = book.verify([error], failed, green, {})
    for line in ("-broken;", "+a;", "-b;", "+fixed;"):
        assert line in lesson.patch


def test_nothing_is_learnt_when_nothing_changed(book: LessonBook, store: ErrorStore) -> None:
    assert book.verify([STRLEN], change(FAILED), change(FAILED), {}) == ()
    assert store.entries() == []


def test_fixes_that_worked_more_often_come_first_and_few_are_offered(book: LessonBook) -> None:
    errors = [
        Diagnostic("gcc", "error", f"error of kind {word}", "a.c", 1)
        for word in ("aa", "bb", "cc", "dd", "ee")
    ]
    for error in errors:
        book.verify([error], change("x\n"), change("y\n"), {})
    for other in ("p\n", "q\n"):
        book.verify([errors[1]], change(f"x\n{other}"), change(f"y\n{other}"), {})
    offered = book.known_fixes(errors)
    assert len(offered) == MOST_OFFERED
    assert offered[0].message == errors[1].message


def test_hostile_text_is_made_harmless(book: LessonBook) -> None:
    error = Diagnostic("gcc", "error", "bad \x1b]0;title\x07 thing\nsecond", "a.c", 1)
    (lesson,) = book.verify([error], change("x\x1b[2J\n"), change("y\x1b[2J\n"), {})
    assert "\x1b" not in lesson.message + lesson.rule + lesson.patch
    assert "\n" not in lesson.message + lesson.rule


def test_a_fix_is_done_again_for_the_same_error_under_other_names(book: LessonBook) -> None:
    book.verify([STRLEN], change(FAILED), change(GREEN), {})
    (replay,) = book.replays([Diagnostic("cc", "error", STRLEN.message, "other/file.c", 90)])
    assert (replay.recipe.kind, replay.recipe.new) == ("include", ("<string.h>",))
    assert (
        book.replays([Diagnostic("gcc", "error", "implicit declaration of function 'malloc'", "a.c", 1)])
        == ()
    )


def test_a_fix_that_does_harm_is_tried_no_more_then_told_no_more(book: LessonBook) -> None:
    (lesson,) = book.verify([STRLEN], change(FAILED), change(GREEN), {})
    tried, told = [], []
    for _ in range(5):
        tried.append(len(book.replays([STRLEN])))
        told.append(len(book.known_fixes([STRLEN])))
        book.judge(lesson, helped=False, harmed=True)
    assert tried == [1, 1, 0, 0, 0]
    assert told == [1, 1, 1, 1, 0]


def test_a_fix_that_helps_is_trusted_again(book: LessonBook) -> None:
    (lesson,) = book.verify([STRLEN], change(FAILED), change(GREEN), {})
    for _ in range(2):
        book.judge(lesson, helped=False, harmed=True)
    assert book.replays([STRLEN]) == ()
    judged = book.judge(lesson, helped=True, harmed=False)
    assert judged is not None
    assert (judged.hits, judged.successes, judged.harm) == (3, 1, 2)
    assert len(book.replays([STRLEN])) == 1


def test_the_fix_with_the_better_record_comes_first(book: LessonBook) -> None:
    (good,) = book.verify([STRLEN], change(FAILED), change(GREEN), {})
    (bad,) = book.verify([STRLEN], change(FAILED), change(FAILED.replace("strlen(s)", "0")), {})
    book.judge(bad, helped=False, harmed=True)
    book.judge(good, helped=True, harmed=False)
    assert book.replays([STRLEN])[0].lesson.rule == good.rule
    assert book.known_fixes([STRLEN])[0].rule == good.rule


def test_an_unknown_error_is_told_the_fix_of_one_that_is_alike(book: LessonBook) -> None:
    book.verify([STRLEN], change(FAILED), change(GREEN), {})
    alike = Diagnostic("gcc", "error", "implicit declaration of function 'strcpy'", "a.c", 1)
    (lesson,) = book.known_fixes([alike])
    assert "string.h" in lesson.rule
    assert book.known_fixes([Diagnostic("ld", "error", alike.message)]) == ()
    assert book.known_fixes([Diagnostic("gcc", "error", "expected ';' before 'return'", "a.c", 1)]) == ()


def test_a_variable_of_c_is_no_name_of_python(book: LessonBook) -> None:
    named = [Diagnostic("gcc", "error", f"'{name}' undeclared", "a.c", 1) for name in ("sum", "total")]
    assert fingerprint(named[0]) == fingerprint(named[1])
