"""What the model makes of the findings: a fixed form, and nothing that cites no real place.

The form offers the model the places that it was shown, so that even a small one cites instead of counting
lines. An engine may ignore a form, so each place is looked up again: what names no file and line that
are there is dropped.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from copilot_tui.core.artefacts import Exploration, Snippet

TITLES: Mapping[str, str] = {"helpful": "Helpful", "patterns": "Follow", "pitfalls": "Avoid"}
_MOST: Mapping[str, int] = {"helpful": 2, "patterns": 1, "pitfalls": 1}
"""Each costs a small model seconds, and the first ones are the best."""
_LONGEST_NOTE = 120
_MOST_PLACES = 24
_PLACE = re.compile(
    r"(?P<path>[^\s:][^:\n]{0,400}):(?P<line>\d{1,7})(?:-\d{1,7})?(?:[ \t]+(?P<symbol>[\w~]{1,200}))?"
)
_PATTERN_PLACE = re.compile(r"(?:as in |\()([^\s()]+:\d+)\)")


def places(exploration: Exploration) -> tuple[str, ...]:
    """What may be cited: each snippet, and the place of each pattern."""
    found = [_place_of(snippet) for snippet in exploration.snippets]
    for pattern in exploration.patterns:
        found += _PATTERN_PLACE.findall(pattern)
    return tuple(dict.fromkeys(found))[:_MOST_PLACES]


def insights_schema(citable: Sequence[str]) -> Mapping[str, Any]:
    """The JSON form of the answer; ``at`` is one of the places."""
    insight = {
        "type": "object",
        "properties": {
            "at": {"type": "string", "enum": list(citable)},
            "note": {"type": "string", "maxLength": _LONGEST_NOTE},
        },
        "required": ["at", "note"],
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "properties": {
            key: {"type": "array", "items": insight, "maxItems": most} for key, most in _MOST.items()
        },
        "required": list(TITLES),
        "additionalProperties": False,
    }


def insights_text(answer: Mapping[str, Any], text_of: Callable[[str], str | None]) -> str:
    """One line for each insight that cites a real place: ``Helpful: src/text.c:12 text_index: why``."""
    lines: dict[str, None] = {}
    for key, title in TITLES.items():
        values = answer.get(key)
        for value in values if isinstance(values, list) else ():
            place = _real_place(value.get("at"), text_of) if isinstance(value, dict) else ""
            note = " ".join(str(value.get("note", "")).split()) if isinstance(value, dict) else ""
            if place and note:
                lines[f"{title}: {place}: {note}"] = None
    return "\n".join(lines)


def _place_of(snippet: Snippet) -> str:
    return f"{snippet.path}:{snippet.start} {snippet.symbol or ''}".rstrip()


def _real_place(cited: Any, text_of: Callable[[str], str | None]) -> str:
    """The place as it is shown, or nothing where the code base does not have it."""
    match = _PLACE.fullmatch(cited.strip()) if isinstance(cited, str) else None
    if match is None:
        return ""
    text = text_of(match["path"])
    lines = text.split("\n") if text is not None else []
    line = int(match["line"])
    if not 1 <= line <= len(lines) or (
        match["symbol"] and not re.search(rf"\b{match['symbol']}\b", text or "")
    ):
        return ""
    return f"{match['path']}:{line} {match['symbol'] or ''}".rstrip()
