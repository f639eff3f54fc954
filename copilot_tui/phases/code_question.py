"""What is asked for one file: the prompt's sections, how the reply begins, and whether it is whole.

Shared by those who write one reply after another and by the ensemble, which writes several side by side.
"""

from __future__ import annotations

from collections.abc import Sequence

from copilot_tui.core.errors import EditFormatError
from copilot_tui.index.symbols import definitions
from copilot_tui.models.budget import Section
from copilot_tui.phases.asking import Question, Reply
from copilot_tui.phases.calls_of_tests import head_of_new_test
from copilot_tui.phases.drafts import Draft, under_test
from copilot_tui.phases.edit_forms import described_opening
from copilot_tui.phases.faults import fault_lines, is_repair
from copilot_tui.phases.opening import Opening, opening
from copilot_tui.phases.phase import PhaseContext
from copilot_tui.phases.prompting import (
    attempts_to_tell,
    fenced,
    finding_sections,
    knowledge_sections,
    rejection_sections,
    shared_sections,
)
from copilot_tui.phases.signatures import head_in
from copilot_tui.phases.stamping import is_test
from copilot_tui.phases.targets import Target, current_text
from copilot_tui.workspace.matching import NoMatchError


def code_question(
    context: PhaseContext,
    target: Target,
    earlier: list[Draft],
    number: int,
    *,
    bare: bool,
    misfits: Sequence[Section] = (),
) -> tuple[Question, Opening]:
    """The question as the sample ``number`` (from 0) of an iteration, and the beginning of its reply.

    A ``bare`` one sees the task and the code, but no insights, no plan and no earlier attempts.
    """
    start = _opening(context, target, number, earlier)
    sections = [
        *_sections(context, earlier, bare=bare),
        *misfits,
        _instruction(context, target, earlier, bare=bare),
    ]
    return Question("generate", "codegen", sections, beginning=start.beginning, stop=start.stop), start


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


def misfit_sections(target: Target, error: EditFormatError) -> list[Section]:
    """What the next prompt says of an edit that fits nowhere; of other forms a new sample is enough."""
    if target.form not in ("replace", "diff"):
        return []
    text = f"Your last edit of {target.file.path} did not fit: {error.message}"
    if isinstance(error, NoMatchError) and error.nearest:
        text += f" These lines come nearest; quote them exactly:\n{fenced(error.nearest)}"
    return [Section("edit that did not fit", text, priority=95)]


def complete(context: PhaseContext, reply: Reply, start: Opening) -> None:
    """Add what the stop took from the reply's end; a reply that only repeats its beginning is none."""
    if reply.finish_reason == "length":
        raise EditFormatError(
            f"The reply was cut off at max_length ({context.settings.codegen.max_length} tokens).",
            "Raise codegen.max_length, or make the task smaller.",
        )
    if not reply.text[len(start.beginning) :].strip():
        raise EditFormatError("The reply holds no code.", "Ask again, or use a larger model.")
    if reply.finish_reason == "stop":
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
