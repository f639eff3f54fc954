"""Declarations that follow from what was written: no model is asked for what is already certain.

A header that shall declare a new function gets the head of its definition, word for word. A small model
asked for it writes another return type, or the body once more. Where the task wants more of the header
than declarations of functions (types, macros), the model is asked as for any file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from copilot_tui.core.artefacts import FileChange
from copilot_tui.index.symbols import Definition, definitions, language_of
from copilot_tui.phases.mentions import speaks_of
from copilot_tui.phases.merging import merge_definitions
from copilot_tui.phases.pieces import C_FAMILY

_MORE = re.compile(
    r"\b(?:struct|union|enum|typedef|types?|macros?|#?defines?|constants?|fields?|members?|variables?|class)\b",
    re.IGNORECASE,
)
_LOCAL = frozenset({"static", "inline"})


def declared_functions(
    path: str, before: str, wish: str, written: Sequence[FileChange]
) -> tuple[str, tuple[str, ...]] | None:
    """The header's new text and the names it declares now; None where the model has to be asked.

    ``wish`` is what task and plan say of the header, ``written`` the sources that go with it. Functions
    that ``wish`` names are declared, or the only new one where it names none.
    """
    if _MORE.search(wish):
        return None
    new = [found for change in written for found in _new_functions(change)]
    named = [(name, text) for name, text in new if speaks_of(wish, name)]
    chosen = named or (new if len(new) == 1 else [])
    if not chosen:
        return None
    code = "\n\n".join(text for _, text in chosen)
    merged = merge_definitions(before, code, language_of(path) or "c", None, header=True)
    declared = {d.name for d in definitions(merged.text, "c") if d.kind == "prototype"}
    names = tuple(name for name, _ in chosen)
    return (merged.text, names) if merged.text != before and declared.issuperset(names) else None


def _new_functions(change: FileChange) -> Iterator[tuple[str, str]]:
    """Name and text of each function that others may call and that the file did not have."""
    language = language_of(change.path) or ""
    if language not in C_FAMILY or change.after is None:
        return
    old = {d.name for d in definitions(change.before or "", language) if d.kind == "function"}
    lines = change.after.split("\n")
    for definition in definitions(change.after, language):
        if definition.kind == "function" and definition.name not in old and _is_public(definition):
            yield definition.name, "\n".join(lines[definition.start - 1 : definition.end])


def _is_public(definition: Definition) -> bool:
    return definition.name != "main" and not _LOCAL & set(definition.signature.split())
