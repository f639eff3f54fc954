"""What a phase is, and what it is given.

The capabilities are concrete classes of the layer below. Models and lessons sit behind protocols:
models because tests and replays swap them, lessons because their database has a thread of its own.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from copilot_tui.core.artefacts import Diagnostic, FileChange, Lesson
from copilot_tui.core.cancellation import CancelToken
from copilot_tui.core.config import Settings
from copilot_tui.core.events import Event
from copilot_tui.core.state import SessionState
from copilot_tui.index.code_index import CodeIndex
from copilot_tui.memory.lessons import Replay
from copilot_tui.models.engine import ModelProvider
from copilot_tui.phases.prompting import PromptLibrary
from copilot_tui.workspace.apply import Workspace


class Lessons(Protocol):
    """What the learn phase needs of the memory: ``memory.lessons``, off the event loop."""

    async def observe(
        self, errors: Sequence[Diagnostic], context: Mapping[str, object]
    ) -> tuple[Lesson, ...]:
        """Count each root error once."""
        ...

    async def known_fixes(self, errors: Sequence[Diagnostic]) -> tuple[Lesson, ...]:
        """Verified fixes of errors like these."""
        ...

    async def verify(
        self,
        failed: Sequence[Diagnostic],
        before: Sequence[FileChange],
        after: Sequence[FileChange],
        context: Mapping[str, object],
    ) -> tuple[Lesson, ...]:
        """Record, after a green build, that going from ``before`` to ``after`` cleared the errors."""
        ...

    async def replays(self, errors: Sequence[Diagnostic]) -> tuple[Replay, ...]:
        """Verified fixes that can be done again without a model."""
        ...

    async def judge(self, lesson: Lesson, *, helped: bool, harmed: bool) -> Lesson | None:
        """Count what a lesson did that was offered or tried."""
        ...


@dataclass(frozen=True, slots=True)
class PhaseContext:
    """Everything a phase may look at or use. ``state`` is the state at the phase's start.

    ``edit_forms`` tells how often the model that writes was asked for each form of edits, and kept to it.
    """

    state: SessionState
    settings: Settings
    source: Path
    cancel: CancelToken
    models: ModelProvider
    index: CodeIndex
    workspace: Workspace
    lessons: Lessons
    prompts: PromptLibrary
    edit_forms: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    def seed(self, salt: int = 0) -> int:
        """A seed for one generation: the same in a repeated run, different in each attempt."""
        made = len(self.state.attempts)
        return (self.state.seed * 1_000_003 + self.state.iteration * 1_009 + made * 101 + salt) % 2**31


class Phase(Protocol):
    """One step of the loop. ``run`` ends normally when its artefact was yielded, else it raises."""

    name: str

    def run(self, context: PhaseContext) -> AsyncIterator[Event]: ...
