"""The program of a process that refreshes an index, ``python -m`` and this module's name.

It reads :class:`IndexParts` from standard input and writes to standard output how far it is, and at last how
it ended, as frames of msgpack (see ``refresh_process``). It has a low priority, and leaves when its standard
input ends, so it never outlives the program that started it; the index bears that at any moment.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from typing import BinaryIO

import msgspec

from copilot_tui.core.errors import CopilotError
from copilot_tui.index.frames import read_frame, write_frame
from copilot_tui.index.parts import IndexParts

_NICENESS = 10
_TELL_SECONDS = 0.2


class Answer(msgspec.Struct, frozen=True):
    """How far it is; or, with ``files`` or ``error`` set, how it ended."""

    what: str = ""
    done: float = 0.0
    total: float = 0.0
    files: int | None = None
    error: str = ""
    hint: str = ""


def main() -> None:
    """Refresh once."""
    if sys.platform != "win32":
        os.nice(_NICENESS)
    incoming = sys.stdin.buffer
    # Nothing else may write between the frames.
    outgoing = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    parts = msgspec.msgpack.decode(read_frame(incoming) or b"", type=IndexParts)
    threading.Thread(target=_leave_at_end, args=(incoming,), daemon=True).start()
    try:
        result = parts.open().refresh(_Teller(outgoing))
    except CopilotError as error:
        _tell(outgoing, Answer(error=error.message, hint=error.hint or ""))
    else:
        _tell(outgoing, Answer(files=len(result.files)))


class _Teller:
    """Passes progress on, a few times a second."""

    def __init__(self, outgoing: BinaryIO) -> None:
        self._outgoing = outgoing
        self._told = 0.0

    def __call__(self, what: str, done: float, total: float) -> None:
        now = time.monotonic()
        if now - self._told >= _TELL_SECONDS:
            self._told = now
            _tell(self._outgoing, Answer(what, done, total))


def _tell(outgoing: BinaryIO, answer: Answer) -> None:
    write_frame(outgoing, msgspec.msgpack.encode(answer))
    outgoing.flush()


def _leave_at_end(incoming: BinaryIO) -> None:
    incoming.read()
    os._exit(0)


if __name__ == "__main__":
    main()
