"""What a model made, as lines of text: insights, a plan, a candidate's changes."""

from __future__ import annotations

from copilot_tui.core.artefacts import Candidate, Exploration, Plan
from copilot_tui.core.text import printable_line
from copilot_tui.workspace.hunks import diff_lines, hunks_of

DIFF_LINES = 400


def insight_lines(exploration: Exploration) -> list[str]:
    """What the model found in the code."""
    return [f"  {line}" for line in exploration.insights.split("\n") if line.strip()]


def plan_lines(plan: Plan) -> list[str]:
    """Steps and files of the plan."""
    lines = [f"  - {line}" for line in plan.requirements]
    lines += [f"  {number}. {line}" for number, line in enumerate(plan.strategy, 1)]
    lines += [f"  Take care: {line}" for line in plan.challenges]
    return lines + [f"  {file.path} {file.symbol or ''}: {file.change}" for file in plan.files]


def candidate_lines(candidate: Candidate) -> list[str]:
    """The changes by their hunks, whose numbers /accept and /reject take."""
    lines = []
    for hunk in hunks_of(candidate.changes):
        lines.append(f"{printable_line(hunk.path)}:{hunk.old_start}  hunk {hunk.number}")
        lines += diff_lines(hunk)
    if not lines:
        return ["The candidate changes nothing."]
    if len(lines) > DIFF_LINES:
        lines[DIFF_LINES:] = [f"[... {len(lines) - DIFF_LINES} lines more; /export writes them all ...]"]
    return lines
