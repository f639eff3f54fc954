"""The commands about the code, as they are typed: what the argument names is looked up, then it is done."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

from copilot_tui.core.errors import UsageError
from copilot_tui.session.manager import SessionManager
from copilot_tui.session.selection import candidate_number, read_selection

Decision: TypeAlias = Callable[[SessionManager, str], Awaitable[None]]


async def accept(manager: SessionManager, what: str) -> None:
    """Put the candidate, or what is named of it, into the code base; ``merge`` as well as may be."""
    if what.split()[:1] == ["merge"]:
        number, _ = _named(what)
        await manager.changes.merge(number)
        return
    selection = read_selection(what, manager.state)
    await manager.changes.accept(selection.hunks, selection.candidate)


async def reject(manager: SessionManager, what: str) -> None:
    """Refuse the candidate, or what is named of it."""
    selection = read_selection(what, manager.state)
    if selection.candidate is not None:
        raise UsageError("Only the current candidate can be rejected.", "Name hunks or a file of it.")
    await manager.changes.reject(selection.hunks, selection.reason)


async def undo(manager: SessionManager, candidate: str) -> None:
    """Take the newest change, or that of ``#N``, out of the code base; ``merge`` as well as may be."""
    number, merge = _named(candidate)
    await manager.changes.undo(number, merge=merge)


async def redo(manager: SessionManager, candidate: str) -> None:
    """Put back what was undone last, or ``#N``; ``merge`` as well as may be."""
    number, merge = _named(candidate)
    await manager.changes.redo(number, merge=merge)


def _named(text: str) -> tuple[int | None, bool]:
    """The candidate that is named, if any, and whether what was changed meanwhile is to stay."""
    words = text.split()
    merge = words[:1] == ["merge"]
    named = " ".join(words[1:] if merge else words)
    return (candidate_number(named) if named else None), merge


DECISIONS: Mapping[str, Decision] = {"accept": accept, "reject": reject, "undo": undo, "redo": redo}
