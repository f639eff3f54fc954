"""A token by which one side asks and the other side stops.

It is safe across threads: an engine's generation thread polls ``cancelled`` at each token while the
event loop calls ``cancel``. Callbacks let a runner kill a process at once instead of polling.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from copilot_tui.core.errors import Cancelled


class CancelToken:
    """Set once, never reset; make a new token for the next piece of work."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._lock = threading.Lock()
        self._callbacks: list[Callable[[], None]] = []

    @property
    def cancelled(self) -> bool:
        return self._event.is_set()

    def cancel(self) -> None:
        """Ask for a stop. Callbacks run in the calling thread, each exactly once."""
        with self._lock:
            if self._event.is_set():
                return
            self._event.set()
            callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            callback()

    def raise_if_cancelled(self) -> None:
        """Raise :class:`Cancelled` when a stop was asked for."""
        if self._event.is_set():
            raise Cancelled()

    def on_cancel(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call ``callback`` at cancellation (at once if already cancelled).

        Returns a function that takes the registration back.
        """
        with self._lock:
            already = self._event.is_set()
            if not already:
                self._callbacks.append(callback)
        if already:
            callback()

        def remove() -> None:
            with self._lock:
                if callback in self._callbacks:
                    self._callbacks.remove(callback)

        return remove
