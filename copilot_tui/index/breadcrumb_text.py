"""Writing breadcrumbs: a new block in a language's comment style, or a changed value in place."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from copilot_tui.core.errors import FileConflictError, UsageError
from copilot_tui.core.places import Breadcrumb
from copilot_tui.index.breadcrumb_parser import Block, find_blocks
from copilot_tui.index.comments import comment_lines
from copilot_tui.index.languages import COMMENT_STYLES, language_of

_TAG_NAME = re.compile(r"[A-Z][A-Z0-9_]{1,40}")


def format_breadcrumb(tags: Mapping[str, str] | Sequence[tuple[str, str]], style: str) -> str:
    """A comment block with one ``TAG: value`` line for each tag, ending with a line end.

    ``style`` is a language as :func:`language_of` names it: C gets ``/* */``, other languages their
    line comment. Raises :class:`UsageError` for a language without comments and for a bad tag name.
    """
    pairs = list(tags.items()) if isinstance(tags, Mapping) else list(tags)
    known = COMMENT_STYLES.get(style)
    if known is None:
        raise UsageError(f"No comment style is known for {style!r}.", f"Known: {', '.join(COMMENT_STYLES)}.")
    block = style == "c"
    marker = " *" if block else known.line[0]
    lines = [f"{marker} {_checked(name)}: {_one_line(value, block=block)}".rstrip() for name, value in pairs]
    if block:
        lines = ["/*", *lines, " */"]
    return "\n".join(lines) + "\n"


def update_breadcrumb(text: str, breadcrumb: Breadcrumb, changes: Mapping[str, str]) -> str:
    """``text`` with the tags of one breadcrumb changed, or added after its last tag.

    Every other character stays, line ends included. A repeated tag changes at its first place. Raises
    :class:`FileConflictError` when the breadcrumb is no longer in the text.
    """
    block = _locate(text, breadcrumb)
    edits: list[tuple[int, int, str]] = []
    added: list[str] = []
    for name, value in changes.items():
        value = _one_line(value, block=block.last.block)
        tag = next((tag for tag in block.tags if tag.name == name), None)
        if tag is None:
            added.append(f"{_checked(name)}: {value}".rstrip())
        else:
            glue = " " if value and text[tag.value_start - 1] == ":" else ""
            edits.append((tag.value_start, tag.last_end, glue + value))
    if added:
        edits.append(_insertion(text, block, added))
    for start, end, replacement in sorted(edits, reverse=True):
        text = text[:start] + replacement + text[end:]
    return text


def _locate(text: str, breadcrumb: Breadcrumb) -> Block:
    blocks = [
        block
        for block in find_blocks(text, comment_lines(text, language_of(breadcrumb.path)))
        if block.pairs == breadcrumb.tags
    ]
    at_line = [block for block in blocks if block.tags[0].line == breadcrumb.line]
    if len(at_line or blocks) != 1:
        raise FileConflictError(
            f"The breadcrumb {breadcrumb.phase or breadcrumb.tags[0][1]!r} is no longer at "
            f"{breadcrumb.path}:{breadcrumb.line}.",
            "Read the file again.",
        )
    return (at_line or blocks)[0]


def _insertion(text: str, block: Block, added: Sequence[str]) -> tuple[int, int, str]:
    """New lines at the end of the last tag's value, in front of whatever closes the comment there."""
    tag = max(block.tags, key=lambda tag: tag.last_end)
    line_start = text.rfind("\n", 0, tag.last_end) + 1
    tag_start = text.rfind("\n", 0, tag.value_start) + 1
    prefix = text[tag_start : text.index(tag.name, tag_start)]
    if "/*" in prefix:
        indent = prefix[: len(prefix) - len(prefix.lstrip())]
        prefix = f"{indent} * "
    following = text.find("\n", tag.last_end)
    reference = following if following >= 0 else line_start - 1
    line_break = "\r\n" if reference > 0 and text[reference - 1] == "\r" else "\n"
    return tag.last_end, tag.last_end, "".join(f"{line_break}{prefix}{line}" for line in added)


def _checked(name: str) -> str:
    if not _TAG_NAME.fullmatch(name):
        raise UsageError(
            f"{name!r} is no breadcrumb tag.", "Tags are capital letters, digits and underscores."
        )
    return name


def _one_line(value: str, *, block: bool) -> str:
    """``value`` as something that cannot leave its comment line."""
    value = " ".join(value.split())
    return value.replace("*/", "* /").replace("/*", "/ *") if block else value
