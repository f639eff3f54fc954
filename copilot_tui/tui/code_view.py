"""Code as coloured text with line numbers.

Colouring a long text takes a while, and so does the loading of a language's rules: these functions are
called in a thread, but for :func:`coloured_piece`. Beyond a length the text is shown without colours.
"""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from copilot_tui.core.artefacts import Candidate, FileChange
from copilot_tui.core.text import printable, printable_line

COLOURED_CHARACTERS = 200_000
PIECE_CHARACTERS = 8_000
SHOWN_LINES = 20_000
LINE_CHARACTERS = 1_000
MARKED = "on $primary 30%"
_LANGUAGES: dict[str, str] = {}
"""File name to its language, once the language's rules are loaded."""


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
    return highlight(shown, language=load_language(path)).split("\n", allow_blank=True)


def coloured_piece(lines: Sequence[str], path: str) -> list[Content]:
    """A screenful of lines in colours; without them until :func:`load_language` was called for the path."""
    language, text = loaded_language(path), "\n".join(lines)
    if language is not None and len(text) <= PIECE_CHARACTERS:
        from textual.highlight import highlight

        coloured = highlight(text, language=language).split("\n", allow_blank=True)
        if [line.plain for line in coloured] == list(lines):
            return coloured
    return [Content(line) for line in lines]


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


def loaded_language(path: str) -> str | None:
    """The language of a file of this name, where its rules are loaded."""
    return _LANGUAGES.get(_name(path))


def load_language(path: str) -> str:
    """The language of a file of this name, as highlighters call it; its rules are loaded afterwards."""
    from pygments.lexers import get_lexer_for_filename
    from pygments.util import ClassNotFound

    name = _name(path)
    if name not in _LANGUAGES:
        try:
            lexer = get_lexer_for_filename(name)
        except ClassNotFound:
            return _LANGUAGES.setdefault(name, "text")
        for _ in lexer.get_tokens("x"):  # the rules are compiled with the first text
            pass
        _LANGUAGES[name] = str(lexer.aliases[0]) if lexer.aliases else "text"
    return _LANGUAGES[name]


def _name(path: str) -> str:
    return printable_line(path).rpartition("/")[2]
