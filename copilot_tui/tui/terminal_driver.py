"""Textual's driver for terminals, for one that may go away.

Its thread that writes would die of the first failed write, and the event loop would then wait for ever for
room in that thread's queue: the code base would stay locked, and the process would never end. Here writes to
a terminal that is gone go nowhere, so the app has the time to leave in good order.
"""

from __future__ import annotations

from io import TextIOWrapper
from typing import IO, Any, cast

from textual.drivers.linux_driver import LinuxDriver


class LosableFile:
    """A terminal's file; what is written after it is gone is dropped."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def write(self, text: str) -> None:
        try:
            self._file.write(text)
        except OSError:
            return  # nobody is there to read it; the signal tells the app

    def flush(self) -> None:
        try:
            self._file.flush()
        except OSError:
            return

    def fileno(self) -> int:
        return self._file.fileno()


class TerminalDriver(LinuxDriver):
    """Writes through :class:`LosableFile`."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        file = cast(TextIOWrapper, self._file)
        self._file = cast(TextIOWrapper, LosableFile(file))
