"""Where model files lie: under the hash of their content, checked before they got there.

    DIRECTORY/blobs/SHA256.gguf     whole files whose hash was checked (.npz: the table for the search)
    DIRECTORY/partial/SHA256/       what an unfinished download has so far
    DIRECTORY/partial/SHA256.lock   held by the process that downloads
    DIRECTORY/converted/SHA256/     the same model as safetensors, for the transformers engine

A file comes under its final name by a rename, after its hash was found right, so a whole name means a
whole file. Each use checks the size again; ``verify`` reads all of it.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from copilot_tui.core.config import Settings
from copilot_tui.core.errors import ModelFileError, ModelNotFoundError
from copilot_tui.models.catalog import EVERYTHING, CatalogEntry, find_anything
from copilot_tui.store.locations import data_directory

_BLOCK = 2**20
_DIRECTORY_VARIABLE = "COPILOT_TUI_MODELS__DIRECTORY"


class ModelStore:
    """The model files below one directory; by default the one that the environment or platform names."""

    def __init__(self, directory: Path | None = None) -> None:
        named = os.environ.get(_DIRECTORY_VARIABLE, "")
        default = Path(named).expanduser() if named else data_directory() / "models"
        self.directory = directory or default

    @classmethod
    def from_settings(cls, settings: Settings) -> ModelStore:
        """The store at ``models.directory``, or the default one when that is empty."""
        configured = settings.models.directory
        return cls(Path(configured).expanduser() if configured else None)

    def blob(self, entry: CatalogEntry) -> Path:
        """Where the file of ``entry`` is, or would be."""
        return self.directory / "blobs" / f"{entry.sha256}{entry.suffix}"

    def partial(self, entry: CatalogEntry) -> Path:
        """The directory for an unfinished download of ``entry``."""
        return self.directory / "partial" / entry.sha256

    def path(self, name: str) -> Path | None:
        """The file of the model ``name``, or None when it is not installed.

        Raises :class:`ModelFileError` when its size is wrong, :class:`ModelNotFoundError` when the
        catalogue does not know the name.
        """
        entry = find_anything(name)
        path = self.blob(entry)
        try:
            size = path.stat().st_size
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise ModelFileError(
                f"{path} cannot be read: {error.strerror}.", "Check its permissions."
            ) from error
        if size != entry.bytes:
            raise ModelFileError(
                f"The file of {name} has {size:,} bytes instead of {entry.bytes:,}: {path}.",
                f"Fetch it again: copilot-tui models pull {name}",
            )
        return path

    def installed(self) -> tuple[CatalogEntry, ...]:
        """What is here and has the right size, the smallest first."""
        return tuple(entry for entry in EVERYTHING if self._is_whole(entry))

    def verify(self, name: str) -> Path:
        """Read the whole file and check its hash; seconds for a large model.

        Raises :class:`ModelFileError` when it is wrong, :class:`ModelNotFoundError` when it is not here.
        """
        path = self.path(name)
        if path is None:
            raise ModelNotFoundError(f"{name} is not installed.", f"Fetch it: copilot-tui models pull {name}")
        if sha256_of(path) != find_anything(name).sha256:
            raise ModelFileError(
                f"The file of {name} was changed or damaged; its hash is wrong: {path}.",
                f"Fetch it again: copilot-tui models pull {name}",
            )
        return path

    def adopt(self, entry: CatalogEntry, file: Path, digest: str) -> Path:
        """Move a whole file under its final name. Raises :class:`ModelFileError` on a wrong hash."""
        if digest != entry.sha256:
            raise ModelFileError(
                f"What was fetched for {entry.name} has the SHA-256 {digest[:12]}..., not the publisher's "
                f"{entry.sha256[:12]}....",
                "It was thrown away. Try again; if it stays so, the source is wrong.",
            )
        target = self.blob(entry)
        target.parent.mkdir(parents=True, exist_ok=True)
        with file.open("rb") as opened:
            os.fsync(opened.fileno())
        file.replace(target)
        return target

    def remove(self, name: str) -> int:
        """Delete the model and what an unfinished download left. Returns the bytes that got free."""
        entry = find_anything(name)
        freed = 0
        converted = converted_directory(self.blob(entry))
        for file in (self.blob(entry), *self.partial(entry).glob("*"), *converted.glob("*")):
            if file.is_file():
                freed += file.stat().st_size
        try:
            self.blob(entry).unlink(missing_ok=True)
        except OSError as error:
            raise ModelFileError(f"{self.blob(entry)} cannot be removed: {error.strerror}.") from error
        shutil.rmtree(self.partial(entry), ignore_errors=True)
        shutil.rmtree(converted, ignore_errors=True)
        return freed

    def _is_whole(self, entry: CatalogEntry) -> bool:
        try:
            return self.blob(entry).stat().st_size == entry.bytes
        except OSError:
            return False


def converted_directory(file: Path) -> Path:
    """Where the checkpoint made from a GGUF file is, or would be: in the store, or beside the file."""
    if file.parent.name == "blobs":
        return file.parent.parent / "converted" / file.stem
    return file.with_name(f"{file.stem}.converted")


def sha256_of(path: Path, on_block: Callable[[], None] = lambda: None) -> str:
    """The hash of a file in hexadecimal; ``on_block`` is called for each mebibyte and may raise."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
            on_block()
    return digest.hexdigest()
