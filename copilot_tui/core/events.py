"""Everything that happens in a session, as frozen values named in the past tense.

A phase yields events, the manager stores each one and only then shows it, a frontend renders it.
State is a fold over them (``core.state``), so a replayed session is the live one. An event never
holds a live object: whatever it carries survives a round trip through JSON.

On the wire an event is one JSON object: the envelope ``{"v": 1, "session", "seq", "time", "type"}``
and the event's own fields beside it. ``type`` is the class name in snake case. ``seq`` counts from 1
in a session without gaps, ``time`` is ISO 8601 in UTC with milliseconds. A reader must ignore fields
that it does not know; a field is never renamed without a new ``v``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal, TypeAlias, get_args

import msgspec

from copilot_tui.core.artefacts import (
    BuildReport,
    Candidate,
    Diagnostic,
    Exploration,
    GeneratedTest,
    Hunk,
    Lesson,
    Plan,
    Progress,
    PromptSection,
    Proposal,
    RankedFile,
    Repair,
    ReviewReport,
    Summary,
    Task,
    Usage,
)
from copilot_tui.core.errors import StoreError

PHASES = ("explore", "reason", "generate", "review", "compile", "learn")
"""The six phases in the order in which the loop runs them."""

PhaseName = str
ArtefactName = Literal["exploration", "plan", "candidate", "review", "build"]

WIRE_VERSION = 1


@dataclass(frozen=True, slots=True)
class SessionStarted:
    """First event of each session. ``source`` is the absolute path of the code base."""

    task: Task
    source: str
    project: str = ""
    seed: int = 0
    models: Mapping[str, str] = field(default_factory=dict)
    context: Mapping[str, Any] = field(default_factory=dict)
    parent: str | None = None
    parent_seq: int | None = None


@dataclass(frozen=True, slots=True)
class SessionResumed:
    """The session goes on in a new process; what an interrupted phase had begun counts as lost."""

    interrupted_phase: str | None = None


@dataclass(frozen=True, slots=True)
class SessionRenamed:
    title: str


@dataclass(frozen=True, slots=True)
class TaskChanged:
    """The person refined the task; everything made for the old one is stale."""

    task: Task


@dataclass(frozen=True, slots=True)
class IterationStarted:
    """One pass through the phases begins. ``fresh`` says that earlier repairs are set aside."""

    number: int
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class PhaseStarted:
    phase: PhaseName
    iteration: int


@dataclass(frozen=True, slots=True)
class PhaseFinished:
    phase: PhaseName
    iteration: int
    seconds: float


@dataclass(frozen=True, slots=True)
class PhaseFailed:
    """The phase ended without its artefact. ``error`` is the exception's class name."""

    phase: PhaseName
    iteration: int
    error: str
    message: str
    hint: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Progressed:
    """How far a piece of work over a second has come; ``total`` 0 means not known."""

    what: str
    done: float
    total: float = 0.0
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Noticed:
    """Something a person should know that is neither result nor failure."""

    message: str
    level: Literal["info", "warning"] = "info"


@dataclass(frozen=True, slots=True)
class FileRanked:
    rank: int
    file: RankedFile


@dataclass(frozen=True, slots=True)
class PromptPacked:
    """What went into a prompt. ``window`` is the model's true window in tokens."""

    phase: PhaseName
    window: int
    prompt_tokens: int
    reserved_tokens: int
    sections: tuple[PromptSection, ...]

    @property
    def dropped(self) -> tuple[str, ...]:
        return tuple(section.name for section in self.sections if not section.kept)

    @property
    def shortened(self) -> tuple[str, ...]:
        return tuple(section.name for section in self.sections if section.shortened)

    @property
    def omissions(self) -> str:
        """What did not fit, in words; empty when all of it did."""
        parts = (("left out", self.dropped), ("shortened", self.shortened))
        return "; ".join(f"{what}: {', '.join(names)}" for what, names in parts if names)


@dataclass(frozen=True, slots=True)
class TokenStreamed:
    """A piece of model output, gathered over at most a twentieth of a second."""

    phase: PhaseName
    text: str


@dataclass(frozen=True, slots=True)
class GenerationFinished:
    phase: PhaseName
    model: str
    usage: Usage


@dataclass(frozen=True, slots=True)
class ExplorationProduced:
    exploration: Exploration


@dataclass(frozen=True, slots=True)
class PlanProduced:
    plan: Plan


@dataclass(frozen=True, slots=True)
class CandidateProposed:
    candidate: Candidate


@dataclass(frozen=True, slots=True)
class CandidateRepeated:
    """The model wrote a candidate that was judged before; it is sampled anew, not built again."""

    digest: str
    number: int


@dataclass(frozen=True, slots=True)
class ReviewProduced:
    review: ReviewReport


@dataclass(frozen=True, slots=True)
class BaselineRecorded:
    """The build and the tests as they were before the session changed anything."""

    build: BuildReport


@dataclass(frozen=True, slots=True)
class EditApplied:
    """The candidate is in the code base. ``edit`` is the journal's id, by which it is undone."""

    edit: str
    candidate: str
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EditUndone:
    edit: str
    reason: str


@dataclass(frozen=True, slots=True)
class EditAbandoned:
    """An edit that was not judged could not be taken out; the session looks after it no longer."""

    edit: str
    reason: str


@dataclass(frozen=True, slots=True)
class BuildStepStarted:
    kind: Literal["build", "test"]
    command: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DiagnosticFound:
    diagnostic: Diagnostic


@dataclass(frozen=True, slots=True)
class BuildProduced:
    build: BuildReport


@dataclass(frozen=True, slots=True)
class LessonOffered:
    """A verified fix of an error like this one goes into the next prompt."""

    lesson: Lesson


@dataclass(frozen=True, slots=True)
class LessonRecorded:
    lesson: Lesson


@dataclass(frozen=True, slots=True)
class LessonJudged:
    """A lesson that was offered or tried proved itself, or did not: its counts now."""

    lesson: Lesson
    helped: bool


@dataclass(frozen=True, slots=True)
class ProgressMeasured:
    """The errors of a build that failed, compared with those before its candidate."""

    progress: Progress


@dataclass(frozen=True, slots=True)
class RepairsFound:
    """Fixes that are tried, in this order, before a model is asked; they replace those found before."""

    repairs: tuple[Repair, ...]


@dataclass(frozen=True, slots=True)
class ProposalsRanked:
    """What the members of the ensemble wrote, the likeliest first; they are built in this order."""

    proposals: tuple[Proposal, ...]


@dataclass(frozen=True, slots=True)
class ArtefactEdited:
    """A person changed an artefact; what lies downstream is stale. One field is set."""

    exploration: Exploration | None = None
    plan: Plan | None = None
    candidate: Candidate | None = None


@dataclass(frozen=True, slots=True)
class QuestionAsked:
    """The session waits for an answer. ``default`` is taken where nobody can be asked."""

    question: str
    choices: tuple[str, ...]
    default: str


@dataclass(frozen=True, slots=True)
class QuestionAnswered:
    answer: str


@dataclass(frozen=True, slots=True)
class FilesMentioned:
    """The person named these files with ``@path``: they are always shown to the model."""

    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ShellRan:
    """The person ran a command with ``!``; its output goes into the prompts from then on.

    ``exit_code`` is None when it was killed at the time limit. ``output`` is what it printed, both
    streams, without escape sequences and, where ``truncated``, without its middle.
    """

    command: str
    exit_code: int | None
    output: str
    seconds: float
    truncated: bool = False


@dataclass(frozen=True, slots=True)
class ShellForgotten:
    """The person took the outputs of all commands out of the prompts."""


@dataclass(frozen=True, slots=True)
class IterationFinished:
    number: int
    solved: bool
    reason: str


@dataclass(frozen=True, slots=True)
class SessionEnded:
    """Last event, unless the session is resumed. ``status``: solved, unsolved, stopped, failed,
    or what the caller of the Python API said."""

    status: str
    summary: Summary


@dataclass(frozen=True, slots=True)
class HunksRejected:
    """A person refused these parts of a candidate; the next prompts say so.

    With ``whole`` nothing of the candidate is left, and it is to be written anew. Otherwise the rest
    follows as an :class:`ArtefactEdited`.
    """

    candidate: str
    hunks: tuple[Hunk, ...]
    reason: str = ""
    whole: bool = False


@dataclass(frozen=True, slots=True)
class CandidateAccepted:
    """A person took the candidate as it is: the edit just applied stays, whatever the judge says of it."""

    candidate: str


@dataclass(frozen=True, slots=True)
class EditRedone:
    """An edit that was undone is in the code base again."""

    edit: str


@dataclass(frozen=True, slots=True)
class BreakpointSet:
    """From now on the loop stops before this phase; or, where not ``enabled``, no longer."""

    phase: PhaseName
    enabled: bool


@dataclass(frozen=True, slots=True)
class BreakpointReached:
    """The loop stopped before this phase; running on begins with it."""

    phase: PhaseName


@dataclass(frozen=True, slots=True)
class EditFormTried:
    """A reply was asked for in a form of edits, and fitted into the file or not."""

    model: str
    form: str
    path: str
    fitted: bool
    problem: str = ""


@dataclass(frozen=True, slots=True)
class TestsGenerated:
    """Tests that were written for a task without any, and what came of them.

    ``path`` is the file of the candidate that holds the kept ones (None: none was worth it). ``candidates``
    is how many samples were compared, ``agreeing`` how many behave like the chosen one, itself included;
    ``mutants`` how many broken versions of it were tried, ``killed`` how many of them the tests notice.
    """

    __test__ = False  # not a test class, whatever pytest thinks of its name

    symbol: str
    path: str | None
    tests: tuple[GeneratedTest, ...]
    candidates: int
    agreeing: int
    mutants: int
    killed: int


Event: TypeAlias = (
    SessionStarted
    | SessionResumed
    | SessionRenamed
    | TaskChanged
    | IterationStarted
    | PhaseStarted
    | PhaseFinished
    | PhaseFailed
    | Progressed
    | Noticed
    | FileRanked
    | PromptPacked
    | TokenStreamed
    | GenerationFinished
    | ExplorationProduced
    | PlanProduced
    | CandidateProposed
    | CandidateRepeated
    | ReviewProduced
    | BaselineRecorded
    | EditApplied
    | EditUndone
    | EditAbandoned
    | BuildStepStarted
    | DiagnosticFound
    | BuildProduced
    | LessonOffered
    | LessonRecorded
    | LessonJudged
    | ProgressMeasured
    | RepairsFound
    | ProposalsRanked
    | ArtefactEdited
    | QuestionAsked
    | QuestionAnswered
    | FilesMentioned
    | ShellRan
    | ShellForgotten
    | IterationFinished
    | SessionEnded
    | HunksRejected
    | CandidateAccepted
    | EditRedone
    | BreakpointSet
    | BreakpointReached
    | EditFormTried
    | TestsGenerated
)


def _wire_name(event_type: type) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", event_type.__name__).lower()


EVENT_TYPES: Mapping[str, type] = {_wire_name(kind): kind for kind in get_args(Event)}
"""Wire name (``phase_started``) to class."""


@dataclass(frozen=True, slots=True)
class EventRecord:
    """An event with its place in a session: what the store keeps and every frontend receives."""

    session: str
    seq: int
    time: str
    event: Event

    @property
    def type(self) -> str:
        return _wire_name(type(self.event))


@cache
def _decoder(type_name: str) -> msgspec.json.Decoder[Any] | None:
    """Made once for each type: a session of many thousands of events is read in one go."""
    kind = EVENT_TYPES.get(type_name)
    return msgspec.json.Decoder(kind) if kind is not None else None


def encode_event(event: Event) -> bytes:
    """The event's own fields as JSON, without the envelope."""
    return msgspec.json.encode(event)


def decode_event(type_name: str, payload: bytes | str) -> Event:
    """The inverse of :func:`encode_event`; raises :class:`StoreError` on a payload of no known form."""
    decoder = _decoder(type_name)
    if decoder is None:
        raise StoreError(
            f"The store holds an event of the unknown type {type_name!r}.",
            "It was written by a newer copilot-tui; update this one.",
        )
    try:
        event: Event = decoder.decode(payload)
    except msgspec.MsgspecError as error:
        raise StoreError(f"A stored {type_name} event cannot be read: {error}.") from error
    return event


def to_wire(record: EventRecord) -> dict[str, Any]:
    """One event line of ``--json`` output, as JSON-ready builtins."""
    line: dict[str, Any] = {
        "v": WIRE_VERSION,
        "session": record.session,
        "seq": record.seq,
        "time": record.time,
        "type": record.type,
    }
    line.update(msgspec.to_builtins(record.event))
    return line


def from_wire(line: Mapping[str, Any]) -> EventRecord:
    """The inverse of :func:`to_wire`; raises :class:`StoreError` on anything else."""
    try:
        kind = EVENT_TYPES[line["type"]]
        envelope = {"v", "session", "seq", "time", "type"}
        payload = {key: value for key, value in line.items() if key not in envelope}
        return EventRecord(line["session"], line["seq"], line["time"], msgspec.convert(payload, type=kind))
    except (KeyError, TypeError, msgspec.MsgspecError) as error:
        raise StoreError(f"Not an event line: {error}.") from error
