"""A session as a document: Markdown for people, JSON lines for programs."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from copilot_tui.core import events as ev
from copilot_tui.core.artefacts import BuildReport, Exploration, Plan, ReviewReport
from copilot_tui.core.state import Attempt, fold
from copilot_tui.core.text import printable


def export_json(records: Sequence[ev.EventRecord]) -> str:
    """The session's events in their wire form, one a line: what ``--json`` printed when it ran."""
    return "".join(msgspec.json.encode(ev.to_wire(record)).decode() + "\n" for record in records)


def export_markdown(records: Sequence[ev.EventRecord]) -> str:
    """The session as a page: task, exploration, plan, every attempt with its verdict, figures."""
    state = fold(records)
    parts = [
        f"# {state.title or 'Session'}",
        f"Session `{state.session}` on `{state.source}`, begun {state.started_at}: **{state.status}**.",
        state.task.text,
    ]
    if state.exploration is not None:
        parts.append(_exploration(state.exploration))
    if state.plan is not None:
        parts.append(_plan(state.plan))
    parts += [_attempt(attempt) for attempt in state.attempts]
    if state.summary is not None:
        parts.append(_figures(state.summary.seconds_per_phase, state.summary.new_tokens))
    return printable("\n\n".join(parts)) + "\n"


def _exploration(exploration: Exploration) -> str:
    lines = [f"- `{file.path}`: {'; '.join(file.reasons)}" for file in exploration.files]
    return "\n".join(["## Exploration", "", *lines, "", exploration.insights]).rstrip()


def _plan(plan: Plan) -> str:
    lines = ["## Plan", ""]
    lines += [f"- {line}" for line in plan.requirements]
    lines += ["", *(f"{number}. {line}" for number, line in enumerate(plan.strategy, 1))]
    lines += ["", *(f"- Take care: {line}" for line in plan.challenges)]
    lines += ["", *(f"- `{file.path}`: {file.change}" for file in plan.files)]
    return "\n".join(lines)


def _attempt(attempt: Attempt) -> str:
    candidate = attempt.candidate
    parts = [f"## Candidate {candidate.number} (iteration {attempt.iteration})", _fenced(candidate.code)]
    if attempt.review is not None:
        parts.append(_review(attempt.review))
    if attempt.build is not None:
        parts.append(_build(attempt.build))
    return "\n\n".join(part for part in parts if part)


def _review(review: ReviewReport) -> str:
    return "\n".join(f"- review, {finding.severity}: {finding.message}" for finding in review.findings)


def _build(build: BuildReport) -> str:
    lines = [f"**{'Green' if build.success else 'Red'}**: {build.reason}"]
    lines += [f"- `{error.file}:{error.line}` {error.message}" for error in build.errors]
    return "\n".join(lines)


def _figures(seconds: object, tokens: int) -> str:
    return f"## Figures\n\n{tokens} tokens written; seconds per phase: {seconds}"


def _fenced(code: str) -> str:
    """A code block whose fence is longer than any in the code."""
    fence = "```"
    while fence in code:
        fence += "`"
    return f"{fence}\n{code}\n{fence}"
