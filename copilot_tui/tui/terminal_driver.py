"""Textual's driver for terminals, for one that may go away.

Its thread that writes would die of the first failed write, and the event loop would then wait for ever for
room in that thread's queue: the code base would stay locked, and the process would never end. Here writes to
a terminal that is gone go nowhere, so the app has the time to leave in good order.

A program is told by a signal that its terminal went away, but only where it is in the foreground of a
session that has this terminal for its own. One that another program started (``make``, a wrapper) may hear
nothing, and the thread that reads would then read nothing for ever, as fast as it can. So
:attr:`TerminalDriver.is_lost` can be asked.
"""

from __future__ import annotations

import os
import termios
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
    """Writes through :class:`LosableFile`, and knows whether the terminal is still there."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        file = cast(TextIOWrapper, self._file)
        self._file = cast(TextIOWrapper, LosableFile(file))
        self._had_terminal = os.isatty(self.fileno)

    @property
    def is_lost(self) -> bool:
        """Whether there was a terminal that is no longer one: it was closed, or its connection ended."""
        if not self._had_terminal:
            return False
        try:
            termios.tcgetattr(self.fileno)
        except termios.error:
            return True
        return False
