"""The deterministic part of the review: what needs no opinion.

Each check looks at one changed file and yields findings. ``blocking`` is only for what is certainly
wrong, since a blocking finding sends the candidate back before the compiler has seen it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from copilot_tui.core.artefacts import Candidate, FileChange, Finding, Task
from copilot_tui.index.breadcrumbs import parse_breadcrumbs
from copilot_tui.index.symbols import Definition, definitions, language_of, syntax_errors
from copilot_tui.phases.mentions import speaks_of

_STUB = re.compile(
    r"\b(?:TODO|FIXME|XXX)\b|not (?:yet )?implemented|your code here|implementation goes here"
    r"|rest of the (?:code|function|file)|NotImplementedError",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class CheckedChange:
    """One changed file with both texts, and what the session wants of it."""

    path: str
    language: str
    before: str
    after: str
    wanted: str | None
    task: str


Check = Callable[[CheckedChange], Iterator[Finding]]


def check_candidate(candidate: Candidate, task: Task) -> tuple[Finding, ...]:
    """All findings on all files of a candidate, in the order of files and checks."""
    findings: list[Finding] = []
    for change in candidate.changes:
        checked = _checked(change, task)
        for check in CHECKS:
            findings += check(checked)
    return tuple(findings)


def _checked(change: FileChange, task: Task) -> CheckedChange:
    wanted = task.symbol if task.symbol and task.path == change.path else None
    language = language_of(change.path) or ""
    return CheckedChange(change.path, language, change.before or "", change.after or "", wanted, task.text)


def parses(change: CheckedChange) -> Iterator[Finding]:
    """The grammar finds no more errors than it found before (macros may break it from the start)."""
    before = syntax_errors(change.before, change.language)
    after = syntax_errors(change.after, change.language)
    if len(after) > len(before):
        known = {excerpt for _, _, excerpt in before}
        line, _, excerpt = next((e for e in after if e[2] not in known), after[0])
        message = f"The code does not parse near `{excerpt.strip()[:80]}`."
        yield Finding("blocking", message, "parses", change.path, line)


def has_wanted_function(change: CheckedChange) -> Iterator[Finding]:
    """The function that the task asks for is there, and is not what it was."""
    if change.wanted is None:
        return
    after = _function(change.after, change.language, change.wanted)
    if after is None:
        message = f"The function {change.wanted} is missing."
        yield Finding("blocking", message, "wanted function", change.path)
        return
    before = _function(change.before, change.language, change.wanted)
    if before is not None and _squeezed(change.before, before) == _squeezed(change.after, after):
        message = f"The function {change.wanted} is unchanged."
        yield Finding("blocking", message, "wanted function", change.path, after.start)


def is_complete(change: CheckedChange) -> Iterator[Finding]:
    """No stub words that were not there before, in the task's own words, or in a breadcrumb."""
    before = {line.strip() for line in change.before.split("\n")}
    breadcrumbs = parse_breadcrumbs(change.after, change.path)
    ours = {number for b in breadcrumbs for number in range(b.line, b.end_line + 1)}
    asked = change.task.lower()
    for number, line in enumerate(change.after.split("\n"), 1):
        if line.strip() in before or number in ours:
            continue
        match = next((m for m in _STUB.finditer(line) if m.group().lower() not in asked), None)
        if match:
            message = f"Unfinished code: `{match.group()}`."
            yield Finding("blocking", message, "complete", change.path, number)


def keeps_the_rest(change: CheckedChange) -> Iterator[Finding]:
    """No definition that the task does not speak of has vanished."""
    kinds = {"function", "struct", "class", "macro", "typedef", "enum"}
    names = {d.name for d in definitions(change.after, change.language)}
    before = definitions(change.before, change.language)
    lost = [d.name for d in before if d.kind in kinds and d.name not in names]
    gone = [name for name in lost if not speaks_of(change.task, name)]
    if gone:
        listed = ", ".join(dict.fromkeys(gone[:5]))
        message = f"Definitions that the task does not speak of were deleted: {listed}."
        yield Finding("blocking", message, "keeps the rest", change.path)


def keeps_breadcrumb_rules(change: CheckedChange) -> Iterator[Finding]:
    """No breadcrumb breaks a rule that it kept before."""
    before = {problem for b in parse_breadcrumbs(change.before, change.path) for problem in b.problems}
    for breadcrumb in parse_breadcrumbs(change.after, change.path):
        for problem in breadcrumb.problems:
            if problem not in before:
                yield Finding(
                    "blocking" if problem.startswith("error") else "warning",
                    f"Breadcrumb {breadcrumb.phase or '(no phase)'}: {problem}",
                    "breadcrumbs",
                    change.path,
                    breadcrumb.line,
                )


CHECKS: tuple[Check, ...] = (
    parses,
    has_wanted_function,
    is_complete,
    keeps_the_rest,
    keeps_breadcrumb_rules,
)


def _function(text: str, language: str, name: str) -> Definition | None:
    found = [d for d in definitions(text, language) if d.name == name and d.kind != "prototype"]
    return found[0] if found else None


def _squeezed(text: str, definition: Definition) -> str:
    """The definition's text without white space."""
    return "".join("".join(text.split("\n")[definition.start - 1 : definition.end]).split())
