"""Reading files of a code base: never outside it, never through a link, decoded without a loss.

Content that is no UTF-8 counts as ISO-8859-1, so every file has a text.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from copilot_tui.core.errors import PathRefusedError, UsageError


class SourceReader:
    """Reads many files of one code base; which folders lie inside is found out once for each."""

    def __init__(self, source: Path, limit: int) -> None:
        self._source = source
        self._resolved = source.resolve()
        self._limit = limit
        self._inside: set[str] = set()

    def read(self, path: str) -> bytes:
        """As :func:`read_bytes`."""
        folder = path.rpartition("/")[0]
        if folder not in self._inside:
            _check(path)
            if not Path(os.path.realpath(f"{self._source}/{folder}")).is_relative_to(self._resolved):
                raise PathRefusedError(
                    f"{showable(path)} leads out of the code base through a symbolic link."
                )
            self._inside.add(folder)
        elif ".." in path or "\0" in path or "\\" in path:
            _check(path)
        return _content(f"{self._source}/{path}", path, self._limit)


def read_bytes(source: Path, path: str, limit: int) -> bytes:
    """The whole content of a regular file inside ``source``; ``path`` is relative.

    Raises :class:`PathRefusedError` for a path that leaves the source (by ``..``, as an absolute path
    or through a symbolic link) and for what is no regular file, :class:`UsageError` for more than
    ``limit`` bytes, and OSError where the system refuses.
    """
    return SourceReader(source, limit).read(path)


def read_beginning(source: Path, path: str, length: int) -> bytes:
    """The first ``length`` bytes of a file that a listing of ``source`` named."""
    descriptor = _open(f"{source}/{path}", path)
    try:
        return os.read(descriptor, length)
    finally:
        os.close(descriptor)


def decode(content: bytes) -> str:
    """Text of UTF-8 or ISO-8859-1 bytes, without byte order mark, line ends as ``\\n``."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def showable(path: str) -> str:
    """A file name that cannot disturb a terminal or an encoder."""
    return (
        path.encode("utf-8", "backslashreplace").decode("utf-8") if path.isprintable() else ascii(path)[1:-1]
    )


def _check(path: str) -> None:
    if (
        path.startswith("/")
        or "\\" in path
        or "\0" in path
        or ".." in path.split("/")
        or Path(path).is_absolute()
    ):
        raise PathRefusedError(f"{showable(path)} is not a path inside the code base.")


def _content(full: str, path: str, limit: int) -> bytes:
    descriptor = _open(full, path)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise PathRefusedError(f"{showable(path)} is not a regular file.")
        # Room for what is there, not for the limit: memory that nobody writes to has to be got, too.
        content = os.read(descriptor, min(status.st_size, limit) + 1)
        while len(content) <= limit and (more := os.read(descriptor, limit + 1 - len(content))):
            content += more
    finally:
        os.close(descriptor)
    if len(content) > limit:
        raise UsageError(
            f"{showable(path)} is larger than {limit:,} bytes.",
            "Raise exploration.max_file_bytes to read it.",
        )
    return content


def _open(full: str, path: str) -> int:
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
