"""What the first iteration will need and needs no model for: got ready while the model loads.

The compile phase must know which sandbox works here, and each prompt template must be compiled once; together
that is some fifty milliseconds of waiting in the first iteration. Nothing is told from here: what fails fails
again, and is told, where it is used.
"""

from __future__ import annotations

import asyncio

from copilot_tui.build.sandbox import mechanism
from copilot_tui.core.config import Settings
from copilot_tui.phases.prompting import PromptLibrary


class HeadStart:
    """Gets ready on a thread of its own, once."""

    def __init__(self, prompts: PromptLibrary, settings: Settings) -> None:
        self._prompts = prompts
        self._settings = settings
        self._running: asyncio.Future[None] | None = None

    def begin(self) -> None:
        """Returns at once; needs a running event loop."""
        if self._running is None:
            self._running = asyncio.ensure_future(asyncio.to_thread(self._work))

    async def finish(self) -> None:
        """Wait until no thread works for it any more."""
        if self._running is not None:
            await self._running

    def _work(self) -> None:
        if self._settings.build.sandbox != "off":
            mechanism()
        self._prompts.compile_all()
