"""A program in a real terminal: a pty of its own, what it wrote, and the keys that it is sent."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Mapping
from pathlib import Path

COMMAND = (sys.executable, "-m", "copilot_tui")
SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_=>])")
PATIENCE_SECONDS = float(os.environ.get("PATIENCE", "60"))


class Terminal:
    """Runs ``copilot-tui`` as the leader of a session whose controlling terminal is the pty.

    Where the pty is not ``controlling``, no signal tells the program that it hangs up.
    """

    def __init__(
        self,
        *arguments: str | Path,
        program: tuple[str, ...] = COMMAND,
        columns: int = 100,
        rows: int = 30,
        term: str = "xterm-256color",
        environment: Mapping[str, str] | None = None,
        controlling: bool = True,
    ) -> None:
        self.process, self.descriptor = _started(
            [*program, *map(str, arguments)], columns, rows, term, environment, controlling
        )
        self.raw = b""
        self._read_to = 0

    @property
    def text(self) -> str:
        """All that was written, without escape sequences."""
        return SEQUENCE.sub("", self.raw.decode("utf-8", "replace"))

    def send(self, keys: str) -> None:
        os.write(self.descriptor, keys.encode())

    def resize(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self.descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def until(self, text: str) -> None:
        """Read until ``text`` was written since the last such call."""
        end = time.monotonic() + PATIENCE_SECONDS
        while text not in self.text[self._read_to :]:
            if not self._read(0.2) and self.process.poll() is not None:
                raise AssertionError(f"it ended without {text!r}:\n{self.text}")
            if time.monotonic() > end:
                raise AssertionError(f"{text!r} never came:\n{self.text}")
        self._read_to = self.text.index(text, self._read_to) + len(text)

    def read_for(self, seconds: float) -> None:
        """Take what comes in this time, so that the program is not kept from writing."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0 and self._read(left):
            continue

    def goes_on(self) -> bool:
        """Whether the program is still there after a while."""
        end = time.monotonic() + 1.0
        while self.process.poll() is None and time.monotonic() < end:
            self._read(0.05)
        return self.process.poll() is None

    def hang_up(self) -> None:
        """The terminal is gone: the program gets SIGHUP, if the pty controls it, and every write fails."""
        os.close(self.descriptor)
        self.descriptor = -1

    def wait(self) -> int:
        """Read to the end; the exit status, negative for a signal."""
        end = time.monotonic() + PATIENCE_SECONDS
        while self.process.poll() is None:
            if self.descriptor >= 0:
                self._read(0.05)
            else:
                time.sleep(0.02)
            if time.monotonic() > end:
                self.process.kill()
                raise AssertionError(f"it never ended:\n{self.text}")
        while self.descriptor >= 0 and self._read(0.05):
            pass
        return self.process.returncode

    def close(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        if self.descriptor >= 0:
            os.close(self.descriptor)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _read(self, seconds: float) -> bool:
        ready, _, _ = select.select([self.descriptor], [], [], seconds)
        if not ready:
            return False
        try:
            piece = os.read(self.descriptor, 65536)
        except OSError:  # Linux says so when the other side is closed
            return False
        self.raw += piece
        return bool(piece)


def _started(
    command: list[str],
    columns: int,
    rows: int,
    term: str,
    environment: Mapping[str, str] | None,
    controlling: bool,
) -> tuple[subprocess.Popen[bytes], int]:
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def take_terminal() -> None:
        os.setsid()
        if controlling:
            fcntl.ioctl(theirs, termios.TIOCSCTTY, 0)

    process = subprocess.Popen(
        command,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, "TERM": term, "PROMPT_TOOLKIT_NO_CPR": "1", **(environment or {})},
        preexec_fn=take_terminal,
        close_fds=True,
    )
    os.close(theirs)
    return process, ours
