"""From the model's replies to a candidate: fitting each into its file, and joining all files.

A draft is what one reply came to. A header that only declares what was written already gets its draft
without a reply.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from copilot_tui.core.artefacts import Candidate, FileChange
from copilot_tui.core.errors import EditFormatError
from copilot_tui.index.symbols import definitions
from copilot_tui.phases.calls_of_tests import with_calls
from copilot_tui.phases.declaring import declared_functions
from copilot_tui.phases.demands import check_called, check_tests, missing_functions, without_repeats
from copilot_tui.phases.edit_forms import fit_described
from copilot_tui.phases.merging import merge_definitions
from copilot_tui.phases.phase import PhaseContext
from copilot_tui.phases.repairing import repaired_text, with_base
from copilot_tui.phases.stamping import is_test, stamp_breadcrumb
from copilot_tui.phases.targets import Target
from copilot_tui.phases.whole_files import whole_text
from copilot_tui.workspace.edits import candidate_digest, code_blocks


@dataclass(slots=True)
class Draft:
    """What one sample came to."""

    changes: tuple[FileChange, ...] = ()
    code: str = ""
    reply: str = ""
    seed: int = 0
    symbols: tuple[str, ...] = ()


def under_test(target: Target, earlier: list[Draft]) -> list[str]:
    """What was written already and a test is to call."""
    return [name for draft in earlier for name in draft.symbols] if is_test(target.file.path) else []


def declared_change(
    context: PhaseContext, target: Target, earlier: list[Draft]
) -> tuple[str, FileChange] | None:
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


def fit_reply(context: PhaseContext, target: Target, reply: str, earlier: list[Draft], draft: Draft) -> None:
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
            code = without_repeats(file.path, code, target.language, under_test(target, earlier))
        merged = merge_definitions(before, code, target.language, target.wanted, header=target.header)
        after, symbols, added = merged.text, (*merged.replaced, *merged.added), merged.added
        if is_test(file.path):
            after = with_calls(after, added) if target.language == "c" else after
            check_called(after, file.path, target.language, added)
            check_tests(code, file.path, target.language, under_test(target, earlier))
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


def _joined(drafts: list[Draft]) -> tuple[FileChange, ...]:
    """All changes, one for each file: where a later draft goes on with a file, from its first text."""
    changes: dict[str, FileChange] = {}
    for change in (change for draft in drafts for change in draft.changes):
        first = changes.get(change.path, change)
        changes[change.path] = replace(change, before=first.before)
    return tuple(change for change in changes.values() if change.before != change.after)


def candidate_of(context: PhaseContext, drafts: list[Draft]) -> Candidate:
    """What was written for all files, without those that came out unchanged."""
    changes = _joined(drafts)
    if not changes:
        raise EditFormatError("The replies change nothing.", "Ask again, or use a larger model.")
    changes = with_base(context.state, changes)
    missing = missing_functions(context, changes)
    if missing:
        named = any(change.path in context.state.task.text for change in changes)
        raise EditFormatError(
            f"The task asks for {', '.join(missing)}, and nothing that was written defines it.",
            f"{'Ask again' if named else 'Name the source file in the task'}, or use a larger model.",
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
