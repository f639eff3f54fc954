"""A change of a file that somebody else changed too, since it was read: both put together, or refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from copilot_tui.core.artefacts import FileChange
from copilot_tui.core.errors import FileConflictError
from copilot_tui.workspace.journal import FileRecord
from copilot_tui.workspace.text_file import SourceText, decode_source, encode_source
from copilot_tui.workspace.three_way import merge_texts

Rebase: TypeAlias = Callable[[FileRecord, bytes | None], FileRecord]
"""From the record of a file and what the file holds now to a record that fits it."""


def merged_change(change: FileChange, now: SourceText | None) -> FileChange:
    """``change`` made anew from the file as it is ``now`` (None: it is not there).

    Raises :class:`FileConflictError` when both touched the same lines, or when one side made or deleted
    the file and the other did something else with it.
    """
    text = now.text if now is not None else None
    if text in (change.before, change.after):
        return replace(change, before=text)
    if text is None or change.before is None or change.after is None:
        happened = "deleted" if text is None else "made" if change.before is None else "changed"
        raise FileConflictError(
            f"{change.path} was {happened} meanwhile, so the change cannot be merged with it.",
            "Look at the file, then generate again.",
        )
    merged = merge_texts(change.before, text, change.after, "file", "change")
    if merged.conflicts:
        places = "place" if merged.conflicts == 1 else "places"
        raise FileConflictError(
            f"{change.path} was changed meanwhile in the same lines, in {merged.conflicts} {places}.",
            "Revert your change of these lines, or generate again from the file as it is.",
        )
    return replace(change, before=text, after=merged.text)


def rebased_to_undo(file: FileRecord, now: bytes | None) -> FileRecord:
    """The record by which undoing leaves what others changed in the file since the edit."""
    if now == file.after:
        return file
    return replace(file, before=_merged(file.path, file.after, now, file.before), after=now)


def rebased_to_redo(file: FileRecord, now: bytes | None) -> FileRecord:
    """The record by which doing the edit again leaves what others changed in the file since it was undone."""
    if now == file.before:
        return file
    return replace(file, before=now, after=_merged(file.path, file.before, now, file.after))


def _merged(path: str, start: bytes | None, now: bytes | None, end: bytes | None) -> bytes | None:
    """The file as it is ``now`` with the change from ``start`` to ``end`` made in it."""
    source = _decoded(now)
    change = FileChange(path, _text(start), _text(end))
    merged = merged_change(change, source)
    return end if merged.after is None or source is None else encode_source(merged.after, source)


def _decoded(data: bytes | None) -> SourceText | None:
    return None if data is None else decode_source(data, 0)


def _text(data: bytes | None) -> str | None:
    return None if data is None else decode_source(data, 0).text
