"""Reading breadcrumbs: blocks of ``TAG: value`` comment lines right before the code they speak of.

A block ends at a blank source line, at code, or where a new comment (or a paragraph of the same one)
begins with another ``AI_PHASE``. A line without a tag goes on with the value above it, until an empty
comment line. ``AI_CONTEXT`` takes over lines only as long as they look like JSON, so a broken object
swallows nothing. Repeated tags are all kept. Time is linear in the text.

Limits: a ``#`` line inside a multi-line string literal counts as a comment.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from copilot_tui.core.places import Breadcrumb
from copilot_tui.index.breadcrumb_tags import TAG_SET, TAGS, context_object, validate
from copilot_tui.index.comments import CommentLine, comment_lines
from copilot_tui.index.languages import language_of
from copilot_tui.index.symbols import Definition, definitions

_IN_EVERY_TAG = ("AI_", "_REF", "REF_", "_ERR", "FIX_REASON", "HUMAN_OVERRIDE", "AROS_IMPL")
_TAG_LINE = re.compile(r"(?:@|-[ \t]+)?([A-Z][A-Z0-9_]{1,40})[ \t]*:(?!:)[ \t]*")
_JSON_LINE = re.compile(r"""["{}\[\],\-\d]|(?:true|false|null)\b""")
_PREPROCESSOR = re.compile(r"[ \t]*#")


@dataclass(slots=True)
class TagLine:
    """One tag as it stands in the text: offsets of its value in the first line, and the value's last
    line with the offset where that line's text ends."""

    name: str
    value: str
    line: int
    value_start: int
    value_end: int
    last_line: int
    last_end: int
    parts: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Block:
    """The tags of one breadcrumb, with their places; ``last`` is its last comment line."""

    tags: list[TagLine]
    last: CommentLine
    paragraph: bool = False

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        return tuple((tag.name, tag.value) for tag in self.tags)

    @property
    def has_phase(self) -> bool:
        return any(tag.name == "AI_PHASE" for tag in self.tags)


def parse_breadcrumbs(
    text: str, path: str, found: Sequence[Definition] | None = None
) -> tuple[Breadcrumb, ...]:
    """Every breadcrumb of ``text`` in order; ``path`` tells the language and is put into the result.

    ``found`` are the definitions of the text, where they are known already.

    Never raises; broken rules are listed in ``problems``. ``symbol`` is the definition that begins
    where the code after the breadcrumb begins, else the one that the breadcrumb stands in. Breadcrumbs
    that are stacked upon each other all speak of the code that follows.
    """
    # Nearly every text has none; a few short searches tell so faster than one for each tag.
    if not any(map(text.__contains__, _IN_EVERY_TAG)) or not any(map(text.__contains__, TAGS)):
        return ()
    language = language_of(path)
    comments = comment_lines(text, language)
    blocks = list(find_blocks(text, comments))
    if not blocks:
        return ()
    if found is None:
        found = definitions(text, language)
    code_after = _code_after(text, comments, language)
    return tuple(
        Breadcrumb(
            path=path,
            line=block.tags[0].line,
            end_line=block.last.line,
            tags=block.pairs,
            symbol=_symbol(block, found, code_after),
            problems=validate(block.pairs),
        )
        for block in blocks
    )


def find_blocks(text: str, comments: Sequence[CommentLine]) -> Iterator[Block]:
    """The blocks that hold at least one known tag."""
    block: Block | None = None
    open_tag: TagLine | None = None
    for item in comments:
        if block is not None and item.line > block.last.line + 1:
            yield from _finished(block)
            block = open_tag = None
        content = text[item.start : item.end]
        match = _TAG_LINE.match(content)
        name = match.group(1) if match else ""
        if match and (name in TAG_SET or name.startswith("AI_")):
            if block is not None and name == "AI_PHASE" and _starts_anew(block, item):
                yield from _finished(block)
                block = None
            open_tag = _tag(item, name, content[match.end() :], item.start + match.end())
            if block is None:
                block = Block([], item)
            block.tags.append(open_tag)
            block.last, block.paragraph = item, False
        elif block is not None:
            open_tag = _go_on(block, open_tag, item, content)
    if block is not None:
        yield from _finished(block)


def _tag(item: CommentLine, name: str, value: str, start: int) -> TagLine:
    return TagLine(name, value, item.line, start, item.end, item.line, item.end, [value])


def _starts_anew(block: Block, item: CommentLine) -> bool:
    """Whether another AI_PHASE at ``item`` begins a breadcrumb of its own."""
    new_comment = item.block and item.comment != block.last.comment
    return block.has_phase and (block.paragraph or new_comment)


def _go_on(block: Block, tag: TagLine | None, item: CommentLine, content: str) -> TagLine | None:
    """Take a line without a tag into the open value, or close the value; returns the open tag."""
    same_form = item.block == block.last.block and (not item.block or item.comment == block.last.comment)
    block.last = item
    if not content:
        block.paragraph = True
        return None
    if tag is None or not same_form:
        return None
    if tag.name == "AI_CONTEXT" and not _continues_json(tag, content):
        return None
    tag.parts.append(content)
    tag.last_line, tag.last_end = item.line, item.end
    return tag


def _continues_json(tag: TagLine, content: str) -> bool:
    if not _JSON_LINE.match(content):
        return False
    # Only a line that ends with a brace can have completed the object: so it is parsed rarely.
    last = next((part for part in reversed(tag.parts) if part), "")
    return not (last.endswith("}") and context_object(" ".join(tag.parts)) is not None)


def _finished(block: Block) -> Iterator[Block]:
    for tag in block.tags:
        tag.value = " ".join(part for part in tag.parts if part)
    if any(tag.name in TAG_SET for tag in block.tags):
        yield block


def _code_after(text: str, comments: Sequence[CommentLine], language: str | None) -> list[int]:
    """For each line (from 0): the first line from there on that is code, or 0 for none."""
    lines = text.split("\n")
    covered = {item.line for item in comments}
    skip_preprocessor = language in {"c", "cpp", "objc", "csharp"}
    after = [0] * (len(lines) + 2)
    for number in range(len(lines), 0, -1):
        line = lines[number - 1]
        blank = number in covered or not line.strip()
        if blank or (skip_preprocessor and _PREPROCESSOR.match(line) and "define" not in line):
            after[number] = after[number + 1]
        else:
            after[number] = number
    return after


def _symbol(block: Block, found: Sequence[Definition], code_after: Sequence[int]) -> str | None:
    last = block.last.line
    code = code_after[last + 1] if last + 1 < len(code_after) else 0
    position = bisect_left(found, last, key=lambda item: item.start)  # `/* TAG: x */ int f(void)` too
    if position < len(found) and found[position].start in {code, last}:
        return found[position].name
    # Enclosing definitions begin before; only a bounded number is looked at, so this stays linear.
    for item in reversed(found[max(0, position - 50) : position]):
        if item.start <= block.tags[0].line and item.end >= last:
            return item.name
    return None
