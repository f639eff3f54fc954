"""Generate: write the code, one planned file after another, as a candidate.

The model writes whole functions (or a whole new file); ``merging`` fits them into the file. The reply
begins with the opening of a code block that is put into the model's mouth, so there is no prose to
fish the code out of, and it ends where the block closes. A candidate that was judged before is not
proposed again: it is sampled anew, warmer. A reply that is cut off, changes nothing or lacks a function
that the task asks for is no candidate either.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

from copilot_tui.core.artefacts import Candidate, FileChange
from copilot_tui.core.errors import EditFormatError
from copilot_tui.core.events import CandidateProposed, CandidateRepeated, Event, Noticed
from copilot_tui.index.symbols import definitions
from copilot_tui.models.budget import Section
from copilot_tui.phases.asking import Question, Reply, ask
from copilot_tui.phases.calls_of_tests import with_calls
from copilot_tui.phases.declaring import declared_functions
from copilot_tui.phases.demands import check_called, check_not_repeated, missing_functions
from copilot_tui.phases.merging import merge_definitions
from copilot_tui.phases.opening import FREE_SAMPLE, Opening, opening
from copilot_tui.phases.phase import PhaseContext
from copilot_tui.phases.prompting import (
    attempts_to_tell,
    broken_sections,
    fenced,
    finding_sections,
    knowledge_sections,
    rejection_sections,
    shared_sections,
)
from copilot_tui.phases.repairing import with_base
from copilot_tui.phases.stamping import is_test, stamp_breadcrumb
from copilot_tui.phases.targets import Target, current_text, planned_targets
from copilot_tui.phases.whole_files import whole_text
from copilot_tui.workspace.edits import candidate_digest, code_blocks

TRIES = 3
"""Samples of one prompt before the phase gives up: for replies without code, and for repeats."""

WARMER = 0.2
"""Added to the temperature at each further sample: the first one is the likeliest, the next ones differ."""

BARE_SAMPLE = 1
"""Which sample (from 0, of each FREE_SAMPLE) sees the task and the code, but no insights and no plan: what
a small model thought up before may mislead it, and a sample that does without costs little."""


@dataclass(slots=True)
class _Draft:
    """What one sample came to."""

    change: FileChange | None = None
    code: str = ""
    reply: str = ""
    seed: int = 0
    symbols: tuple[str, ...] = ()


class GeneratePhase:
    """Yields the code as it is written, then the :class:`Candidate`."""

    name = "generate"

    async def run(self, context: PhaseContext) -> AsyncIterator[Event]:
        if context.state.repairs:
            repair = context.state.repairs[0]
            yield CandidateProposed(replace(repair.candidate, number=len(context.state.attempts) + 1))
            return
        targets = await asyncio.to_thread(planned_targets, context)
        judged = {attempt.candidate.digest for attempt in context.state.attempts}
        for sample in range(TRIES):
            drafts: list[_Draft] = []
            for target in targets:
                draft = _Draft()
                async for event in self._write(context, target, drafts, draft, sample):
                    yield event
                drafts.append(draft)
            try:
                candidate = await asyncio.to_thread(_candidate, context, drafts)
            except EditFormatError as error:
                if sample == TRIES - 1:
                    raise
                yield Noticed(f"{error.message} Sampling again.", "warning")
                continue
            if candidate.digest not in judged:
                yield CandidateProposed(candidate)
                return
            yield CandidateRepeated(candidate.digest, sample + 1)
        raise EditFormatError(
            f"The model wrote code that was judged before, {TRIES} times.",
            "Raise codegen.temperature, refine the task, or use a larger model.",
        )

    async def _write(
        self, context: PhaseContext, target: Target, earlier: list[_Draft], draft: _Draft, sample: int
    ) -> AsyncIterator[Event]:
        """One file: what follows from the others, else sample until the reply holds code that fits."""
        declared = await asyncio.to_thread(_declared, context, target, earlier)
        if declared is not None:
            draft.code, draft.change = declared
            yield Noticed(f"{target.file.path} declares it as it was written.")
            return
        bare = (sample + _samples_so_far(context)) % FREE_SAMPLE == BARE_SAMPLE
        sections = _sections(context, target, earlier, bare=bare)
        for attempt in range(TRIES):
            reply = Reply()
            number = sample + attempt + _samples_so_far(context)
            start = opening(target.before, target.language, target.wanted, number)
            question = Question(
                self.name,
                "codegen",
                sections,
                beginning=start.beginning,
                stop=start.stop,
                salt=sample * 31 + attempt * 17 + len(earlier),
                extra_temperature=WARMER * number,
            )
            async for event in ask(context, question, reply):
                yield event
            try:
                _complete(context, reply, start)
                draft.code, draft.change, draft.symbols = _fit(context, target, reply.text, earlier)
            except EditFormatError as error:
                if attempt == TRIES - 1:
                    raise
                yield Noticed(f"{error.message} Sampling again.", "warning")
                continue
            draft.reply = reply.text
            draft.seed = context.seed(question.salt)
            return


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


def _samples_so_far(context: PhaseContext) -> int:
    """How many candidates of this iteration were built already."""
    state = context.state
    return sum(
        1
        for a in state.attempts
        if a.iteration == state.iteration and a.build is not None and not a.candidate.repair
    )


def _sections(context: PhaseContext, target: Target, earlier: list[_Draft], *, bare: bool) -> list[Section]:
    state, file = context.state, target.file
    sections = shared_sections(context.prompts, state)
    if bare:
        sections += broken_sections(state)
        sections += rejection_sections(context.prompts, state)
        sections += finding_sections(context.prompts, state)
    else:
        sections += knowledge_sections(context.prompts, state, context.settings)
    for draft in earlier:
        if draft.change is not None:
            text = f"Already written for {draft.change.path}:\n{fenced(draft.code)}"
            sections.append(Section(f"written {draft.change.path}", text, priority=90))
    instruction = context.prompts.instruction(
        "generate",
        task=state.task,
        form=target.form,
        symbol=target.wanted,
        new_symbol=target.new_symbol,
        header=target.header,
        under_test=[name for draft in earlier for name in draft.symbols] if is_test(file.path) else [],
        has_main=any(d.name == "main" for d in definitions(target.before or "", target.language)),
        path=file.path,
        change=f"{state.task.text}\nIn {file.path}: {file.change}",
        current=current_text(target),
        multiple=target.multiple,
        failed=not bare and bool(attempts_to_tell(state, context.settings)),
    )
    return [*sections, instruction]


def _declared(context: PhaseContext, target: Target, earlier: list[_Draft]) -> tuple[str, FileChange] | None:
    """The change of a header that only declares what was written already."""
    file, before = target.file, target.before
    if not target.header or before is None or target.form != "function":
        return None
    written = [draft.change for draft in earlier if draft.change is not None]
    wish = f"{context.state.task.text}\n{file.symbol or ''}\n{file.change}"
    found = declared_functions(file.path, before, wish, written)
    if found is None:
        return None
    after, names = found
    heads = [d.signature for d in definitions(after, target.language) if d.name in names]
    return "\n".join(heads), FileChange(file.path, target.disk, after)


def _fit(
    context: PhaseContext, target: Target, reply: str, earlier: list[_Draft]
) -> tuple[str, FileChange | None, tuple[str, ...]]:
    """The reply's code, the file with it, and the names it defines.

    No change is an error, unless there are other files to change.
    """
    file, before, task = target.file, target.before, context.state.task
    if target.form == "file" or before is None:
        after = whole_text(reply, file.path, before, task.text)
        code, symbols = after.rstrip("\n"), tuple(d.name for d in definitions(after, target.language))
        added: tuple[str, ...] = ()
    else:
        code = "\n\n".join(block.text for block in code_blocks(reply)).strip("\n")
        merged = merge_definitions(before, code, target.language, target.wanted, header=target.header)
        after, symbols, added = merged.text, (*merged.replaced, *merged.added), merged.added
        if is_test(file.path):
            check_not_repeated(file.path, added, [name for draft in earlier for name in draft.symbols])
            after = with_calls(after, added) if target.language == "c" else after
            check_called(after, file.path, target.language, added)
    if after == before:
        if not target.multiple:
            raise EditFormatError("The reply changes nothing.", "Ask again, or use a larger model.")
        return code, None, ()
    if target.form == "function" and context.settings.generation.breadcrumbs:
        after = stamp_breadcrumb(after, file.path, task, target.wanted, added)
    return code, FileChange(file.path, target.disk, after), symbols


def _candidate(context: PhaseContext, drafts: list[_Draft]) -> Candidate:
    """What was written for all files, without those that came out unchanged."""
    changes = tuple(draft.change for draft in drafts if draft.change is not None)
    if not changes:
        raise EditFormatError("The replies change nothing.", "Ask again, or use a larger model.")
    changes = with_base(context.state, changes)
    missing = missing_functions(context, changes)
    if missing:
        raise EditFormatError(
            f"The task asks for {', '.join(missing)}, and nothing that was written defines it.",
            "Name the source file in the task, or use a larger model.",
        )
    return Candidate(
        number=len(context.state.attempts) + 1,
        digest=candidate_digest(changes),
        changes=changes,
        code="\n\n".join(draft.code for draft in drafts),
        replies=tuple(draft.reply for draft in drafts),
        symbols=tuple(name for draft in drafts for name in draft.symbols),
        seed=drafts[0].seed,
    )
