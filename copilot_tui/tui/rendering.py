"""Records as text: what the conversation says of each event.

Pure functions. Text from outside goes through ``printable`` and into :class:`Content` as it is, so that
nothing in it is taken for markup. Artefacts that a model wrote are given as Markdown sources.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from textual.content import Content

from copilot_tui.core import events as ev
from copilot_tui.core.artefacts import BuildReport, Candidate, Diagnostic, Plan, ReviewReport, Summary
from copilot_tui.core.text import printable, printable_line
from copilot_tui.session.proposal_lines import proposal_lines
from copilot_tui.session.repair_lines import lesson_line, progress_line, repair_line

Kind: TypeAlias = Literal[
    "task", "iteration", "notice", "warning", "error", "good", "bad", "plain", "question"
]

SIGNS: dict[Kind, str] = {
    "task": "❯",
    "iteration": "─",
    "notice": "·",
    "warning": "!",
    "error": "✗",
    "good": "✓",
    "bad": "✗",
    "plain": " ",
    "question": "?",
}
STYLES: dict[Kind, str] = {
    "task": "bold $text-accent",
    "iteration": "bold $text-primary",
    "notice": "$foreground-muted",
    "warning": "$text-warning",
    "error": "bold $text-error",
    "good": "$text-success",
    "bad": "$text-error",
    "plain": "$foreground-muted",
    "question": "bold $text-accent",
}


SHELL_LINES = 40
SHELL_COLUMNS = 500


@dataclass(frozen=True, slots=True)
class Entry:
    """One paragraph of the conversation, with the sign that stands before it."""

    kind: Kind
    text: str
    hint: str = ""

    def sign(self) -> Content:
        """What stands in the margin."""
        return Content.styled(SIGNS[self.kind], STYLES[self.kind])

    def content(self) -> Content:
        parts: list[str | tuple[str, str]] = [(printable(self.text), STYLES[self.kind])]
        if self.hint:
            parts.append((f"\n{printable_line(self.hint)}", "$foreground-muted"))
        return Content.assemble(*parts)


def entry_of(event: ev.Event) -> Entry | None:
    """The paragraph for an event; None for those that are shown in another way or not at all."""
    return _session_entry(event) or _work_entry(event) or _judge_entry(event)


def _session_entry(event: ev.Event) -> Entry | None:
    match event:
        case ev.SessionStarted():
            return Entry("task", event.task.text)
        case ev.TaskChanged():
            return Entry(
                "task", event.task.text, "The task was changed; what was made for the old one is stale."
            )
        case ev.SessionResumed():
            phase = event.interrupted_phase
            return Entry("notice", f"Resumed{f'; {phase} was interrupted' if phase else ''}.")
        case ev.SessionRenamed():
            return Entry("notice", f"Renamed: {event.title}")
        case ev.IterationStarted():
            fresh = ", a fresh start: earlier repairs are set aside" if event.fresh else ""
            return Entry("iteration", f"Iteration {event.number}{fresh}")
        case ev.IterationFinished():
            verdict = "Solved" if event.solved else "Not solved"
            return Entry("good" if event.solved else "bad", f"{verdict}: {event.reason}")
        case ev.SessionEnded():
            kind: Kind = "good" if event.status == "solved" else "notice"
            return Entry(kind, f"Session {event.status}.", summary_line(event.summary))
        case ev.QuestionAsked():
            return Entry(
                "question", event.question, f"{' / '.join(event.choices)} (default: {event.default})"
            )
        case ev.QuestionAnswered():
            return Entry("notice", f"Answer: {event.answer}")
        case ev.FilesMentioned():
            return Entry("notice", f"Always shown to the model: {', '.join(event.paths)}")
        case ev.ShellRan():
            return shell_entry(event)
        case ev.ShellForgotten():
            return Entry("notice", "No output of a command goes into the prompts any more.")
    return None


def _work_entry(event: ev.Event) -> Entry | None:
    match event:
        case ev.PhaseFailed(error="Cancelled"):
            return Entry("warning", f"{event.phase} was stopped.")
        case ev.PhaseFailed():
            return Entry("error", f"{event.phase} failed: {event.message}", event.hint)
        case ev.Noticed():
            return Entry("warning" if event.level == "warning" else "notice", event.message)
        case ev.PromptPacked() if event.omissions:
            return Entry("notice", f"The window holds {event.window:,} tokens; {event.omissions}")
        case ev.CandidateProposed():
            return Entry("notice", candidate_line(event.candidate), repair_line(event.candidate))
        case ev.CandidateRepeated():
            return Entry("notice", "The same code as before; sampling anew.")
        case ev.BreakpointSet():
            return Entry(
                "notice", f"/run {'stops' if event.enabled else 'does not stop'} before {event.phase}."
            )
        case ev.BreakpointReached():
            return Entry(
                "question", f"Stopped before {event.phase}.", "/run or /step goes on; /break changes it."
            )
        case ev.ArtefactEdited(candidate=candidate) if candidate is not None:
            return Entry("notice", f"Yours now: {candidate_line(candidate)}")
        case ev.ArtefactEdited():
            changed = [n for n in ("exploration", "plan", "candidate") if getattr(event, n) is not None]
            return Entry("notice", f"You changed the {', '.join(changed)}; what follows from it is stale.")
    return None


def _judge_entry(event: ev.Event) -> Entry | None:
    match event:
        case ev.BuildStepStarted():
            return Entry("plain", f"$ {printable_line(' '.join(event.command))}")
        case ev.BaselineRecorded():
            return Entry("notice", f"Before any change: {event.build.reason}")
        case ev.BuildProduced():
            return Entry("good" if event.build.success else "bad", verdict_line(event.build))
        case ev.EditApplied():
            return Entry("plain", f"In the code base: {printable_line(', '.join(event.paths))}")
        case ev.EditUndone():
            return Entry("plain", f"Taken out again: {event.reason}")
        case ev.EditRedone():
            return Entry("good", "In the code base again.")
        case ev.CandidateAccepted():
            return Entry("good", "Accepted: it stays in the code base.")
        case ev.HunksRejected():
            return Entry("warning", rejected_line(event), event.reason)
        case ev.LessonOffered():
            return Entry(
                "notice", f"A fix of this error is known: {event.lesson.rule or event.lesson.message}"
            )
        case ev.LessonJudged() if words := lesson_line(event):
            return Entry("notice", words)
        case ev.ProposalsRanked():
            first, *others = proposal_lines(event)
            return Entry("notice", first, "\n".join(others))
        case ev.ProgressMeasured() if words := progress_line(event.progress):
            return Entry("good" if event.progress.better else "notice", words)
        case ev.LessonRecorded() if event.lesson.verified:
            return Entry("good", f"Learnt: {event.lesson.message}", event.lesson.rule)
    return None


def shell_entry(ran: ev.ShellRan) -> Entry:
    """The command, what it printed as far as it can be read, and how it ended."""
    lines = ran.output.rstrip("\n").split("\n") if ran.output.strip() else []
    if len(lines) > SHELL_LINES:
        half = SHELL_LINES // 2
        lines = [*lines[:half], f"[... {len(lines) - SHELL_LINES} lines ...]", *lines[-half:]]
    shown = "\n".join([f"$ {printable_line(ran.command)}", *(line[:SHELL_COLUMNS] for line in lines)])
    if ran.exit_code is None:
        end = f"Killed at the time limit, after {ran.seconds:.0f} s (interface.shell_timeout_seconds)."
    else:
        end = f"Exit status {ran.exit_code}, {ran.seconds:.1f} s."
    kind: Kind = "plain" if ran.exit_code == 0 else "bad"
    return Entry(kind, shown, f"{end} The model will be shown this; a lone ! takes it out.")


def candidate_line(candidate: Candidate) -> str:
    """``Candidate 2: src/text.c +12 -3``"""
    parts = []
    for change in candidate.changes:
        added, removed = changed_lines(change.before or "", change.after or "")
        parts.append(f"{printable_line(change.path)} +{added} -{removed}")
    return f"Candidate {candidate.number}: {', '.join(parts)}"


def rejected_line(event: ev.HunksRejected) -> str:
    """``Rejected: hunks 1, 3 of src/text.c``"""
    if event.whole:
        return "Rejected as a whole; /generate writes it anew, knowing that."
    paths = ", ".join(dict.fromkeys(printable_line(hunk.path) for hunk in event.hunks))
    numbers = ", ".join(str(hunk.number) for hunk in event.hunks)
    return f"Rejected: {'hunk' if len(event.hunks) == 1 else 'hunks'} {numbers} of {paths}"


def changed_lines(before: str, after: str) -> tuple[int, int]:
    """Lines added and removed, by how often each line stands in either text."""
    from collections import Counter

    old, new = Counter(before.splitlines()), Counter(after.splitlines())
    return sum((new - old).values()), sum((old - new).values())


def verdict_line(build: BuildReport) -> str:
    """``Green: all tests pass (0.4 s)``"""
    word = "Green" if build.success else "Red" if build.compiled else "Does not build"
    return f"{word}: {build.reason} ({build.seconds:.1f} s)"


def summary_line(summary: Summary) -> str:
    """The session's figures."""
    return (
        f"{counted(summary.iterations, 'iteration')}, {counted(summary.candidates, 'candidate')}, "
        f"{counted(summary.errors, 'error')}; {summary.new_tokens:,} tokens at "
        f"{summary.tokens_per_second:.0f}/s, prompts {summary.prompt_tokens:,} "
        f"({summary.cached_tokens:,} cached)"
    )


def counted(number: int, thing: str) -> str:
    """``1 error``, ``2 errors``"""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def plan_markdown(plan: Plan) -> str:
    """The plan as a Markdown source."""
    parts = [_list("Requirements", plan.requirements), _list("Strategy", plan.strategy, numbered=True)]
    parts += [_list("Take care", plan.challenges)]
    files = [f"`{f.path}`{f' `{f.symbol}`' if f.symbol else ''}: {f.change}" for f in plan.files]
    parts.append(_list("Files", files))
    return printable("\n\n".join(part for part in parts if part) or "*An empty plan.*")


def insights_markdown(insights: str) -> str:
    """The model's insights, one a line, as a Markdown list."""
    lines = [line for line in printable(insights).split("\n") if line.strip()]
    return "\n".join(f"- {line}" for line in lines)


def review_markdown(review: ReviewReport) -> str:
    """The findings and the verdict as a Markdown source."""
    lines = [f"- **{f.severity}** ({f.source}): {printable_line(f.message)}" for f in review.findings]
    lines.append("" if not lines else "\n")
    lines.append("Approved." if review.approved else "**Sent back.**")
    return printable("\n".join(lines))


def place_of(diagnostic: Diagnostic) -> str:
    """``src/text.c:12:5``"""
    parts = (diagnostic.file, diagnostic.line, diagnostic.column)
    return printable_line(":".join(str(part) for part in parts if part is not None))


def _list(title: str, lines: tuple[str, ...] | list[str], *, numbered: bool = False) -> str:
    if not lines:
        return ""
    marks = (f"{number}." if numbered else "-" for number in range(1, len(lines) + 1))
    return "\n".join(
        [f"**{title}**", "", *(f"{m} {printable_line(line)}" for m, line in zip(marks, lines, strict=False))]
    )
