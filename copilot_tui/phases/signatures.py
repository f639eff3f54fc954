"""The head of a function that a task asks for, as its words give it: ``int list_count(const List *list)``.

A small model given the head writes the body that was asked for; without it, the function whose code it was
shown last. Limits: C and C++; a head with function pointers or default values is left to the model.
"""

from __future__ import annotations

import re

from copilot_tui.index.symbols import definitions

_QUALIFIERS = frozenset(
    {"const", "volatile", "unsigned", "signed", "long", "short", "struct", "union", "enum", "static"}
    | {"inline", "extern"}
)
_PROSE = frozenset(
    {"a", "an", "the", "function", "method", "routine", "helper", "procedure", "named", "called", "new"}
    | {"public", "add", "implement", "write", "create", "define", "introduce", "provide", "declare"}
    | {"of", "for", "with", "that", "which", "to", "and", "as", "like", "return", "returns", "is", "in"}
)
_BEFORE = re.compile(r"[\w* \t]*$")
_TYPE_CHARACTERS = 120
_WORD = re.compile(r"[A-Za-z_]\w*|\*+")
_PARAMETER = re.compile(r"(?:[A-Za-z_]\w*[\s*]+)+[A-Za-z_]\w*\s*(?:\[\w*\])?|\.\.\.")


def head_in(text: str, name: str, language: str) -> str | None:
    """The head of the function ``name`` without a brace; None where the words give no whole one."""
    for match in re.finditer(rf"(?<!\w){re.escape(name)}\s*\((?P<parameters>[^()\n]*)\)", text):
        before = _BEFORE.search(text[max(0, match.start() - _TYPE_CHARACTERS) : match.start()])
        returned = _type_at_the_end(before[0]) if before is not None else ""
        parameters = " ".join(match["parameters"].split())
        if returned and _are_parameters(parameters):
            head = f"{returned}{name}({parameters or 'void'})"
            found = definitions(f"{head}\n{{\n}}\n", language)
            if [(d.name, d.kind) for d in found] == [(name, "function")]:
                return head
    return None


def _type_at_the_end(text: str) -> str:
    """The type that ends ``text``, with the blank or star before the name; empty where prose stands there."""
    words = _WORD.findall(text)
    stars = words.pop() if words and words[-1].startswith("*") else ""
    if not words or words[-1].lower() in _PROSE or words[-1].startswith("*"):
        return ""
    taken = [words.pop()]
    while words and words[-1] in _QUALIFIERS:
        taken.insert(0, words.pop())
    return f"{' '.join(taken)} {stars}"


def _are_parameters(text: str) -> bool:
    if text in {"", "void"}:
        return True
    return all(_PARAMETER.fullmatch(part.strip()) for part in text.split(","))
