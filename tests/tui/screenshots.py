"""Screenshots that are compared with accepted ones.

The accepted ones stand in ``tests/tui/screenshots/`` as SVG files. ``UPDATE_SCREENSHOTS=1`` takes those of
now for accepted: look at them before you commit. What Textual draws differs between its versions, so a
comparison counts only with the minor version that the accepted ones were made with.
"""

from __future__ import annotations

import difflib
import html
import os
import re
from pathlib import Path

import pytest
import textual
from textual.app import App

FOLDER = Path(__file__).parent / "screenshots"
VERSION = FOLDER / "textual-version"


def skip_other_textual() -> None:
    """Skip the test where another Textual draws."""
    accepted = VERSION.read_text().strip() if VERSION.exists() else ""
    if not _updating() and accepted.split(".")[:2] != textual.__version__.split(".")[:2]:
        pytest.skip(f"the screenshots were made with Textual {accepted}, this is {textual.__version__}")


def compare(app: App[int], name: str, tmp_path: Path) -> list[str]:
    """What differs between the screen and the accepted one, in words; nothing where they are alike."""
    now = normalised(app.export_screenshot(title=name))
    path = FOLDER / f"{name}.svg"
    if _updating():
        path.write_text(now)
        VERSION.write_text(f"{textual.__version__}\n")
    if not path.exists():
        return [f"{name}: there is no accepted screenshot; UPDATE_SCREENSHOTS=1 makes it"]
    accepted = path.read_text()
    if now == accepted:
        return []
    seen = tmp_path / f"{name}.svg"
    seen.write_text(now)
    changed = list(difflib.unified_diff(_lines(accepted), _lines(now), lineterm="", n=0))[2:]
    return [f"{name}: see {seen}", *(changed or ["only colours or places differ"])]


def normalised(svg: str) -> str:
    """Without the identifier that is made from the whole content, and without the web fonts."""
    svg = re.sub(r"\bterminal-\d+", "terminal", svg)
    return re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)


def _lines(svg: str) -> list[str]:
    """The text of the screen, line by line."""
    found: dict[float, list[tuple[float, str]]] = {}
    for x, y, text in re.findall(r'<text class="[^"]*" x="([\d.]+)" y="([\d.]+)"[^>]*>([^<]*)<', svg):
        found.setdefault(float(y), []).append((float(x), html.unescape(text)))
    return ["".join(text for _, text in sorted(parts)) for _, parts in sorted(found.items())]


def _updating() -> bool:
    return bool(os.environ.get("UPDATE_SCREENSHOTS"))
