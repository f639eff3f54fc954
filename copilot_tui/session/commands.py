"""The slash commands: one table with their help, and how a line is read.

The app and the plain prompt share it, so a command is called, explained and completed alike in both;
only commands that every frontend carries out are here. A line that begins with ``/`` is a command,
``//`` begins a text with one slash, ``!`` a command for the shell, all else is text for the task.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from copilot_tui.core.errors import UsageError

ArgumentKind: TypeAlias = Literal[
    "none",
    "number",
    "path",
    "found",
    "session",
    "file",
    "model",
    "theme",
    "speed",
    "text",
    "phase",
    "candidate",
    "changes",
    "draft",
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


CHANGES = "[HUNKS|PATH|#N|merge]"
REFUSED = "[HUNKS|PATH] [: WHY]"

COMMANDS: tuple[SlashCommand, ...] = (
    SlashCommand(
        "explore",
        "Find the files, breadcrumbs and patterns that matter, for the task or for TEXT as the task.",
        "[TEXT]",
        "text",
        "Phases",
    ),
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
    SlashCommand("edit", "Edit the plan, or the candidate's code.", "[plan|candidate|PATH]", "draft", "Code"),
    SlashCommand(
        "accept", "Put the candidate, or some of it, into the code base.", CHANGES, "changes", "Code"
    ),
    SlashCommand(
        "reject", "Refuse the candidate, or some of it: the model is told.", REFUSED, "changes", "Code"
    ),
    SlashCommand("undo", "Take the newest change out of the code base.", "[merge] [#N]", "candidate", "Code"),
    SlashCommand("redo", "Put back what was undone last.", "[merge] [#N]", "candidate", "Code"),
    SlashCommand("pin", "Always show a file to the model.", "PATH", "path", "Code"),
    SlashCommand("drop", "Never show a file to the model.", "PATH", "found", "Code"),
    SlashCommand("tasks", "Choose among the open tasks: breadcrumbs that are not done.", "[N]", "number"),
    SlashCommand("new", "End this session and begin one with another task.", "TEXT", "text"),
    SlashCommand("sessions", "Choose among the sessions of this code base."),
    SlashCommand("resume", "Go on with a session.", "[ID]", "session"),
    SlashCommand("rename", "Give this session another title.", "TITLE", "text"),
    SlashCommand("branch", "Go on in a copy of this session up to an event.", "[SEQ]", "number"),
    SlashCommand("replay", "Show this session again as it ran, or SPEED times as fast.", "[SPEED]", "speed"),
    SlashCommand("stats", "Show errors, attempts and tokens per second over the iterations."),
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
    """A command with its checked argument; ``number`` or ``speed`` is set where the argument is one."""

    command: SlashCommand
    argument: str = ""
    number: int | None = None
    speed: float | None = None


@dataclass(frozen=True, slots=True)
class TaskText:
    """What the person wants done, in their own words."""

    text: str


@dataclass(frozen=True, slots=True)
class ShellText:
    """A command for the shell; empty: the outputs so far are not to be shown to the model."""

    command: str


Line: TypeAlias = CommandCall | TaskText | ShellText


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
    if text.startswith("!"):
        return ShellText(text[1:].strip())
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
    if command.kind == "speed" and argument:
        return CommandCall(command, argument, speed=_speed(argument, usage))
    if command.kind != "number" or not argument:
        return CommandCall(command, argument)
    if not argument.isascii() or not argument.isdigit() or not 0 < len(argument) < 10 or int(argument) == 0:
        raise UsageError(f"/{command.name} needs a whole number from 1, not {argument[:40]!r}.", usage)
    return CommandCall(command, argument, int(argument))


def _speed(argument: str, usage: str) -> float:
    try:
        speed = float(argument.removesuffix("x"))
    except ValueError:
        speed = 0.0
    if not 0.01 <= speed <= 10_000:
        raise UsageError(f"{argument[:40]!r} is no speed; 1 is as it ran, 10 ten times as fast.", usage)
    return speed
