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
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace

from copilot_tui.core.artefacts import Candidate, FileChange
from copilot_tui.core.errors import EditFormatError
from copilot_tui.core.events import CandidateProposed, CandidateRepeated, EditFormTried, Event, Noticed
from copilot_tui.index.symbols import definitions
from copilot_tui.models.budget import Section
from copilot_tui.phases.asking import Question, Reply, ask
from copilot_tui.phases.calls_of_tests import head_of_new_test, with_calls
from copilot_tui.phases.declaring import declared_functions
from copilot_tui.phases.demands import check_called, missing_functions, without_repeats
from copilot_tui.phases.edit_forms import described_opening, fallback_form, fit_described
from copilot_tui.phases.faults import fault_lines, is_repair
from copilot_tui.phases.merging import merge_definitions
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
from copilot_tui.phases.repairing import repaired_text, with_base
from copilot_tui.phases.screening import likeliest
from copilot_tui.phases.signatures import head_in
from copilot_tui.phases.stamping import is_test, stamp_breadcrumb
from copilot_tui.phases.targets import Target, current_text, planned_targets
from copilot_tui.phases.whole_files import whole_text
from copilot_tui.workspace.edits import candidate_digest, code_blocks
from copilot_tui.workspace.matching import NoMatchError

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

    changes: tuple[FileChange, ...] = ()
    code: str = ""
    reply: str = ""
    seed: int = 0
    symbols: tuple[str, ...] = ()


class GeneratePhase:
    """Yields the code as it is written, then the :class:`Candidate`."""

    name = "generate"

    async def run(self, context: PhaseContext) -> AsyncIterator[Event]:
        if context.state.next_repair is not None:
            repair, told = await likeliest(context, context.state.repairs)
            if told:
                yield Noticed(told)
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
            draft.code, change = declared
            draft.changes = (change,)
            yield Noticed(f"{target.file.path} declares it as it was written.")
            return
        bare = (sample + _samples_so_far(context)) % FREE_SAMPLE == BARE_SAMPLE
        misfits: list[Section] = []
        for attempt in range(TRIES):
            limit = context.settings.codegen.max_length
            form = fallback_form(target.form, target.file.path, target.before, limit, len(misfits))
            asked = replace(target, form=form)
            reply = Reply()
            number = sample + attempt + _samples_so_far(context)
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
                _fit(context, asked, reply.text, earlier, draft)
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


def _opening(context: PhaseContext, target: Target, number: int, earlier: list[_Draft]) -> Opening:
    task = context.state.task.text
    if target.form in ("replace", "diff"):
        return described_opening(target.form, target.file.path, task)
    head = None
    if target.form == "function" and target.wanted is None and not target.header:
        head = _new_head(target, task, _under_test(target, earlier))
    return opening(target.before, target.language, target.wanted, number, head)


def _new_head(target: Target, task: str, tested: Sequence[str]) -> str | None:
    """How the one function begins that the file shall have and has not, where that is certain."""
    if target.new_symbol is not None:
        return head_in(task, target.new_symbol, target.language)
    if len(tested) == 1 and target.language == "c" and target.before is not None:
        return head_of_new_test(target.before, tested[0])
    return None


def _under_test(target: Target, earlier: list[_Draft]) -> list[str]:
    """What was written already and a test is to call."""
    return [name for draft in earlier for name in draft.symbols] if is_test(target.file.path) else []


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


def _samples_so_far(context: PhaseContext) -> int:
    """How many candidates of this iteration were built already."""
    state = context.state
    return sum(
        1
        for a in state.attempts
        if a.iteration == state.iteration and a.build is not None and not a.candidate.repair
    )


def _sections(context: PhaseContext, earlier: list[_Draft], *, bare: bool) -> list[Section]:
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


def _instruction(context: PhaseContext, target: Target, earlier: list[_Draft], *, bare: bool) -> Section:
    state, file = context.state, target.file
    return context.prompts.instruction(
        "generate",
        task=state.task,
        form=target.form,
        symbol=target.wanted,
        new_symbol=target.new_symbol,
        header=target.header,
        under_test=_under_test(target, earlier),
        has_main=any(d.name == "main" for d in definitions(target.before or "", target.language)),
        path=file.path,
        change=f"{state.task.text}\nIn {file.path}: {file.change}",
        current=current_text(target),
        faults=fault_lines(state, file.path, target.before or ""),
        multiple=target.multiple,
        failed=not bare and bool(attempts_to_tell(state, context.settings)),
    )


def _declared(context: PhaseContext, target: Target, earlier: list[_Draft]) -> tuple[str, FileChange] | None:
    """The change of a header that only declares what was written already."""
    file, before = target.file, target.before
    if not target.header or before is None or target.form != "function":
        return None
    written = [change for draft in earlier for change in draft.changes]
    wish = f"{context.state.task.text}\n{file.symbol or ''}\n{file.change}"
    found = declared_functions(file.path, before, wish, written)
    if found is None:
        return None
    after, names = found
    heads = [d.signature for d in definitions(after, target.language) if d.name in names]
    return "\n".join(heads), FileChange(file.path, target.disk, after)


def _fit(context: PhaseContext, target: Target, reply: str, earlier: list[_Draft], draft: _Draft) -> None:
    """Put the reply's code, the files with it and the names it defines into ``draft``.

    No change is an error, unless there are other files to change.
    """
    file, before, task = target.file, target.before, context.state.task
    if target.form in ("replace", "diff"):
        written = {change.path: change.after for other in earlier for change in other.changes}
        draft.changes, draft.symbols = fit_described(
            reply, target.form, file.path, lambda path: _text_now(context, path, written)
        )
        draft.changes = tuple(replace(c, before=_on_disk(context, c.path)) for c in draft.changes)
        draft.code = reply.strip("\n")
        return
    if target.form == "file" or before is None:
        after = whole_text(reply, file.path, before, task.text)
        code, symbols = after.rstrip("\n"), tuple(d.name for d in definitions(after, target.language))
        added: tuple[str, ...] = ()
    else:
        code = "\n\n".join(block.text for block in code_blocks(reply)).strip("\n")
        if is_test(file.path):
            code = without_repeats(file.path, code, target.language, _under_test(target, earlier))
        merged = merge_definitions(before, code, target.language, target.wanted, header=target.header)
        after, symbols, added = merged.text, (*merged.replaced, *merged.added), merged.added
        if is_test(file.path):
            after = with_calls(after, added) if target.language == "c" else after
            check_called(after, file.path, target.language, added)
    draft.code, draft.symbols = code, symbols
    if after == before:
        if not target.multiple:
            raise EditFormatError("The reply changes nothing.", "Ask again, or use a larger model.")
        draft.changes, draft.symbols = (), ()
        return
    if target.form == "function" and context.settings.generation.breadcrumbs:
        after = stamp_breadcrumb(after, file.path, task, target.wanted, added)
    draft.changes = (FileChange(file.path, target.disk, after),)


def _text_now(context: PhaseContext, path: str, written: Mapping[str, str | None]) -> str | None:
    """A file's text with what was already written for this candidate."""
    if path in written:
        return written[path]
    return repaired_text(context.state, path, _on_disk(context, path))


def _on_disk(context: PhaseContext, path: str) -> str | None:
    source = context.workspace.read(path)
    return source.text if source is not None else None


def _joined(drafts: list[_Draft]) -> tuple[FileChange, ...]:
    """All changes, one for each file: where a later draft goes on with a file, from its first text."""
    changes: dict[str, FileChange] = {}
    for change in (change for draft in drafts for change in draft.changes):
        first = changes.get(change.path, change)
        changes[change.path] = replace(change, before=first.before)
    return tuple(change for change in changes.values() if change.before != change.after)


def _candidate(context: PhaseContext, drafts: list[_Draft]) -> Candidate:
    """What was written for all files, without those that came out unchanged."""
    changes = _joined(drafts)
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
