"""The ensemble: several models, or one at several temperatures, each write candidates for one place.

The judge ranks them: what a check of the review blocks comes last, and of the rest the reply that its model
finds likeliest, token by token, is built first. The first that passes ends the iteration, so of those that
pass it is the likeliest; what fails before it is an attempt like any other, and the next round is told of its
errors, those nearest to green first (``ranking``). One that was written twice is one candidate.

A member's samples of one file are written side by side, from one prompt. Where several files are to change,
each member writes one candidate, file by file. How likely a reply is can be compared within a model; between
models it is only a hint, which is why the compiler and the tests have the last word.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace

from copilot_tui.core.artefacts import Proposal
from copilot_tui.core.errors import EditFormatError, ModelError
from copilot_tui.core.events import CandidateProposed, EditFormTried, Event, Noticed, ProposalsRanked
from copilot_tui.phases.asking import Reply, ask
from copilot_tui.phases.checks import check_candidate
from copilot_tui.phases.code_question import code_question, complete
from copilot_tui.phases.drafts import Draft, candidate_of, declared_change, fit_reply
from copilot_tui.phases.edit_forms import fallback_form
from copilot_tui.phases.phase import PhaseContext
from copilot_tui.phases.targets import Target, planned_targets

ROUNDS = 2
"""How often all members are asked before the phase gives up, for want of a candidate that is new."""

WARMER = 0.3
"""Added to each temperature when all members are asked again."""


@dataclass(frozen=True, slots=True)
class Member:
    """Who writes, and how; ``number`` counts from 0."""

    number: int
    model: str
    temperature: float

    @property
    def name(self) -> str:
        return f"{self.model} at {self.temperature:g}"


@dataclass(slots=True)
class _Chain:
    """One candidate in the making: its files so far, and how likely each reply was."""

    drafts: list[Draft] = field(default_factory=list)
    likelihoods: list[float] = field(default_factory=list)


async def propose(context: PhaseContext) -> AsyncIterator[Event]:
    """Put the next proposal of this iteration forward; when none is left, have new ones written first."""
    waiting = context.state.proposals
    if not waiting:
        found: list[Proposal] = []
        async for event in _round(context, found):
            yield event
        waiting = ranked(found)
        yield ProposalsRanked(waiting)
    number = len(context.state.attempts) + 1
    yield CandidateProposed(replace(waiting[0].candidate, number=number))


def members(context: PhaseContext) -> list[Member]:
    """All models at all temperatures; each once."""
    settings = context.settings
    models = dict.fromkeys((settings.codegen.model_path, *settings.ensemble.models))
    temperatures = dict.fromkeys(settings.ensemble.temperatures or (settings.codegen.temperature,))
    pairs = [(model, temperature) for model in models for temperature in temperatures]
    return [Member(number, *pair) for number, pair in enumerate(pairs)]


def ranked(proposals: Sequence[Proposal]) -> tuple[Proposal, ...]:
    """Best first: sound before unsound, then the likelier; of the same code only the best."""

    def key(proposal: Proposal) -> tuple[bool, float]:
        likelihood = proposal.candidate.log_probability
        return proposal.sound, float("-inf") if likelihood is None else likelihood

    best: dict[str, Proposal] = {}
    for proposal in sorted(proposals, key=key, reverse=True):
        best.setdefault(proposal.candidate.digest, proposal)
    return tuple(best.values())


async def _round(context: PhaseContext, found: list[Proposal]) -> AsyncIterator[Event]:
    """Ask all members until there is something new. Raises :class:`EditFormatError` when there is not."""
    targets = await asyncio.to_thread(planned_targets, context)
    judged = {attempt.candidate.digest for attempt in context.state.attempts}
    lost: ModelError | None = None
    for attempt in range(ROUNDS):
        for member in members(context):
            warmer = replace(member, temperature=min(2.0, member.temperature + attempt * WARMER))
            written: list[Proposal] = []
            try:
                async for event in _by_member(context, warmer, targets, attempt, written):
                    yield event
            except ModelError as error:
                if member.number == 0:
                    raise
                lost = error  # one that cannot be loaded leaves the others at work
                yield Noticed(f"{member.model} is left out: {error.message} {error.hint}".rstrip(), "warning")
            found += [proposal for proposal in written if proposal.candidate.digest not in judged]
        if found:
            return
    raise EditFormatError(
        "No member of the ensemble wrote code that is new and fits.",
        "Raise the temperatures, refine the task, or use larger models.",
    ) from lost


async def _by_member(
    context: PhaseContext, member: Member, targets: Sequence[Target], attempt: int, written: list[Proposal]
) -> AsyncIterator[Event]:
    """All candidates of one member."""
    samples = context.settings.generation.samples if len(targets) == 1 else 1
    chains = [_Chain() for _ in range(samples)]
    for target in targets:
        async for event in _write(context, member, target, attempt, chains):
            yield event
    for chain in chains:
        try:
            candidate = await asyncio.to_thread(candidate_of, context, chain.drafts)
        except EditFormatError as error:
            yield Noticed(f"{member.name}: {error.message}", "warning")
            continue
        likelihood = sum(chain.likelihoods) / len(chain.likelihoods) if chain.likelihoods else None
        candidate = replace(candidate, model=member.name, log_probability=likelihood)
        findings = await asyncio.to_thread(check_candidate, candidate, context.state.task)
        sound = not any(finding.severity == "blocking" for finding in findings)
        written.append(Proposal(candidate, member.temperature, sound))


async def _write(
    context: PhaseContext, member: Member, target: Target, attempt: int, chains: list[_Chain]
) -> AsyncIterator[Event]:
    """One file for all chains; those whose reply does not fit are dropped."""
    if not chains:
        return
    earlier = chains[0].drafts
    declared = await asyncio.to_thread(declared_change, context, target, earlier)
    if declared is not None:
        for chain in chains:
            chain.drafts.append(Draft(changes=(declared[1],), code=declared[0]))
        return
    limit = context.settings.codegen.max_length
    form = fallback_form(target.form, target.file.path, target.before, limit, 0)
    asked = replace(target, form=form)
    question, start = code_question(context, asked, earlier, attempt, bare=False)
    question = replace(
        question,
        model=member.model,
        temperature=member.temperature,
        samples=len(chains),
        weighed=True,
        salt=member.number * 1013 + attempt * 101 + len(earlier),
    )
    reply = Reply()
    async for event in ask(context, question, reply):
        yield event
    for chain, sample in list(zip(chains, (reply, *reply.others), strict=True)):
        draft = Draft(seed=context.seed(question.salt))
        try:
            complete(context, sample, start)
            fit_reply(context, asked, sample.text, earlier, draft)
        except EditFormatError as error:
            chains.remove(chain)
            yield EditFormTried(member.model, form, target.file.path, fitted=False, problem=error.message)
            yield Noticed(f"{member.name}: {error.message}", "warning")
            continue
        yield EditFormTried(member.model, form, target.file.path, fitted=True)
        draft.reply = sample.text
        chain.drafts.append(draft)
        if sample.mean_log_probability is not None:
            chain.likelihoods.append(sample.mean_log_probability)
