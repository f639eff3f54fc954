"""Drives the session manager for a frontend that a person types into: one piece of work at a time.

It knows no screen. Work that changes a session runs through :meth:`SessionDriver.work`, which the
frontend calls once at a time; what happens is told to its :class:`Listener`. What a failed phase stored
as an event is not told a second time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from copilot_tui.core.artefacts import Exploration, RankedFile, Task
from copilot_tui.core.errors import Cancelled, CopilotError, UsageError
from copilot_tui.core.events import ArtefactEdited, EventRecord, SessionEnded
from copilot_tui.core.state import SessionState, apply_event
from copilot_tui.session import archive
from copilot_tui.session.listener import Listener
from copilot_tui.session.opening import Opened, Opening, open_code_base

if TYPE_CHECKING:
    from copilot_tui.session.manager import SessionManager


class SessionDriver:
    """A frontend's one hand on the manager. Made on the event loop."""

    def __init__(self, opening: Opening, listener: Listener) -> None:
        self.opening = opening
        self._listener = listener
        self._opened: Opened | None = None
        self._loading: asyncio.Task[None] | None = None
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
        for notice in self._opened.manager.notices:
            self._listener.said(notice)
        self._loading = asyncio.create_task(self._load_model(self._opened))

    async def close(self) -> None:
        """Stop what runs, free the models and the lock."""
        opened, self._opened = self._opened, None
        if self._loading is not None:
            self._loading.cancel()
        if opened is not None:
            opened.manager.stop()
            await opened.manager.close()
            await asyncio.to_thread(opened.models.close)

    async def use_model(self, name: str) -> None:
        """Close and open again with another model; the session goes on."""
        session = self.state.session
        before = self.opening
        await self.close()
        self.opening = before.with_model(name)
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
            for notice in opened.models.notices:
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
        """Ask the running phase to stop."""
        if self._opened is not None:
            self._opened.manager.stop()

    async def set_task(self, text: str) -> None:
        """Begin a session, or refine the task of the one that is not over."""
        state = self.state
        if state.session and not state.ended_at:
            await self.manager.change_task(replace(state.task, text=text))
        else:
            await self.begin(Task(text))

    async def begin(self, task: Task) -> None:
        """Begin a session; one that is not over is ended first."""
        state = self.state
        if state.session and not state.ended_at:
            await self.manager.end("stopped")
        self._listener.session_cleared()
        await self.manager.start(task)

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

    async def toggle_breakpoint(self, phase: str) -> None:
        """Stop before a phase, or no longer."""
        enabled = phase not in self.state.breakpoints
        await self.manager.set_breakpoint(phase, enabled)
        if not self.state.session:
            self._listener.said(f"The next session {'stops' if enabled else 'does not stop'} before {phase}.")

    # The code

    async def accept(self, what: str) -> None:
        """Put the candidate, or what is named of it, into the code base."""
        from copilot_tui.session.selection import read_selection

        selection = read_selection(what, self.state)
        await self.manager.changes.accept(selection.hunks, selection.candidate)

    async def reject(self, what: str) -> None:
        """Refuse the candidate, or what is named of it."""
        from copilot_tui.session.selection import read_selection

        selection = read_selection(what, self.state)
        if selection.candidate is not None:
            raise UsageError("Only the current candidate can be rejected.", "Name hunks or a file of it.")
        await self.manager.changes.reject(selection.hunks, selection.reason)

    async def undo(self, candidate: str = "") -> None:
        """Take the newest change, or that of ``#N``, out of the code base."""
        await self.manager.changes.undo(_number(candidate))

    async def redo(self, candidate: str = "") -> None:
        """Put back what was undone last, or ``#N``."""
        await self.manager.changes.redo(_number(candidate))

    async def pin(self, path: str) -> None:
        """Mark a file as always shown to the model."""
        exploration = self._exploration()
        path = self._existing(path)
        known = {file.path: file for file in exploration.files}
        if path in known:
            files = tuple(replace(f, pinned=True) if f.path == path else f for f in exploration.files)
        else:
            files = (*exploration.files, RankedFile(path, 0.0, ("pinned by you",), pinned=True))
            self._listener.said(f"{path} was not among the files found; /explore reads it.")
        await self.manager.edit(ArtefactEdited(exploration=replace(exploration, files=files)))

    async def drop(self, path: str) -> None:
        """Take a file out of what the model is shown, and keep it out."""
        exploration = self._exploration()
        if path not in {file.path for file in exploration.files}:
            raise UsageError(f"{path} is not among the files found.", "See the exploration.")
        await self.manager.edit(
            ArtefactEdited(
                exploration=replace(
                    exploration,
                    files=tuple(f for f in exploration.files if f.path != path),
                    snippets=tuple(s for s in exploration.snippets if s.path != path),
                    breadcrumbs=tuple(b for b in exploration.breadcrumbs if b.path != path),
                )
            )
        )

    def _exploration(self) -> Exploration:
        exploration = self.state.exploration
        if exploration is None:
            raise UsageError("Nothing was explored yet.", "Begin with /explore.")
        return exploration

    def _existing(self, path: str) -> str:
        """The path as the index writes it; raises when it is no file of the code base."""
        from copilot_tui.workspace.paths import resolve_inside

        place = resolve_inside(self.manager.place.source, path)
        if not place.is_file():
            raise UsageError(f"There is no file {path} in the code base.", "Tab completes its name.")
        return place.relative_to(self.manager.place.source).as_posix()

    # Stored sessions

    async def resume(self, session: str) -> None:
        """Show a stored session from its beginning, and go on with it."""
        await self.show(session)
        await self.manager.resume(session)

    async def show(self, session: str) -> None:
        """Send the stored records as if they came live."""
        stored = await asyncio.to_thread(archive.records, self.state_directory, session)
        self._listener.session_cleared()
        self._listener.replayed(await asyncio.to_thread(_with_states, stored))

    async def branch(self, seq: int) -> None:
        """Go on in a copy of the session up to an event."""
        if not self.state.session:
            raise UsageError("There is no session to branch from.", "State a task, or /resume one.")
        session = await self.manager.branch(self.state.session, seq)
        if not self.state.ended_at:
            await self.manager.end("stopped")
        await self.resume(session)

    async def export(self, name: str) -> Path:
        """Write the session; returns the file, in the state directory where no name was given."""
        session = self.state.session
        if not session:
            raise UsageError("There is no session to export.", "State a task, or /resume one.")
        return await asyncio.to_thread(_export, self.state_directory, session, name)

    def _on_record(self, record: EventRecord) -> None:
        state = self.state
        self._listener.recorded(record, state)
        if isinstance(record.event, SessionEnded) and record.event.status == "solved":
            self._listener.said("The change is in the code base. /diff shows it, /undo takes it out.")


def _number(candidate: str) -> int | None:
    from copilot_tui.session.selection import candidate_number

    return candidate_number(candidate) if candidate else None


def _with_states(stored: list[EventRecord]) -> tuple[tuple[EventRecord, SessionState], ...]:
    state = SessionState()
    records = []
    for record in archive.joined(stored):
        state = apply_event(state, record)
        records.append((record, state))
    return tuple(records)


def _export(state: Path, session: str, name: str) -> Path:
    from copilot_tui.session.export import export_json, export_markdown

    path = Path(name).expanduser() if name else state / "exports" / f"{session}.md"
    stored = archive.records(state, session)
    text = export_json(stored) if path.suffix in {".jsonl", ".json"} else export_markdown(stored)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}.", "Name another file.") from error
    return path
