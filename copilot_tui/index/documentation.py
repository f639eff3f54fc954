"""What the comment before a definition says first, in one line.

Understands comment markers of all languages, Doxygen and Javadoc (the text before the first ``@param``),
Python docstrings, and the autodocs of Amiga systems, whose ``FUNCTION`` section says what a function does.
"""

from __future__ import annotations

import re

_LONGEST_SUMMARY = 240
_MARKERS = re.compile(r"^[ \t]*(?:/\*+!?|//[/!]*|\*+/?|#+!?|--+|;+|%+)?[ \t]?|[ \t]*\*+/[ \t]*$")
_RULE = re.compile(r"[\W_]*\Z")
_BRIEF = re.compile(r"[@\\](?:brief|short)\s+")
_COMMAND = re.compile(
    r"[@\\:](?!brief|short)[a-z]+\b|(?:Args|Arguments|Parameters|Returns?|Raises)\s*:?\s*\Z"
)
_SECTIONS = "NAME SYNOPSIS LOCATION FUNCTION INPUTS? RESULTS? NOTES? EXAMPLE BUGS INTERNALS HISTORY TAGS SEE"
_SECTION = re.compile(
    rf"^[ \t/*]*(?P<name>{'|'.join(_SECTIONS.split())})(?: ALSO)?[ \t]*(?:\*/)?[ \t]*$", re.MULTILINE
)
_DOCSTRING = re.compile(
    rb"""\s*[rRuUbB]{0,2}(?:"{3}(.*?)"{3}|'{3}(.*?)'{3}|"([^"\n]*)"|'([^'\n]*)')""", re.DOTALL
)
_TAG = re.compile(r"[A-Z][A-Z0-9_]{3,40}:\s")


def summary(comment: str) -> str:
    """The first paragraph of a comment, or an autodoc's FUNCTION section; markers and rules left out."""
    return autodoc_summary(comment) or _first_paragraph(comment)


def autodoc_summary(text: str) -> str:
    """What the FUNCTION section of an autodoc says, empty where there is none."""
    if "FUNCTION" not in text:
        return ""
    sections = list(_SECTION.finditer(text))
    for position, match in enumerate(sections):
        if match.group("name") == "FUNCTION":
            end = sections[position + 1].start() if position + 1 < len(sections) else len(text)
            return _first_paragraph(text[match.end() : end])
    return ""


def docstring_summary(body: bytes) -> str:
    """The first paragraph of the docstring that ``body`` begins with, empty where there is none."""
    match = _DOCSTRING.match(body)
    if match is None:
        return ""
    content = next((group for group in match.groups() if group is not None), b"")
    return _first_paragraph(content.decode("utf-8", "replace"))


def _first_paragraph(text: str) -> str:
    said: list[str] = []
    length = 0
    for line in text.split("\n"):
        content = _MARKERS.sub("", line).strip()
        content = _BRIEF.sub("", content)
        if _TAG.match(content):
            continue  # a breadcrumb's line
        if _RULE.match(content) or _COMMAND.match(content):
            if said:
                break
            continue
        said.append(content)
        length += len(content)
        if length > _LONGEST_SUMMARY:
            break
    return " ".join(" ".join(said).split())[:_LONGEST_SUMMARY]
