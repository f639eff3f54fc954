"""Keeping the beginning and the end of an endless stream in constant memory.

A build that prints a gigabyte must be read to the end, or it blocks on a full pipe; but only its
first errors and its last lines matter. ``Capture`` keeps both and counts the rest.
"""

from __future__ import annotations

from copilot_tui.core.text import printable

_NOTICE_BYTES = 64


class Capture:
    """Head and tail of a byte stream, together at most ``limit`` bytes, notice included.

    Memory is bounded by one and a half times ``limit`` and one piece of input.
    """

    def __init__(self, limit: int) -> None:
        room = max(0, limit - _NOTICE_BYTES)
        self._head_limit = room // 2
        self._tail_limit = room - self._head_limit
        self._head = bytearray()
        self._tail = bytearray()
        self._dropped = 0

    @property
    def truncated(self) -> bool:
        """Whether something was left out."""
        return self._dropped > 0 or len(self._tail) > self._tail_limit

    def feed(self, piece: bytes) -> None:
        """Take the next bytes of the stream."""
        room = self._head_limit - len(self._head)
        if room > 0:
            self._head += piece[:room]
            piece = piece[room:]
        if len(piece) > self._tail_limit:
            self._dropped += len(self._tail) + len(piece) - self._tail_limit
            self._tail[:] = piece[len(piece) - self._tail_limit :]
            return
        self._tail += piece
        if len(self._tail) > 2 * self._tail_limit:
            self._trim()

    def text(self) -> str:
        """What was kept, decoded and safe to show; where bytes are missing, a line says how many.

        Cuts are moved to line ends, so that no half line is taken for a message.
        """
        if not self.truncated:
            return printable((self._head + self._tail).decode("utf-8", "replace"))
        self._trim()
        head = self._head[: self._head.rfind(b"\n") + 1] or self._head
        tail = self._tail[self._tail.find(b"\n") + 1 :] or self._tail
        missing = self._dropped + len(self._head) - len(head) + len(self._tail) - len(tail)
        notice = f"[... {missing} bytes left out ...]\n"
        break_line = "" if head.endswith(b"\n") or not head else "\n"
        return (
            printable(head.decode("utf-8", "replace"))
            + break_line
            + notice
            + printable(tail.decode("utf-8", "replace"))
        )

    def _trim(self) -> None:
        excess = len(self._tail) - self._tail_limit
        if excess > 0:
            del self._tail[:excess]
            self._dropped += excess
