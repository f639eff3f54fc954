"""The journal of edits: what each one replaces and writes, kept until long after it is done.

Each edit is one JSON file, ``NUMBER-RANDOM.STATE.json``, written once and synced before the code base
is touched. Its state is part of its name, so that a change of state is one rename: it happens or it
does not, and it needs no room on a full disk.

    applying --> applied <--> undone        by way of ``undoing`` and ``redoing``

A file in one of the three states in ``-ing`` is an edit that did not come to its end. Contents are
stored as bytes, compressed; the journal is as private as the code base is.
"""

from __future__ import annotations

import re
import secrets
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Literal, cast

import msgspec

from copilot_tui.core.errors import StoreError, WorkspaceError
from copilot_tui.store.files import sync_directory, write_atomically

EditState = Literal["applying", "applied", "undoing", "undone", "redoing"]

KEPT_EDITS = 200
"""Finished edits that can still be undone or redone; older ones leave the journal."""

_NAME = re.compile(
    r"(?P<identifier>\d{8}-[0-9a-f]{8})\.(?P<state>applying|applied|undoing|undone|redoing)\.json"
)


@dataclass(frozen=True, slots=True)
class FileRecord:
    """One file of an edit: its bytes on both sides (None: no such file) and its permission bits."""

    path: str
    before: bytes | None
    after: bytes | None
    mode: int | None = None


@dataclass(frozen=True, slots=True)
class EditRecord:
    """A whole edit. ``folders`` are those that it creates, outermost first."""

    identifier: str
    label: str
    time: str
    files: tuple[FileRecord, ...]
    folders: tuple[str, ...] = ()

    @property
    def paths(self) -> tuple[str, ...]:
        return tuple(file.path for file in self.files)


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """What a list of edits shows. ``time`` is in UTC, ISO 8601; ``label`` is the caller's own word."""

    identifier: str
    state: EditState
    label: str
    time: str
    paths: tuple[str, ...]

    @property
    def applied(self) -> bool:
        """The edit is in the code base."""
        return self.state == "applied"


class Journal:
    """The files in one folder; created when the first edit is written."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def states(self) -> Mapping[str, EditState]:
        """The state of each edit, oldest first."""
        try:
            names = sorted(path.name for path in self.directory.iterdir())
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise WorkspaceError(
                f"The journal of edits {self.directory} cannot be read: {error.strerror}.",
                "Check what stands there and its permissions.",
            ) from error
        matches = [match for name in names if (match := _NAME.fullmatch(name))]
        return {match["identifier"]: cast(EditState, match["state"]) for match in matches}

    def entries(self) -> list[JournalEntry]:
        """All readable edits, oldest first; a damaged one is left out."""
        found = []
        for identifier, state in self.states().items():
            try:
                record = self.load(identifier, state)
            except WorkspaceError:
                continue  # it cannot be undone; `undo` says so when it is asked for
            found.append(JournalEntry(identifier, state, record.label, record.time, record.paths))
        return found

    def new_identifier(self) -> str:
        """An identifier that sorts behind all others."""
        last = max((int(identifier[:8]) for identifier in self.states()), default=0)
        return f"{last + 1:08d}-{secrets.token_hex(4)}"

    def add(self, record: EditRecord) -> None:
        """Write the record, in the state ``applying``; it is on the disk when this returns.

        The oldest finished edits make room for it, so that at most :data:`KEPT_EDITS` stay.
        """
        self._prune(KEPT_EDITS - 1)
        self.replace(record, "applying")

    def replace(self, record: EditRecord, state: EditState) -> None:
        """Write the record in the place of the one that the edit has in this state, in one step."""
        files = [
            FileRecord(file.path, _pack(file.before), _pack(file.after), file.mode) for file in record.files
        ]
        stored = _Stored(record.identifier, record.label, record.time, list(record.folders), files)
        try:
            write_atomically(self._path(record.identifier, state), msgspec.json.encode(stored))
        except StoreError as error:
            raise WorkspaceError(
                f"The edit was not begun, its journal cannot be written: {error.message}", error.hint
            ) from error

    def load(self, identifier: str, state: EditState) -> EditRecord:
        """The record; raises :class:`WorkspaceError` when it is damaged."""
        path = self._path(identifier, state)
        try:
            stored = msgspec.json.decode(path.read_bytes(), type=_Stored)
            files = tuple(
                FileRecord(file.path, _unpack(file.before), _unpack(file.after), file.mode)
                for file in stored.files
            )
        except (OSError, msgspec.MsgspecError, zlib.error, UnicodeDecodeError) as error:
            raise WorkspaceError(
                f"The journal of edit {identifier} is damaged: {error}.",
                f"Look at the files yourself; the journal file is {path}.",
            ) from error
        return EditRecord(stored.identifier, stored.label, stored.time, files, tuple(stored.folders))

    def move(self, identifier: str, old: EditState, new: EditState) -> None:
        """Change the state, durably."""
        self._path(identifier, old).rename(self._path(identifier, new))
        sync_directory(self.directory)

    def drop(self, identifier: str, state: EditState) -> None:
        """Forget an edit."""
        self._path(identifier, state).unlink(missing_ok=True)
        sync_directory(self.directory)

    def set_aside(self, identifier: str, state: EditState) -> Path:
        """Take a damaged edit out of the way, kept for a person to look at; its new place."""
        path = self._path(identifier, state)
        aside = path.with_suffix(".damaged")
        path.rename(aside)
        return aside

    def clean(self) -> None:
        """Remove temporary files that a crash left in the journal's own folder."""
        for stray in self.directory.glob(".*.json.*"):
            try:
                stray.unlink(missing_ok=True)
            except OSError as error:
                raise WorkspaceError(
                    f"{stray} cannot be removed: {error.strerror}.", "Remove it by hand."
                ) from error

    def _prune(self, kept: int) -> None:
        finished = [(i, state) for i, state in self.states().items() if state in ("applied", "undone")]
        for identifier, state in finished[: max(0, len(finished) - kept)]:
            self._path(identifier, state).unlink(missing_ok=True)

    def _path(self, identifier: str, state: EditState) -> Path:
        return self.directory / f"{identifier}.{state}.json"


class _Stored(msgspec.Struct):
    """The form on disk."""

    identifier: str
    label: str
    time: str
    folders: list[str]
    files: list[FileRecord]
    version: int = 1


def _pack(data: bytes | None) -> bytes | None:
    return None if data is None else zlib.compress(data, 1)


def _unpack(data: bytes | None) -> bytes | None:
    return None if data is None else zlib.decompress(data)


def now() -> str:
    """The time of an edit, in UTC, ISO 8601."""
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds")
