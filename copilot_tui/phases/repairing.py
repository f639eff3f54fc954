"""Repairs: from the errors of a build to candidates that need no model.

The rules and the lessons of ``memory`` say what to change; here that is done to the code that failed, so
that each fix is a whole candidate, judged like any other. Fixes for all errors together come first, since
a build often fails for several reasons at once; then each alone.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from copilot_tui.core.artefacts import Candidate, Diagnostic, FileChange, Lesson, Repair
from copilot_tui.core.errors import EditFormatError
from copilot_tui.core.state import SessionState
from copilot_tui.index.code_index import CodeIndex
from copilot_tui.index.symbols import definitions, language_of
from copilot_tui.memory.fingerprint import fingerprint, root_errors
from copilot_tui.memory.fixes import Fix, fixes_for
from copilot_tui.memory.fixes.fix import AddImport, AddInclude, Edit, ReplaceLine
from copilot_tui.memory.patches import same_file
from copilot_tui.phases.phase import PhaseContext
from copilot_tui.phases.python_imports import with_imports
from copilot_tui.workspace.apply import Workspace
from copilot_tui.workspace.edits import candidate_digest, ensure_includes, unified_diff

MOST_ERRORS = 6
"""Root errors that are looked at; more are most often the echo of one."""

MOST_AT_TOP = 500
"""Files at the top of a code base that are looked at."""

MOST_REPAIRS = 4
"""Builds that repairs of one failed attempt may cost."""


@dataclass(slots=True)
class FailedCode:
    """The code that failed, as the rules see it: the code base with a candidate's changes over it."""

    source: Path
    workspace: Workspace
    index: CodeIndex
    changes: Sequence[FileChange]
    _texts: dict[str, str | None] = field(default_factory=dict)
    _paths: set[str] = field(default_factory=set)

    def text(self, path: str) -> str | None:
        if path not in self._texts:
            changed = next((c for c in self.changes if c.path == path), None)
            self._texts[path] = changed.after if changed is not None else self.disk(path)
        return self._texts[path]

    def disk(self, path: str) -> str | None:
        """The file as it is in the code base, without the candidate."""
        source = self.workspace.read(path)
        return source.text if source is not None else None

    def path_of(self, printed: str | None) -> str | None:
        if not printed:
            return None
        if printed in self.paths():
            return printed
        found = [path for path in self.paths() if same_file(printed, path)]
        return min(found, key=len, default=None)

    def lines(self, path: str) -> Sequence[str]:
        return (self.text(path) or "").split("\n")

    def paths(self) -> Collection[str]:
        if not self._paths:
            self._paths.update(self.index.paths())
            self._paths.update(_files_at_top(self.source))
            self._paths.update(change.path for change in self.changes)
        return self._paths

    def declared_in(self, name: str) -> Sequence[tuple[str, str]]:
        found = [(path, known.signature) for path, known in self.index.definitions_named((name,))]
        return found or list(self._declared_at_top(name))

    def _declared_at_top(self, name: str) -> Iterator[tuple[str, str]]:
        """Without an index: the headers and modules at the top of the code base."""
        if self.index.paths():
            return
        for path in sorted(self.paths()):
            if path.endswith((".h", ".py")) and "/" not in path:
                for known in definitions(self.text(path) or "", language_of(path)):
                    if known.name == name:
                        yield path, known.signature


def _files_at_top(source: Path) -> Iterator[str]:
    """The plain files at the top, makefiles among them, which an index of code does not list."""
    found = (path for path in itertools.islice(source.iterdir(), MOST_AT_TOP) if path.is_file())
    return (path.name for path in found if not path.is_symlink())


@dataclass(frozen=True, slots=True)
class KnownFix:
    """A fix, the error that it is for, and where it comes from: a rule, or a lesson."""

    fix: Fix
    fingerprint: str
    origin: Literal["rule", "memory"] = "rule"
    lesson: Lesson | None = None


def rule_fixes(errors: Sequence[Diagnostic], code: FailedCode) -> list[list[KnownFix]]:
    """For each root error that a rule knows, its fixes, the likeliest first."""
    found = []
    for error in root_errors(errors)[:MOST_ERRORS]:
        mark = fingerprint(error)
        if fixes := [KnownFix(fix, mark) for fix in fixes_for(error, code)]:
            found.append(fixes)
    return found


def repairs_of(
    context: PhaseContext, code: FailedCode, fixes: Sequence[Sequence[KnownFix]]
) -> tuple[Repair, ...]:
    """The candidates that the fixes make of the failed code, without those that were judged before."""
    state = context.state
    judged = {attempt.candidate.digest for attempt in state.attempts}
    together = list({known.fix.edits: known for group in fixes for known in group[:1]}.values())
    rounds = [together] if len(together) > 1 else []
    longest = max((len(group) for group in fixes), default=0)
    rounds += [[group[place]] for place in range(longest) for group in fixes if place < len(group)]
    made: dict[str, Repair] = {}
    for known in rounds:
        repair = _repair(state, code, known)
        if repair is not None and repair.candidate.digest not in judged:
            made.setdefault(repair.candidate.digest, repair)
    return tuple(made.values())[:MOST_REPAIRS]


def _repair(state: SessionState, code: FailedCode, fixes: Sequence[KnownFix]) -> Repair | None:
    texts: dict[str, str] = {change.path: change.after or "" for change in code.changes}
    edits = [edit for known in fixes for edit in known.fix.edits]
    try:
        for path, of_file in _by_path(edits).items():
            before = texts.get(path, code.text(path))
            if before is None:
                return None
            texts[path] = edited(before, of_file)
    except EditFormatError:
        return None  # the fixes of two errors do not fit together
    changes = tuple(
        FileChange(path, code.disk(path), text) for path, text in texts.items() if text != code.disk(path)
    )
    if not changes or all(texts[path] == code.text(path) for path in texts):
        return None
    said = "; ".join(dict.fromkeys(known.fix.words for known in fixes))
    candidate = _candidate(state, code, changes, said)
    lessons = tuple(known.lesson for known in fixes if known.lesson is not None)
    return Repair("memory" if lessons else "rule", said, fixes[0].fingerprint, candidate, lessons)


def _candidate(
    state: SessionState, code: FailedCode, changes: tuple[FileChange, ...], words: str
) -> Candidate:
    failed = state.candidate
    symbols = failed.symbols if failed is not None else ()
    shown = [_definitions_text(change, symbols) for change in changes] if symbols else []
    text = "\n\n".join(part for part in shown if part)
    diff = "".join(unified_diff(change.before, change.after, change.path) for change in changes)
    return Candidate(
        number=len(state.attempts) + 1,
        digest=candidate_digest(changes),
        changes=changes,
        code=text or diff,
        symbols=symbols,
        repair=words,
    )


def _definitions_text(change: FileChange, symbols: Sequence[str]) -> str:
    """What the model had written, as the repair left it."""
    text = change.after or ""
    lines = text.split("\n")
    found = [d for d in definitions(text, language_of(change.path)) if d.name in symbols]
    return "\n\n".join("\n".join(lines[d.start - 1 : d.end]) for d in found if d.kind != "prototype")


def edited(text: str, edits: Sequence[Edit]) -> str:
    """``text`` with the edits of one file; EditFormatError when a line is not what it was."""
    lines = text.split("\n")
    replaced = [edit for edit in edits if isinstance(edit, ReplaceLine)]
    for change in sorted(replaced, key=lambda change: -change.line):
        if not 1 <= change.line <= len(lines) or lines[change.line - 1] != change.old:
            raise EditFormatError(f"Line {change.line} of {change.path} is not what the repair is for.")
        lines[change.line - 1 : change.line] = change.new
    text = "\n".join(lines)
    includes = [edit.target for edit in edits if isinstance(edit, AddInclude)]
    text = ensure_includes(text, includes) if includes else text
    for edit in edits:
        if isinstance(edit, AddImport):
            text = with_imports(text, edit.statement)
    return text


def repaired_text(state: SessionState, path: str, disk: str | None) -> str | None:
    """A file with what the newest good repair of the code base did to it: from there the model goes on."""
    changes = state.base.changes if state.base is not None else ()
    return next((change.after for change in changes if change.path == path), disk)


def with_base(state: SessionState, changes: tuple[FileChange, ...]) -> tuple[FileChange, ...]:
    """The changes, and those of that repair in other files."""
    written = {change.path for change in changes}
    base = state.base.changes if state.base is not None else ()
    return (*changes, *(change for change in base if change.path not in written))


def _by_path(edits: Sequence[Edit]) -> Mapping[str, list[Edit]]:
    found: dict[str, list[Edit]] = {}
    for edit in edits:
        found.setdefault(edit.path, []).append(edit)
    return found
