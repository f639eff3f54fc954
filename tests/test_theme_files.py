"""The shipped themes: each is one that Textual takes, and its texts can be read."""

from __future__ import annotations

import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from textual.color import Color
from textual.theme import Theme

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

THEMES = sorted((Path(__file__).resolve().parents[1] / "themes").glob("*.toml"))
TEXTS = ("foreground", "primary", "secondary", "accent", "success", "warning", "error")
GROUNDS = ("background", "surface", "panel")


def load(path: Path) -> dict[str, Any]:
    table: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    return table


def contrast(first: str, second: str) -> float:
    """The contrast ratio of WCAG 2, from 1 to 21."""

    def luminance(colour: str) -> float:
        parts = (part / 255 for part in Color.parse(colour).rgb)
        red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


def test_contrast_is_measured_as_the_standard_says() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_there_are_two_dark_two_light_and_two_for_high_contrast() -> None:
    kinds = [("high" if path.stem.startswith("high-contrast") else load(path)["dark"]) for path in THEMES]
    assert all(kinds.count(kind) >= 2 for kind in (True, False, "high"))


@pytest.mark.parametrize("path", THEMES, ids=lambda path: path.stem)
def test_textual_takes_the_theme(path: Path) -> None:
    table = load(path)
    assert table["name"] == path.stem
    assert set(table) <= {item.name for item in fields(Theme)}
    assert {*TEXTS, *GROUNDS, "dark", "variables"} <= set(table)
    colours = Theme(**table).to_color_system().generate()
    assert Color.parse(colours["background"]) == Color.parse(table["background"])
    # An unknown variable would be carried along and never used.
    assert set(table["variables"]) <= set(Theme("plain", "#ffffff").to_color_system().generate())


@pytest.mark.parametrize("path", THEMES, ids=lambda path: path.stem)
def test_texts_can_be_read(path: Path) -> None:
    table = load(path)
    needed = 7 if path.stem.startswith("high-contrast") else 4.5
    for ground in GROUNDS:
        for text in TEXTS:
            ratio = contrast(table[text], table[ground])
            assert ratio >= needed, f"{text} on {ground}: {ratio:.2f}"
    assert (contrast(table["background"], "#ffffff") > contrast(table["background"], "#000000")) is table[
        "dark"
    ]
    variables = table["variables"]
    assert contrast(variables["block-cursor-foreground"], variables["block-cursor-background"]) >= needed
    assert contrast(variables["footer-key-foreground"], table["panel"]) >= needed
