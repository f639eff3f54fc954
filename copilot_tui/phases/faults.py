"""Where a fault is: the one function that the errors of a broken code base point at.

A small model mends one function better than a file, and in a third of the time. A compiler names the line;
a failed test names the function that it calls. Errors that are cleared outside of functions (a missing
header) point at none, and neither do those of a file whose braces do not match, since there no function
has a certain end.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from copilot_tui.core.artefacts import BuildReport, Diagnostic, Task
from copilot_tui.core.state import SessionState
from copilot_tui.core.text import printable_line
from copilot_tui.index.symbols import Definition, definitions, language_of
from copilot_tui.memory.fingerprint import root_errors
from copilot_tui.memory.patches import is_missing_declaration, same_file

MOST_FAULTS = 4
LONGEST_FAULT = 300

EVERY = 2
"""Every second attempt sees the file instead: the fault may be where nothing points at."""


_MENDS = re.compile(
    r"\b(?:fix\w*|repair\w*|mend\w*|broken|breaks?|fail(?:s|ing|ed|ure)?"
    r"|(?:does|do|will|can) ?(?:n[o']t|not) (?:build|compile|link|work|pass)"
    r"|make (?:it|them|\S+) (?:build|compile|link|pass))\b",
    re.IGNORECASE,
)
_NEW = re.compile(r"\b(?:add|implement|write|create|introduce|support|new|extend)\b", re.IGNORECASE)
_BUILD = re.compile(
    r"\b(?:builds?|compil\w+|link\w*|tests?|errors?|warnings?|undefined|broken|pass)\b", re.IGNORECASE
)


def is_repair(task: Task) -> bool:
    """Whether a task in plain words asks to mend something, and for nothing new."""
    return task.symbol is None and bool(_MENDS.search(task.text)) and not _NEW.search(task.text)


def mends_build(task: Task) -> bool:
    """Whether a build and tests that are green would be all that the task asks for."""
    return is_repair(task) and bool(_BUILD.search(task.text))


def faulty_build(state: SessionState) -> BuildReport | None:
    """The build of the code that the model goes on from, where that is broken; not for an open function."""
    build = state.baseline
    if state.base is not None:
        build = next((a.build for a in state.attempts if a.candidate == state.base), build)
    return None if build is None or build.success or state.task.symbol is not None else build


def fault_lines(state: SessionState, path: str, text: str) -> tuple[str, ...]:
    """What is wrong with the code as it is, each error with the line of ``path`` that it stands in."""
    build = faulty_build(state) if is_repair(state.task) else None
    lines = text.split("\n")
    found = []
    for error in root_errors(build.diagnostics)[:MOST_FAULTS] if build is not None else ():
        inside = error.file and error.line and same_file(error.file, path) and error.line <= len(lines)
        source = lines[error.line - 1].strip() if inside and error.line else ""
        place = f"in the line `{source}`: " if source else (f"{error.file}: " if error.file else "")
        test = f" (test {error.test})" if error.test and error.test not in error.message else ""
        notes = "; ".join(note.message for note in error.notes[:2]) if error.test else ""
        found.append(
            printable_line(f"{place}{error.message}{f' ({notes})' if notes else ''}{test}")[:LONGEST_FAULT]
        )
    return tuple(found)


def faulty_function(state: SessionState, path: str, text: str) -> str | None:
    """The function of ``path`` to write anew; None where that is not clear, or the file should be seen."""
    build = faulty_build(state) if is_repair(state.task) else None
    written = sum(1 for attempt in state.recent_attempts if not attempt.candidate.repair)
    if build is None or written % EVERY or text.count("{") != text.count("}"):
        return None
    lines = text.split("\n")
    functions = [d for d in definitions(text, language_of(path)) if d.kind == "function"]
    errors = root_errors(build.diagnostics)
    if any(is_missing_declaration(error.message) for error in errors):
        return None
    pointed = {name for error in errors for name in _pointed_at(error, path, functions, lines)}
    return pointed.pop() if len(pointed) == 1 else None


def _pointed_at(
    error: Diagnostic, path: str, functions: Sequence[Definition], lines: Sequence[str]
) -> set[str]:
    if error.file and error.line is not None and same_file(error.file, path):
        around = [d for d in functions if d.start <= error.line <= d.end]
        return {min(around, key=lambda d: d.end - d.start).name} if around else {""}
    said = " ".join((error.message, *(note.message for note in error.notes)))
    called = {d.name for d in functions if _calls(said, d.name)}
    # A mistake may as well be in what a tested function calls.
    bodies = ["\n".join(lines[d.start : d.end]) for d in functions if d.name in called]
    return called | {d.name for d in functions for body in bodies if _calls(body, d.name)}


def _calls(text: str, name: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(name)}\(", text) is not None
