"""Bare file names of tools lead to the one file of the code base that they can mean."""

from __future__ import annotations

from pathlib import Path

from copilot_tui.build.located import located
from copilot_tui.core.artefacts import Diagnostic, Note


def test_a_name_that_one_file_ends_with_is_that_file(tmp_path: Path) -> None:
    for path in ("a/one.c", "a/two.c", "b/two.c", "top.c", ".git/one.c"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).touch()

    def place(file: str) -> str | None:
        return located([Diagnostic("gcc", "error", "x", file, 1)], tmp_path)[0].file

    assert place("one.c") == "a/one.c"
    assert place("two.c") == "two.c"  # two files can be meant
    assert place("a/two.c") == "a/two.c"
    assert place("top.c") == "top.c"
    assert place("gone.c") == "gone.c"
    assert place("/usr/include/one.c") == "/usr/include/one.c"


def test_notes_are_led_too(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a/one.c").touch()
    (found,) = located([Diagnostic("gcc", "error", "x", notes=(Note("here", "one.c", 2),))], tmp_path)
    assert found.notes == (Note("here", "a/one.c", 2),)
