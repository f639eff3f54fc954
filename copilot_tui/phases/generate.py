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
from copilot_tui.index.symbols import definitions
from copilot_tui.models.budget import Section
from copilot_tui.phases.asking import Question, Reply, ask
from copilot_tui.phases.calls_of_tests import head_of_new_test
from copilot_tui.phases.choosing import Samples, choose, purpose_of_more, samples_so_far
from copilot_tui.phases.drafts import Draft, candidate_of, declared_change, fit_reply, under_test
from copilot_tui.phases.edit_forms import described_opening, fallback_form
from copilot_tui.phases.faults import fault_lines, is_repair
from copilot_tui.phases.opening import FREE_SAMPLE, Opening, opening
from copilot_tui.phases.phase import PhaseContext
from copilot_tui.phases.prompting import (
    attempts_to_tell,
    fenced,
    finding_sections,
    knowledge_sections,
    rejection_sections,
    shared_sections,
)
from copilot_tui.phases.screening import likeliest
from copilot_tui.phases.signatures import head_in
from copilot_tui.phases.stamping import is_test
from copilot_tui.phases.targets import Target, current_text, planned_targets
from copilot_tui.workspace.matching import NoMatchError

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
            start = _opening(context, asked, number, earlier)
            question = Question(
                self.name,
                "codegen",
                [
                    *_sections(context, earlier, bare=bare),
                    *misfits[-1:],
                    _instruction(context, asked, earlier, bare=bare),
                ],
                beginning=start.beginning,
                stop=start.stop,
                salt=sample * 31 + attempt * 17 + len(earlier),
                extra_temperature=WARMER * number,
            )
            async for event in ask(context, question, reply):
                yield event
            model, path = context.settings.codegen.model_path, target.file.path
            try:
                _complete(context, reply, start)
                fit_reply(context, asked, reply.text, earlier, draft)
            except EditFormatError as error:
                yield EditFormTried(model, form, path, fitted=False, problem=error.message)
                if attempt == TRIES - 1:
                    raise
                misfits += _misfit(asked, error)
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


def _opening(context: PhaseContext, target: Target, number: int, earlier: list[Draft]) -> Opening:
    task = context.state.task.text
    if target.form in ("replace", "diff"):
        return described_opening(target.form, target.file.path, task)
    head = None
    if target.form == "function" and target.wanted is None and not target.header:
        head = _new_head(target, task, under_test(target, earlier))
    if head is not None and is_test(target.file.path):
        number = 0  # a reply for a test that is not begun goes astray
    return opening(target.before, target.language, target.wanted, number, head)


def _new_head(target: Target, task: str, tested: Sequence[str]) -> str | None:
    """How the one function begins that the file shall have and has not, where that is certain."""
    if target.new_symbol is not None:
        return head_in(task, target.new_symbol, target.language)
    if len(tested) == 1 and target.language == "c" and target.before is not None:
        return head_of_new_test(target.before, tested[0])
    return None


def _misfit(target: Target, error: EditFormatError) -> list[Section]:
    """What the next prompt says of an edit that fits nowhere; of other forms a new sample is enough."""
    if target.form not in ("replace", "diff"):
        return []
    text = f"Your last edit of {target.file.path} did not fit: {error.message}"
    if isinstance(error, NoMatchError) and error.nearest:
        text += f" These lines come nearest; quote them exactly:\n{fenced(error.nearest)}"
    return [Section("edit that did not fit", text, priority=95)]


def _complete(context: PhaseContext, reply: Reply, start: Opening) -> None:
    """Add what the stop took from the reply's end; a reply that only repeats its beginning is none."""
    if reply.usage is not None and reply.usage.finish_reason == "length":
        raise EditFormatError(
            f"The reply was cut off at max_length ({context.settings.codegen.max_length} tokens).",
            "Raise codegen.max_length, or make the task smaller.",
        )
    if not reply.text[len(start.beginning) :].strip():
        raise EditFormatError("The reply holds no code.", "Ask again, or use a larger model.")
    if reply.usage is not None and reply.usage.finish_reason == "stop":
        reply.text += start.closing


def _sections(context: PhaseContext, earlier: list[Draft], *, bare: bool) -> list[Section]:
    state = context.state
    sections = shared_sections(context.prompts, state)
    if bare:
        sections += rejection_sections(context.prompts, state)
        sections += finding_sections(context.prompts, state)
    else:
        sections += knowledge_sections(
            context.prompts, state, context.settings, broken=not is_repair(state.task)
        )
    for draft in earlier:
        if draft.changes:
            paths = ", ".join(change.path for change in draft.changes)
            text = f"Already written for {paths}:\n{fenced(draft.code)}"
            sections.append(Section(f"written {paths}", text, priority=90))
    return sections


def _instruction(context: PhaseContext, target: Target, earlier: list[Draft], *, bare: bool) -> Section:
    state, file = context.state, target.file
    return context.prompts.instruction(
        "generate",
        task=state.task,
        form=target.form,
        symbol=target.wanted,
        new_symbol=target.new_symbol,
        header=target.header,
        under_test=under_test(target, earlier),
        has_main=any(d.name == "main" for d in definitions(target.before or "", target.language)),
        path=file.path,
        change=f"{state.task.text}\nIn {file.path}: {file.change}",
        current=current_text(target),
        faults=fault_lines(state, file.path, target.before or ""),
        multiple=target.multiple,
        failed=not bare and bool(attempts_to_tell(state, context.settings)),
    )
