"""Prompts: templates, the sections of a prompt, and their order.

Every prompt of a session begins with the same bytes: the system text, the task, the code that the
exploration found. What differs from phase to phase comes after, and the instruction comes last. So
the model's cache of the shared beginning is used again by each phase and each iteration.

Templates are Jinja files in ``copilot_tui/prompts``; a code base can put its own version of one into
``.copilot-tui/prompts``. They run in Jinja's sandbox, since a repository is not trusted.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, FileSystemLoader, PackageLoader, StrictUndefined, TemplateError
from jinja2.sandbox import SandboxedEnvironment

from copilot_tui.core.artefacts import Diagnostic, Exploration, Finding
from copilot_tui.core.config import Settings
from copilot_tui.core.errors import ConfigurationError
from copilot_tui.core.events import PromptPacked
from copilot_tui.core.state import Attempt, SessionState
from copilot_tui.models.budget import Section, pack
from copilot_tui.models.engine import Engine, Message
from copilot_tui.phases.copies import copied_snippets, is_copy
from copilot_tui.phases.faults import faulty_build
from copilot_tui.phases.fencing import fence_for
from copilot_tui.phases.ranking import standing
from copilot_tui.phases.shortening import shorter_versions
from copilot_tui.phases.template_cache import template_cache
from copilot_tui.workspace.hunks import diff_lines

ERRORS_PER_ATTEMPT = 4
REJECTIONS_TOLD = 4
REJECTED_HUNKS = 6
REJECTED_LINES = 40
SHELL_CHARACTERS = 3_000
ERRORS_OF_CODE_BASE = 5
ATTEMPTS_IN_FULL = 1
"""Only the newest attempt is quoted with its code; of older ones the errors are enough."""


class PromptLibrary:
    """Renders the templates by name."""

    def __init__(self, source: Path | None = None) -> None:
        own = PackageLoader("copilot_tui", "prompts")
        theirs = [FileSystemLoader(source / ".copilot-tui" / "prompts")] if source else []
        self._environment = SandboxedEnvironment(
            loader=ChoiceLoader([*theirs, own]),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=False,
            bytecode_cache=template_cache(),
            autoescape=False,
        )
        self._environment.globals["fence"] = fence_for

    def render(self, name: str, **values: Any) -> str:
        """The template ``NAME.md.jinja``; a broken one is a ConfigurationError with file and line."""
        try:
            return self._environment.get_template(f"{name}.md.jinja").render(**values).strip()
        except TemplateError as error:
            line = getattr(error, "lineno", None)
            place = f"{getattr(error, 'filename', None) or name}{f':{line}' if line else ''}"
            raise ConfigurationError(
                f"The prompt template {place} failed: {error}.",
                "Mend it, or remove it from .copilot-tui/prompts to use the packaged one.",
            ) from error

    def compile_all(self) -> None:
        """Compile every template that is not compiled yet; a broken one is left to :meth:`render`."""
        for name in self._environment.list_templates(extensions=["jinja"]):
            with suppress(TemplateError):
                self._environment.get_template(name)

    def instruction(self, name: str, **values: Any) -> Section:
        """The last section of a phase's prompt; never left out."""
        return Section("instruction", self.render(name, **values), priority=100, required=True)


@dataclass(frozen=True, slots=True)
class PackedPrompt:
    """Messages that fit the window, and the event that tells what went in."""

    messages: tuple[Message, ...]
    event: PromptPacked


def shared_sections(prompts: PromptLibrary, state: SessionState) -> list[Section]:
    """The beginning that all prompts of a session share: the task and the code around it.

    What the model copied instead of writing code of its own is left out from then on.
    """
    sections = [Section("task", prompts.render("task", task=state.task), priority=100, required=True)]
    exploration = state.exploration
    if exploration is not None:
        copied = copied_snippets(state)
        shown = tuple(snippet for snippet in exploration.snippets if snippet not in copied)
        sections += snippet_sections(replace(exploration, snippets=shown))
    return sections


def snippet_sections(exploration: Exploration) -> list[Section]:
    """One section a snippet, best first; one that does not fit gives way to its first functions."""
    sections = []
    for rank, snippet in enumerate(exploration.snippets):
        name = f"snippet {snippet.path}:{snippet.start}"
        head = f"{snippet.path}:{snippet.start}-{snippet.end}\n"
        shrink = tuple(head + fenced(part) for part in shorter_versions(snippet.text, snippet.path))
        text = head + fenced(snippet.text.rstrip())
        sections.append(Section(name, text, priority=60 - min(rank, 30), shrink=shrink))
    if exploration.patterns:
        text = "Patterns of this code base:\n" + _bullets(exploration.patterns)
        sections.append(Section("patterns", text, priority=25))
    return sections


def knowledge_sections(
    prompts: PromptLibrary,
    state: SessionState,
    settings: Settings,
    *,
    plan: bool = True,
    review: bool = True,
    broken: bool = True,
) -> list[Section]:
    """What the phases before found out, in the order in which it came to be.

    The plan comes last: so the prompt that writes by it begins with all that the one held that made it.
    """
    sections: list[Section] = []
    if state.exploration is not None and state.exploration.insights:
        text = f"What the exploration found:\n{state.exploration.insights}"
        sections.append(Section("insights", text, priority=50))
    sections += broken_sections(state) if broken else []
    if state.lessons and settings.learning.memory:
        text = prompts.render("lessons", lessons=state.lessons)
        sections.append(Section("lessons", text, priority=65))
    sections += shell_sections(state)
    sections += attempt_sections(prompts, state, settings)
    sections += rejection_sections(prompts, state)
    if review:
        sections += finding_sections(prompts, state)
    if plan and state.plan is not None:
        sections.append(Section("plan", prompts.render("plan", plan=state.plan), priority=70))
    return sections


def rejection_sections(prompts: PromptLibrary, state: SessionState) -> list[Section]:
    """What the person refused of earlier candidates, oldest first."""
    sections = []
    for age, rejection in enumerate(state.rejections[: -REJECTIONS_TOLD - 1 : -1]):
        parts = [
            {"path": hunk.path, "lines": diff_lines(hunk)[:REJECTED_LINES]}
            for hunk in rejection.hunks[:REJECTED_HUNKS]
        ]
        text = prompts.render("rejected", parts=parts, reason=rejection.reason, whole=rejection.whole)
        sections.append(Section(f"rejected {len(state.rejections) - age}", text, priority=86 - age))
    return sections[::-1]


def shell_sections(state: SessionState) -> list[Section]:
    """What the commands printed that the person ran, each cut to what a small window can spare."""
    sections = []
    for ran in state.shell:
        lines = ran.output.strip()
        if len(lines) > SHELL_CHARACTERS:
            half = SHELL_CHARACTERS // 2
            lines = f"{lines[:half]}\n[...]\n{lines[-half:]}"
        text = f"The output of the command `{ran.command}`:\n{fenced(lines)}"
        sections.append(Section(f"output of {ran.command[:40]}", text, priority=55))
    return sections


def broken_sections(state: SessionState) -> list[Section]:
    """What is wrong with the code base itself, where the task is no open function of it."""
    build = faulty_build(state)
    if build is None:
        return []
    errors = [error_line(error) for error in build.errors[:ERRORS_OF_CODE_BASE]]
    text = f"The code as it is now is broken: {build.reason}\n" + _bullets(errors)
    return [Section("errors of the code base", text, priority=88)]


def finding_sections(prompts: PromptLibrary, state: SessionState) -> list[Section]:
    """What the review found on the last candidate, where it may be told."""
    findings = findings_to_tell(state)
    if not findings:
        return []
    text = prompts.render("findings", findings=findings)
    return [Section("review findings", text, priority=85)]


def findings_to_tell(state: SessionState) -> tuple[Finding, ...]:
    """The findings on the last candidate: those that sent it back, or all once it failed the build.

    Doubts about a candidate that failed in this very iteration are left out: the next one is another
    sample of the same prompt, not a repair.
    """
    if state.review is None:
        return ()
    if not state.review.approved:
        return tuple(f for f in state.review.findings if f.severity == "blocking")
    judged_now = any(a.iteration == state.iteration and a.build is not None for a in state.attempts)
    return () if judged_now else state.review.findings


def attempts_to_tell(state: SessionState, settings: Settings) -> tuple[Attempt, ...]:
    """The failed attempts since the last fresh start that a prompt speaks of, newest first.

    With several samples an iteration, only its first sample is a repair: a small model that sees wrong
    code tends to copy it, so the further ones are written without.
    """
    if settings.generation.samples > 1 and any(
        a.iteration == state.iteration and a.build and not a.candidate.repair for a in state.attempts
    ):
        return ()
    failed = [a for a in state.recent_attempts if a.build and not a.build.success and _worth_telling(a)]
    newest = failed[::-1]
    if settings.ensemble.enabled:  # they were built as they were ranked, not one after another
        newest.sort(key=lambda attempt: (attempt.iteration, standing(attempt)), reverse=True)
    return tuple(newest[: settings.session.max_conversation_history])


def _worth_telling(attempt: Attempt) -> bool:
    """A repair without a model is told only where it brought what a model wrote nearer to green."""
    if not attempt.candidate.repair:
        return True
    return bool(attempt.candidate.symbols) and attempt.progress is not None and attempt.progress.better


def attempt_sections(prompts: PromptLibrary, state: SessionState, settings: Settings) -> list[Section]:
    """Those attempts with their errors, oldest first. The code of a mere copy is not worth quoting."""
    sections = []
    copied = copied_snippets(state)
    for age, attempt in enumerate(attempts_to_tell(state, settings)):
        full, brief = (
            prompts.render("attempt", **attempt_values(attempt, in_full=in_full)) for in_full in (True, False)
        )
        name = f"attempt {attempt.candidate.number}"
        quoted = age < ATTEMPTS_IN_FULL and not is_copy(attempt.candidate, copied)
        text = full if quoted else brief
        sections.append(Section(name, text, priority=80 - min(age, 20), shrink=(brief,)))
    return sections[::-1]


def attempt_values(attempt: Attempt, *, in_full: bool) -> dict[str, Any]:
    build = attempt.build
    # What follows from another error is no second thing to mend, and takes room from the first.
    errors = build.root_errors if build is not None else ()
    return {
        "number": attempt.candidate.number,
        "code": attempt.candidate.code if in_full else "",
        "reason": build.reason if build is not None else "",
        "errors": [error_line(error) for error in errors[:ERRORS_PER_ATTEMPT]],
        "more": max(0, len(errors) - ERRORS_PER_ATTEMPT),
    }


def fenced(code: str) -> str:
    """``code`` as a block that it cannot close itself."""
    fence = fence_for(code)
    return f"{fence}\n{code}\n{fence}"


def error_line(error: Diagnostic) -> str:
    """One diagnostic as a model reads it best: place, message, and the test that it broke."""
    place = f"{error.file}:{error.line}: " if error.file and error.line else ""
    test = f" (test {error.test})" if error.test and error.test not in error.message else ""
    return f"{place}{error.message}{test}"


def pack_prompt(
    prompts: PromptLibrary,
    engine: Engine,
    phase: str,
    sections: Sequence[Section],
    *,
    reserved_tokens: int,
    reply_beginning: str = "",
) -> PackedPrompt:
    """Fit the sections into the engine's window, leaving ``reserved_tokens`` for the reply."""
    system = Message("system", prompts.render("system"))
    ending = (Message("assistant", reply_beginning),) if reply_beginning else ()
    window = engine.information.window
    frame = engine.count_tokens((system, Message("user", ""), *ending))
    empty = engine.count_tokens((Message("user", ""),))

    def count(text: str) -> int:
        return max(0, engine.count_tokens((Message("user", text),)) - empty)

    packed = pack(sections, count=count, budget=window - reserved_tokens - frame)
    messages = (system, Message("user", packed.text), *ending)
    event = PromptPacked(
        phase=phase,
        window=window,
        prompt_tokens=packed.tokens + frame,
        reserved_tokens=reserved_tokens,
        sections=packed.sections,
    )
    return PackedPrompt(messages, event)


def _bullets(lines: Sequence[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)
