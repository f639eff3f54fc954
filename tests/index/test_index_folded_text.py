"""Texts fold like any string, and where the bodies of an outline stand is known without looking for it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from copilot_tui.core.config import ExplorationSettings
from copilot_tui.index.code_index import CodeIndex
from copilot_tui.index.folded_text import FoldedText

Make = Callable[..., ExplorationSettings]


@given(st.one_of(st.text(), st.text(st.characters(max_codepoint=255))))
def test_a_text_is_folded_as_strings_are(text: str) -> None:
    assert FoldedText(text).folded == text.lower()


def test_places_are_counted_in_the_folded_text() -> None:
    text = FoldedText("İ dotted\nFirst line\nLast")
    (place,) = text.places_of([(2, 2)])
    assert text.folded[slice(*place)] == "first line\n"
    assert text.places_of([(3, 9)]) == [(place[1], len(text.folded) + 1)]


def test_the_index_knows_where_bodies_stand(index: CodeIndex, code_base: Path) -> None:
    text = FoldedText((code_base / "src/text.c").read_text())
    ((_, outline),) = index.outlines(["src/text.c"])

    places = outline.body_places(text)

    assert list(places) == outline.unlocated().body_places(text) == text.places_of(outline.body_lines)
    assert text.folded[slice(*places[0])].startswith("/* reverse the characters")


def test_spans_fit_a_text_that_changed_since(
    index: CodeIndex, code_base: Path, tmp_path: Path, settings: Make
) -> None:
    path = code_base / "src/text.c"
    (before,) = index.rank("reverse the characters", 1)
    path.write_text(path.read_text().replace('#include "text.h"', '#include "another/place/text.h"'))
    os.utime(path, ns=(1, 1))

    (after,) = CodeIndex(code_base, tmp_path / "index", settings()).rank("reverse the characters", 1)

    assert after.spans == before.spans
