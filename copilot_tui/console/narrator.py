"""Showing a session's events on a plain terminal or in a log file.

A frontend is a function of event records. :class:`Narrator` tells a person what happens. It keeps no
state of the session.
"""

from __future__ import annotations

import sys
from typing import TextIO

import click

from copilot_tui.console.artefact_text import insight_lines, plan_lines
from copilot_tui.console.progress_line import ProgressLine
from copilot_tui.core import events as ev
from copilot_tui.core.artefacts import BuildReport, Diagnostic, Summary
from copilot_tui.core.text import printable, printable_line
from copilot_tui.session.proposal_lines import proposal_lines
from copilot_tui.session.repair_lines import lesson_line, progress_line, repair_line

DIAGNOSTICS_SHOWN = 6


class Narrator:
    """Tells a person what happens. ``tokens`` says whether model output is shown as it comes, ``stream``
    where; None stands for stderr. With ``artefacts`` the replies that are meant for the program, objects
    in JSON, are left out, and what was made of them is shown."""

    def __init__(self, *, tokens: bool = True, stream: TextIO | None = None, artefacts: bool = False) -> None:
        self._tokens = tokens
        self._artefacts = artefacts
        self._written = 0
        self._stream = stream if stream is not None else sys.stderr
        self._at_line_start = True
        self._errors = 0
        self._progress = ProgressLine("  Working", self._stream)

    def __call__(self, record: ev.EventRecord) -> None:
        event = record.event
        if isinstance(event, ev.TokenStreamed):
            if self._artefacts and event.phase != "generate":
                self._count(event.text)
            else:
                self._token(event.text)
            return
        text = self._text(event)
        if text:
            self.close()
            click.echo(printable(text), file=self._stream)
        if self._at_line_start:
            show_progress(event, self._progress)

    def close(self) -> None:
        """End the line that is being written, so that what is said next begins a new one."""
        self._progress.close()
        self._end_line()

    def _token(self, text: str) -> None:
        if self._tokens:
            self._progress.close()
            shown = printable(text)
            self._stream.write(shown)
            self._stream.flush()
            self._at_line_start = shown.endswith("\n") or (not shown and self._at_line_start)

    def _count(self, text: str) -> None:
        """Show that the model writes, where it writes for the program."""
        self._written += len(text)
        if self._at_line_start:
            self._progress.update(f"the model writes, {self._written:,} characters ...")

    def _end_line(self) -> None:
        if not self._at_line_start:
            self._stream.write("\n")
            self._at_line_start = True

    def _text(self, event: ev.Event) -> str:
        return self._about_session(event) or self._about_work(event) or self._about_artefact(event)

    def _about_session(self, event: ev.Event) -> str:
        match event:
            case ev.SessionStarted():
                return f"\nTask: {printable_line(event.task.text)}"
            case ev.SessionResumed():
                phase = event.interrupted_phase
                return f"Resumed{f' (the {phase} phase was interrupted)' if phase else ''}."
            case ev.IterationStarted():
                return f"\nIteration {event.number}{', a fresh start' if event.fresh else ''}"
            case ev.IterationFinished():
                return f"  {'Solved' if event.solved else 'Not solved'}: {event.reason}"
            case ev.PhaseStarted():
                self._errors = self._written = 0
                return f"[{event.phase}]"
            case ev.PhaseFailed():
                return f"  {event.phase} failed: {event.message} {event.hint}".rstrip()
            case ev.Noticed():
                return f"  {'Note' if event.level == 'info' else 'Warning'}: {event.message}"
            case ev.SessionRenamed():
                return f"Renamed: {printable_line(event.title)}"
            case ev.TaskChanged():
                return f"\nTask: {printable_line(event.task.text)}"
            case ev.FilesMentioned():
                return f"  Always shown to the model: {printable_line(', '.join(event.paths))}"
            case ev.ShellRan():
                return shell_lines(event)
            case ev.ShellForgotten():
                return "  No output of a command goes into the prompts any more."
            case ev.SessionEnded():
                return f"Session {event.status}. {summary_line(event.summary)}"
        return ""

    def _about_work(self, event: ev.Event) -> str:
        match event:
            case ev.FileRanked():
                reasons = "; ".join(event.file.reasons[:2])
                return f"  {event.rank}. {printable_line(event.file.path)}  ({reasons})"
            case ev.PromptPacked() if event.omissions:
                return (
                    f"  The prompt has a window of {event.window} tokens; {printable_line(event.omissions)}"
                )
            case ev.GenerationFinished():
                usage = event.usage
                return (
                    f"  {usage.new_tokens} tokens at {usage.tokens_per_second:.0f}/s, "
                    f"prompt {usage.prompt_tokens} ({usage.cached_tokens} cached)"
                )
            case ev.CandidateProposed():
                paths = ", ".join(change.path for change in event.candidate.changes)
                mended = repair_line(event.candidate)
                line = f"  Candidate {event.candidate.number}: {printable_line(paths)}"
                return f"{line}\n  {mended}" if mended else line
            case ev.ProposalsRanked():
                return "\n".join(f"  {line}" for line in proposal_lines(event))
            case ev.CandidateRepeated():
                return "  The same code as before; sampling anew."
            case ev.ReviewProduced():
                lines = [f"  {f.severity}: {printable_line(f.message)}" for f in event.review.findings]
                return "\n".join([*lines, "  Approved." if event.review.approved else "  Sent back."])
            case ev.BuildStepStarted():
                return f"  $ {' '.join(event.command)}"
            case ev.DiagnosticFound():
                return self._diagnostic(event.diagnostic)
            case ev.BaselineRecorded():
                return f"  Before any change: {event.build.reason}"
            case ev.BuildProduced():
                return f"  {_verdict(event.build)}"
            case ev.EditUndone():
                return f"  Taken out again: {event.reason}"
            case ev.EditAbandoned():
                return f"  Warning: {event.reason}"
            case ev.EditRedone():
                return "  In the code base again."
            case ev.CandidateAccepted():
                return "  Accepted: it stays in the code base."
            case ev.HunksRejected():
                count = "all of it" if event.whole else f"{len(event.hunks)} hunks"
                return f"  Rejected: {count}. {event.reason}".rstrip()
            case ev.LessonRecorded() if event.lesson.verified:
                return f"  Learnt: {event.lesson.message}: {event.lesson.rule}"
            case ev.LessonOffered():
                return f"  Known fix: {event.lesson.rule}"
            case ev.LessonJudged() if words := lesson_line(event):
                return f"  {words}"
            case ev.ProgressMeasured() if words := progress_line(event.progress):
                return f"  {words}"
        return ""

    def _about_artefact(self, event: ev.Event) -> str:
        if not self._artefacts:
            return ""
        match event:
            case ev.ExplorationProduced():
                return "\n".join(insight_lines(event.exploration))
            case ev.PlanProduced():
                return "\n".join(plan_lines(event.plan))
        return ""

    def _diagnostic(self, diagnostic: Diagnostic) -> str:
        if diagnostic.severity != "error":
            return ""
        self._errors += 1
        if self._errors > DIAGNOSTICS_SHOWN:
            return "  ..." if self._errors == DIAGNOSTICS_SHOWN + 1 else ""
        return f"  {diagnostic_line(diagnostic)}"


def shell_lines(ran: ev.ShellRan) -> str:
    """What a command of the person's printed, and how it ended."""
    end = "killed at the time limit" if ran.exit_code is None else f"exit status {ran.exit_code}"
    end += f", {ran.seconds:.1f} s; the model will be shown this, a lone ! takes it out"
    parts = (f"$ {printable_line(ran.command)}", ran.output.rstrip("\n"), f"  ({end})")
    return "\n".join(part for part in parts if part)


def show_progress(event: ev.Event, line: ProgressLine) -> None:
    """Show in ``line`` what the session is at while nothing else is to be seen."""
    match event:
        case ev.Progressed(unit="s"):
            line.update(f"{event.what} ({event.done:.0f} s)")
        case ev.Progressed():
            line.advance(event.what, event.done, event.total)
        case ev.PromptPacked():
            line.update(f"the model reads {event.prompt_tokens} tokens ...")


def diagnostic_line(diagnostic: Diagnostic) -> str:
    """``file:line:column: severity: message [code]``, as compilers write it."""
    place = ":".join(
        str(part) for part in (diagnostic.file, diagnostic.line, diagnostic.column) if part is not None
    )
    code = f" [{diagnostic.code}]" if diagnostic.code else ""
    prefix = f"{place}: " if place else ""
    return printable_line(f"{prefix}{diagnostic.severity}: {diagnostic.message}{code}")


def summary_line(summary: Summary) -> str:
    """The session's figures in one line."""
    seconds = ", ".join(f"{name} {value:.1f} s" for name, value in summary.seconds_per_phase.items())
    return (
        f"{summary.iterations} iterations, {summary.candidates} candidates, {summary.errors} errors; "
        f"{summary.new_tokens} tokens at {summary.tokens_per_second:.0f}/s, prompt "
        f"{summary.prompt_tokens} ({summary.cached_tokens} cached); {seconds}."
    )


def _verdict(build: BuildReport) -> str:
    word = "Green" if build.success else "Red" if build.compiled else "Does not build"
    return f"{word}: {build.reason} ({build.seconds:.1f} s)"
