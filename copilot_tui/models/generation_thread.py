"""The bridge from a thread that generates to the event loop that listens.

A model library blocks, and a thread cannot be cancelled like a coroutine. So an engine owns one
thread; the work that runs there hands over parts with ``emit`` and asks ``stopped`` at each token.
The listener is released at once when a stop is asked for or its task is cancelled; the thread follows
at its next look at ``stopped``, and the next generation waits for it.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Generic, TypeAlias, TypeVar

from copilot_tui.core.cancellation import CancelToken
from copilot_tui.core.errors import Cancelled, CopilotError, GenerationError

Part = TypeVar("Part")
Emit: TypeAlias = Callable[[Part], None]
Stopped: TypeAlias = Callable[[], bool]
Work: TypeAlias = Callable[[Emit[Part], Stopped], None]

_END = object()
_STOP = object()


class GenerationStopped(Exception):
    """Unwinds the work when ``stopped`` says so. Raised by ``emit`` and by work; never seen outside."""


class GenerationThread(Generic[Part]):
    """Runs one piece of work at a time, in the order in which they were asked for."""

    def __init__(self, name: str) -> None:
        self._own = threading.local()
        self._executor = ThreadPoolExecutor(
            max_workers=1, thread_name_prefix=name, initializer=setattr, initargs=(self._own, "here", True)
        )
        self._closing = threading.Event()

    async def stream(self, work: Work[Part], cancel: CancelToken) -> AsyncIterator[Part]:
        """Yield what ``work`` emits. Raises ``Cancelled`` as soon as a stop is asked for.

        What ``work`` raises is raised here: a :class:`CopilotError` as it is, anything else as a
        :class:`GenerationError` with the original as its cause.
        """
        cancel.raise_if_cancelled()
        if self._closing.is_set():
            raise _closed()
        mailbox = _Mailbox(asyncio.get_running_loop())
        unregister = cancel.on_cancel(lambda: mailbox.post(_STOP))

        def stopped() -> bool:
            return mailbox.closed.is_set() or cancel.cancelled or self._closing.is_set()

        self._executor.submit(_run, work, mailbox, stopped)
        try:
            while (item := await mailbox.items.get()) is not _END:
                if cancel.cancelled:
                    raise Cancelled()
                if item is _STOP:
                    raise _closed()
                if isinstance(item, BaseException):
                    raise item
                yield item
        finally:
            mailbox.closed.set()
            unregister()
        cancel.raise_if_cancelled()

    def close(self) -> None:
        """Stop what runs and wait for the thread to end: until the work looks at ``stopped`` next.

        On the thread itself (where an engine that nobody holds any more may be finalized) it does
        not wait: nothing runs there then but the caller.
        """
        self._closing.set()
        self._executor.shutdown(wait=not hasattr(self._own, "here"), cancel_futures=True)


class _Mailbox:
    """What the thread puts in and the event loop takes out."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.items: asyncio.Queue[Any] = asyncio.Queue()
        self.closed = threading.Event()
        self._loop = loop

    def post(self, item: Any) -> None:
        try:
            self._loop.call_soon_threadsafe(self.items.put_nowait, item)
        except RuntimeError:  # the loop was closed, so nobody can listen
            self.closed.set()


def _closed() -> GenerationError:
    return GenerationError("The model was closed while it was still in use.")


def _run(work: Work[Part], mailbox: _Mailbox, stopped: Stopped) -> None:
    def emit(part: Part) -> None:
        if stopped():
            raise GenerationStopped()
        mailbox.post(part)

    try:
        if stopped():
            raise GenerationStopped()
        work(emit, stopped)
        mailbox.post(_END)
    except GenerationStopped:
        mailbox.post(_STOP)
    except CopilotError as error:
        mailbox.post(error)
    except Exception as error:  # noqa: BLE001 - the thread's boundary: all goes to the listener
        wrapped = GenerationError(f"The engine failed: {error}.", "Run copilot-tui doctor.")
        wrapped.__cause__ = error
        mailbox.post(wrapped)
