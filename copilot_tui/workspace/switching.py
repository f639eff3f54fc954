"""Bringing the files of one edit from one side to the other, and back when that fails.

All new contents are first written beside their targets and synced; only then the targets are
replaced, by renames that need no room. So a full disk, a quota or a missing permission shows before
anything has changed. The folder's temporary files carry the edit's identifier and are found again after a
crash without a search.

Limits: hard links to a replaced file keep the old content, and extended attributes are not copied,
as with any editor that saves by rename. A crash-proof order needs a file system that keeps the
order of sync and rename, as all usual local ones do.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from copilot_tui.core.errors import FileConflictError, PathRefusedError, WorkspaceError
from copilot_tui.store.files import sync_directory
from copilot_tui.workspace.journal import EditRecord, FileRecord
from copilot_tui.workspace.paths import resolve_inside
from copilot_tui.workspace.text_file import read_bytes

Side = Literal["before", "after"]


def content(file: FileRecord, side: Side) -> bytes | None:
    """The bytes that the file has on that side; None: no such file."""
    return file.before if side == "before" else file.after


def current_bytes(path: Path) -> bytes | None:
    """What stands at ``path`` now; None when there is nothing. WorkspaceError when it is no file."""
    return read_bytes(path, None)[0] if os.path.lexists(path) else None


@dataclass(frozen=True, slots=True)
class Switch:
    """One edit in one code base."""

    source: Path
    record: EditRecord

    def check(self, side: Side) -> None:
        """Raise :class:`FileConflictError` unless all files are as they are on ``side``."""
        for _, path, file in self._targets():
            if current_bytes(path) != content(file, side):
                raise FileConflictError(
                    f"{file.path} is not what it was {side} the edit {self.record.identifier}.",
                    "It was changed since, so nothing was touched; save or revert your change first.",
                )

    def check_writable(self) -> None:
        """Raise :class:`WorkspaceError` for a file or folder that is read-only."""
        for _, path, file in self._targets():
            if file.before != file.after:
                refuse_read_only(path, file.path)

    def carry_out(self, to: Side) -> None:
        """Bring all files to the side ``to``. An ``OSError`` may leave it half done: see :meth:`restore`."""
        start: Side = "before" if to == "after" else "after"
        changed = [
            (number, path, file) for number, path, file in self._targets() if file.before != file.after
        ]
        if to == "after":
            self._make_folders()
        for number, path, file in changed:
            data = content(file, to)
            if data is not None:
                _write_new(self._temporary(path, number), data, path, file.mode)
        self.check(start)
        for number, path, file in changed:
            self._put(path, number, content(file, to))
        self._finish(to, (path for _, path, _ in changed))

    def restore(self, to: Side) -> tuple[str, ...]:
        """Bring back to ``to`` whatever a broken :meth:`carry_out` changed; may be repeated.

        A file that is on neither side was changed by somebody else and is left alone; such paths are
        returned.
        """
        foreign: list[str] = []
        touched: list[Path] = []
        for number, file in enumerate(self.record.files):
            try:
                path = resolve_inside(self.source, file.path)
                temporary = self._temporary(path, number)
                temporary.unlink(missing_ok=True)
                present = current_bytes(path)
            except WorkspaceError:
                foreign.append(file.path)
                continue
            wanted = content(file, to)
            if present == wanted:
                continue
            if present not in (file.before, file.after):
                foreign.append(file.path)
                continue
            if wanted is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
                _write_new(temporary, wanted, path, file.mode)
            self._put(path, number, wanted)
            touched.append(path)
        self._finish(to, touched)
        return tuple(foreign)

    def _targets(self) -> list[tuple[int, Path, FileRecord]]:
        files = enumerate(self.record.files)
        return [(number, resolve_inside(self.source, file.path), file) for number, file in files]

    def _temporary(self, path: Path, number: int) -> Path:
        return path.with_name(f"{temporary_prefix(self.record.identifier)}{number}.tmp")

    def _put(self, path: Path, number: int, data: bytes | None) -> None:
        if data is None:
            path.unlink()
        else:
            self._temporary(path, number).replace(path)

    def _make_folders(self) -> None:
        for folder in self.record.folders:
            path = resolve_inside(self.source, folder)
            path.mkdir(exist_ok=True)
            sync_directory(path.parent)

    def _finish(self, to: Side, touched: Iterable[Path]) -> None:
        """Remove the folders that only this edit needed, and make all names durable."""
        for parent in {path.parent for path in touched}:
            sync_directory(parent)
        if to == "after":
            return
        for folder in reversed(self.record.folders):
            try:
                path = resolve_inside(self.source, folder)
            except PathRefusedError:
                continue  # somebody put something else in its place; it is not ours to remove
            try:
                path.rmdir()
            except OSError:
                continue  # gone already, or it holds files of others, such as what a build made
            sync_directory(path.parent)


def temporary_prefix(identifier: str) -> str:
    """How the names of an edit's temporary files begin."""
    return f".copilot-tui-{identifier}-"


def refuse_read_only(path: Path, shown: str) -> None:
    """Raise :class:`WorkspaceError` when ``path``, or the folder that it is to be made in, is read-only."""
    # Mode bits too: for the superuser, access() says yes to everything.
    if path.exists() and (not path.stat().st_mode & 0o222 or not os.access(path, os.W_OK)):
        raise WorkspaceError(
            f"{shown} is read-only, so it was not changed.",
            f"If it may be changed, make it writable first: chmod u+w {shown}",
        )
    folder = next(parent for parent in path.parents if parent.exists())
    if not os.access(folder, os.W_OK | os.X_OK):
        raise WorkspaceError(
            f"{shown} cannot be written: the folder {folder} is read-only.", "Change its permissions first."
        )


def _write_new(temporary: Path, data: bytes, target: Path, mode: int | None) -> None:
    """Write and sync ``temporary``, with the mode and owner of ``target`` where that exists."""
    temporary.unlink(missing_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(temporary, flags, 0o666), "wb") as file:
        file.write(data)
        file.flush()
        if target.exists():
            old, new = target.stat(), os.fstat(file.fileno())
            mode = old.st_mode & 0o7777
            if (old.st_uid, old.st_gid) != (new.st_uid, new.st_gid):
                _keep_owner(file.fileno(), old)
        if mode is not None:
            temporary.chmod(mode)
        os.fsync(file.fileno())


def _keep_owner(descriptor: int, old: os.stat_result) -> None:
    """Give the file its old owner; only the superuser may, and for others the content is what counts."""
    try:
        os.chown(descriptor, old.st_uid, old.st_gid)
    except PermissionError:
        return
