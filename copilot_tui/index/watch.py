"""Keeps the index fresh while a program runs: a first refresh at once, another when files change.

It works in a thread of its own on an index object of its own, so that an exploration never waits for it
longer than the index's lock tells; many files are read in a process. The operating system reports changes
(inotify, FSEvents, ...); where it cannot, an exploration still refreshes by itself, only later. Nobody has to
stop it: it dies with the program.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from watchfiles import Change, DefaultFilter, watch

from copilot_tui.core.cancellation import CancelToken
from copilot_tui.core.errors import Cancelled, CopilotError
from copilot_tui.index.languages import language_of
from copilot_tui.index.parts import IndexParts
from copilot_tui.index.refresh_process import refresh_elsewhere
from copilot_tui.index.update import Progress

_SETTLE_MILLISECONDS = 800
_LOOK_MILLISECONDS = 400
_PATIENCE_SECONDS = 5.0
_FEW_FILES = 8
"""So many changed files cost less here than a process costs."""


class IndexKeeper:
    """``progress``, ``refreshed`` (how many files the index holds) and ``failed`` are called in the keeper's
    thread: while a refresh of many files runs, after each refresh, and when something went wrong."""

    def __init__(
        self,
        parts: IndexParts,
        progress: Progress,
        refreshed: Callable[[int], None],
        failed: Callable[[CopilotError], None],
    ) -> None:
        self._parts = parts
        self._index = parts.open()
        self._progress = progress
        self._refreshed = refreshed
        self._failed = failed
        self._cancel = CancelToken()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="index-keeper", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Stop, also a refresh that is under way; the index stays usable."""
        self._stopped.set()
        self._cancel.cancel()
        self._thread.join(_PATIENCE_SECONDS)

    def _keep(self) -> None:
        try:
            self._refresh(everything=True)
            for changes in watch(
                self._parts.source,
                watch_filter=_Sources(),
                stop_event=self._stopped,
                debounce=_SETTLE_MILLISECONDS,
                rust_timeout=_LOOK_MILLISECONDS,
                raise_interrupt=False,
                ignore_permission_denied=True,
            ):
                self._refresh(everything=len(changes) > _FEW_FILES)
        except Cancelled:
            pass
        except CopilotError as error:
            self._failed(error)
        except (OSError, RuntimeError) as error:
            # Too many folders for the system's limit, or a file system that reports nothing.
            hint = "Explorations refresh the index by themselves."
            self._failed(CopilotError(f"Changes of files cannot be watched: {error}.", hint))
        finally:
            self._index.close()

    def _refresh(self, *, everything: bool) -> None:
        if everything:
            files = refresh_elsewhere(self._parts, self._progress, self._cancel)
        else:
            files = len(self._index.refresh(cancel=self._cancel).files)
        if not self._stopped.is_set():
            self._refreshed(files)


class _Sources(DefaultFilter):
    """Changes that can change the index: files with a language, ignore rules, and folders."""

    def __call__(self, change: Change, path: str) -> bool:
        if not super().__call__(change, path):
            return False
        name = path.rpartition("/")[2]
        return language_of(name) is not None or name == ".gitignore" or "." not in name
