"""What a person decides about the code: take a candidate, refuse parts of it, undo, redo, edit.

Accepting, undoing and redoing are the only ways by which a person's word changes the code base; refusing
or editing what is in it already means undoing it and accepting what is left. Each step is stored as an
event right after it; the journal is written before, so that a kill between the two leaves an edit that
the manager takes out again when the session is resumed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace

from copilot_tui.core import events as ev
from copilot_tui.core.artefacts import Candidate, FileChange, Plan
from copilot_tui.core.errors import FileConflictError, UsageError
from copilot_tui.core.state import SessionState
from copilot_tui.workspace.apply import Workspace
from copilot_tui.workspace.hunks import changed_candidate, decided_together, hunks_of, without_hunks

Emit = Callable[[ev.Event], Awaitable[None]]

UNDO_FIRST = (
    "/accept merge puts both together where they touch different lines; /undo takes out what lies on top "
    "of it; or explore and generate again."
)


class CodeChanges:
    """``state`` gives the session's state of the moment, ``emit`` stores an event and folds it."""

    def __init__(self, workspace: Workspace, state: Callable[[], SessionState], emit: Emit) -> None:
        self._workspace = workspace
        self._read_state = state
        self._emit = emit

    @property
    def _state(self) -> SessionState:
        return self._read_state()

    async def accept(self, hunks: Collection[int] | None = None, candidate: int | None = None) -> None:
        """Put a candidate into the code base, judged or not; of the current one, perhaps only some hunks,
        the others being refused."""
        chosen = self._candidate(candidate)
        if hunks is not None:
            others = {hunk.number for hunk in hunks_of(chosen.changes)}
            others -= decided_together(chosen.changes, hunks)
            if others:
                await self.reject(others)
                chosen = self._candidate(None)
        if chosen.digest in self._state.candidates_in_code:
            if hunks is not None:
                return  # what was left over is in the code base since the refusal
            raise UsageError(f"Candidate {chosen.number} is in the code base already.", "/undo takes it out.")
        await self._apply(chosen)

    async def merge(self, candidate: int | None = None) -> None:
        """Put a candidate together with what was changed in its files meanwhile, and into the code base."""
        chosen = self._candidate(candidate)
        if chosen.digest in self._state.candidates_in_code:
            raise UsageError(f"Candidate {chosen.number} is in the code base already.", "/undo takes it out.")
        merged = await asyncio.to_thread(self._workspace.merged, chosen.changes)
        rest = tuple(change for change in merged if change.before != change.after)
        if not rest:
            raise UsageError("All that the candidate changes is in the code base already.")
        if rest == chosen.changes:
            await self._apply(chosen)
        else:
            await self._go_on_with(chosen, rest, in_code=True)

    async def reject(self, hunks: Collection[int] | None = None, reason: str = "") -> None:
        """Refuse the current candidate or some hunks of it. What is left goes on as a candidate of its own,
        and takes the place of the refused one in the code base."""
        candidate = self._candidate(None)
        every = hunks_of(candidate.changes)
        chosen = (
            {hunk.number for hunk in every} if hunks is None else decided_together(candidate.changes, hunks)
        )
        refused = tuple(hunk for hunk in every if hunk.number in chosen)
        if not refused:
            raise UsageError("There is no such hunk.", f"The candidate has {len(every)}; /diff shows them.")
        rest = without_hunks(candidate.changes, {hunk.number for hunk in refused})
        was_in_code = await self._take_out(
            candidate, "you rejected parts of it" if rest else "you rejected it"
        )
        await self._emit(ev.HunksRejected(candidate.digest, refused, reason, whole=not rest))
        if rest:
            await self._go_on_with(candidate, rest, in_code=was_in_code)

    async def undo(self, candidate: int | None = None, *, merge: bool = False) -> None:
        """Take the newest change, or a candidate's, out of the code base again; with ``merge`` what was
        changed in its files since stays."""
        kept = self._state.kept
        edit = self._edit_of(candidate, kept)
        if edit is None:
            what = "No edit of this session is" if candidate is None else f"Candidate {candidate} is not"
            raise UsageError(f"{what} in the code base.", "There is nothing to undo.")
        with _merge_offered("/undo merge", merge):
            await asyncio.to_thread(self._workspace.undo, edit, merge=merge)
        await self._emit(ev.EditUndone(edit, "undone by the user"))

    async def redo(self, candidate: int | None = None, *, merge: bool = False) -> None:
        """Put back what was undone last, or a candidate that was undone; ``merge`` as in :meth:`undo`."""
        edit = self._edit_of(candidate, self._state.undone)
        if edit is None:
            raise UsageError("Nothing was undone that could be done again.", "/accept takes a candidate.")
        with _merge_offered("/redo merge", merge):
            await asyncio.to_thread(self._workspace.redo, edit, merge=merge)
        await self._emit(ev.EditRedone(edit))

    async def edit_plan(self, plan: Plan) -> None:
        """Put a person's plan in the place of the model's."""
        await self._emit(ev.ArtefactEdited(plan=plan))

    async def edit_file(self, path: str, text: str) -> bool:
        """Put a person's text into the candidate's file; False where it is the same."""
        candidate = self._candidate(None)
        change = next((c for c in candidate.changes if c.path == path), None)
        if change is None:
            raise UsageError(f"The candidate does not change {path}.", "Only its own files can be edited.")
        if change.after == text:
            return False
        edited = tuple(replace(c, after=text) if c.path == path else c for c in candidate.changes)
        rest = tuple(c for c in edited if c.after != c.before)
        if not rest:
            raise UsageError("Nothing of the candidate would be left.", "/reject refuses it.")
        was_in_code = await self._take_out(candidate, "your version takes its place")
        await self._go_on_with(candidate, rest, in_code=was_in_code)
        return True

    async def _go_on_with(
        self, candidate: Candidate, changes: tuple[FileChange, ...], *, in_code: bool
    ) -> None:
        """Other changes are the candidate from now on, also in the code base where it was there."""
        changed = changed_candidate(candidate, changes, len(self._state.attempts) + 1)
        await self._emit(ev.ArtefactEdited(candidate=changed))
        if in_code:
            await self._apply(changed)

    async def _apply(self, candidate: Candidate) -> None:
        try:
            edit = await asyncio.to_thread(self._workspace.apply, candidate.changes, self._state.session)
        except FileConflictError as error:
            raise FileConflictError(error.message, UNDO_FIRST) from error
        paths = tuple(change.path for change in candidate.changes)
        await self._emit(ev.EditApplied(edit, candidate.digest, paths))
        await self._emit(ev.CandidateAccepted(candidate.digest))

    async def _take_out(self, candidate: Candidate, reason: str) -> bool:
        """Take the candidate out of the code base; False where it is not there."""
        kept = [e for e in self._state.kept if self._state.edits.get(e) == candidate.digest]
        if not kept:
            return False
        await asyncio.to_thread(self._workspace.undo, kept[-1])
        await self._emit(ev.EditUndone(kept[-1], reason))
        return True

    def _candidate(self, number: int | None) -> Candidate:
        """The candidate of this number; None means the current one."""
        if number is None:
            if self._state.candidate is None:
                raise UsageError("There is no candidate yet.", "/generate writes one.")
            return self._state.candidate
        attempt = self._state.attempt(number)
        if attempt is None:
            raise UsageError(f"There is no candidate {number}.", "/diff shows the newest one.")
        return attempt.candidate

    def _edit_of(self, candidate: int | None, edits: tuple[str, ...]) -> str | None:
        """The newest of these edits, or of those that put this candidate into the code base."""
        if candidate is None:
            return edits[-1] if edits else None
        digest = self._candidate(candidate).digest
        return next((edit for edit in edits[::-1] if self._state.edits.get(edit) == digest), None)


@contextmanager
def _merge_offered(command: str, tried: bool) -> Iterator[None]:
    """Where a file was changed since, say how both changes can stay; not where that was tried already."""
    try:
        yield
    except FileConflictError as error:
        if tried:
            raise
        hint = f"{command} leaves what was changed since, where it touches other lines."
        raise FileConflictError(error.message, hint) from error
