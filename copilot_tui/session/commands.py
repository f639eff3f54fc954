"""The slash commands: one table with their help, how a line is read, and how one is completed.

The app and the plain prompt share it, so a command is called, explained and completed alike in both.
What a command does is the frontend's business; only commands that every frontend carries out are
here. A line that begins with ``/`` is a command, ``//`` begins a text with one slash, all else is text
for the task.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from copilot_tui.core.errors import UsageError

ArgumentKind: TypeAlias = Literal[
    "none", "number", "path", "session", "file", "model", "theme", "text", "phase", "candidate", "changes"
]


@dataclass(frozen=True, slots=True)
class SlashCommand:
    """One command. ``argument`` is its synopsis (``[N]``), empty where it takes none."""

    name: str
    help: str
    argument: str = ""
    kind: ArgumentKind = "none"
    group: str = "Session"

    @property
    def needs_argument(self) -> bool:
        return bool(self.argument) and not self.argument.startswith("[")

    @property
    def usage(self) -> str:
        """``/run [N]``"""
        return f"/{self.name} {self.argument}".rstrip()


CHANGES = "[HUNKS|PATH|#N]"
REFUSED = "[HUNKS|PATH] [: WHY]"

COMMANDS: tuple[SlashCommand, ...] = (
    SlashCommand("explore", "Find the files, breadcrumbs and patterns that matter.", group="Phases"),
    SlashCommand("reason", "Make a plan from what was found.", group="Phases"),
    SlashCommand("generate", "Write a candidate.", group="Phases"),
    SlashCommand("review", "Check the candidate before it is compiled.", group="Phases"),
    SlashCommand("compile", "Build and test with the candidate in place.", group="Phases"),
    SlashCommand("learn", "Remember errors and the fixes that cleared them.", group="Phases"),
    SlashCommand("step", "Run the next phase and stop there.", group="Phases"),
    SlashCommand("run", "Run up to N iterations, or until it is solved.", "[N]", "number", "Phases"),
    SlashCommand("break", "Stop before a phase, or no longer.", "[PHASE]", "phase", "Phases"),
    SlashCommand("stop", "Stop the phase that runs.", group="Phases"),
    SlashCommand("diff", "Show what the newest candidate changes.", group="Code"),
    SlashCommand(
        "accept", "Put the candidate, or some of it, into the code base.", CHANGES, "changes", "Code"
    ),
    SlashCommand(
        "reject", "Refuse the candidate, or some of it: the model is told.", REFUSED, "changes", "Code"
    ),
    SlashCommand("undo", "Take the newest change out of the code base.", "[#N]", "candidate", "Code"),
    SlashCommand("redo", "Put back what was undone last.", "[#N]", "candidate", "Code"),
    SlashCommand("pin", "Always show a file to the model.", "PATH", "path", "Code"),
    SlashCommand("drop", "Never show a file to the model.", "PATH", "path", "Code"),
    SlashCommand("tasks", "Choose among the open tasks: breadcrumbs that are not done."),
    SlashCommand("new", "End this session and begin one with another task.", "TEXT", "text"),
    SlashCommand("sessions", "Choose among the sessions of this code base."),
    SlashCommand("resume", "Go on with a session.", "[ID]", "session"),
    SlashCommand("branch", "Go on in a copy of this session up to its event SEQ.", "SEQ", "number"),
    SlashCommand("export", "Write this session as Markdown, or as JSON lines (.jsonl).", "[FILE]", "file"),
    SlashCommand("model", "Show the models, or use another one.", "[NAME]", "model", "Program"),
    SlashCommand("theme", "Choose the colours.", "[NAME]", "theme", "Program"),
    SlashCommand("config", "Show the settings that differ from the defaults.", group="Program"),
    SlashCommand("errors", "Show what was learnt about errors.", group="Program"),
    SlashCommand("help", "Show keys and commands.", group="Program"),
    SlashCommand("quit", "Leave; the session can be resumed.", group="Program"),
)

BY_NAME: Mapping[str, SlashCommand] = {command.name: command for command in COMMANDS}

PHASE_COMMANDS = frozenset({"explore", "reason", "generate", "review", "compile", "learn"})


@dataclass(frozen=True, slots=True)
class CommandCall:
    """A command with its checked argument; ``number`` is set where the argument is a number."""

    command: SlashCommand
    argument: str = ""
    number: int | None = None


@dataclass(frozen=True, slots=True)
class TaskText:
    """What the person wants done, in their own words."""

    text: str


Line: TypeAlias = CommandCall | TaskText

ArgumentChoices: TypeAlias = Callable[[ArgumentKind], Sequence[str]]
"""Gives what a frontend knows of a kind of argument: paths, session ids, themes ..."""


@dataclass(frozen=True, slots=True)
class Completion:
    """One way to go on: the whole line as it would be, what to show, and what it means.

    ``unfinished`` says that the line cannot be sent yet, for an argument is missing.
    """

    line: str
    label: str
    help: str = ""
    unfinished: bool = False


def parse_line(line: str) -> Line | None:
    """What a typed line asks for; None for an empty one.

    Raises :class:`UsageError` for an unknown command, with the nearest one, and for an argument that
    is missing, superfluous or no number.
    """
    text = line.strip()
    if not text:
        return None
    if text.startswith("//"):
        return TaskText(text[1:])
    if not text.startswith("/"):
        return TaskText(text)
    name, _, argument = text[1:].partition(" ")
    command = BY_NAME.get(name.lower())
    if command is None:
        near = difflib.get_close_matches(name.lower(), BY_NAME, n=1)
        hint = f"Did you mean /{near[0]}?" if near else "See /help; //text begins a task with a slash."
        raise UsageError(f"There is no command /{name[:40]}.", hint)
    return _checked(command, argument.strip())


def _checked(command: SlashCommand, argument: str) -> CommandCall:
    usage = f"Usage: {command.usage}"
    if argument and not command.argument:
        raise UsageError(f"/{command.name} takes no argument.", usage)
    if command.needs_argument and not argument:
        raise UsageError(f"/{command.name} needs an argument.", usage)
    if command.kind != "number" or not argument:
        return CommandCall(command, argument)
    if not argument.isascii() or not argument.isdigit() or not 0 < len(argument) < 10 or int(argument) == 0:
        raise UsageError(f"/{command.name} needs a whole number from 1, not {argument[:40]!r}.", usage)
    return CommandCall(command, argument, int(argument))


def complete_line(line: str, choices: ArgumentChoices, limit: int = 50) -> tuple[Completion, ...]:
    """How a line that begins a command can go on, best first; nothing for plain text."""
    if not line.startswith("/") or line.startswith("//") or "\n" in line:
        return ()
    name, space, argument = line[1:].partition(" ")
    if not space:
        return _complete_name(name.lower())[:limit]
    command = BY_NAME.get(name.lower())
    if command is None or command.kind in {"none", "number", "text"}:
        return ()
    found = ranked_matches(argument.strip(), choices(command.kind))
    return tuple(Completion(f"/{command.name} {value}", value) for value in found[:limit])


def _complete_name(name: str) -> tuple[Completion, ...]:
    begins = [command for command in COMMANDS if command.name.startswith(name)]
    holds = [c for c in COMMANDS if name and name in c.name and c not in begins]
    return tuple(
        Completion(f"/{c.name}{' ' if c.argument else ''}", c.usage, c.help, c.needs_argument)
        for c in (*begins, *holds)
    )


def ranked_matches(typed: str, values: Iterable[str]) -> list[str]:
    """The values that hold the letters of ``typed`` in their order.

    Those that begin with it come first, then those whose last path part does, those that hold it in
    one piece, and the rest; shorter ones first. Without ``typed`` the order is kept.
    """
    wanted = typed.casefold()
    if not wanted:
        return list(values)
    scored = []
    for value in values:
        score = _likeness(wanted, value.casefold())
        if score is not None:
            scored.append((score, len(value), value))
    return [value for _, _, value in sorted(scored)]


def _likeness(wanted: str, value: str) -> int | None:
    if value.startswith(wanted):
        return 0
    if value.rpartition("/")[2].startswith(wanted):
        return 1
    if wanted in value:
        return 2
    letters = iter(value)
    return 3 if all(letter in letters for letter in wanted) else None
