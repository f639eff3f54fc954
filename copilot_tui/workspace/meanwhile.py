"""A change of a file that somebody else changed too, since it was read: both put together, or refused."""

from __future__ import annotations

from dataclasses import replace

from copilot_tui.core.artefacts import FileChange
from copilot_tui.core.errors import FileConflictError
from copilot_tui.workspace.text_file import SourceText
from copilot_tui.workspace.three_way import merge_texts


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
