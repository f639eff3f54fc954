"""The SessionManager: runs phases, stores each event, then shows it.

Commands go down as method calls, events come up through one callback. Every event is in the database
before anybody sees it, so what was shown is never lost; the state is the fold of these events and
nothing else. One manager works on a code base at a time; others may read.

A manager must be opened, used and closed on one event loop.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import aclosing
from typing import Any, TypeAlias

from copilot_tui.core import events as ev
from copilot_tui.core.artefacts import Task
from copilot_tui.core.cancellation import CancelToken
from copilot_tui.core.config import Settings
from copilot_tui.core.errors import Cancelled, CopilotError, UsageError
from copilot_tui.core.state import SessionState, apply_event, fold, summarise
from copilot_tui.index.code_index import CodeIndex
from copilot_tui.memory.lessons import LessonBook
from copilot_tui.models.engine import ModelProvider
from copilot_tui.phases.phase import Phase, PhaseContext
from copilot_tui.phases.phase_table import load_phases
from copilot_tui.phases.prompting import PromptLibrary
from copilot_tui.session.changes import CodeChanges
from copilot_tui.session.head_start import HeadStart
from copilot_tui.session.indexing import open_code_index
from copilot_tui.session.locked_store import LockedStore
from copilot_tui.session.loop import (
    RECOVERABLE,
    EndSession,
    FinishIteration,
    RunPhase,
    StartIteration,
    at_breakpoint,
    next_step,
)
from copilot_tui.session.notices import ToldNotices
from copilot_tui.session.session_logs import SessionLogs
from copilot_tui.session.settling import settled, take_out_unjudged
from copilot_tui.session.store_thread import ThreadedLessons
from copilot_tui.session.workplace import Workplace, check_source
from copilot_tui.store.identifiers import new_session_id
from copilot_tui.workspace.apply import Workspace

__all__ = ["SessionManager", "Workplace", "check_source"]

RecordSink = Callable[[ev.EventRecord], None]
PersonEvent: TypeAlias = ev.SessionRenamed | ev.FilesMentioned | ev.ShellRan | ev.ShellForgotten


class SessionManager:
    """Runs one session at a time on one code base."""

    def __init__(
        self,
        place: Workplace,
        settings: Settings,
        models: ModelProvider,
        *,
        on_record: RecordSink | None = None,
        told: ToldNotices | None = None,
    ) -> None:
        """Takes the writer's lock and opens the store: StoreLockedError when another process has it.

        ``told`` is handed on from manager to manager where a process opens several, one after another.
        """
        self.place = place
        self.settings = settings
        self.state = SessionState()
        self._models = models
        self._on_record = on_record or (lambda record: None)
        self._cancel = CancelToken()
        self._told = told or ToldNotices()
        self._store = LockedStore(place)
        self._thread, self._sessions = self._store.thread, self._store.sessions
        self._logs = SessionLogs(place.state, self._store, wanted=settings.session.save_sessions)
        self._workspace = Workspace(place.source, place.state / "journal")
        self._index = open_code_index(
            place.source,
            place.state / "index",
            settings,
            settings.project(place.project).directories,
        )
        self._prompts = PromptLibrary(place.source)
        self._head_start = HeadStart(self._prompts, settings)
        self._phases: Mapping[str, Phase] = load_phases()
        self.notices: tuple[str, ...] = (
            *self._store.notices,
            *self._workspace.recover(),
            *take_out_unjudged(self._workspace, self._sessions),
        )

    @property
    def index(self) -> CodeIndex:
        return self._index

    async def start(self, task: Task, *, seed: int = 0, context: Mapping[str, Any] | None = None) -> str:
        """Begin a new session; returns its id."""
        self._head_start.begin()
        breakpoints = sorted(self.state.breakpoints)
        self.state = SessionState(session=await self._thread.call(new_session_id))
        await self._emit(
            ev.SessionStarted(
                task=task,
                source=str(self.place.source),
                project=self.place.project,
                seed=seed,
                models={
                    "codegen": self.settings.codegen.model_path,
                    "llm": self.settings.llm.model_path,
                },
                context=dict(context or {}),
            )
        )
        for phase in breakpoints:
            await self._emit(ev.BreakpointSet(phase, enabled=True))
        await self._tell_notices()
        return self.state.session

    async def resume(self, session: str, records: Sequence[ev.EventRecord] | None = None) -> SessionState:
        """Go on with a stored session (an id, a unique beginning of one, or ``last``).

        ``records`` are its events, where the caller has read them already.
        """
        self._head_start.begin()
        if records is None:
            identifier = await self._thread.call(self._sessions.resolve, session)
            records = await self._thread.call(self._sessions.records, identifier)
        self.state = await asyncio.to_thread(fold, records)
        self._told.read_in(records)
        await self._emit(ev.SessionResumed(self.state.phase))
        await self._tell_notices()
        await self._settle_edits()
        return self.state

    async def run_phase(self, name: str) -> SessionState:
        """Run one phase to its end; raises what made it fail, after it was stored."""
        if not self.state.session:
            raise UsageError("There is no session.", "State a task first.")
        if name not in self._phases:
            raise UsageError(f"There is no phase {name!r}.", f"Phases: {', '.join(self._phases)}.")
        self._cancel = CancelToken()
        if not self.state.iteration_open:
            await self._emit(ev.IterationStarted(self.state.iteration + 1))
        started = time.monotonic()
        await self._emit(ev.PhaseStarted(name, self.state.iteration))
        try:
            await self._run_events(name)
        except CopilotError as error:
            await self._phase_failed(name, error, time.monotonic() - started)
            raise
        seconds = time.monotonic() - started
        await self._emit(ev.PhaseFinished(name, self.state.iteration, seconds))
        if name == "compile":
            await self._logs.write_build(self.state)
        return self.state

    async def step(self) -> SessionState:
        """Run the next phase of the loop and stop there."""
        while True:
            step = next_step(self.state, self.settings, self.settings.session.max_iterations)
            if isinstance(step, EndSession):
                await self.end(step.status)
                return self.state
            await self._take(step)
            if isinstance(step, RunPhase):
                return self.state

    async def run(
        self, max_iterations: int | None = None, *, stop_at_breakpoints: bool = False
    ) -> SessionState:
        """Run the loop until the task is solved, the iterations are used up, or a stop is asked for.

        The session is ended then; an error that costs the session is raised afterwards. At a breakpoint,
        where these count, the run returns with the session open, and the next one goes on from there.
        """
        limit = max_iterations or self.settings.session.max_iterations
        self._cancel = CancelToken()
        stop = self._cancel
        try:
            while True:
                step = next_step(self.state, self.settings, limit)
                if isinstance(step, EndSession):
                    return await self.end(step.status)
                if stop.cancelled:
                    raise Cancelled()
                if stop_at_breakpoints and at_breakpoint(step, self.state):
                    await self._emit(ev.BreakpointReached(step.phase))
                    return self.state
                await self._take(step)
                stop = self._cancel
        except Cancelled:
            await self.end("stopped")
            raise
        except CopilotError:
            await self.end("failed")
            raise

    async def end(self, status: str) -> SessionState:
        """Close the session with its summary and write its logs."""
        if self.state.status != status or self.state.summary is None:
            await self._emit(ev.SessionEnded(status, summarise(self.state, status)))
        await self._logs.write_session(self.state)
        return self.state

    def stop(self) -> None:
        """Ask the running phase to stop; it does so within 200 ms. Callable from any thread."""
        self._cancel.cancel()

    async def edit(self, change: ev.ArtefactEdited) -> SessionState:
        """Replace an artefact by a person's version; what lies downstream becomes stale."""
        await self._emit(change)
        return self.state

    async def change_task(self, task: Task) -> SessionState:
        await self._emit(ev.TaskChanged(task))
        return self.state

    @property
    def changes(self) -> CodeChanges:
        """What a person decides about the code: accept, reject, undo, redo, edit."""
        return CodeChanges(self._workspace, lambda: self.state, self._emit)

    async def record(self, event: PersonEvent) -> None:
        """Store what the person did beside the phases."""
        if not self.state.session:
            raise UsageError("There is no session.", "State a task first.")
        await self._emit(event)

    async def undo(self) -> SessionState:
        """Take the session's newest edit out of the code base again."""
        await self.changes.undo()
        return self.state

    async def set_breakpoint(self, phase: str, enabled: bool) -> None:
        """Stop before a phase from now on, or no longer. Without a session it is meant for the next one."""
        if phase not in self._phases:
            raise UsageError(f"There is no phase {phase!r}.", f"Phases: {', '.join(self._phases)}.")
        event = ev.BreakpointSet(phase, enabled)
        if self.state.session:
            await self._emit(event)
        else:
            self.state = apply_event(self.state, ev.EventRecord("", 0, "", event))

    async def branch(self, session: str, seq: int) -> str:
        """Copy the first ``seq`` events of a session under a new id; returns the id."""
        identifier = await self._thread.call(self._sessions.resolve, session)
        return await self._thread.call(self._sessions.branch, identifier, seq)

    def untold_model_notices(self) -> tuple[str, ...]:
        """What the loading of a model left to say, once: a frontend that asks tells it itself."""
        return self._told.first_time(self._models.notices)

    async def close(self) -> None:
        """Free the locks and the database. The code base is left as the events say."""
        self.stop()
        await self._head_start.finish()
        self._store.close()

    # What follows is the machinery behind the commands above.

    async def _emit(self, event: ev.Event) -> None:
        """Store the event, fold it, and only then show it."""
        record = await self._thread.call(self._sessions.append, self.state.session, event)
        self.state = apply_event(self.state, record)
        self._on_record(record)

    async def _take(self, step: StartIteration | RunPhase | FinishIteration) -> None:
        if isinstance(step, StartIteration):
            await self._emit(ev.IterationStarted(step.number, step.fresh))
        elif isinstance(step, FinishIteration):
            await self._emit(ev.IterationFinished(self.state.iteration, step.solved, step.reason))
            await self._logs.write_session(self.state)
        else:
            try:
                await self.run_phase(step.phase)
            except CopilotError as error:
                if type(error).__name__ not in RECOVERABLE:
                    raise

    async def _run_events(self, name: str) -> None:
        forms = await self._thread.call(self._sessions.edit_forms, self.settings.codegen.model_path)
        context = self._context(forms)
        async with aclosing(self._phases[name].run(context)) as events:  # type: ignore[type-var]
            async for event in events:
                await self._tell_model_notices()
                await self._emit(event)

    async def _tell_notices(self) -> None:
        """Show once what opening the store and the code base left to say."""
        untold, self.notices = self.notices, ()
        for notice in untold:
            await self._emit(ev.Noticed(notice, "warning"))

    async def _tell_model_notices(self) -> None:
        for notice in self.untold_model_notices():
            await self._emit(ev.Noticed(notice))

    async def _phase_failed(self, name: str, error: CopilotError, seconds: float) -> None:
        await self._settle_edits()
        await self._emit(
            ev.PhaseFailed(
                name, self.state.iteration, type(error).__name__, error.message, error.hint, seconds
            )
        )

    def _context(self, forms: Mapping[str, tuple[int, int]]) -> PhaseContext:
        return PhaseContext(
            state=self.state,
            settings=self.settings,
            source=self.place.source,
            cancel=self._cancel,
            models=self._models,
            index=self._index,
            workspace=self._workspace,
            lessons=ThreadedLessons(LessonBook(self._store.errors), self._thread),
            prompts=self._prompts,
            edit_forms=forms,
        )

    async def _settle_edits(self) -> None:
        """Make the code base and the events agree: an edit that was never judged is taken out."""
        for event in await asyncio.to_thread(settled, self._workspace, self.state):
            await self._emit(event)
