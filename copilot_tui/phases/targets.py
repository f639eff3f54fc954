"""What is to be written: the plan's files as they are now, and the form in which each is asked for."""

from __future__ import annotations

from dataclasses import dataclass, replace

from copilot_tui.core.artefacts import PlannedFile
from copilot_tui.core.errors import EditFormatError
from copilot_tui.index.symbols import definitions, language_of
from copilot_tui.phases.demands import GRAMMARS
from copilot_tui.phases.edit_forms import EditForm, choose_form
from copilot_tui.phases.faults import faulty_function
from copilot_tui.phases.mentions import named_paths
from copilot_tui.phases.phase import PhaseContext
from copilot_tui.phases.reason import PLANNED_FILES
from copilot_tui.phases.repairing import repaired_text
from copilot_tui.phases.search import stub_end
from copilot_tui.phases.stamping import is_test
from copilot_tui.phases.whole_files import check_length

WHOLE_FILE_CHARACTERS = 6_000
"""A file up to this size is shown whole when the plan names no function in it."""

SIGNATURES_SHOWN = 40
"""Of a larger file, the last definitions: new ones will stand after them."""


@dataclass(frozen=True, slots=True)
class Target:
    """One file to write: its text now (None: new), the reply's form, and the function ``wanted``.

    The text is that of the code base with what repairs did to it; ``disk`` is without.
    """

    file: PlannedFile
    before: str | None
    language: str
    form: EditForm
    multiple: bool
    wanted: str | None
    new_symbol: str | None = None
    disk: str | None = None

    @property
    def header(self) -> bool:
        return self.file.path.endswith(".h")


def planned_targets(context: PhaseContext) -> list[Target]:
    """The plan's files (without a plan: the task's own), each with its text as it is now."""
    state = context.state
    files = state.plan.files if state.plan and state.plan.files else ()
    if not files and state.task.path:
        files = (PlannedFile(state.task.path, state.task.text, state.task.symbol),)
    if not files:
        named = named_paths(state.task.text, context.index.paths())
        files = tuple(PlannedFile(path, state.task.text) for path in named[:PLANNED_FILES])
    if not files:
        raise EditFormatError(
            "Neither the task nor the plan names a file to change.",
            "Name one in the task, for example: add ... to src/text.c.",
        )
    targets = [_target(context, file, multiple=len(files) > 1) for file in files]
    # What a header declares and a test calls is written before them.
    return sorted(targets, key=lambda target: 2 if is_test(target.file.path) else int(target.header))


def _target(context: PhaseContext, file: PlannedFile, *, multiple: bool) -> Target:
    source = context.workspace.read(file.path)
    language = language_of(file.path) or ""
    disk = source.text if source is not None else None
    before = repaired_text(context.state, file.path, disk)
    if file.symbol is None and before is not None:
        file = replace(file, symbol=faulty_function(context.state, file.path, before))
    form = choose_form(context.settings, file.path, before, context.edit_forms)
    if form == "file":
        check_length(file.path, before, context.settings.codegen.max_length)
    wanted = _wanted(context, file, before, language)
    declared = {d.name for d in definitions(before or "", language)}
    new = file.symbol if wanted is None and language in GRAMMARS and file.symbol not in declared else None
    return Target(file, before, language, form, multiple, wanted, None if new == "main" else new, disk)


def _wanted(context: PhaseContext, file: PlannedFile, before: str | None, language: str) -> str | None:
    """The function that the reply must define: the task's own, or one that the file has already.

    A header is never asked for the body of what it only declares. The main that a plan names is not
    asked for alone, since what it shall call has to be written too.
    """
    task = context.state.task
    bodies = {d.name for d in definitions(before or "", language) if d.kind in {"function", "class"}}
    if file.symbol in bodies:
        return None if file.symbol == "main" != task.symbol else file.symbol
    return file.symbol if task.symbol and not file.path.endswith(".h") else None


def current_text(target: Target) -> str:
    """What the prompt shows of the file: the function as it is, or all of a small file."""
    if target.before is None:
        return ""
    for definition in definitions(target.before, target.language):
        if definition.name == target.wanted and definition.kind == "function":
            lines = target.before.split("\n")
            end = stub_end(target.before, target.file.path, definition)
            return "\n".join(lines[definition.comment_start - 1 : end])
    if target.form == "file" or len(target.before) <= WHOLE_FILE_CHARACTERS:
        return target.before.rstrip("\n")
    signatures = [d.signature for d in definitions(target.before, target.language)]
    return "\n".join(signatures[-SIGNATURES_SHOWN:])
