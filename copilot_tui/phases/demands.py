"""What a candidate must hold so that a green build means something.

A code base whose tests pass already passes them without the change, too. So what the task asks for in
clear words has to be there, and a new test has to be called.
"""

from __future__ import annotations

from collections.abc import Sequence

from copilot_tui.core.artefacts import FileChange
from copilot_tui.core.errors import EditFormatError
from copilot_tui.index.symbols import calls, definitions, language_of, references
from copilot_tui.phases.mentions import asked_names
from copilot_tui.phases.phase import PhaseContext

GRAMMARS = frozenset({"c", "cpp", "python"})
"""The languages whose definitions are certain."""


def check_called(text: str, path: str, language: str, added: Sequence[str]) -> None:
    """Raise EditFormatError for a new function in a test program that nothing in the file calls.

    A test program runs what its main calls, so such a test would test nothing.
    """
    found = definitions(text, language)
    if language not in {"c", "cpp"} or not any(d.name == "main" for d in found):
        return
    lines = text.split("\n")
    for definition in found:
        if definition.kind == "function" and definition.name in added:
            rest = [*lines[: definition.start - 1], *lines[definition.end :]]
            if definition.name not in references("\n".join(rest), language):
                raise EditFormatError(f"Nothing in {path} calls {definition.name}.", "Ask again.")


def check_tests(code: str, path: str, language: str, tested: Sequence[str]) -> None:
    """Raise EditFormatError for a reply for a test that speaks of nothing that was written to be tested."""
    if tested and language in GRAMMARS and not set(tested) & set(references(code, language)):
        raise EditFormatError(f"The reply for {path} does not test {', '.join(tested)}.", "Ask again.")


def without_repeats(path: str, code: str, language: str, written: Sequence[str]) -> str:
    """The reply for a test without the code under test, which small models like to write once more.

    Raises EditFormatError when nothing else is in it.
    """
    found = [d for d in definitions(code, language) if d.kind != "macro"]
    repeated = [d for d in found if d.name in written]
    if not repeated:
        return code
    if len(repeated) == len(found):
        raise EditFormatError(
            f"The reply for {path} defines {repeated[0].name} again instead of testing it.", "Ask again."
        )
    lines = code.split("\n")
    for definition in reversed(repeated):
        del lines[definition.comment_start - 1 : definition.end]
    return "\n".join(lines)


def missing_functions(context: PhaseContext, changes: Sequence[FileChange]) -> tuple[str, ...]:
    """Functions that the task's words ask for and that neither the code base nor the changes define."""
    task = context.state.task
    languages = {change.path: language_of(change.path) for change in changes}
    names = () if task.symbol else asked_names(task.text)
    if not names or not GRAMMARS & set(languages.values()):
        return ()
    indexed = [definition for _, definition in context.index.definitions_named(names)]
    known = {d.name for d in indexed if d.kind != "prototype"}
    declared = {d.name for d in indexed}
    used: set[str] = set()
    written: set[str] = set()
    for change in changes:
        language = languages[change.path]
        if language not in GRAMMARS:
            continue
        after = change.after or ""
        used.update(references(change.before or "", language))
        written.update(d.name for d in definitions(after, language) if d.kind != "prototype")
        # A variable or a member was meant where the name never stands before a parenthesis.
        written.update(set(references(after, language)) - set(calls(after, language)))
    # What the files use and nobody declares comes from a library; it is not asked for.
    return tuple(n for n in names if n not in known and n not in written and (n in declared or n not in used))
