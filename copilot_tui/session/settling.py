"""Making the code base and a session's events agree after an interruption.

The journal of edits is written before the event that tells of an edit, so after a kill it may hold one
that the events do not know yet: such an edit was never judged, and is taken out again.
"""

from __future__ import annotations

from collections.abc import Iterator

from copilot_tui.core import events as ev
from copilot_tui.core.errors import WorkspaceError
from copilot_tui.core.state import SessionState, fold
from copilot_tui.store.sessions import SessionStore
from copilot_tui.workspace.apply import Workspace

NOT_JUDGED = "it was not judged to the end"


def settled(workspace: Workspace, state: SessionState) -> list[ev.Event]:
    """Take out the session's edits that were never judged; the events that tell what is now true.

    An interrupted phase may also have undone its edit without a word, and so may an interrupted undo.
    """
    told: list[ev.Event] = []
    for entry in workspace.edits():
        if entry.label != state.session:
            continue
        if entry.applied and entry.identifier not in state.kept:
            told.append(_taken_out(workspace, entry.identifier))
        elif not entry.applied and entry.identifier in state.kept:
            told.append(ev.EditUndone(entry.identifier, "it was undone when the session was cut off"))
    if state.applied is not None and not any(_tells_of(event, state.applied) for event in told):
        told.append(ev.EditUndone(state.applied, NOT_JUDGED))
    return told


def take_out_unjudged(workspace: Workspace, sessions: SessionStore) -> Iterator[str]:
    """After a kill: the edit of a session that nobody resumed must not pass for the person's code.

    Only the newest edit can be one, for each is kept or undone before the next. Its session's events
    are told, so that resuming it later finds them true. Yields what a person should know.
    """
    entries = workspace.edits()
    if not entries or not entries[-1].applied:
        return
    newest = entries[-1]
    records = sessions.records(newest.label)
    if not records or newest.identifier in fold(records).kept:
        return
    event = _taken_out(workspace, newest.identifier)
    sessions.append(newest.label, event)
    if isinstance(event, ev.EditAbandoned):
        yield event.reason
    else:
        paths = ", ".join(newest.paths)
        yield f"Session {newest.label} was cut off; its edit of {paths} was taken out again."


def _tells_of(event: ev.Event, edit: str) -> bool:
    return isinstance(event, (ev.EditUndone, ev.EditAbandoned)) and event.edit == edit


def _taken_out(workspace: Workspace, edit: str) -> ev.EditUndone | ev.EditAbandoned:
    """Undo an edit that was never judged; what cannot be undone is left to the person, and said."""
    try:
        workspace.undo(edit)
    except WorkspaceError as error:
        return ev.EditAbandoned(edit, f"An edit that was not judged stays in the code: {error}")
    return ev.EditUndone(edit, NOT_JUDGED)
