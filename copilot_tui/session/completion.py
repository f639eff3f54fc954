"""How a line that is being typed can go on: slash commands, their arguments, and ``@path`` anywhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from copilot_tui.session.commands import BY_NAME, COMMANDS, ArgumentKind
from copilot_tui.session.mentions import OPEN_MENTION, mention
from copilot_tui.session.names import NameIndex

LIMIT = 50
UNCOMPLETED: frozenset[ArgumentKind] = frozenset({"none", "number", "speed", "text"})

ArgumentChoices: TypeAlias = Callable[[ArgumentKind], NameIndex]
"""Gives what is known of a kind of argument: paths, session ids, themes ..."""


@dataclass(frozen=True, slots=True)
class Completion:
    """One way to go on: the whole text before the cursor as it would be, what to show, what it means.

    ``unfinished`` says that the line cannot be sent yet, for an argument is missing.
    """

    line: str
    label: str
    help: str = ""
    unfinished: bool = False


def complete_line(line: str, choices: ArgumentChoices) -> tuple[Completion, ...]:
    """How the text before the cursor can go on, best first; nothing for plain words."""
    open_mention = OPEN_MENTION.search(line)
    if open_mention is not None:
        before = line[: open_mention.start()]
        found = choices("path").matches(open_mention["path"], LIMIT)
        return tuple(Completion(f"{before}{mention(path)} ", path) for path in found)
    if not line.startswith("/") or line.startswith("//") or "\n" in line:
        return ()
    name, space, argument = line[1:].partition(" ")
    if not space:
        return _complete_name(name.lower())
    command = BY_NAME.get(name.lower())
    if command is None or command.kind in UNCOMPLETED:
        return ()
    found = choices(command.kind).matches(argument.strip(), LIMIT)
    return tuple(Completion(f"/{command.name} {value}", value) for value in found)


def _complete_name(name: str) -> tuple[Completion, ...]:
    begins = [command for command in COMMANDS if command.name.startswith(name)]
    holds = [c for c in COMMANDS if name and name in c.name and c not in begins]
    return tuple(
        Completion(f"/{c.name}{' ' if c.argument else ''}", c.usage, c.help, c.needs_argument)
        for c in (*begins, *holds)
    )
