"""Heads and calls of new tests in a C test program, whose main runs only what it names.

A small model writes the test and forgets the call, or loses other calls when it writes main anew. Where
main already calls tests one by one, plainly or through a macro, the call of a new one is the same line
with another name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from copilot_tui.index.symbols import Definition, definitions, references

_PLAIN = re.compile(r"(?P<head>\s*)(?P<name>[A-Za-z_]\w*)(?P<tail>\s*\(\s*\)\s*;\s*)$")
_MACRO = re.compile(r"(?P<head>\s*[A-Za-z_]\w*\s*\(\s*)(?P<name>[A-Za-z_]\w*)(?P<tail>\s*\)\s*;\s*)$")


def with_calls(text: str, added: tuple[str, ...]) -> str:
    """``text`` with a call of each function of ``added`` that nothing calls, behind the last of its kind.

    Only functions without parameters are called, and only where main calls such functions of this file.
    """
    for name in added:
        text = _with_call(text, name)
    return text


def _with_call(text: str, name: str) -> str:
    found = {d.name: d for d in definitions(text, "c") if d.kind == "function"}
    new, main = found.get(name), found.get("main")
    if new is None or main is None or name == "main" or not _takes_nothing(new.signature):
        return text
    lines = text.split("\n")
    rest = [*lines[: new.start - 1], *lines[new.end :]]
    if name in references("\n".join(rest), "c"):
        return text
    last = _last_call(lines, found)
    if last is None:
        return text
    at, call = last
    return "\n".join([*lines[: at + 1], call["head"] + name + call["tail"], *lines[at + 1 :]])


def head_of_new_test(text: str, tested: str) -> str | None:
    """How a test of ``tested`` begins in this program: like the one that main calls last.

    None where main calls no function without parameters, or such a test is there already.
    """
    found = {d.name: d for d in definitions(text, "c") if d.kind == "function"}
    last = _last_call(text.split("\n"), found) if "main" in found else None
    name = f"test_{tested}"
    if last is None or name in found:
        return None
    model = last[1]["name"]
    head = " ".join(found[model].signature.split()).rstrip("{ ")
    return re.sub(rf"\b{re.escape(model)}\b", name, head, count=1)


def _last_call(lines: list[str], found: Mapping[str, Definition]) -> tuple[int, re.Match[str]] | None:
    """The line, from 0, of the last call in main of a function without parameters, and the call."""
    main = found["main"]
    names = {other for other, d in found.items() if _takes_nothing(d.signature)}
    for at in range(main.end - 1, main.start - 1, -1):
        call = _PLAIN.match(lines[at]) or _MACRO.match(lines[at])
        if call is not None and call["name"] in names:
            return at, call
    return None


def _takes_nothing(signature: str) -> bool:
    return re.search(r"\(\s*(?:void)?\s*\)\s*\{?\s*$", signature.strip()) is not None
