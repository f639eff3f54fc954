"""Review: the checks that need no opinion first, then the model's findings.

The model is only asked when no check blocks. By default its findings inform the next attempt but do
not send a candidate back: small models see errors in correct code too often (the measurement is in
``docs/benchmarks.md``), and the compiler and the tests judge better for less.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

from copilot_tui.core.artefacts import Finding, ReviewReport
from copilot_tui.core.errors import GenerationError
from copilot_tui.core.events import Event, Noticed, ReviewProduced
from copilot_tui.phases.asking import Question, Reply, ask_json
from copilot_tui.phases.checks import check_candidate
from copilot_tui.phases.phase import PhaseContext
from copilot_tui.phases.prompting import knowledge_sections, shared_sections

FINDINGS_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "findings": {
            "type": "array",
            "maxItems": 2,
            "items": {
                "type": "object",
                "properties": {
                    "severity": {"enum": ["blocking", "warning", "note"]},
                    "message": {"type": "string", "maxLength": 120},
                },
                "required": ["severity", "message"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["findings"],
    "additionalProperties": False,
}


class ReviewPhase:
    """Yields the model's text as it comes, then the :class:`ReviewReport`."""

    name = "review"

    async def run(self, context: PhaseContext) -> AsyncIterator[Event]:
        candidate = context.state.candidate
        if candidate is None:
            yield Noticed("There is no candidate to review; /generate makes one.", "warning")
            return
        settings = context.settings.review
        findings = list(check_candidate(candidate, context.state.task))
        blocked = any(finding.severity == "blocking" for finding in findings)
        if settings.model_review and not blocked:
            reply = Reply()
            try:
                async for event in self._ask(context, candidate.code, reply):
                    yield event
            except GenerationError as error:
                # The model's opinion is optional; the compiler comes next in any case.
                yield Noticed(f"{error} Going on without the model's review.", "warning")
            findings += model_findings(reply.answer)
        harmless = set() if settings.model_findings_block else {"model"}
        approved = not any(f.severity == "blocking" and f.source not in harmless for f in findings)
        yield ReviewProduced(ReviewReport(candidate.digest, tuple(findings), approved))

    def _ask(self, context: PhaseContext, code: str, reply: Reply) -> AsyncIterator[Event]:
        sections = shared_sections(context.prompts, context.state)
        sections += knowledge_sections(context.prompts, context.state, context.settings, review=False)
        sections.append(context.prompts.instruction("review", code=code))
        question = Question(self.name, "llm", sections, schema=FINDINGS_SCHEMA)
        return ask_json(context, question, reply)


def model_findings(answer: Mapping[str, Any]) -> tuple[Finding, ...]:
    """The model's answer as findings; entries of another form are left out."""
    listed = answer.get("findings")
    findings = []
    for item in listed if isinstance(listed, list) else ():
        if isinstance(item, Mapping) and str(item.get("message", "")).strip():
            severity = item.get("severity")
            if severity in ("blocking", "warning", "note"):
                findings.append(Finding(severity, str(item["message"]).strip(), "model"))
    return tuple(dict.fromkeys(findings))
