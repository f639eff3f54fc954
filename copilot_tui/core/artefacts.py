"""What the phases produce: typed, immutable, serialisable, editable by replacement.

An artefact carries everything that a later phase or a person needs, and nothing of how it was made.
Paths are relative to the code base, with forward slashes. Lines and columns count from 1. Texts
are ``str``; bytes that were no valid text in the file's encoding never get this far (see
``workspace.text_file``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from copilot_tui.core.places import Breadcrumb as Breadcrumb
from copilot_tui.core.places import RankedFile as RankedFile
from copilot_tui.core.places import Snippet as Snippet
from copilot_tui.core.places import Span as Span
from copilot_tui.core.places import Task as Task

Severity = Literal["error", "warning", "note"]
FindingSeverity = Literal["blocking", "warning", "note"]


@dataclass(frozen=True, slots=True)
class Exploration:
    """The files, snippets, breadcrumbs and patterns found for a query, and the model's insights."""

    query: str
    files: tuple[RankedFile, ...] = ()
    snippets: tuple[Snippet, ...] = ()
    breadcrumbs: tuple[Breadcrumb, ...] = ()
    patterns: tuple[str, ...] = ()
    insights: str = ""
    timing: Mapping[str, float] = field(default_factory=dict)
    files_scanned: int = 0
    files_skipped: int = 0


@dataclass(frozen=True, slots=True)
class PlannedFile:
    """One file the plan wants to change, which function in it (if any), and how."""

    path: str
    change: str
    symbol: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """The reasoning phase's answer, field by field."""

    requirements: tuple[str, ...] = ()
    strategy: tuple[str, ...] = ()
    challenges: tuple[str, ...] = ()
    files: tuple[PlannedFile, ...] = ()


@dataclass(frozen=True, slots=True)
class FileChange:
    """The whole new text of one file; ``before`` is the text it was made from (None: new file).

    ``after`` is None for a deletion. Line ends are ``\\n`` here; the workspace restores the file's
    own line ends, encoding, mode and final newline. ``origin`` is the file that a new one was renamed
    from, whose manner it keeps.
    """

    path: str
    before: str | None
    after: str | None
    origin: str | None = None


@dataclass(frozen=True, slots=True)
class Hunk:
    """One stretch of a file's change: the lines it takes away and those it puts there, without line ends.

    ``number`` counts through all files of a candidate, from 1. The starts are the lines, from 1, at which
    the stretch begins in the old and in the new text.
    """

    number: int
    path: str
    old_start: int
    old_lines: tuple[str, ...]
    new_start: int
    new_lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Candidate:
    """One proposed change. ``digest`` is the SHA-256 of all paths and new texts.

    ``number`` counts candidates in the session from 1. ``code`` is what the model wrote (the code
    blocks of the reply, joined), ``replies`` the raw replies, one per generated file. ``repair`` says in
    words what a rule or a lesson did, where no model wrote the candidate. ``samples`` is how many replies it
    was chosen from. Of an ensemble ``model`` wrote it, with ``log_probability`` for each token on average.
    """

    number: int
    digest: str
    changes: tuple[FileChange, ...]
    code: str
    replies: tuple[str, ...] = ()
    symbols: tuple[str, ...] = ()
    seed: int = 0
    repair: str = ""
    samples: int = 1
    model: str = ""
    log_probability: float | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a member of the ensemble wrote, before it is built. ``sound``: no check blocks it."""

    candidate: Candidate
    temperature: float
    sound: bool


@dataclass(frozen=True, slots=True)
class Progress:
    """What a candidate did to the errors: fingerprints of those cleared, still there, and added.

    ``better`` means nearer to green: it came further in the build, or has fewer root errors and none of
    another place. ``signature`` is the same for two attempts that fail in the same way.
    """

    candidate: str | None
    cleared: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    better: bool = False
    signature: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One remark of the review. ``source`` is the check's name, or ``model``."""

    severity: FindingSeverity
    message: str
    source: str
    path: str | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True)
class ReviewReport:
    """All findings on one candidate; ``approved`` is False when one of them blocks."""

    candidate: str
    findings: tuple[Finding, ...] = ()
    approved: bool = True


@dataclass(frozen=True, slots=True)
class Note:
    """A remark that a tool attached to a diagnostic (``note:``, include chain, traceback line)."""

    message: str
    file: str | None = None
    line: int | None = None
    column: int | None = None


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One message of a compiler, linker, build tool or test runner.

    ``code`` is the tool's own name for it (``-Wunused-variable``, ``E0425``, ``AssertionError``).
    ``test`` names the failed test where the message comes from one. ``cause`` is the message and place of
    the earlier error that this one most likely only follows from; without it an error is a root.
    """

    tool: str
    severity: Severity
    message: str
    file: str | None = None
    line: int | None = None
    column: int | None = None
    end_line: int | None = None
    end_column: int | None = None
    code: str | None = None
    notes: tuple[Note, ...] = ()
    test: str | None = None
    cause: Note | None = None


@dataclass(frozen=True, slots=True)
class TestResult:
    """The verdict of one named test, as the test runner printed it."""

    __test__ = False  # not a test class, whatever pytest thinks of its name

    name: str
    passed: bool
    message: str = ""


@dataclass(frozen=True, slots=True)
class GeneratedTest:
    """One test that a model wrote: statements that prepare, and an expression that must be true.

    ``passed_by`` counts the candidates that pass it, ``kills`` the mutants of the chosen one that fail it.
    Only a test that is ``kept`` stands in the candidate.
    """

    setup: str
    check: str
    passed_by: int = 0
    kills: int = 0
    kept: bool = False


@dataclass(frozen=True, slots=True)
class StepResult:
    """One command of a build. ``exit_code`` is None when it was killed at a limit.

    ``stdout`` and ``stderr`` are decoded, stripped of terminal escapes and capped; ``truncated``
    says that more was printed.
    """

    kind: Literal["build", "test"]
    command: tuple[str, ...]
    exit_code: int | None
    seconds: float
    stdout: str = ""
    stderr: str = ""
    timed_out: bool = False
    truncated: bool = False


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What the compiler and the tests said about the code base in one state.

    ``compiled``: every build step ended with 0. ``success``: the tests ended well too or, where a
    baseline is known, nothing that passed before fails now and the task's own tests pass.
    ``reason`` explains ``success`` in one line. ``early``: a look at what the change touched ended it, so
    that not everything was built or tested.
    """

    compiled: bool
    success: bool
    reason: str
    steps: tuple[StepResult, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    tests: tuple[TestResult, ...] = ()
    candidate: str | None = None
    seconds: float = 0.0
    early: bool = False

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        return tuple(d for d in self.diagnostics if d.severity == "error")

    @property
    def root_errors(self) -> tuple[Diagnostic, ...]:
        """The errors that follow from no other one; all of them where only such are left."""
        return tuple(error for error in self.errors if error.cause is None) or self.errors

    @property
    def failed_tests(self) -> frozenset[str]:
        return frozenset(test.name for test in self.tests if not test.passed)


@dataclass(frozen=True, slots=True)
class Lesson:
    """An error seen before and, when ``verified``, the change after which a build was green.

    ``fingerprint`` is the hash of the normalised error; ``rule`` says the fix in words, ``patch``
    is a unified diff of it. ``hits`` counts how often the fix was tried or offered since, ``successes``
    how often the error was gone afterwards, ``harm`` how often it made things worse.
    """

    fingerprint: str
    message: str
    occurrences: int
    rule: str = ""
    patch: str = ""
    verified: bool = False
    hits: int = 0
    successes: int = 0
    harm: int = 0


@dataclass(frozen=True, slots=True)
class Repair:
    """A fix that needs no model: from a rule, or from a lesson that worked before (``origin``).

    ``fingerprint`` is the error that it is for, ``candidate`` what it makes of the code; ``lessons`` are
    those that it puts to the test. It proves itself by the build, like any candidate.
    """

    origin: Literal["rule", "memory"]
    words: str
    fingerprint: str
    candidate: Candidate
    lessons: tuple[Lesson, ...] = ()


@dataclass(frozen=True, slots=True)
class PromptSection:
    """One named part of a prompt and its size; ``kept`` is False when it did not fit.

    ``shortened`` tells that a shorter version of it went in.
    """

    name: str
    tokens: int
    kept: bool = True
    shortened: bool = False


@dataclass(frozen=True, slots=True)
class Usage:
    """Measured by the engine: tokens and seconds of one generation.

    ``prompt_tokens`` counts the whole prompt, ``cached_tokens`` the part taken from the KV cache.
    """

    prompt_tokens: int
    cached_tokens: int
    new_tokens: int
    seconds_to_first_token: float
    seconds: float
    finish_reason: str

    @property
    def tokens_per_second(self) -> float:
        """Decoding speed, the first token's wait left out; 0 when nothing was decoded."""
        decoding = self.seconds - self.seconds_to_first_token
        return self.new_tokens / decoding if decoding > 0 and self.new_tokens else 0.0


@dataclass(frozen=True, slots=True)
class Summary:
    """How a session ended, in numbers that were all measured."""

    status: str
    iterations: int
    candidates: int
    errors: int
    prompt_tokens: int
    cached_tokens: int
    new_tokens: int
    generation_seconds: float
    seconds_per_phase: Mapping[str, float] = field(default_factory=dict)

    @property
    def tokens_per_second(self) -> float:
        return self.new_tokens / self.generation_seconds if self.generation_seconds else 0.0


def to_json(value: Any) -> dict[str, Any]:
    """An artefact as JSON-ready builtins."""
    import msgspec

    result: dict[str, Any] = msgspec.to_builtins(value)
    return result
