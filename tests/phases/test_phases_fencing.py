"""Code that holds fences of its own neither ends its block in a prompt nor its reply."""

from __future__ import annotations

import pytest

from copilot_tui.core.artefacts import Exploration, Snippet
from copilot_tui.core.errors import EditFormatError
from copilot_tui.phases.opening import opening
from copilot_tui.phases.prompting import PromptLibrary, snippet_sections
from copilot_tui.phases.whole_files import check_length, whole_text

README = "# A\n\n```c\nint a;\n```\n"


def test_a_prompt_fences_code_with_more_ticks_than_the_code_has() -> None:
    prompts = PromptLibrary()
    snippet = snippet_sections(Exploration("q", snippets=(Snippet("a.md", 1, 5, README),)))[0].text
    attempt = prompts.render("attempt", number=1, reason="", code=README, errors=[], more=0)
    review = prompts.render("review", code=README)
    for prompt in (snippet, attempt, review):
        assert prompt.count("\n````\n") == 2 or prompt.endswith("````")
        assert "````\n# A" in prompt
    plain = prompts.render("review", code="int a;")
    assert "\n```\nint a;\n```\n" in plain


@pytest.mark.parametrize(
    ("text", "language", "ticks"),
    [(README, "markdown", "````"), (None, "markdown", "````"), (None, "c", "```"), ("all:\n", "make", "```")],
)
def test_a_reply_ends_only_at_its_own_fence(text: str | None, language: str, ticks: str) -> None:
    start = opening(text, language, None, 0)
    assert (start.beginning, start.stop) == (f"{ticks}{language}\n", (f"\n{ticks}",))


def test_a_whole_file_keeps_its_first_line_and_loses_a_stray_fence() -> None:
    before = "# src/x.mk\nA = 1\nB = 2\nC = 3\nD = 4\n"
    reply = "```make\n# src/x.mk\nA = 1\nB = 2\nC = 3\nD = 5\n```"
    assert whole_text(reply, "src/x.mk", before, "") == before.replace("D = 4", "D = 5")
    assert whole_text(f"````markdown\n{README}```", "A.md", README, "") == README


def test_a_file_is_not_shortened_unless_the_task_says_so() -> None:
    before = "".join(f"line {number}\n" for number in range(10))
    reply = "````markdown\nline 1\nline 2\n````"
    with pytest.raises(EditFormatError, match="leaves out 8 of the 10 lines"):
        whole_text(reply, "A.md", before, "Improve A.md")
    assert whole_text(reply, "A.md", before, "Rewrite A.md") == "line 1\nline 2\n"


def test_a_file_that_no_reply_can_hold_is_not_asked_for() -> None:
    check_length("Makefile", "x" * 300, 100)
    with pytest.raises(EditFormatError, match="Makefile is too long"):
        check_length("Makefile", "x" * 301, 100)
