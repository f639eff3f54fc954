"""The one thread that touches the database, so that neither the event loop waits for a disk nor two
threads meet in one SQLite connection."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

from copilot_tui.core.artefacts import Diagnostic, FileChange, Lesson
from copilot_tui.memory.lessons import LessonBook, Replay

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


class StoreThread:
    """Runs functions one after another on its own thread."""

    def __init__(self) -> None:
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store")

    async def call(
        self,
        function: Callable[Parameters, Result],
        *arguments: Parameters.args,
        **options: Parameters.kwargs,
    ) -> Result:
        """The function's result; its exceptions are raised here."""
        loop = asyncio.get_running_loop()
        work = partial(function, *arguments, **options)
        # A cancelled caller must not leave a write half waited for: the write itself always ends.
        return await asyncio.shield(loop.run_in_executor(self._executor, work))

    def close(self) -> None:
        """Wait for what was handed in, then end the thread."""
        self._executor.shutdown(wait=True)


class ThreadedLessons:
    """The lesson book for phases: the same calls, run on the store's thread."""

    def __init__(self, book: LessonBook, thread: StoreThread) -> None:
        self._book = book
        self._thread = thread

    async def observe(
        self, errors: Sequence[Diagnostic], context: Mapping[str, object]
    ) -> tuple[Lesson, ...]:
        return await self._thread.call(self._book.observe, errors, context)

    async def known_fixes(self, errors: Sequence[Diagnostic]) -> tuple[Lesson, ...]:
        return await self._thread.call(self._book.known_fixes, errors)

    async def verify(
        self,
        failed: Sequence[Diagnostic],
        before: Sequence[FileChange],
        after: Sequence[FileChange],
        context: Mapping[str, object],
    ) -> tuple[Lesson, ...]:
        return await self._thread.call(self._book.verify, failed, before, after, context)

    async def replays(self, errors: Sequence[Diagnostic]) -> tuple[Replay, ...]:
        return await self._thread.call(self._book.replays, errors)

    async def judge(self, lesson: Lesson, *, helped: bool, harmed: bool) -> Lesson | None:
        return await self._thread.call(self._book.judge, lesson, helped=helped, harmed=harmed)
