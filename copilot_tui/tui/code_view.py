"""Code as coloured text with line numbers.

Colouring a long text takes a while, so these functions are called in a thread; beyond a length the text
is shown without colours.
"""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from copilot_tui.core.artefacts import Candidate, FileChange
from copilot_tui.core.text import printable, printable_line

COLOURED_CHARACTERS = 200_000
SHOWN_LINES = 20_000
LINE_CHARACTERS = 1_000
MARKED = "on $primary 30%"


def coloured_lines(text: str, path: str) -> list[Content]:
    """The text's lines in the colours of the path's language, each cut to a length that can be shown."""
    lines = printable(text).split("\n")
    if lines and not lines[-1]:
        lines.pop()
    shown = "\n".join(line[:LINE_CHARACTERS].expandtabs(8) for line in lines[:SHOWN_LINES])
    if len(shown) > COLOURED_CHARACTERS:
        return [Content(line) for line in shown.split("\n")]
    from textual.highlight import highlight  # here, so that the first screen need not wait for it

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


def candidate_code(candidate: Candidate, parts: Sequence[FileChange]) -> Content:
    """What the model wrote; of only one of several files, its whole new text."""
    if len(parts) == 1 < len(candidate.changes):
        return numbered(parts[0].after or "", parts[0].path)
    return numbered(candidate.code, candidate.changes[0].path if candidate.changes else "")


def _language(path: str) -> str:
    from pygments.lexers import get_lexer_for_filename
    from pygments.util import ClassNotFound

    try:
        lexer = get_lexer_for_filename(printable_line(path))
    except ClassNotFound:
        return "text"
    return str(lexer.aliases[0]) if lexer.aliases else "text"
