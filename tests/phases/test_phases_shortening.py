"""Code that is too long for a prompt is cut where a function ends, and the prompt says so."""

from __future__ import annotations

from copilot_tui.core.artefacts import Exploration, Snippet
from copilot_tui.models.budget import pack
from copilot_tui.phases.prompting import snippet_sections
from copilot_tui.phases.shortening import shorter_versions

FUNCTION = "int number{0}(void)\n{{\n    return {0};\n}}\n\n"


def test_a_version_ends_where_a_function_ends_and_counts_what_is_missing() -> None:
    text = "".join(FUNCTION.format(number) for number in range(3))
    versions = shorter_versions(text, "a.c")
    assert [version.split("\n")[-2] for version in versions] == ["}", "}"]
    assert [version.split("\n")[-1] for version in versions] == ["... (10 more lines)", "... (5 more lines)"]
    assert all(text.startswith(version.rsplit("\n", 1)[0]) for version in versions)


def test_many_functions_make_few_versions_and_one_line_makes_none() -> None:
    assert len(shorter_versions("".join(FUNCTION.format(number) for number in range(100)), "a.c")) <= 8
    assert shorter_versions("int a;", "a.c") == ()


def test_text_of_no_known_language_is_cut_between_lines() -> None:
    text = "\n".join(f"line {number}" for number in range(40))
    assert [version.split("\n")[-2] for version in shorter_versions(text, "notes.unknown")] == [
        "line 9",
        "line 19",
        "line 29",
    ]


def test_a_snippet_too_long_for_the_window_goes_in_shortened_and_is_listed_as_such() -> None:
    text = "".join(FUNCTION.format(number) for number in range(30))
    exploration = Exploration("", snippets=(Snippet("a.c", 1, 150, text),))
    packed = pack(snippet_sections(exploration), count=lambda part: len(part.split()), budget=120)
    (section,) = packed.sections
    assert section.kept
    assert section.shortened
    assert "more lines)" in packed.text
    assert packed.text.count("{") == packed.text.count("}") > 3
