"""Turning a stream of model text, or the reports of some work, into a stream of events."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from copilot_tui.core.events import Event

GATHER_SECONDS = 0.1

Result = TypeVar("Result")


class TextGatherer:
    """Gathers tokens for a tenth of a second, so that neither store nor terminal is flooded.

    Without ``streaming`` everything is gathered until :meth:`take`.
    """

    def __init__(self, *, streaming: bool) -> None:
        self._streaming = streaming
        self._parts: list[str] = []
        self._taken: list[str] = []
        self._since = time.monotonic()

    @property
    def whole(self) -> str:
        """All text so far."""
        return "".join(self._taken) + "".join(self._parts)

    def add(self, text: str) -> str:
        """Add a piece; returns what is due to be shown now (often nothing)."""
        self._parts.append(text)
        due = self._streaming and time.monotonic() - self._since >= GATHER_SECONDS
        return self.take() if due else ""

    def take(self) -> str:
        """What was gathered and not yet taken."""
        text = "".join(self._parts)
        self._parts.clear()
        self._taken.append(text)
        self._since = time.monotonic()
        return text


@dataclass(slots=True)
class Outcome(Generic[Result]):
    """Filled by :func:`events_of`: what the work returned."""

    values: list[Result] = field(default_factory=list)

    @property
    def value(self) -> Result:
        return self.values[0]


async def events_of(
    work: Callable[[Callable[[Event], None]], Awaitable[Result]], outcome: Outcome[Result]
) -> AsyncGenerator[Event, None]:
    """Run ``work``, which reports through a callback, and yield what it reports while it runs.

    The callback may be called from any thread. An exception of the work is raised after the events
    before it; a consumer that goes away cancels the work.
    """
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[Event | None] = asyncio.Queue()

    def report(event: Event | None) -> None:
        loop.call_soon_threadsafe(queue.put_nowait, event)

    async def run() -> None:
        try:
            outcome.values.append(await work(report))
        finally:
            report(None)

    task = asyncio.ensure_future(run())
    try:
        while (event := await queue.get()) is not None:
            yield event
        await task
    finally:
        if not task.done():
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
