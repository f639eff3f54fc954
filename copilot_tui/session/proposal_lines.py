"""What a person is told of an ensemble's proposals: one line each, the same everywhere."""

from __future__ import annotations

from copilot_tui.core import events as ev
from copilot_tui.core.text import printable_line


def proposal_lines(event: ev.ProposalsRanked) -> list[str]:
    """How many there are, then each with who wrote it and how likely it is, best first."""
    count = len(event.proposals)
    lines = [f"{count} proposal{'' if count == 1 else 's'}, built in this order until one passes:"]
    for number, proposal in enumerate(event.proposals, 1):
        likelihood = proposal.candidate.log_probability
        told = f", {likelihood:.2f} a token" if likelihood is not None else ""
        doubt = "" if proposal.sound else ", refused by the checks"
        lines.append(printable_line(f"  {number}. {proposal.candidate.model}{told}{doubt}"))
    return lines
