"""Generate: write the code, one planned file after another, as a candidate.

The model writes whole functions, a whole file, or an edit in one of the forms of ``edit_forms``; functions
are fitted into the file by ``merging``. The reply
begins with the opening of a code block that is put into the model's mouth, so there is no prose to
fish the code out of, and it ends where the block closes. A candidate that was judged before is not
proposed again: it is sampled anew, warmer. A reply that is cut off, changes nothing or lacks a function
that the task asks for is no candidate either.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

from copilot_tui.core.artefacts import Candidate
from copilot_tui.core.errors import EditFormatError
from copilot_tui.core.events import CandidateProposed, CandidateRepeated, EditFormTried, Event, Noticed
from copilot_tui.models.budget import Section
from copilot_tui.phases.asking import Reply, ask
from copilot_tui.phases.choosing import Samples, choose, purpose_of_more, samples_so_far
from copilot_tui.phases.code_question import code_question, complete, misfit_sections
from copilot_tui.phases.copies import last_copy
from copilot_tui.phases.drafts import Draft, candidate_of, declared_change, fit_reply
from copilot_tui.phases.edit_forms import fallback_form
from copilot_tui.phases.ensemble import propose
from copilot_tui.phases.opening import FREE_SAMPLE
from copilot_tui.phases.phase import PhaseContext
from copilot_tui.phases.screening import likeliest
from copilot_tui.phases.targets import Target, planned_targets

TRIES = 3
"""Samples of one prompt before the phase gives up: for replies without code, and for repeats."""

WARMER = 0.2
"""Added to the temperature at each further sample: the first one is the likeliest, the next ones differ."""

BARE_SAMPLE = 1
"""Which sample (from 0, of each FREE_SAMPLE) sees the task and the code, but no insights and no plan: what
a small model thought up before may mislead it, and a sample that does without costs little."""


class GeneratePhase:
    """Yields the code as it is written, then the :class:`Candidate`."""

    name = "generate"

    async def run(self, context: PhaseContext) -> AsyncIterator[Event]:
        if context.state.next_repair is not None:
            async for event in _repair(context):
                yield event
            return
        if context.settings.ensemble.enabled:
            async for event in propose(context):
                yield event
            return
        if told := await asyncio.to_thread(last_copy, context.state):
            yield Noticed(told)
        targets = await asyncio.to_thread(planned_targets, context)
        pool = Samples()
        for sample in range(TRIES):
            async for event in self._sample(context, targets, sample, pool, last=sample == TRIES - 1):
                yield event
            if pool.candidates:
                break
        else:
            raise EditFormatError(
                f"The model wrote code that was judged before, {TRIES} times.",
                "Raise codegen.temperature, refine the task, or use a larger model.",
            )
        purpose = await asyncio.to_thread(purpose_of_more, context, pool.candidates[0])
        for more in range(purpose.samples - 1):
            async for event in self._sample(context, targets, sample + 1 + more, pool, last=False):
                yield event
        chosen: list[Candidate] = []
        async for event in choose(context, purpose, pool, chosen):
            yield event
        yield CandidateProposed(replace(chosen[0], samples=purpose.samples))

    async def _sample(
        self, context: PhaseContext, targets: Sequence[Target], sample: int, pool: Samples, *, last: bool
    ) -> AsyncIterator[Event]:
        """Write all files once; put what comes of it into ``pool``, unless it was judged before."""
        drafts: list[Draft] = []
        try:
            for target in targets:
                draft = Draft()
                async for event in self._write(context, target, drafts, draft, sample):
                    yield event
                drafts.append(draft)
            candidate = await asyncio.to_thread(candidate_of, context, drafts)
        except EditFormatError as error:
            if last or (not pool.candidates and len(drafts) < len(targets)):
                raise
            rest = "Going on without this sample." if pool.candidates else "Sampling again."
            yield Noticed(f"{error.message} {rest}", "warning")
            return
        if candidate.digest in {attempt.candidate.digest for attempt in context.state.attempts}:
            yield CandidateRepeated(candidate.digest, sample + 1)
        else:
            pool.add(candidate)

    async def _write(
        self, context: PhaseContext, target: Target, earlier: list[Draft], draft: Draft, sample: int
    ) -> AsyncIterator[Event]:
        """One file: what follows from the others, else sample until the reply holds code that fits."""
        declared = await asyncio.to_thread(declared_change, context, target, earlier)
        if declared is not None:
            draft.code, change = declared
            draft.changes = (change,)
            yield Noticed(f"{target.file.path} declares it as it was written.")
            return
        bare = (sample + samples_so_far(context.state)) % FREE_SAMPLE == BARE_SAMPLE
        misfits: list[Section] = []
        for attempt in range(TRIES):
            limit = context.settings.codegen.max_length
            form = fallback_form(target.form, target.file.path, target.before, limit, len(misfits))
            asked = replace(target, form=form)
            reply = Reply()
            number = sample + attempt + samples_so_far(context.state)
            question, start = code_question(context, asked, earlier, number, bare=bare, misfits=misfits[-1:])
            question = replace(
                question,
                salt=sample * 31 + attempt * 17 + len(earlier),
                extra_temperature=WARMER * number,
            )
            async for event in ask(context, question, reply):
                yield event
            model, path = context.settings.codegen.model_path, target.file.path
            try:
                complete(context, reply, start)
                fit_reply(context, asked, reply.text, earlier, draft)
            except EditFormatError as error:
                yield EditFormTried(model, form, path, fitted=False, problem=error.message)
                if attempt == TRIES - 1:
                    raise
                misfits += misfit_sections(asked, error)
                yield Noticed(f"{error.message} Sampling again.", "warning")
                continue
            yield EditFormTried(model, form, path, fitted=True)
            draft.reply = reply.text
            draft.seed = context.seed(question.salt)
            return


async def _repair(context: PhaseContext) -> AsyncIterator[Event]:
    """Put the likeliest fix forward that needs no model."""
    repairs = context.state.repairs
    number = 0
    if context.state.baseline is not None:
        candidates = [repair.candidate for repair in repairs]
        number, told = await likeliest(context, candidates, context.state.baseline)
        if told:
            yield Noticed(told)
    yield CandidateProposed(replace(repairs[number].candidate, number=len(context.state.attempts) + 1))
