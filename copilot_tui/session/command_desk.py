"""Carries out what a person typed: looks each command of the one table up and asks the driver for it.

Commands that change the session become work, of which there is one piece at a time; the others answer
at once, also while a phase runs. What needs a screen is asked of the :class:`Face`,
which each frontend has one of.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Protocol

from copilot_tui.core.artefacts import Task
from copilot_tui.core.errors import UsageError
from copilot_tui.core.events import PHASES
from copilot_tui.core.text import printable_line
from copilot_tui.session import archive
from copilot_tui.session.commands import (
    PHASE_COMMANDS,
    ArgumentKind,
    CommandCall,
    ShellText,
    TaskText,
    parse_line,
)
from copilot_tui.session.drafts import Draft, drafts, open_draft
from copilot_tui.session.driver import SessionDriver
from copilot_tui.session.names import NameIndex
from copilot_tui.session.statistics import Figures

if TYPE_CHECKING:
    from copilot_tui.core.config import Settings

ERRORS_SHOWN = 15
NEXT_STEPS = "/run works on it, /step goes one phase at a time."

Wish = Callable[[], Awaitable[object]]


class Face(Protocol):
    """What the commands need of a frontend."""

    def begin_work(self, what: str, wish: Wish) -> None: ...

    def begin_reading(self, wish: Wish) -> None: ...

    def say(self, title: str, lines: Sequence[str] = ()) -> None: ...

    def show_diff(self) -> None: ...

    def show_figures(self, figures: Figures) -> None: ...

    def edit(self, draft: Draft) -> None: ...

    def show_help(self) -> None: ...

    def choose_session(self) -> None: ...

    def choose_event(self) -> None: ...

    def choose_task(self, tasks: Sequence[Task]) -> None: ...

    def choose_theme(self, name: str) -> None: ...

    def leave(self) -> None: ...


class CommandDesk:
    """One per frontend."""

    def __init__(self, driver: SessionDriver, face: Face) -> None:
        self._driver = driver
        self._face = face
        self._paths = NameIndex()
        self._sessions = NameIndex()
        self.theme_names: tuple[str, ...] = ()
        self._handlers: Mapping[str, Callable[[CommandCall], None]] = {
            **dict.fromkeys(PHASE_COMMANDS, self._phase),
            **dict.fromkeys(("accept", "reject", "undo", "redo"), self._decide),
            "step": lambda call: self._work("step", driver.step),
            "run": lambda call: self._work("run", partial(driver.run, call.number)),
            "break": self._break,
            "stop": lambda call: driver.stop(),
            "diff": lambda call: face.show_diff(),
            "edit": self._edit,
            "pin": lambda call: self._work("pin", partial(driver.pin, call.argument)),
            "drop": lambda call: self._work("drop", partial(driver.drop, call.argument)),
            "new": lambda call: self._work("new", partial(self.begin, Task(call.argument))),
            "tasks": lambda call: self._work("tasks", partial(self._tasks, call.number)),
            "sessions": lambda call: face.choose_session(),
            "resume": self._resume,
            "rename": lambda call: self._work("rename", partial(driver.rename, call.argument)),
            "branch": self._branch,
            "replay": lambda call: self._work("replay", partial(driver.replay, call.speed or 1.0)),
            "stats": lambda call: self._stats(),
            "export": lambda call: face.begin_reading(partial(self._export, call.argument)),
            "model": self._model,
            "theme": lambda call: face.choose_theme(call.argument),
            "config": lambda call: self._config(),
            "errors": lambda call: face.begin_reading(self._errors),
            "help": lambda call: face.show_help(),
            "quit": lambda call: face.leave(),
        }

    @property
    def commands(self) -> frozenset[str]:
        """The names that are carried out: those of the table."""
        return frozenset(self._handlers)

    def carry_out(self, text: str) -> None:
        """Do what a line asks for. Raises UsageError for a line that asks for nothing that exists."""
        line = parse_line(text)
        if isinstance(line, TaskText):
            self._work("task", partial(self._task, line.text))
        elif isinstance(line, ShellText):
            self._shell(line.command)
        elif line is not None:
            self._handlers[line.command.name](line)

    def choices(self, kind: ArgumentKind) -> NameIndex:
        """What completes an argument of this kind."""
        if kind == "model":
            from copilot_tui.models.catalog import CATALOG

            return NameIndex(entry.name for entry in CATALOG)
        if kind == "path":
            return self._paths
        if kind == "session":
            return self._sessions
        return NameIndex(self._named_now(kind))

    def _named_now(self, kind: ArgumentKind) -> Sequence[str]:
        """What can be named is asked anew each time, for it changes with the session."""
        state = self._driver.state
        attempts = state.attempts
        known: Mapping[ArgumentKind, Sequence[str]] = {
            "found": [file.path for file in state.exploration.files] if state.exploration else [],
            "theme": self.theme_names,
            "phase": PHASES,
            "draft": drafts(self._driver.state),
            "candidate": [f"#{attempt.candidate.number}" for attempt in reversed(attempts)],
            "changes": list(dict.fromkeys(c.path for a in attempts[-1:] for c in a.candidate.changes)),
        }
        return known.get(kind, ())

    async def learn_choices(self) -> None:
        """Read what can be completed: the paths of the code base and its sessions."""
        from copilot_tui.index.scan import scan

        manager = self._driver.manager
        found = await asyncio.to_thread(archive.overviews, manager.place.state, "")
        self._sessions = NameIndex(overview.id for overview in found)

        def paths() -> NameIndex:
            listed = scan(manager.place.source, manager.settings.exploration)
            return NameIndex(file.path for file in listed.files)

        self._paths = await asyncio.to_thread(paths)

    def _refuse_while_busy(self) -> None:
        if self._driver.busy:
            raise UsageError(f"{self._driver.busy.capitalize()} is under way.", "Esc stops it.")

    def _work(self, what: str, wish: Wish) -> None:
        self._refuse_while_busy()
        self._driver.manager  # noqa: B018 - raises while the code base is not open
        self._face.begin_work(what, wish)

    def _phase(self, call: CommandCall) -> None:
        self._work(call.command.name, partial(self._phase_of, call.command.name, call.argument))

    async def _phase_of(self, phase: str, task: str) -> None:
        if task:
            await self._driver.set_task(task)
        await self._driver.phase(phase)

    async def _task(self, text: str) -> None:
        await self._driver.set_task(text)
        self._face.say(NEXT_STEPS)

    def take(self, task: Task) -> None:
        """Begin a session with a task that was chosen."""
        self._work("new", partial(self.begin, task))

    async def begin(self, task: Task) -> None:
        """Begin a session, and say how to go on."""
        await self._driver.begin(task)
        self._face.say(NEXT_STEPS)

    async def _tasks(self, number: int | None) -> None:
        found = await self._driver.open_tasks()
        if number is not None and number > len(found):
            raise UsageError(f"There is no open task {number}.", f"There are {len(found)}; see /tasks.")
        if number is not None:
            await self.begin(found[number - 1])
        elif found:
            self._face.choose_task(found)
        else:
            self._face.say("No breadcrumb here is PARTIAL or NOT_STARTED; state a task in your own words.")

    def _decide(self, call: CommandCall) -> None:
        from copilot_tui.session.decisions import DECISIONS

        name = call.command.name
        self._work(name, lambda: DECISIONS[name](self._driver.manager, call.argument))

    def _edit(self, call: CommandCall) -> None:
        """Let a person edit; :meth:`save` takes the text."""
        self._refuse_while_busy()
        self._face.edit(open_draft(call.argument, self._driver.state, self._driver.manager.changes))

    def save(self, draft: Draft, text: str) -> None:
        """Put an edited text in its artefact's place."""
        self._work("edit", partial(draft.save, text))

    def _stats(self) -> None:
        if not self._driver.state.session:
            raise UsageError("There is no session yet.", "State a task, or /resume one.")
        self._face.show_figures(self._driver.figures)

    def _break(self, call: CommandCall) -> None:
        if call.argument:
            self._work("break", partial(self._driver.toggle_breakpoint, call.argument.lower()))
            return
        phases = [phase for phase in PHASES if phase in self._driver.state.breakpoints]
        said = f"/run stops before {', '.join(phases)}." if phases else "/run stops before no phase."
        self._face.say(said, ["/break PHASE sets a stop, and takes it away again."])

    def _resume(self, call: CommandCall) -> None:
        if call.argument:
            self._work("resume", partial(self._driver.resume, call.argument))
        else:
            self._face.choose_session()

    def _branch(self, call: CommandCall) -> None:
        if call.number is not None:
            self._work("branch", partial(self._driver.branch, call.number))
        elif self._driver.state.session:
            self._face.choose_event()
        else:
            raise UsageError("There is no session to branch from.", "State a task, or /resume one.")

    def _shell(self, command: str) -> None:
        if command:
            self._work(f"!{printable_line(command)[:30]}", partial(self._driver.shell, command))
        else:
            self._work("forget", self._driver.forget_outputs)

    def _model(self, call: CommandCall) -> None:
        if call.argument:
            self._work("model", partial(self._driver.use_model, call.argument))
            return
        models = self._driver.manager.settings
        lines = [f"codegen  {models.codegen.model_path}", f"llm      {models.llm.model_path}"]
        self._face.say("Models", [*lines, "/model NAME uses another one for both."])

    def _config(self) -> None:
        changed = changed_settings(self._driver.manager.settings)
        self._face.say(
            "Settings that differ from the defaults" if changed else "All settings are defaults.", changed
        )

    async def _errors(self) -> None:
        known = await asyncio.to_thread(archive.known_errors, self._driver.state_directory, ERRORS_SHOWN)
        lines = []
        for entry in known:
            lines.append(
                f"{entry.occurrences:3} times  {entry.status:10} {printable_line(entry.message)[:100]}"
            )
            fix = entry.verified_resolution
            if fix is not None:
                lines.append(f"           fixed by: {printable_line(fix.rule)[:100]}")
        self._face.say("Errors seen here" if known else "No errors were seen here yet.", lines)

    async def _export(self, name: str) -> None:
        path = await self._driver.export(name)
        self._face.say(f"Wrote {path}")


def changed_settings(settings: Settings) -> list[str]:
    """``key = value  (where it is set)`` for each key that is not the packaged default."""
    lines = []
    for key, origin in sorted(settings.origins.items()):
        if origin.startswith("built-in"):
            continue
        section, _, name = key.partition(".")
        value = getattr(getattr(settings, section, None), name, None)
        lines.append(f"{key} = {value!r}  ({origin})")
    return lines
