"""Code as coloured text: a file with line numbers, and a unified diff of a candidate.

Colouring a long text takes a while, so these functions are called in a thread; beyond a length the text
is shown without colours. The diff marks lines by ``+`` and ``-``; colour only repeats that.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from pygments.lexers import get_lexer_for_filename
from pygments.util import ClassNotFound
from textual.content import Content
from textual.highlight import highlight

from copilot_tui.core.artefacts import Candidate, FileChange
from copilot_tui.core.text import printable, printable_line

COLOURED_CHARACTERS = 200_000
SHOWN_LINES = 20_000
LINE_CHARACTERS = 1_000
CONTEXT_LINES = 3
COMPARED_LINES = 5_000
ADDED = "on $success 18%"
REMOVED = "on $error 18%"
MARKED = "on $primary 30%"


@dataclass(frozen=True, slots=True)
class _Row:
    """One line of a diff; ``style`` colours all of it."""

    content: Content
    style: str = ""

    def padded(self, width: int) -> Content:
        if not self.style:
            return self.content
        return self.content.pad_right(width - self.content.cell_length).stylize(self.style)


def coloured_lines(text: str, path: str) -> list[Content]:
    """The text's lines in the colours of the path's language, each cut to a length that can be shown."""
    lines = printable(text).split("\n")
    if lines and not lines[-1]:
        lines.pop()
    shown = "\n".join(line[:LINE_CHARACTERS].expandtabs(8) for line in lines[:SHOWN_LINES])
    if len(shown) > COLOURED_CHARACTERS:
        return [Content(line) for line in shown.split("\n")]
    # A highlighter that guesses from the text can be led astray by it; the name decides.
    return highlight(shown, language=_language(path)).split("\n", allow_blank=True)


def numbered(text: str, path: str, marked: int | None = None) -> Content:
    """The text with line numbers; the line ``marked`` stands out and has an arrow."""
    lines = coloured_lines(text, path)
    width = len(str(len(lines)))
    shown = []
    for number, line in enumerate(lines, 1):
        arrow = "▶" if number == marked else " "
        row = Content.assemble((f"{arrow}{number:{width}} ", "$foreground-muted"), line)
        shown.append(row.stylize(MARKED) if number == marked else row)
    return Content("\n").join(shown)


def candidate_code(candidate: Candidate) -> Content:
    """What the model wrote, coloured."""
    path = candidate.changes[0].path if candidate.changes else ""
    return numbered(candidate.code, path)


def candidate_diff(candidate: Candidate) -> Content:
    """All changes as a unified diff with line numbers and the colours of the language."""
    rows = [row for change in candidate.changes for row in _file_diff(change)]
    if not rows:
        return Content("The candidate changes nothing.")
    # The colour of a changed line goes on to a common width, so that blocks are seen as blocks.
    width = max(row.content.cell_length for row in rows)
    return Content("\n").join(row.padded(width) for row in rows)


def _file_diff(change: FileChange) -> Iterator[_Row]:
    old = coloured_lines(change.before or "", change.path)
    new = coloured_lines(change.after or "", change.path)
    word = "new file" if change.before is None else "deleted" if change.after is None else "changed"
    yield _Row(Content.styled(f"{printable_line(change.path)}  ({word})", "bold $text-primary"))
    if len(old) + len(new) > COMPARED_LINES and change.before is not None and change.after is not None:
        yield _Row(Content.styled("  Too long to compare here; see the code.", "$foreground-muted"))
        return
    before, after = [line.plain for line in old], [line.plain for line in new]
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for group in matcher.get_grouped_opcodes(CONTEXT_LINES):
        first, last = group[0], group[-1]
        header = f"@@ -{first[1] + 1},{last[2] - first[1]} +{first[3] + 1},{last[4] - first[3]} @@"
        yield _Row(Content.styled(header, "$foreground-muted"))
        for tag, old_start, old_end, new_start, new_end in group:
            if tag == "equal":
                yield from _rows(" ", new[new_start:new_end], new_start, "")
                continue
            yield from _rows("-", old[old_start:old_end], old_start, REMOVED)
            yield from _rows("+", new[new_start:new_end], new_start, ADDED)


def _rows(sign: str, lines: list[Content], start: int, style: str) -> Iterator[_Row]:
    for number, line in enumerate(lines, start + 1):
        row = Content.assemble((f"{number:4} {sign} ", "bold" if style else "$foreground-muted"), line)
        yield _Row(row, style)


def _language(path: str) -> str:
    try:
        lexer = get_lexer_for_filename(printable_line(path))
    except ClassNotFound:
        return "text"
    return str(lexer.aliases[0]) if lexer.aliases else "text"
