"""The bridge from a generating thread to the event loop, with work that tests can hold still."""

from __future__ import annotations

import asyncio
import gc
import threading
import weakref

import pytest

from copilot_tui.core.cancellation import CancelToken
from copilot_tui.core.errors import Cancelled, GenerationError
from copilot_tui.models.generation_thread import Emit, GenerationThread, Stopped


async def test_what_the_work_raises_is_raised_here_with_its_cause() -> None:
    thread: GenerationThread[int] = GenerationThread("test")

    def work(emit: Emit[int], stopped: Stopped) -> None:
        emit(1)
        raise ZeroDivisionError("a bug")

    parts = thread.stream(work, CancelToken())
    assert await parts.__anext__() == 1
    with pytest.raises(GenerationError, match="a bug") as caught:
        await parts.__anext__()
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    thread.close()


async def test_a_stop_releases_the_listener_while_the_work_still_computes() -> None:
    thread: GenerationThread[int] = GenerationThread("test")
    computing, release, seen = threading.Event(), threading.Event(), []

    def work(emit: Emit[int], stopped: Stopped) -> None:
        computing.set()
        release.wait(30)
        seen.append(stopped())

    cancel = CancelToken()
    listening = asyncio.ensure_future(thread.stream(work, cancel).__anext__())
    await asyncio.to_thread(computing.wait, 30)
    cancel.cancel()
    with pytest.raises(Cancelled):
        await listening
    assert seen == []
    release.set()
    thread.close()
    assert seen == [True]


async def test_what_is_queued_behind_is_not_begun_once_it_is_stopped() -> None:
    thread: GenerationThread[int] = GenerationThread("test")
    release, begun = threading.Event(), []
    first = asyncio.ensure_future(
        thread.stream(lambda emit, stopped: void(release), CancelToken()).__anext__()
    )
    cancel = CancelToken()
    second = asyncio.ensure_future(thread.stream(lambda emit, stopped: begun.append(1), cancel).__anext__())
    await asyncio.sleep(0)
    cancel.cancel()
    with pytest.raises(Cancelled):
        await second
    release.set()
    with pytest.raises(StopAsyncIteration):
        await first
    thread.close()
    assert begun == []


def void(event: threading.Event) -> None:
    event.wait(30)


class Owner:
    """Like an engine: its work refers to it, and it is finalized with the last reference."""

    def __init__(self, freed: threading.Event) -> None:
        self.thread: GenerationThread[int] = GenerationThread("test")
        self.value = 1
        weakref.finalize(self, free, self.thread, freed)

    def work(self, emit: Emit[int], stopped: Stopped) -> None:
        for _ in range(1000):
            emit(self.value)
            threading.Event().wait(0.001)


def free(thread: GenerationThread[int], freed: threading.Event) -> None:
    thread.close()
    freed.set()


async def test_an_owner_may_be_finalized_on_the_thread_itself() -> None:
    """Nobody but the running work holds it any more; closing must not wait for the own thread."""
    freed = threading.Event()
    owner = Owner(freed)
    parts = owner.thread.stream(owner.work, CancelToken())
    assert await parts.__anext__() == 1
    del owner
    await parts.aclose()  # type: ignore[attr-defined]
    del parts
    gc.collect()
    assert await asyncio.to_thread(freed.wait, 10)
