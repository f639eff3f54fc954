"""Which files of a code base are worth reading, and why the others are not.

Inside a git work tree git itself lists the files, so every ignore rule counts; elsewhere the folder is
walked without the usual build and dependency folders. Symbolic links are never followed. A file that
is left out is counted under a reason, with a few examples, so nothing disappears in silence.

Limits: without git, ``.gitignore`` files are not read. Whether a file is binary or minified is judged
by its first 8 KiB; the verdict of an unchanged file may be handed in (``known``) to save the reading.
"""

from __future__ import annotations

import errno
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
from copilot_tui.index.languages import is_prose, language_of

EXAMPLES_PER_REASON = 5
_SNIFFED_BYTES = 8192
_CHECK_EVERY = 256
_UNWANTED = """
.git .hg .svn .bzr .jj node_modules bower_components __pycache__ .venv venv .tox .nox .mypy_cache
.ruff_cache .pytest_cache .hypothesis .eggs site-packages .gradle .idea .vscode .cache .cargo target build
dist out _build cmake-build-debug cmake-build-release CMakeFiles DerivedData
"""
_UNWANTED_FOLDERS = frozenset(_UNWANTED.split())


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
    """The files, in the order of their paths, and how many others were left out for which reason.

    ``examples`` names the first few per reason. ``rejected`` holds what was sniffed and refused, to be
    handed to the next scan as part of ``known``. ``listed_by`` is ``git`` or ``walk``.
    """

    files: tuple[SourceFile, ...] = ()
    skipped: Mapping[str, int] = field(default_factory=dict)
    examples: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    seconds: float = 0.0
    rejected: Mapping[str, KnownFile] = field(default_factory=dict)
    listed_by: str = ""


class _Skips:
    """Counts what is left out, and keeps the first few names of each reason."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}
        self.examples: dict[str, tuple[str, ...]] = {}

    def add(self, reason: str, path: str, count: int = 1) -> None:
        self.counts[reason] = self.counts.get(reason, 0) + count
        shown = self.examples.get(reason, ())
        if len(shown) < EXAMPLES_PER_REASON:
            self.examples[reason] = (*shown, showable(path))


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
    patterns = directory_patterns(source, directories, skips)
    paths = git_paths(source, cancel)
    listed_by = "git" if paths else "walk"
    listed: Iterable[str] = paths if paths else _walk(source, skips, cancel)
    candidates = _candidates(source, listed, patterns, settings, skips, cancel)
    # Sources before documents, so that a low max_files_to_scan keeps what matters.
    candidates.sort(key=lambda file: (is_prose(file.language), file.path))
    good, rejected = _readable(source, candidates, settings.max_files_to_scan, known or {}, skips, cancel)
    good.sort(key=lambda file: file.path)
    return ScanResult(
        files=tuple(good),
        skipped=skips.counts,
        examples=skips.examples,
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


def read_bytes(source: Path, path: str, limit: int) -> bytes:
    """The whole content of a regular file inside ``source``; ``path`` is relative.

    Raises :class:`PathRefusedError` for a path that leaves the source (by ``..``, as an absolute path
    or through a symbolic link) and for what is no regular file, :class:`UsageError` for more than
    ``limit`` bytes, and OSError where the system refuses.
    """
    parts = path.split("/")
    if path.startswith("/") or "\\" in path or "\0" in path or ".." in parts or Path(path).is_absolute():
        raise PathRefusedError(f"{showable(path)} is not a path inside the code base.")
    full = source / path
    if not full.parent.resolve().is_relative_to(source.resolve()):
        raise PathRefusedError(f"{showable(path)} leads out of the code base through a symbolic link.")
    descriptor = _open(full, path)
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise PathRefusedError(f"{showable(path)} is not a regular file.")
        content = file.read(limit + 1)
    if len(content) > limit:
        raise UsageError(
            f"{showable(path)} is larger than {limit:,} bytes.",
            "Raise exploration.max_file_bytes to read it.",
        )
    return content


def _open(full: Path, path: str) -> int:
    # Non-blocking, so that a named pipe cannot hang the program; no symbolic link as last part.
    flags = (
        os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    )
    try:
        return os.open(full, flags)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise PathRefusedError(f"{showable(path)} is a symbolic link.") from error
        raise


def directory_patterns(source: Path, directories: Sequence[str], skips: _Skips) -> tuple[str, ...]:
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
    parts = path.split("/")
    for pattern in patterns:
        wanted = pattern.split("/")
        if len(parts) > len(wanted) and all(map(fnmatchcase, parts, wanted)):
            return True
    return not patterns


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
    root = os.fspath(source)
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
        language = language_of(path)
        reason = _reason_by_status(status, language, settings.max_file_bytes)
        if reason:
            skips.add(reason, path)
        elif language:
            found.append(SourceFile(path, status.st_size, status.st_mtime_ns, language))
    return found


def _reason_by_status(status: os.stat_result, language: str | None, limit: int) -> str | None:
    if stat.S_ISLNK(status.st_mode):
        return "symbolic link"
    if not stat.S_ISREG(status.st_mode):
        return "not a regular file"
    if language is None:
        return "unknown language"
    if status.st_size > limit:
        return f"larger than {limit:,} bytes"
    return None


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
            skips.add("beyond max_files_to_scan", file.path, len(candidates) - number)
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
        descriptor = _open(source / file.path, file.path)
        with os.fdopen(descriptor, "rb") as stream:
            head = stream.read(_SNIFFED_BYTES)
    except (OSError, PathRefusedError):
        return "unreadable"
    if b"\0" in head:
        return "binary"
    if ".min." in file.path.rpartition("/")[2]:
        return "minified"
    # Whole screens without a line end are data or machine output, not source.
    if len(head) >= _SNIFFED_BYTES // 2 and len(head) > 500 * (head.count(b"\n") + head.count(b"\r") + 1):
        return "minified"
    return None


def _walk(source: Path, skips: _Skips, cancel: CancelToken) -> Iterator[str]:
    """Every file below ``source``, without entering symbolic links or unwanted folders."""
    folders = [""]
    while folders:
        cancel.raise_if_cancelled()
        folder = folders.pop()
        try:
            entries = sorted(os.scandir(source / folder), key=lambda entry: entry.name)
        except OSError:
            skips.add("unreadable", folder)
            continue
        below: list[str] = []
        for entry in entries:
            path = f"{folder}/{entry.name}" if folder else entry.name
            if not entry.is_dir(follow_symlinks=False):
                yield path
            elif entry.name in _UNWANTED_FOLDERS:
                skips.add("build or dependency folder", path)
            else:
                below.append(path)
        folders.extend(reversed(below))


def showable(path: str) -> str:
    """A file name that cannot disturb a terminal or an encoder."""
    return (
        path.encode("utf-8", "backslashreplace").decode("utf-8") if path.isprintable() else ascii(path)[1:-1]
    )
