"""The Python API of the page that this program was asked for from: synchronous, mappings as results.

A thin face over :class:`copilot_tui.session.manager.SessionManager`. Results are dictionaries with the
keys that the page uses (``insights``, ``reasoning``, ``code``, ``review``). The event loop runs in a
thread of its own, so the calls work from plain code and from within a running loop alike.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Mapping
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from copilot_tui.core import events as ev
from copilot_tui.core.artefacts import Plan, Summary, Task, to_json
from copilot_tui.core.config import Settings
from copilot_tui.core.errors import UsageError
from copilot_tui.core.state import SessionState, summarise
from copilot_tui.models.engine import ModelProvider
from copilot_tui.models.loader import LocalModelLoader as ConfiguredModelLoader
from copilot_tui.session import manager as sessions
from copilot_tui.session.tasks import find_tasks, project_directories
from copilot_tui.store.settings import load_settings

Result = TypeVar("Result")


class LocalModelLoader(ConfiguredModelLoader):
    """The model loader, with the settings of this machine when none are given."""

    def __init__(self, settings: Settings | None = None) -> None:
        super().__init__(settings if settings is not None else load_settings(None))


class _LoopThread:
    """An event loop on a thread of its own."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="session", daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


class SessionManager:
    """One interactive session, call by call.

    ``aros_path`` is the code base, ``log_path`` where the state and the logs go (default: the
    platform's state directory). Use it as a context manager, or call :meth:`close`.
    """

    def __init__(
        self,
        model_loader: ModelProvider,
        aros_path: str | Path = ".",
        log_path: str | Path | None = None,
        *,
        settings: Settings | None = None,
        project: str = "",
    ) -> None:
        source = Path(aros_path)
        place = sessions.Workplace.at(source, Path(log_path) if log_path else None, project)
        self._settings = settings or load_settings(place.source)
        self._loop = _LoopThread()
        self.records: list[ev.EventRecord] = []
        try:
            self._manager = self._loop.run(self._open(place, model_loader))
        except BaseException:
            self._loop.close()
            raise

    async def _open(self, place: sessions.Workplace, models: ModelProvider) -> sessions.SessionManager:
        return sessions.SessionManager(
            place, self._settings, models, on_record=lambda record: self.records.append(record)
        )

    @property
    def state(self) -> SessionState:
        """The session's state, for everything that the mappings leave out."""
        return self._manager.state

    def start_session(
        self, task_description: str, context: Mapping[str, Any] | None = None, *, seed: int = 0
    ) -> str:
        """Begin a session; returns its id. ``context`` is kept with it as it is."""
        task = Task(task_description, phase=str((context or {}).get("phase", "")) or None)
        return self._loop.run(self._manager.start(task, seed=seed, context=context))

    def start_task(self, task: Task, *, seed: int = 0) -> str:
        """Begin a session on a task that names its place, such as one from :meth:`tasks`."""
        return self._loop.run(self._manager.start(task, seed=seed))

    def tasks(self, project: str = "") -> tuple[Task, ...]:
        """The open breadcrumb tasks of a project, in the order in which to do them."""
        directories = project_directories(project, self._manager.place.source, self._settings)
        return find_tasks(self._manager.index, directories)

    def explore(self, query: str | None = None) -> dict[str, Any]:
        """Find what matters for ``query`` (default: the task): ``files``, ``insights``, ``snippets``."""
        if query and query != self.state.task.text:
            task = replace(self.state.task, text=f"{self.state.task.text}\n{query}")
            self._loop.run(self._manager.change_task(task))
        exploration = self._run("explore").exploration
        return to_json(exploration) if exploration is not None else {"insights": "", "files": []}

    def reason(self) -> dict[str, Any]:
        """Think the task through: ``reasoning`` as text, and the plan's fields."""
        plan = self._run("reason").plan or Plan()
        return {"reasoning": _reasoning(plan), **to_json(plan)}

    def generate(self, use_exploration: bool = True) -> dict[str, Any]:
        """Write the code: ``code``, ``changes``. Without the exploration, only the task is known."""
        explored = self.state.exploration
        if use_exploration and (explored is None or not explored.snippets):
            self.explore()
        elif not use_exploration and explored is not None:
            # The files stay listed: leaving them out would mean that the person dropped them.
            bare = replace(explored, snippets=(), patterns=(), insights="")
            self._loop.run(self._manager.edit(ev.ArtefactEdited(exploration=bare)))
        candidate = self._run("generate").candidate
        if candidate is None:
            return {"code": "", "changes": []}
        return {**to_json(candidate), "used_exploration": use_exploration}

    def review(self) -> dict[str, Any]:
        """Review the code: ``review`` as text, ``findings``, ``approved``."""
        report = self._run("review").review
        if report is None:
            return {"review": "", "findings": [], "approved": False}
        lines = [f"{finding.severity}: {finding.message}" for finding in report.findings]
        return {"review": "\n".join(lines) or "No findings.", **to_json(report)}

    def compile(self) -> dict[str, Any]:
        """Build and test with the candidate in place: ``success``, ``reason``, ``diagnostics``."""
        build = self._run("compile").build
        return to_json(build) if build is not None else {"success": False}

    def learn(self) -> dict[str, Any]:
        """Record what the build taught: ``lessons``."""
        return {"lessons": [to_json(lesson) for lesson in self._run("learn").lessons]}

    def run(self, max_iterations: int | None = None) -> Summary:
        """The whole loop on the current task."""
        state = self._loop.run(self._manager.run(max_iterations))
        return state.summary or summarise(state, state.status)

    def end_session(self, status: str = "completed") -> dict[str, Any]:
        """Close the session under ``status``; returns its summary."""
        state = self._loop.run(self._manager.end(status))
        return to_json(state.summary) if state.summary is not None else {}

    def close(self) -> None:
        """Free the code base for other processes."""
        self._loop.run(self._manager.close())
        self._loop.close()

    def __enter__(self) -> SessionManager:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _run(self, phase: str) -> SessionState:
        return self._loop.run(self._manager.run_phase(phase))


class CopilotStyleIteration:
    """The whole loop over the open tasks of a project."""

    def __init__(
        self,
        aros_path: str | Path = ".",
        project_name: str = "",
        log_path: str | Path | None = None,
        max_iterations: int = 10,
        *,
        settings: Settings | None = None,
        model_loader: ModelProvider | None = None,
        seed: int = 0,
    ) -> None:
        self._source = Path(aros_path)
        self._project = project_name
        self._logs = log_path
        self._max_iterations = max_iterations
        self._settings = settings
        self._models = model_loader
        self._seed = seed

    def run(self) -> dict[str, Any]:
        """Work on each open task in turn.

        Returns ``successful`` (iterations that ended green), ``total_iterations``, and per task its
        ``text`` and ``summary``. Raises UsageError when the project has no open task.
        """
        settings = self._settings or load_settings(self._source)
        models = self._models or LocalModelLoader(settings)
        with SessionManager(
            models, self._source, self._logs, settings=settings, project=self._project
        ) as session:
            tasks = session.tasks(self._project)
            if not tasks:
                raise UsageError(
                    f"{self._source} holds no open task: no breadcrumb is PARTIAL or NOT_STARTED.",
                    "State one yourself, or add a breadcrumb.",
                )
            results = []
            for task in tasks:
                session.start_task(task, seed=self._seed)
                results.append({"task": task.text, "summary": session.run(self._max_iterations)})
        return _totals(results)


def _totals(results: list[dict[str, Any]]) -> dict[str, Any]:
    summaries: list[Summary] = [result["summary"] for result in results]
    return {
        "successful": sum(summary.status == "solved" for summary in summaries),
        "total_iterations": sum(summary.iterations for summary in summaries),
        "tasks": [{"text": result["task"], "summary": to_json(result["summary"])} for result in results],
    }


def _reasoning(plan: Plan) -> str:
    lines = [f"Requirement: {line}" for line in plan.requirements]
    lines += [f"Step {number}: {line}" for number, line in enumerate(plan.strategy, 1)]
    lines += [f"Take care: {line}" for line in plan.challenges]
    lines += [f"Change {file.path}: {file.change}" for file in plan.files]
    return "\n".join(lines)
