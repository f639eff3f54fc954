"""Insights: the form offers the places that were shown; what cites nothing real is dropped."""

from __future__ import annotations

from copilot_tui.core.artefacts import Exploration, Snippet
from copilot_tui.phases.insights import insights_schema, insights_text, places

TEXTS = {"src/text.c": "int text_length(void)\n{\n    return 0;\n}\n", "a b.c": "x\n"}


def test_the_form_offers_the_snippets_and_the_places_of_the_patterns() -> None:
    exploration = Exploration(
        "query",
        snippets=(Snippet("src/text.c", 1, 4, "int text_length(void)...", "text_length"),),
        patterns=("errors: return -1 (3 times, as in src/text.c:3)", "layout: tabs (a.c:2)"),
    )
    offered = ("src/text.c:1 text_length", "src/text.c:3", "a.c:2")
    assert places(exploration) == offered
    items = insights_schema(offered)["properties"]["pitfalls"]["items"]
    assert items["properties"]["at"]["enum"] == list(offered)


def test_an_insight_with_a_real_place_becomes_a_line_that_cites_it() -> None:
    answer = {
        "helpful": [{"at": "src/text.c:1 text_length", "note": "measures\nthe text"}],
        "patterns": [{"at": "src/text.c:3", "note": "0 for NULL"}],
        "pitfalls": [{"at": "a b.c:1", "note": "a blank in the name"}],
    }
    assert insights_text(answer, TEXTS.get).split("\n") == [
        "Helpful: src/text.c:1 text_length: measures the text",
        "Follow: src/text.c:3: 0 for NULL",
        "Avoid: a b.c:1: a blank in the name",
    ]


def test_what_cites_nothing_real_is_dropped() -> None:
    wrong = [
        {"at": "src/text.c:99", "note": "a line that is not there"},
        {"at": "src/text.c:0", "note": "no line at all"},
        {"at": "src/gone.c:1", "note": "a file that is not there"},
        {"at": "src/text.c:1 text_reverse", "note": "a function that is not there"},
        {"at": "src/text.c", "note": "no line"},
        {"at": None, "note": "no place"},
        {"note": "no place"},
        {"at": "src/text.c:1", "note": "  "},
        "a sentence",
        7,
    ]
    assert insights_text({"helpful": wrong, "patterns": "text", "pitfalls": None}, TEXTS.get) == ""
