"""The index of an open code base, built and kept fresh behind a frontend's back.

How far it is is told while it runs, and at its end what took long. Without ``exploration.watch``, and without
exploration, nothing runs.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from copilot_tui.core.config import Settings
from copilot_tui.core.errors import CopilotError
from copilot_tui.session.indexing import index_parts
from copilot_tui.session.workplace import Workplace

if TYPE_CHECKING:
    from copilot_tui.index.watch import IndexKeeper

_WORTH_TELLING_SECONDS = 5.0


class BackgroundIndex:
    """Made and stopped on the event loop; ``say`` and ``progressed`` (empty: done) are called there, too."""

    def __init__(
        self,
        place: Workplace,
        settings: Settings,
        say: Callable[[str], None],
        progressed: Callable[[str], None],
    ) -> None:
        self._place = place
        self._settings = settings
        self._say = say
        self._show_progress = progressed
        self._loop = asyncio.get_running_loop()
        self._keeper: IndexKeeper | None = None
        self._telling: asyncio.TimerHandle | None = None
        self._started = 0.0

    def start(self) -> None:
        exploration = self._settings.exploration
        if not exploration.enabled or not exploration.watch:
            return
        # Here, because only a frontend that stays open needs it.
        from copilot_tui.index.watch import IndexKeeper

        directories = self._settings.project(self._place.project).directories
        parts = index_parts(self._place.source, self._place.state / "index", self._settings, directories)
        self._started = time.monotonic()
        self._telling = self._loop.call_later(_WORTH_TELLING_SECONDS, self._tell_that_it_takes_long)
        self._keeper = IndexKeeper(parts, self._progressed, self._refreshed, self._failed)
        self._keeper.start()

    def stop(self) -> None:
        """Blocks for a moment while a refresh is under way."""
        if self._keeper is not None:
            self._keeper.stop()

    def _tell_that_it_takes_long(self) -> None:
        self._say("Indexing the code base in the background; what is indexed can be searched already.")

    def _progressed(self, what: str, done: float, total: float) -> None:
        share = f" {100 * done / total:.0f}%" if total else ""
        self._loop.call_soon_threadsafe(self._show_progress, f"index: {what}{share}")

    def _refreshed(self, files: int) -> None:
        seconds = time.monotonic() - self._started
        self._loop.call_soon_threadsafe(self._tell_that_it_is_done, files, seconds)

    def _tell_that_it_is_done(self, files: int, seconds: float) -> None:
        self._show_progress("")
        if self._telling is None:
            return  # a later change, which takes a moment
        self._telling.cancel()
        self._telling = None
        if seconds > _WORTH_TELLING_SECONDS:
            self._say(f"Indexed {files:,} files in {seconds:.0f} s.")

    def _failed(self, error: CopilotError) -> None:
        self._loop.call_soon_threadsafe(self._show_progress, "")
        self._loop.call_soon_threadsafe(self._say, f"{error.message} {error.hint or ''}".strip())
