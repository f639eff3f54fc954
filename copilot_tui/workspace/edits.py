"""From a model's reply to the whole new text of a file, and what changed between two texts.

All functions are pure; lines count from 1 and end with ``\\n`` alone (a form feed or a Unicode line
separator in a source is no line end here, as it is none for compilers and ctags).
"""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Sequence

from copilot_tui.core.artefacts import FileChange
from copilot_tui.core.errors import EditFormatError
from copilot_tui.workspace.code_blocks import CodeBlock, code_blocks
from copilot_tui.workspace.includes import ensure_includes

__all__ = [
    "CodeBlock",
    "candidate_digest",
    "code_blocks",
    "ensure_includes",
    "insert_after",
    "lines_of",
    "replace_lines",
    "unified_diff",
    "whole_file",
]


def lines_of(text: str) -> list[str]:
    """The lines of ``text`` with their line ends; the last may have none."""
    lines = [line + "\n" for line in text.split("\n")]
    lines[-1] = lines[-1][:-1]
    return lines if lines[-1] else lines[:-1]


def replace_lines(text: str, start: int, end: int, replacement: str) -> str:
    """``text`` with the lines ``start`` to ``end`` (inclusive, from 1) replaced.

    ``replacement`` gets a line end if it lacks one; empty, it deletes the lines. Raises
    :class:`EditFormatError` when there are no such lines.
    """
    lines = lines_of(text)
    if not 1 <= start <= end <= len(lines):
        raise EditFormatError(
            f"Lines {start} to {end} cannot be replaced: the text has {len(lines)} lines.",
            "The file may have changed; explore again.",
        )
    return "".join(lines[: start - 1]) + _ended(replacement) + "".join(lines[end:])


def insert_after(text: str, line: int, addition: str) -> str:
    """``text`` with ``addition`` behind ``line`` (0: in front of everything).

    A last line without an end gets one first. Raises :class:`EditFormatError` when there is no such line.
    """
    lines = lines_of(text)
    if not 0 <= line <= len(lines):
        raise EditFormatError(
            f"Nothing can be added behind line {line}: the text has {len(lines)} lines.",
            "The file may have changed; explore again.",
        )
    head = "".join(lines[:line])
    return (_ended(head) if addition else head) + _ended(addition) + "".join(lines[line:])


def whole_file(block: CodeBlock, before: str | None) -> str:
    """The text of a file that ``block`` replaces as a whole.

    A first line that named the path was taken off the block; it is put back where the file has it.
    """
    if block.label and before is not None and before.split("\n", 1)[0].strip() == block.label.strip():
        return f"{block.label}\n{block.text}"
    return block.text


def unified_diff(before: str | None, after: str | None, path: str) -> str:
    """The change of one file in the form of ``git diff``; empty when nothing changed.

    None stands for a file that is not there.
    """
    if before == after:
        return ""
    pieces = difflib.unified_diff(
        lines_of(before or ""),
        lines_of(after or ""),
        "/dev/null" if before is None else f"a/{path}",
        "/dev/null" if after is None else f"b/{path}",
    )
    return "".join(
        piece if piece.endswith("\n") else f"{piece}\n\\ No newline at end of file\n" for piece in pieces
    )


def candidate_digest(changes: Sequence[FileChange]) -> str:
    """The SHA-256 (hexadecimal) of all paths and new texts; the order of the files does not matter."""
    digest = hashlib.sha256()
    for change in sorted(changes, key=lambda change: change.path):
        for part in (change.path, change.after):
            data = b"" if part is None else part.encode("utf-8", "surrogatepass")
            size = -1 if part is None else len(data)
            digest.update(size.to_bytes(8, "big", signed=True) + data)
    return digest.hexdigest()


def _ended(text: str) -> str:
    return text + "\n" if text and not text.endswith("\n") else text
