"""The three kinds of JSON log that the seed's users know, written from the store.

A log is a view for people and other programs, written atomically. A session's log also carries its
events as they go over the wire; from these the store is rebuilt when the database is damaged. Logs
of the seed itself hold no events: they stay where they are, and are no source of a rebuild.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from copilot_tui.core import events as ev
from copilot_tui.core.artefacts import BuildReport, Diagnostic
from copilot_tui.core.errors import StoreError, UsageError
from copilot_tui.core.state import SessionState, apply_event
from copilot_tui.store.errors import ErrorStore
from copilot_tui.store.files import write_atomically
from copilot_tui.store.identifiers import checked_session_id

_LINKERS = ("ld", "lld", "gold", "mold", "collect2", "link")


def session_log_paths(directory: Path) -> Iterator[Path]:
    """The session logs under ``directory``, oldest id first."""
    return iter(sorted((directory / "sessions").glob("*.json")))


def error_log_paths(directory: Path) -> Iterator[Path]:
    return iter(sorted((directory / "errors").glob("*.json")))


def write_session_log(directory: Path, records: Sequence[ev.EventRecord]) -> Path:
    """Write ``sessions/ID.json`` for the session that ``records``, from the first on, belong to."""
    if not records:
        raise UsageError("A session without events has nothing to log.")
    session = checked_session_id(records[0].session)
    log = _SessionLog()
    for record in records:
        log.take(record)
    path = directory / "sessions" / f"{session}.json"
    write_atomically(path, _encode(log.content(records)))
    return path


def write_build_log(directory: Path, session: str, iteration: int, report: BuildReport, time: str) -> Path:
    """Write one build's log into ``compile/``; ``time`` tells builds of one iteration apart."""
    compact = "".join(letter for letter in time if letter.isalnum())
    path = directory / "compile" / f"{checked_session_id(session)}-{iteration:03d}-{compact}.json"
    commands = [" ".join(step.command) for step in report.steps]
    content = {
        "session": session,
        "iteration": iteration,
        "timestamp": time,
        "target": commands[0] if commands else "",
        "success": report.success,
        "duration": report.seconds,
        "stdout": "".join(step.stdout for step in report.steps),
        "stderr": "".join(step.stderr for step in report.steps),
        "errors": [_logged(item) for item in report.diagnostics if item.severity == "error"],
        "warnings": [_logged(item) for item in report.diagnostics if item.severity == "warning"],
        "compiled": report.compiled,
        "reason": report.reason,
        "commands": commands,
        "tests": msgspec.to_builtins(report.tests),
        "candidate": report.candidate,
    }
    write_atomically(path, _encode(content))
    return path


def write_error_log(directory: Path, error_store: ErrorStore) -> Path:
    """Write ``errors/errors.json``, the whole error database."""
    path = directory / "errors" / "errors.json"
    write_atomically(path, _encode(error_store.export()))
    return path


def read_session_log(path: Path) -> tuple[list[ev.EventRecord], bool]:
    """The events of a session's log, and whether all of them could be read.

    Reading ends at the first event that does not fit, since what follows cannot be replayed without
    it. Raises :class:`StoreError` when there is not one event.
    """
    lines = _read(path).get("events")
    if not isinstance(lines, list):
        raise StoreError(f"{path} holds no events.", "It may be a log of the seed; it stays as it is.")
    records: list[ev.EventRecord] = []
    for line in lines:
        try:
            record = ev.from_wire(line)
        except StoreError:
            break
        if record.seq != len(records) + 1 or record.session != path.stem:
            break
        records.append(record)
    if not records:
        raise StoreError(f"{path} holds no event that can be read.")
    return records, len(records) == len(lines)


def read_error_log(path: Path) -> dict[str, Any]:
    """The content of an error log, as ``ErrorStore.merge`` takes it."""
    return _read(path)


@dataclass
class _SessionLog:
    """Collects the seed's view of a session while its events pass by."""

    state: SessionState = field(default_factory=SessionState)
    turns: list[dict[str, Any]] = field(default_factory=list)
    explorations: list[dict[str, Any]] = field(default_factory=list)
    generated: list[dict[str, Any]] = field(default_factory=list)
    influences: dict[tuple[str, int], dict[str, Any]] = field(default_factory=dict)
    patterns: dict[str, None] = field(default_factory=dict)
    result: Any = None
    streamed: bool = False
    context_size: int = 0

    def take(self, record: ev.EventRecord) -> None:
        self.state = apply_event(self.state, record)
        event = record.event
        match event:
            case ev.PhaseStarted():
                self.result, self.streamed, self.context_size = None, False, 0
            case ev.PhaseFinished():
                self._turn(event.phase, self.result, record.time)
            case ev.PhaseFailed():
                self._turn(event.phase, {"error": event.error, "message": event.message}, record.time)
            case ev.TokenStreamed():
                self.streamed = True
            case ev.PromptPacked():
                self.context_size = event.prompt_tokens
            case ev.ExplorationProduced():
                self._explored(event, record.time)
            case ev.CandidateProposed():
                self._generated(event, record.time)
            case ev.PlanProduced():
                self.result = msgspec.to_builtins(event.plan)
            case ev.ReviewProduced():
                self.result = msgspec.to_builtins(event.review)
            case ev.BuildProduced():
                self.result = msgspec.to_builtins(event.build)
            case ev.LessonRecorded():
                self.result = [*(self.result or []), msgspec.to_builtins(event.lesson)]

    def content(self, records: Sequence[ev.EventRecord]) -> dict[str, Any]:
        state = self.state
        return {
            "id": state.session,
            "task": state.task.text,
            "context": state.context,
            "started_at": state.started_at,
            "turns": self.turns,
            "exploration_results": self.explorations,
            "generated_code": self.generated,
            "status": state.status,
            "breadcrumb_influences": list(self.influences.values()),
            "patterns_recalled": list(self.patterns),
            "ended_at": state.ended_at or None,
            "summary": msgspec.to_builtins(state.summary),
            "title": state.title,
            "source": state.source,
            "project": state.project,
            "events": [ev.to_wire(record) for record in records],
        }

    def _turn(self, phase: str, result: Any, time: str) -> None:
        asked = {"task": self.state.task.text, "iteration": self.state.iteration}
        self.turns.append({"action": phase, "input": asked, "result": result, "timestamp": time})

    def _explored(self, event: ev.ExplorationProduced, time: str) -> None:
        self.result = msgspec.to_builtins(event.exploration)
        self.explorations.append({**self.result, "timestamp": time})
        self.patterns.update(dict.fromkeys(event.exploration.patterns))
        for crumb in event.exploration.breadcrumbs:
            self.influences[crumb.path, crumb.line] = {
                "file": crumb.path,
                "line": crumb.line,
                "phase": crumb.phase,
                "status": crumb.status,
                "symbol": crumb.symbol,
            }

    def _generated(self, event: ev.CandidateProposed, time: str) -> None:
        self.result = msgspec.to_builtins(event.candidate)
        exploration = self.state.exploration
        self.generated.append(
            {
                "code": event.candidate.code,
                "timestamp": time,
                "used_exploration": exploration is not None,
                "iteration": self.state.iteration,
                "streamed": self.streamed,
                "context_size": self.context_size,
                "exploration_files": [file.path for file in exploration.files] if exploration else [],
            }
        )


def _logged(item: Diagnostic) -> dict[str, Any]:
    if item.test is not None:
        kind = "test"
    elif item.tool.rsplit("-", 1)[-1] in _LINKERS:
        kind = "link"
    else:
        kind = "compile"
    return {
        "type": kind,
        "message": item.message,
        "file": item.file,
        "line": item.line,
        "column": item.column,
        "code": item.code,
        "tool": item.tool,
        "test": item.test,
    }


def _encode(content: Mapping[str, Any]) -> bytes:
    try:
        return msgspec.json.format(msgspec.json.encode(content), indent=2) + b"\n"
    except (TypeError, ValueError, msgspec.MsgspecError) as error:
        raise StoreError(f"A log holds what JSON cannot: {error}.") from error


def _read(path: Path) -> dict[str, Any]:
    try:
        content = msgspec.json.decode(path.read_bytes())
    except OSError as error:
        raise StoreError(f"{path} cannot be read: {error.strerror}.") from error
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise StoreError(f"{path} is no JSON: {error}.") from error
    if not isinstance(content, dict):
        raise StoreError(f"{path} is no log: it holds no JSON object.")
    return content
