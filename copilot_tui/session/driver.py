"""Drives the session manager for a frontend that a person types into: one piece of work at a time.

It knows no screen. Work that changes a session runs through :meth:`SessionDriver.work`, which the
frontend calls once at a time; what happens is told to its :class:`Listener`. What a failed phase stored
as an event is not told a second time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from copilot_tui.core.artefacts import Task
from copilot_tui.core.cancellation import CancelToken
from copilot_tui.core.errors import Cancelled, CopilotError, UsageError
from copilot_tui.core.events import (
    ArtefactEdited,
    EventRecord,
    FilesMentioned,
    SessionEnded,
    SessionRenamed,
    SessionStarted,
    ShellForgotten,
    ShellRan,
)
from copilot_tui.core.state import SessionState, apply_event
from copilot_tui.session import archive
from copilot_tui.session.choice_of_files import existing, explored, with_pin, without
from copilot_tui.session.listener import Listener
from copilot_tui.session.mentions import Mentions, resolve_mentions
from copilot_tui.session.opening import Opened, Opening, check_models, open_code_base
from copilot_tui.session.replay import timed, until, with_states
from copilot_tui.session.statistics import Figures, figures_after, figures_of

if TYPE_CHECKING:
    from copilot_tui.session.background_index import BackgroundIndex
    from copilot_tui.session.manager import SessionManager


class SessionDriver:
    """A frontend's one hand on the manager. Made on the event loop."""

    def __init__(self, opening: Opening, listener: Listener) -> None:
        self.opening = opening
        self._listener = listener
        self._opened: Opened | None = None
        self._loading: asyncio.Task[None] | None = None
        self._indexing: BackgroundIndex | None = None
        self._cancel = CancelToken()
        self._outputs: list[ShellRan] = []
        self.figures: Figures = ()
        """Those of the session that is shown, up to the record told last."""
        self.busy = ""
        self.idle = asyncio.Event()
        self.idle.set()

    @property
    def manager(self) -> SessionManager:
        """Raises UsageError while the code base is not open."""
        if self._opened is None:
            raise UsageError("The code base is not open yet.", "Wait a moment, or look at the error above.")
        return self._opened.manager

    @property
    def is_open(self) -> bool:
        return self._opened is not None

    @property
    def state(self) -> SessionState:
        return self._opened.manager.state if self._opened is not None else SessionState()

    @property
    def state_directory(self) -> Path:
        return self.manager.place.state

    @property
    def git_branch(self) -> str:
        return self._opened.branch if self._opened is not None else ""

    # Opening and closing

    async def open(self) -> None:
        """Open the code base and begin to load its model. Raises what went wrong."""
        self._opened = await asyncio.to_thread(open_code_base, self.opening, self._on_record)
        # Here, because it needs the index, which the thread has imported by now.
        from copilot_tui.session.background_index import BackgroundIndex

        for notice in self._opened.manager.notices:
            self._listener.said(notice)
        self._loading = asyncio.create_task(self._load_model(self._opened))
        manager = self._opened.manager
        self._indexing = BackgroundIndex(
            manager.place, manager.settings, self._listener.said, self._listener.index_progressed
        )
        self._indexing.start()

    async def close(self) -> None:
        """Stop what runs, free the models and the lock."""
        if self._opened is not None:
            with suppress(CopilotError):  # a full disk, for one, must not keep the code base locked
                await self._leave_solved()
        opened, self._opened = self._opened, None
        if self._loading is not None:
            self._loading.cancel()
        if self._indexing is not None:
            await asyncio.to_thread(self._indexing.stop)
        if opened is not None:
            opened.manager.stop()
            await opened.manager.close()
            await asyncio.to_thread(opened.models.close)

    async def use_model(self, name: str) -> None:
        """Close and open again with another model; the session goes on. A wrong name changes nothing."""
        session = self.state.session
        before = self.opening
        wanted = before.with_model(name)
        await asyncio.to_thread(check_models, wanted)
        await self.close()
        self.opening = wanted
        try:
            await self.open()
        except CopilotError:
            self.opening = before
            await self.open()
            raise
        if session:
            await self.resume(session)

    async def _load_model(self, opened: Opened) -> None:
        model = opened.manager.settings.codegen.model_path
        self._listener.engine_changed("loading", model)
        try:
            engine = await opened.models.engine("codegen")
        except CopilotError as error:
            self._listener.engine_changed("failed", model)
            self._listener.failed(error)
        else:
            self._listener.engine_changed("ready", engine.information.model, engine.information)
            for notice in opened.manager.untold_model_notices():
                self._listener.said(notice)

    # Work, one piece at a time

    def reserve(self, what: str) -> None:
        """From now on the driver counts as busy, though the worker may begin a moment later."""
        self.busy = what
        self.idle.clear()

    async def work(self, what: str, wish: Callable[[], Awaitable[object]]) -> None:
        """Carry out one wish; failures become messages."""
        self.reserve(what)
        self._listener.work_changed(what)
        try:
            await wish()
        except Cancelled:
            pass  # the phase's own event has told it
        except CopilotError as error:
            if not self._told(error):
                self._listener.failed(error)
        finally:
            self.busy = ""
            self.idle.set()
            self._listener.work_changed("")

    def _told(self, error: CopilotError) -> bool:
        failure = self.state.failure
        return failure is not None and failure.message == error.message

    def stop(self) -> None:
        """Ask what runs to stop: a phase, a command, a replay."""
        self._cancel.cancel()
        if self._opened is not None:
            self._opened.manager.stop()

    async def set_task(self, text: str) -> None:
        """Begin a session, or refine the task of the one that is not over."""
        if not self._is_under_way:
            await self.begin(Task(text))
            return
        named = await self._mentions(text)
        await self.manager.change_task(replace(self.state.task, text=named.text))
        await self._tell_mentions(named)

    async def begin(self, task: Task) -> None:
        """Begin a session; one that is not over is ended first."""
        named = await self._mentions(task.text)
        await self._leave_solved()
        if self._is_under_way:
            await self.manager.end("stopped")
        self._listener.session_cleared()
        await self.manager.start(replace(task, text=named.text))
        await self._tell_outputs()
        await self._tell_mentions(named)

    @property
    def _is_under_way(self) -> bool:
        """There is a session, and it was not ended."""
        return bool(self.state.session) and not self.state.ended_at

    async def _mentions(self, text: str) -> Mentions:
        return await asyncio.to_thread(resolve_mentions, text, self.manager.place.source)

    async def _tell_mentions(self, named: Mentions) -> None:
        if named.paths:
            await self.manager.record(FilesMentioned(named.paths))
        for name in named.unknown:
            self._listener.said(f"There is no file {name} in the code base; the name stays as it is.")

    async def rename(self, title: str) -> None:
        await self._go_on()
        await self.manager.record(SessionRenamed(title))

    async def shell(self, command: str) -> None:
        """Run a command of the person's; what it prints is kept for the prompts."""
        from copilot_tui.session.shell import run_shell

        self._cancel = CancelToken()
        manager = self.manager
        timeout = manager.settings.interface.shell_timeout_seconds
        try:
            ran = await run_shell(command, manager.place.source, timeout, self._cancel)
        except Cancelled:
            self._listener.said(f"{command} was stopped.")
            return
        if self._is_under_way:
            await manager.record(ran)
        else:
            self._outputs.append(ran)
            self._listener.shell_ran(ran)

    async def forget_outputs(self) -> None:
        """Show the model no more what commands printed."""
        self._outputs.clear()
        if self._is_under_way and self.state.shell:
            await self.manager.record(ShellForgotten())
        else:
            self._listener.said("No output of a command goes into the prompts.")

    async def _tell_outputs(self) -> None:
        """What was run before there was a session belongs to the one that begins now."""
        outputs, self._outputs = self._outputs, []
        for ran in outputs:
            await self.manager.record(ran)

    async def open_tasks(self) -> tuple[Task, ...]:
        """The open breadcrumbs of the code base, most urgent first; brings the index up to date."""
        from copilot_tui.session.tasks import find_tasks

        return await asyncio.to_thread(find_tasks, self.manager.index, ())

    async def phase(self, name: str) -> None:
        await self._go_on()
        await self.manager.run_phase(name)

    async def step(self) -> None:
        await self._go_on()
        await self.manager.step()

    async def run(self, iterations: int | None) -> None:
        """Run that many more iterations; the one that is under way counts as the first."""
        await self._go_on()
        state = self.state
        done = state.iteration - 1 if state.iteration_open else state.iteration
        limit = done + (iterations or self.manager.settings.session.max_iterations)
        await self.manager.run(limit, stop_at_breakpoints=True)

    async def _go_on(self) -> None:
        """A session that was ended is taken up again before more is done in it."""
        state = self.state
        if not state.session:
            raise UsageError("There is no task yet.", "State one: type what you want, and Enter.")
        if state.ended_at:
            await self.manager.resume(state.session)
            await self._tell_outputs()

    async def toggle_breakpoint(self, phase: str) -> None:
        """Stop before a phase, or no longer."""
        enabled = phase not in self.state.breakpoints
        await self.manager.set_breakpoint(phase, enabled)
        if not self.state.session:
            self._listener.said(f"The next session {'stops' if enabled else 'does not stop'} before {phase}.")

    async def pin(self, path: str) -> None:
        """Mark a file as always shown to the model."""
        before = explored(self.state)
        path = existing(self.manager.place.source, path)
        if path not in {file.path for file in before.files}:
            self._listener.said(f"{path} was not among the files found; /explore reads it.")
        await self.manager.edit(ArtefactEdited(exploration=with_pin(before, path)))

    async def drop(self, path: str) -> None:
        """Take a file out of what the model is shown, and keep it out."""
        await self.manager.edit(ArtefactEdited(exploration=without(explored(self.state), path)))

    # Stored sessions

    async def resume(self, session: str) -> None:
        """Show a stored session from its beginning, and go on with it."""
        await self._leave_solved()
        await self.manager.resume(session, await self.show(session))

    async def _leave_solved(self) -> None:
        """A solved session that was only looked at again is not one that somebody left half done."""
        state = self.state
        if self._is_under_way and not state.iteration_open and state.solved:
            await self.manager.end("solved")

    async def show(self, session: str) -> Sequence[EventRecord]:
        """Send the stored records as if they came live; returns them."""
        stored = await asyncio.to_thread(archive.records, self.state_directory, session)
        self._listener.session_cleared()
        told = await asyncio.to_thread(with_states, stored)
        self.figures = figures_of(record.event for record, _ in told)
        self._listener.replayed(told)
        return stored

    async def replay(self, speed: float) -> None:
        """Show the session again with its own timing, ``speed`` times as fast; a stop shows the rest."""
        if not self.state.session:
            raise UsageError("There is no session to replay.", "State a task, or /resume one.")
        self._cancel = CancelToken()
        stopped = asyncio.Event()
        self._cancel.on_cancel(stopped.set)
        stored = await asyncio.to_thread(archive.records, self.state_directory, self.state.session)
        self._listener.session_cleared()
        state = SessionState()
        for wait, record in timed(stored, speed):
            if wait and not stopped.is_set():
                await until(stopped, wait)
            state = apply_event(state, record)
            self._listener.recorded(record, state)

    async def branch(self, seq: int) -> None:
        """Go on in a copy of the session up to an event."""
        if not self.state.session:
            raise UsageError("There is no session to branch from.", "State a task, or /resume one.")
        session = await self.manager.branch(self.state.session, seq)
        await self._leave_solved()
        if not self.state.ended_at:
            await self.manager.end("stopped")
        await self.resume(session)

    async def export(self, name: str) -> Path:
        """Write the session; returns the file, in the state directory where no name was given."""
        session = self.state.session
        if not session:
            raise UsageError("There is no session to export.", "State a task, or /resume one.")
        return await asyncio.to_thread(archive.export, self.state_directory, session, name)

    def _on_record(self, record: EventRecord) -> None:
        earlier = () if isinstance(record.event, SessionStarted) else self.figures
        self.figures = figures_after(earlier, record.event)
        self._listener.recorded(record, self.state)
        if isinstance(record.event, SessionEnded) and record.event.status == "solved":
            self._listener.said("The change is in the code base. /diff shows it, /undo takes it out.")
