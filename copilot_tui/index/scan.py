"""Which files of a code base are worth reading, and why the others are not.

Inside a git work tree git itself lists the files, so every ignore rule counts; elsewhere the folder is
walked, without what its ``.gitignore`` files name and without the usual build and dependency folders.
Symbolic links are never followed. Each file that is left out is listed under a reason, so nothing disappears
in silence.

What ``refusal`` says of an unchanged file may be handed in (``known``) to save the reading.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from copilot_tui.core.cancellation import CancelToken
from copilot_tui.core.config import ExplorationSettings
from copilot_tui.core.errors import PathRefusedError, UsageError
from copilot_tui.index.git_listing import git_paths
from copilot_tui.index.ignore_rules import NAME as IGNORE_FILE
from copilot_tui.index.ignore_rules import IgnoreRules
from copilot_tui.index.languages import is_prose, language_of
from copilot_tui.index.reading import read_beginning, showable
from copilot_tui.index.refusal import SNIFFED_BYTES, UNWANTED_FOLDERS, refused_by_beginning, refused_by_name

EXAMPLES_PER_REASON = 5
_CHECK_EVERY = 256
_MOST_NESTED = 1000


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file worth reading. ``path`` is relative to the source, with forward slashes; ``size`` is in
    bytes, ``mtime_ns`` in nanoseconds since the epoch."""

    path: str
    size: int
    mtime_ns: int
    language: str


@dataclass(frozen=True, slots=True)
class KnownFile:
    """What an earlier scan found: ``reason`` is None for a good file, else why it was left out."""

    size: int
    mtime_ns: int
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class ScanResult:
    """The files, in the order of their paths, and the others by the reason for which they were left out.

    ``rejected`` holds what was opened and refused, to be handed to the next scan as part of ``known``.
    ``listed_by`` is ``git`` or ``walk``.
    """

    files: tuple[SourceFile, ...] = ()
    left_out: Mapping[str, Sequence[str]] = field(default_factory=dict)
    seconds: float = 0.0
    rejected: Mapping[str, KnownFile] = field(default_factory=dict)
    listed_by: str = ""

    @property
    def skipped(self) -> dict[str, int]:
        """How many were left out for each reason."""
        return {reason: len(paths) for reason, paths in self.left_out.items()}

    @property
    def examples(self) -> dict[str, tuple[str, ...]]:
        """The first few of each reason."""
        return {reason: tuple(paths[:EXAMPLES_PER_REASON]) for reason, paths in self.left_out.items()}


class _Skips:
    """What is left out, by reason."""

    def __init__(self) -> None:
        self.paths: dict[str, list[str]] = {}

    def add(self, reason: str, path: str) -> None:
        self.paths.setdefault(reason, []).append(showable(path))


def scan(
    source: Path,
    settings: ExplorationSettings,
    directories: Sequence[str] = (),
    cancel: CancelToken | None = None,
    known: Mapping[str, KnownFile] | None = None,
) -> ScanResult:
    """List the files of ``source`` that are worth reading.

    ``directories`` (relative, with ``*`` as wildcard) narrows the scan to what lies under them. With
    ``enabled = false`` the result is empty. Raises :class:`UsageError` for a source that is no
    readable folder or when no directory exists, :class:`Cancelled` when asked to stop.
    """
    started = time.monotonic()
    require_folder(source)
    if not settings.enabled:
        return ScanResult(seconds=time.monotonic() - started)
    cancel = cancel or CancelToken()
    skips = _Skips()
    patterns = _directory_patterns(source, directories, skips)
    paths = git_paths(source, cancel)
    listed_by = "git" if paths else "walk"
    listed: Iterable[str] = paths if paths else _walk(source, "", skips, cancel)
    candidates = _candidates(source, listed, patterns, settings, skips, cancel)
    # Sources before documents, so that a low max_files_to_scan keeps what matters.
    candidates.sort(key=lambda file: (is_prose(file.language), file.path))
    good, rejected = _readable(source, candidates, settings.max_files_to_scan, known or {}, skips, cancel)
    good.sort(key=lambda file: file.path)
    return ScanResult(
        files=tuple(good),
        left_out=skips.paths,
        seconds=time.monotonic() - started,
        rejected=rejected,
        listed_by=listed_by,
    )


def require_folder(source: Path) -> None:
    """Raise :class:`UsageError` unless ``source`` is a folder that can be listed."""
    try:
        with os.scandir(source):
            return
    except FileNotFoundError as error:
        raise UsageError(f"There is no folder {source}.", "Check the path of the code base.") from error
    except NotADirectoryError as error:
        raise UsageError(f"{source} is not a folder.", "Name the folder of the code base.") from error
    except (OSError, ValueError) as error:
        raise UsageError(f"The folder {source} cannot be read: {error}.", "Check its permissions.") from error


def _directory_patterns(source: Path, directories: Sequence[str], skips: _Skips) -> tuple[str, ...]:
    patterns: list[str] = []
    for directory in directories:
        pattern = directory.replace(os.sep, "/").strip("/")
        if directory.startswith("/") or ".." in pattern.split("/"):
            raise UsageError(
                f"The directory {directory!r} is not inside the code base.", "Use a relative path."
            )
        if pattern in {"", "."}:
            return ()
        if next(source.glob(pattern), None) is None:
            skips.add("no such directory", directory)
        else:
            patterns.append(pattern)
    if directories and not patterns:
        raise UsageError(
            f"None of the directories {', '.join(directories)} exists in {source}.",
            "Check the project's directories in the configuration.",
        )
    return tuple(patterns)


def is_under(path: str, patterns: Sequence[str]) -> bool:
    """Whether ``path`` lies below one of the directories (``*`` as wildcard); True without any."""
    if not patterns:
        return True
    parts = path.split("/")
    for pattern in patterns:
        wanted = pattern.split("/")
        if len(parts) > len(wanted) and all(map(fnmatchcase, parts, wanted)):
            return True
    return False


def _candidates(
    source: Path,
    listed: Iterable[str],
    patterns: Sequence[str],
    settings: ExplorationSettings,
    skips: _Skips,
    cancel: CancelToken,
) -> list[SourceFile]:
    """Everything that name, kind and size speak for; nothing is opened yet."""
    found: list[SourceFile] = []
    nested: list[str] = []
    root = os.fspath(source)
    entered = 0
    while listed:
        for number, path in enumerate(listed):
            if number % _CHECK_EVERY == 0:
                cancel.raise_if_cancelled()
            if patterns and not is_under(path, patterns):
                continue
            if not path.isprintable():
                skips.add("odd file name", path)
                continue
            try:
                status = os.lstat(f"{root}/{path}")
            except FileNotFoundError:
                continue  # git still lists a file that was deleted a moment ago
            except OSError:
                skips.add("unreadable", path)
                continue
            if stat.S_ISDIR(status.st_mode):
                nested.append(path)
                continue
            language = language_of(path)
            reason = _reason_by_status(path, status, language, settings.max_file_bytes)
            if reason:
                skips.add(reason, path)
            elif language:
                found.append(SourceFile(path, status.st_size, status.st_mtime_ns, language))
        listed = []
        while nested and not listed and entered < _MOST_NESTED:
            entered += 1
            listed = _nested(source, nested.pop(), skips, cancel)
    return found


def _nested(source: Path, folder: str, skips: _Skips, cancel: CancelToken) -> list[str]:
    """What a submodule or nested repository holds, relative to ``source``."""
    if not os.path.lexists(source / folder / ".git"):
        skips.add("submodule that is not checked out", folder)
        return []
    below = git_paths(source / folder, cancel)
    if below is None:
        return list(_walk(source, folder, skips, cancel))
    return [f"{folder}/{path}" for path in below]


def _reason_by_status(path: str, status: os.stat_result, language: str | None, limit: int) -> str | None:
    if stat.S_ISLNK(status.st_mode):
        return "symbolic link"
    if not stat.S_ISREG(status.st_mode):
        return "not a regular file"
    if language is None:
        return "unknown language"
    if status.st_size > limit:
        return f"larger than {limit:,} bytes"
    return refused_by_name(path)


def _readable(
    source: Path,
    candidates: Sequence[SourceFile],
    most: int,
    known: Mapping[str, KnownFile],
    skips: _Skips,
    cancel: CancelToken,
) -> tuple[list[SourceFile], dict[str, KnownFile]]:
    good: list[SourceFile] = []
    rejected: dict[str, KnownFile] = {}
    for number, file in enumerate(candidates):
        if number % _CHECK_EVERY == 0:
            cancel.raise_if_cancelled()
        if len(good) >= most:
            for other in candidates[number:]:
                skips.add("beyond max_files_to_scan", other.path)
            break
        before = known.get(file.path)
        if before is not None and (before.size, before.mtime_ns) == (file.size, file.mtime_ns):
            reason = before.reason
        else:
            reason = _sniff(source, file)
        if reason is None:
            good.append(file)
        else:
            skips.add(reason, file.path)
            rejected[file.path] = KnownFile(file.size, file.mtime_ns, reason)
    return good, rejected


def _sniff(source: Path, file: SourceFile) -> str | None:
    """Why the file's beginning speaks against it, or None."""
    try:
        return refused_by_beginning(read_beginning(source, file.path, SNIFFED_BYTES))
    except (OSError, PathRefusedError):
        return "unreadable"


def _walk(source: Path, folder: str, skips: _Skips, cancel: CancelToken) -> Iterator[str]:
    """Every file below ``folder``, without entering symbolic links, ignored or unwanted folders."""
    folders = [folder]
    rules = IgnoreRules(source)
    while folders:
        cancel.raise_if_cancelled()
        folder = folders.pop()
        try:
            entries = sorted(os.scandir(source / folder), key=lambda entry: entry.name)
        except OSError:
            skips.add("unreadable", folder)
            continue
        if any(entry.name == IGNORE_FILE for entry in entries):
            rules.enter(folder)
        below: list[str] = []
        for entry in entries:
            path = f"{folder}/{entry.name}" if folder else entry.name
            is_folder = entry.is_dir(follow_symlinks=False)
            if is_folder and entry.name in UNWANTED_FOLDERS:
                skips.add("build or dependency folder", path)
            elif rules.ignores(path, is_folder=is_folder):
                skips.add("ignored by .gitignore", path)
            elif is_folder:
                below.append(path)
            else:
                yield path
        folders.extend(reversed(below))
