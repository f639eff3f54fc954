"""Artefacts as texts that a person may change: what is edited, how it is checked, what saving does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from copilot_tui.core.artefacts import Candidate
from copilot_tui.core.errors import UsageError
from copilot_tui.core.state import SessionState
from copilot_tui.session.plan_text import plan_text, read_plan

if TYPE_CHECKING:
    from copilot_tui.session.changes import CodeChanges

PLAN = "plan"
CANDIDATE = "candidate"


@dataclass(frozen=True, slots=True)
class Draft:
    """``name`` is a file name that tells the language, ``line`` the one to begin at. ``check`` raises
    UsageError for a text that cannot be saved; ``save`` puts it in the artefact's place, after which what
    lies downstream is stale."""

    title: str
    name: str
    text: str
    check: Callable[[str], object]
    save: Callable[[str], Awaitable[object]]
    line: int = 1


def open_draft(what: str, state: SessionState, changes: CodeChanges) -> Draft:
    """The plan, the candidate, or one file of the candidate; without a word the newest of them."""
    wanted = what or (CANDIDATE if state.candidate is not None else PLAN)
    return _plan(state, changes) if wanted == PLAN else _candidate_file(wanted, state, changes)


def drafts(state: SessionState) -> list[str]:
    """What can be edited now."""
    plan = [PLAN] if state.plan is not None else []
    files = [change.path for change in state.candidate.changes] if state.candidate is not None else []
    return [*plan, *([CANDIDATE] if files else []), *files]


def _plan(state: SessionState, changes: CodeChanges) -> Draft:
    plan = state.plan
    if plan is None:
        raise UsageError("There is no plan yet.", "/reason makes one.")

    async def save(text: str) -> None:
        edited = read_plan(text)
        if edited != plan:
            await changes.edit_plan(edited)

    return Draft("The plan", "plan.md", plan_text(plan), read_plan, save)


def _candidate_file(wanted: str, state: SessionState, changes: CodeChanges) -> Draft:
    candidate = state.candidate
    if candidate is None:
        raise UsageError("There is no candidate yet.", "/generate writes one.")
    named, _, line = wanted.rpartition(":")
    path = _path(named if line.isdecimal() and named else wanted, candidate)
    change = next(change for change in candidate.changes if change.path == path)
    text = change.after
    if text is None:
        raise UsageError(f"The candidate deletes {path}.", "/reject takes that back.")
    from copilot_tui.workspace.hunks import hunks_of

    title = f"Candidate {candidate.number}: {path}"
    start = int(line[:9]) if line.isdecimal() and named else hunks_of([change])[0].new_start
    return Draft(title, path, text, lambda text: None, partial(changes.edit_file, path), start)


def _path(wanted: str, candidate: Candidate) -> str:
    paths = [change.path for change in candidate.changes]
    if wanted == CANDIDATE:
        if len(paths) == 1:
            return paths[0]
        raise UsageError("The candidate changes several files.", f"Name one: {', '.join(paths)}.")
    if wanted not in paths:
        raise UsageError(f"The candidate does not change {wanted[:100]}.", f"It changes {', '.join(paths)}.")
    return wanted
