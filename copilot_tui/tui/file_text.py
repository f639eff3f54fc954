"""The text of a file that a person asked to see. Blocks: call it in a thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from textual.content import Content

from copilot_tui.core.artefacts import Candidate
from copilot_tui.core.errors import CopilotError
from copilot_tui.core.text import printable_line
from copilot_tui.tui.code_view import numbered


@dataclass(frozen=True, slots=True)
class OpenFile:
    """A file of the code base, the line that is asked for, and the candidates whose text of it may be meant
    (None: whichever is the newest)."""

    path: str
    line: int | None
    candidates: tuple[Candidate, ...] | None = None


def file_text(source: Path, file: OpenFile, candidates: Sequence[Candidate]) -> Content:
    """The newest candidate's text of the file; else the disk's.

    What is wrong with the file takes the place of its text.
    """
    for candidate in reversed(candidates):
        for change in candidate.changes:
            if change.path == file.path and change.after is not None:
                return numbered(change.after, file.path, file.line)
    from copilot_tui.workspace.paths import resolve_inside
    from copilot_tui.workspace.text_file import read_source

    try:
        text = read_source(resolve_inside(source, file.path)).text
    except CopilotError as error:
        return Content.styled(printable_line(str(error)), "$text-error")
    return numbered(text, file.path, file.line)
