"""The code base on disk, and the only way by which it is changed.

An edit is a set of whole-file changes that takes place as one: after a crash at any moment,
:meth:`Workspace.recover` brings the code base to the state before or after, never between. An edit
that did not come to its end is taken back. Every edit can be undone and done again, also after a
restart, as long as nobody changed its files in between; then it is refused, or merged with what was changed
where the caller asks for that. :meth:`Workspace.merged` does the same for an edit before it is made.

Limits: one process at a time; the caller holds the code base's writer lock (``store.lock``). All calls
block on the disk: call them from a thread where an event loop runs.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from copilot_tui.core.artefacts import FileChange
from copilot_tui.core.errors import FileConflictError, WorkspaceError
from copilot_tui.workspace.journal import EditRecord, EditState, FileRecord, Journal, JournalEntry, now
from copilot_tui.workspace.meanwhile import Rebase, merged_change, rebased_to_redo, rebased_to_undo
from copilot_tui.workspace.paths import resolve_inside
from copilot_tui.workspace.switching import (
    Side,
    Switch,
    current_bytes,
    refuse_read_only,
    temporary_prefix,
)
from copilot_tui.workspace.text_file import (
    MAXIMUM_BYTES,
    SourceText,
    decode_source,
    encode_source,
    read_bytes,
    read_source,
)

_BUSY: dict[EditState, tuple[Side, EditState | None]] = {
    "applying": ("before", None),
    "undoing": ("after", "applied"),
    "redoing": ("before", "undone"),
}
"""For each unfinished state: the side to go back to, and the state that is then true (None: forget)."""


class Workspace:
    """Reads, changes and restores the files below ``source``; paths are relative to it."""

    def __init__(self, source: Path, journal_directory: Path) -> None:
        self._source = source
        self._journal = Journal(journal_directory)
        self._lock = threading.Lock()

    def read(self, path: str) -> SourceText | None:
        """The text of a file, or None when there is none.

        Raises :class:`PathRefusedError` for a path that leaves the code base, and
        :class:`WorkspaceError` for what is no readable text file.
        """
        place = resolve_inside(self._source, path)
        return read_source(place) if os.path.lexists(place) else None

    def apply(self, changes: Sequence[FileChange], label: str = "") -> str:
        """Make all ``changes`` or none; the identifier by which they can be undone.

        ``label`` is kept in the journal as the caller's own mark. Raises :class:`FileConflictError`
        when a file is not what its change was made from, :class:`PathRefusedError` for a path that
        leaves the code base, and :class:`WorkspaceError` for a read-only file, a character that the
        file's encoding lacks, or a disk that is full. The code base is then as it was.
        """
        with self._lock:
            self._settle()
            record = self._plan(changes, label)
            self._carry_out(Switch(self._source, record), None, "applying", "applied")
            return record.identifier

    def merged(self, changes: Sequence[FileChange]) -> tuple[FileChange, ...]:
        """``changes`` as they would be had they been made from the files as they are now; nothing is written.

        Raises :class:`FileConflictError`, naming the file, where somebody changed the same lines meanwhile.
        """
        return tuple(merged_change(change, self.read(change.path)) for change in changes)

    def undo(self, edit: str, *, merge: bool = False) -> None:
        """Take an applied edit out again; with ``merge`` what was changed in its files since stays.

        Raises :class:`FileConflictError`, naming the file, when one was changed since, with ``merge`` in the
        same lines, and :class:`WorkspaceError` when there is no such edit to undo.
        """
        with self._lock:
            self._settle()
            if merge:
                self._rebase(edit, "applied", rebased_to_undo)
            switch = self._load(edit, "applied")
            switch.check("after")
            switch.check_writable()
            self._carry_out(switch, "applied", "undoing", "undone")

    def redo(self, edit: str, *, merge: bool = False) -> None:
        """Do an undone edit again; as with :meth:`undo`."""
        with self._lock:
            self._settle()
            if merge:
                self._rebase(edit, "undone", rebased_to_redo)
            switch = self._load(edit, "undone")
            switch.check("before")
            switch.check_writable()
            self._carry_out(switch, "undone", "redoing", "applied")

    def recover(self) -> tuple[str, ...]:
        """Take back what a crash left half done, and remove its temporary files. Call it at the start.

        Returns a sentence for each edit concerned, for the person to read. A journal file that cannot
        be read is set aside and named; it does not stop the others.
        """
        with self._lock:
            self._journal.clean()
            return tuple(self._settle())

    def edits(self) -> list[JournalEntry]:
        """The edits in the journal, oldest first."""
        return self._journal.entries()

    def _plan(self, changes: Sequence[FileChange], label: str) -> EditRecord:
        """The record of an edit that can be carried out as the code base is now."""
        if not changes:
            raise WorkspaceError("The edit changes no file.", "Generate again.")
        files: list[FileRecord] = []
        folders: list[str] = []
        places: set[Path] = set()
        root = self._source.resolve()
        for change in changes:
            path = resolve_inside(self._source, change.path)
            if path in places:
                raise WorkspaceError(f"The edit changes {change.path} twice.", "Generate again.")
            places.add(path)
            like = self.read(change.origin) if change.origin is not None else None
            files.append(_plan_file(path, change, like))
            missing = [parent for parent in path.parents if not parent.exists()]
            new = [parent.relative_to(root).as_posix() for parent in reversed(missing)]
            folders += [folder for folder in new if folder not in folders]
        for path in places & {parent for place in places for parent in place.parents}:
            name = path.relative_to(root).as_posix()
            raise WorkspaceError(f"The edit makes {name} both a file and a folder.", "Generate again.")
        identifier = self._journal.new_identifier()
        return EditRecord(identifier, label, now(), tuple(files), tuple(folders))

    def _load(self, edit: str, wanted: EditState) -> Switch:
        state = self._journal.states().get(edit)
        if state is None:
            raise WorkspaceError(f"The journal has no edit {edit!r}.", "It may be too old; use git.")
        if state != wanted:
            raise WorkspaceError(f"The edit {edit} is {state}, not {wanted}.", "There is nothing to do.")
        return Switch(self._source, self._journal.load(edit, state))

    def _rebase(self, edit: str, state: EditState, rebased: Rebase) -> None:
        """Record the edit as one of the files as they are now. No file is touched, so a crash in between
        leaves an edit that can be undone or redone all the same."""
        switch = self._load(edit, state)
        files = tuple(
            rebased(file, current_bytes(resolve_inside(self._source, file.path)))
            for file in switch.record.files
        )
        if files != switch.record.files:
            self._journal.replace(replace(switch.record, files=files), state)

    def _carry_out(self, switch: Switch, start: EditState | None, busy: EditState, end: EditState) -> None:
        """Bring the files and the journal to ``end`` together, or leave both as they were."""
        identifier = switch.record.identifier
        try:
            if start is None:
                self._journal.add(switch.record)
            else:
                self._journal.move(identifier, start, busy)
            switch.carry_out("before" if end == "undone" else "after")
            self._journal.move(identifier, busy, end)
        except BaseException as error:  # also KeyboardInterrupt: never leave it half done
            if self._journal.states().get(identifier) != end:
                self._take_back(switch, busy, error)
            if isinstance(error, OSError):
                raise _failure(switch.record, error) from error
            raise

    def _take_back(self, switch: Switch, busy: EditState, cause: BaseException) -> None:
        side, state = _BUSY[busy]
        try:
            switch.restore(side)
            self._mark(switch.record.identifier, busy, state)
        except OSError as error:
            raise WorkspaceError(
                f"An edit failed ({cause}) and could not be taken back ({error.strerror}): "
                f"{', '.join(switch.record.paths)}.",
                "The journal holds the old contents; make room and start again, it is taken back then.",
            ) from error

    def _mark(self, identifier: str, busy: EditState, state: EditState | None) -> None:
        """Note that an unfinished edit was taken back."""
        if self._journal.states().get(identifier) != busy:
            return  # it failed before the journal knew of it
        if state is None:
            self._journal.drop(identifier, busy)
        else:
            self._journal.move(identifier, busy, state)

    def _settle(self) -> list[str]:
        """Take back all unfinished edits; what was done, in words."""
        told = []
        for identifier, state in self._journal.states().items():
            if state in _BUSY:
                told.append(self._settle_one(identifier, state))
        return told

    def _settle_one(self, identifier: str, state: EditState) -> str:
        try:
            record = self._journal.load(identifier, state)
        except WorkspaceError as error:
            self._sweep(identifier)
            aside = self._journal.set_aside(identifier, state)
            return f"{error.message} It was moved to {aside}; check the newest changes with git diff."
        side, restored = _BUSY[state]
        paths = ", ".join(record.paths)
        try:
            foreign = Switch(self._source, record).restore(side)
            self._mark(identifier, state, restored)
        except OSError as error:
            raise WorkspaceError(
                f"An interrupted edit of {paths} cannot be taken back: {error.strerror}.",
                f"Make room or mend the permissions, and start again ({error.filename or self._source}).",
            ) from error
        told = f"An edit of {paths} was interrupted; the files are as they were before."
        if foreign:
            told += f" Left alone, because changed by somebody else: {', '.join(foreign)}."
        return told

    def _sweep(self, identifier: str) -> None:
        """Remove the temporary files of an edit whose paths are no longer known."""
        prefix = temporary_prefix(identifier)
        for folder, _, names in os.walk(self._source):
            for name in names:
                if name.startswith(prefix):
                    Path(folder, name).unlink(missing_ok=True)


def _plan_file(path: Path, change: FileChange, like: SourceText | None) -> FileRecord:
    """The bytes on both sides; refuses a file that is not what the change was made from.

    A new file is in the manner of ``like``, where it has one.
    """
    refuse_read_only(path, change.path)
    if not os.path.lexists(path):
        if change.before is not None:
            raise FileConflictError(
                f"{change.path} is no longer there.", "Explore again and make the edit anew."
            )
        return FileRecord(change.path, None, _encoded(change, like), like.mode if like else None)
    if change.before is None:
        raise FileConflictError(
            f"{change.path} exists already.", "It was made since; explore again and make the edit anew."
        )
    data, mode = read_bytes(path, MAXIMUM_BYTES)
    source = decode_source(data, mode)
    if not _same(change.before, source, data):
        raise FileConflictError(
            f"{change.path} changed since it was read.",
            "Nothing was touched; explore again and make the edit anew.",
        )
    # An edit that leaves the text alone leaves the bytes alone too.
    after = data if change.after == change.before else _encoded(change, source)
    return FileRecord(change.path, data, after, mode)


def _same(before: str, source: SourceText, data: bytes) -> bool:
    """Whether ``before`` is the text of the file; its final newline is the file's business."""
    if before == source.text:
        return True
    try:
        return encode_source(before, source) == data
    except WorkspaceError:
        return False  # it holds characters that the file cannot hold


def _encoded(change: FileChange, source: SourceText | None) -> bytes | None:
    if change.after is None:
        return None
    try:
        return encode_source(change.after, source)
    except WorkspaceError as error:
        raise WorkspaceError(f"{change.path}: {error.message}", error.hint) from error


def _failure(record: EditRecord, error: OSError) -> WorkspaceError:
    return WorkspaceError(
        f"The edit of {', '.join(record.paths)} failed: {error.strerror}. All files are as they were.",
        f"Make room on the disk or mend the permissions ({error.filename or 'code base'}), then try again.",
    )
