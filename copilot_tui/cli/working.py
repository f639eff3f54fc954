"""Running sessions from the command line: what ``run``, ``demo`` and ``sessions resume`` share.

Ctrl+C once asks the work to stop, whatever it is at: the search for tasks, a phase, or the step between
two of them. The session is closed in good order, to be resumed later. A second Ctrl+C leaves at once.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from copilot_tui.cli.output import data, json_events, say
from copilot_tui.console.narrator import Narrator, summary_line
from copilot_tui.core.artefacts import Summary, Task
from copilot_tui.core.cancellation import CancelToken
from copilot_tui.core.config import Settings
from copilot_tui.core.errors import Cancelled, CopilotError, ExitCode, WorkspaceError
from copilot_tui.core.text import printable_line
from copilot_tui.models.loader import LocalModelLoader
from copilot_tui.session.manager import SessionManager, Workplace

STOP_SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)
"""Ctrl+C, a plain kill, a terminal that is closed: each ends the session in good order."""


@dataclass(frozen=True, slots=True)
class WorkOptions:
    """How to work: figures of the loop, and the form of the output."""

    max_iterations: int
    seed: int = 0
    as_json: bool = False


@dataclass(slots=True)
class Result:
    """One task and how it ended."""

    task: Task
    summary: Summary | None
    error: CopilotError | None = None


@dataclass(slots=True)
class Results:
    """All tasks of one call, and the exit code that they come to."""

    entries: list[Result] = field(default_factory=list)

    @property
    def exit_code(self) -> ExitCode:
        for entry in self.entries:
            if isinstance(entry.error, Cancelled):
                return ExitCode.INTERRUPTED
        solved = [e for e in self.entries if e.summary is not None and e.summary.status == "solved"]
        return ExitCode.DONE if len(solved) == len(self.entries) else ExitCode.NOT_SOLVED


TaskSource = Callable[[SessionManager, CancelToken], Awaitable[Sequence[Task]]]
"""Finds the tasks of a code base; a cancelled token ends the search with ``Cancelled``."""


def work_on(place: Workplace, settings: Settings, tasks: TaskSource, options: WorkOptions) -> Results:
    """Open the code base, find the tasks, and work on one after another."""

    async def work(manager: SessionManager, results: Results, stop: CancelToken) -> None:
        for task in await tasks(manager, stop):
            if stop.cancelled:
                results.entries.append(Result(task, None, Cancelled()))
                return
            await manager.start(task, seed=options.seed)
            results.entries.append(await _finish(manager, options, stop))
            if results.entries[-1].error is not None:
                return

    return asyncio.run(_with_manager(place, settings, options, work))


def resume(place: Workplace, settings: Settings, session: str, options: WorkOptions) -> Results:
    """Go on with a stored session."""

    async def work(manager: SessionManager, results: Results, stop: CancelToken) -> None:
        state = await manager.resume(session)
        # What was used up before the resume does not count again.
        more = replace(options, max_iterations=state.iteration + options.max_iterations)
        results.entries.append(await _finish(manager, more, stop))

    return asyncio.run(_with_manager(place, settings, options, work))


async def _with_manager(
    place: Workplace,
    settings: Settings,
    options: WorkOptions,
    work: Callable[[SessionManager, Results, CancelToken], Awaitable[None]],
) -> Results:
    on_record = json_events if options.as_json else Narrator(tokens=settings.session.enable_streaming)
    models = LocalModelLoader(settings)
    manager = SessionManager(place, settings, models, on_record=on_record)
    results = Results()
    stop = CancelToken()
    stop.on_cancel(manager.stop)
    loop = asyncio.get_running_loop()
    for number in STOP_SIGNALS:
        loop.add_signal_handler(number, _interrupt, stop, loop)
    try:
        await work(manager, results, stop)
    except BrokenPipeError as error:
        raise Cancelled(
            "The reader of the output left, so the work was stopped.",
            "Go on with: copilot-tui sessions resume",
        ) from error
    finally:
        if isinstance(on_record, Narrator):
            on_record.close()
        _restore_signals(loop)
        await manager.close()
        models.close()
    return results


def _interrupt(stop: CancelToken, loop: asyncio.AbstractEventLoop) -> None:
    stop.cancel()  # first, for the terminal may be gone
    say("\nStopping; Ctrl+C again leaves at once.")
    loop.set_exception_handler(_leave_quietly)
    _restore_signals(loop)


def _leave_quietly(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """The second Ctrl+C may hit any task, and whoever waited for that one is gone: no news for a person."""
    if not isinstance(context.get("exception"), KeyboardInterrupt):
        loop.default_exception_handler(context)


def _restore_signals(loop: asyncio.AbstractEventLoop) -> None:
    for number in STOP_SIGNALS:
        loop.remove_signal_handler(number)


async def _finish(manager: SessionManager, options: WorkOptions, stop: CancelToken) -> Result:
    """Run the loop to its end.

    What would stop every other task too is raised: no model, no build tool, a store that fails. What
    concerns this task's files alone ends this task.
    """
    try:
        if stop.cancelled:  # before the loop began, where the manager had nothing to stop
            await manager.end("stopped")
            raise Cancelled()
        await manager.run(options.max_iterations)
    except Cancelled as stopped:
        return Result(manager.state.task, manager.state.summary, stopped)
    except WorkspaceError as error:
        say(f"{error}")
    return Result(manager.state.task, manager.state.summary)


def print_results(results: Results) -> None:
    """The table that a person reads last."""
    for number, entry in enumerate(results.entries, 1):
        summary = entry.summary
        status = summary.status if summary is not None else "stopped"
        name = entry.task.symbol or printable_line(entry.task.text)[:50]
        data(f"{number:3}. {status:9} {name}")
        if summary is not None:
            data(f"     {summary_line(summary)}")
    solved = sum(1 for e in results.entries if e.summary and e.summary.status == "solved")
    data(f"{solved} of {len(results.entries)} tasks solved.")
