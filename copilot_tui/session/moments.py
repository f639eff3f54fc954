"""The events of a session that a person would go back to, each as one line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from copilot_tui.core import events as ev
from copilot_tui.core.text import printable_line
from copilot_tui.session.repair_lines import repair_line


@dataclass(frozen=True, slots=True)
class Moment:
    """``text`` says what happened; a branch there begins right after it."""

    seq: int
    time: str
    text: str


def moments(records: Iterable[ev.EventRecord]) -> list[Moment]:
    """Oldest first; pieces of text, progress and the like are passed over."""
    found = []
    for record in records:
        text = _text(record.event)
        if text:
            found.append(Moment(record.seq, record.time, printable_line(text)))
    return found


def _text(event: ev.Event) -> str:
    match event:
        case ev.SessionStarted() | ev.TaskChanged():
            return f"Task: {event.task.text}"
        case ev.SessionResumed():
            return "Resumed"
        case ev.SessionRenamed():
            return f"Renamed: {event.title}"
        case ev.IterationStarted():
            return f"Iteration {event.number}"
        case ev.PhaseFinished():
            return f"{event.phase} done"
        case ev.PhaseFailed():
            return f"{event.phase} failed: {event.message}"
        case ev.CandidateProposed():
            paths = ", ".join(change.path for change in event.candidate.changes)
            mended = repair_line(event.candidate)
            return f"Candidate {event.candidate.number}: {paths}" + (f" ({mended})" if mended else "")
        case ev.BuildProduced():
            return f"{'Green' if event.build.success else 'Red'}: {event.build.reason}"
        case ev.ArtefactEdited():
            return "Edited by hand"
        case ev.FilesMentioned():
            return f"Files named: {', '.join(event.paths)}"
        case ev.ShellRan():
            return f"$ {event.command}"
        case ev.IterationFinished():
            return f"{'Solved' if event.solved else 'Not solved'}: {event.reason}"
        case ev.SessionEnded():
            return f"Session {event.status}"
    return ""
