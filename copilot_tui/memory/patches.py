"""What made an error go away: the difference between a failed text and the green one, in few lines.

The patch shows the hunk nearest to the error when the whole difference is long, because it goes into
the prompt of a small model. The rule is one sentence, derived from the patch alone and therefore the
same every time.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from copilot_tui.core.artefacts import Diagnostic, FileChange
from copilot_tui.core.text import printable, printable_line
from copilot_tui.memory.fingerprint import plain_quotes
from copilot_tui.memory.fixes.c_library import headers

MAXIMUM_PATCH_LINES = 40
_RULE_LINE = 120  # characters of a source line that a rule repeats

_IMPORT = re.compile(r"\s*(?:#\s*include\b|import\s+\w|from\s+[\w.]+\s+import\b|use\s+\w)")
_COMMENT = re.compile(
    r"\s*(?://|/\*|\*|#(?!\s*(?:include|define|if|ifdef|ifndef|endif|else|undef|pragma)\b))"
)
_HEADER = re.compile(r"\s*#\s*include\s*[<\"]([^>\"]+)")
_QUOTED = re.compile(r"'(?:struct |enum |union )?([A-Za-z_]\w*)'")
_DECLARATION_MISSING = re.compile(
    r"undeclared|not declared|implicit declaration|implicitly declaring|unknown type|incomplete type|"
    r"not defined|does not name a type|No module named|cannot find (?:function|type|value|macro)|"
    r"undefined name",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Hunk:
    """One place of a difference. ``start`` and ``end`` are lines of the failed text, from 1."""

    path: str
    start: int
    end: int
    lines: tuple[str, ...]

    @property
    def removed(self) -> tuple[str, ...]:
        return _code([line[1:] for line in self.lines if line.startswith("-")])

    @property
    def added(self) -> tuple[str, ...]:
        return _code([line[1:] for line in self.lines if line.startswith("+")])


def hunks_between(failed: Sequence[FileChange], green: Sequence[FileChange]) -> tuple[Hunk, ...]:
    """Where the green candidate's files differ from the failed one's.

    A file that only one of the two changed stands in the other as it was before.
    """
    texts: dict[str, list[str]] = {}
    for change in failed:
        texts[change.path] = [change.after or "", change.before or ""]
    for change in green:
        bad = texts[change.path][0] if change.path in texts else change.before or ""
        texts[change.path] = [bad, change.after or ""]
    return tuple(hunk for path, (bad, good) in texts.items() for hunk in _hunks(path, bad, good))


def near(hunks: Sequence[Hunk], error: Diagnostic) -> tuple[Hunk, ...]:
    """The hunks in the error's file, nearest to its line first; all, where none is in that file."""
    in_file = [hunk for hunk in hunks if error.file and same_file(error.file, hunk.path)]
    line = error.line
    if not in_file or line is None:
        return tuple(in_file or hunks)
    return tuple(sorted(in_file, key=lambda hunk: max(hunk.start - line, line - hunk.end, 0)))


def patch_text(hunks: Sequence[Hunk]) -> str:
    """The hunks, nearest first, as a unified diff of at most :data:`MAXIMUM_PATCH_LINES` lines.

    Of a first hunk that is longer than that, only the beginning is given, and the last line says so;
    such a patch is for reading, not for ``patch``.
    """
    chosen: list[Hunk] = []
    room = MAXIMUM_PATCH_LINES
    for hunk in hunks:
        if not chosen or len(hunk.lines) + 2 <= room:
            chosen.append(hunk)
            room -= len(hunk.lines) + 2
    lines: list[str] = []
    by_file: Mapping[str, list[Hunk]] = {hunk.path: [] for hunk in chosen}
    for hunk in sorted(chosen, key=lambda hunk: hunk.start):
        by_file[hunk.path].append(hunk)
    for path, of_file in by_file.items():
        lines += [f"--- a/{path}", f"+++ b/{path}", *(line for hunk in of_file for line in hunk.lines)]
    if len(lines) > MAXIMUM_PATCH_LINES:
        left_out = len(lines) - MAXIMUM_PATCH_LINES
        lines = [*lines[:MAXIMUM_PATCH_LINES], f"... ({left_out} more lines)"]
    return printable("\n".join(lines)) + "\n"


def rule_in_words(all_hunks: Sequence[Hunk], nearest: Sequence[Hunk], error: Diagnostic) -> str:
    """One sentence that says which change cleared the error."""
    imports = [line.strip() for hunk in all_hunks for line in hunk.added if _IMPORT.match(line)]
    gone = {line.strip() for hunk in all_hunks for line in hunk.removed}
    imports = list(dict.fromkeys(line for line in imports if line not in gone))
    others = any(line.strip() not in imports for hunk in all_hunks for line in (*hunk.added, *hunk.removed))
    credited = [line for line in imports if not others or _may_declare(line, error.message)]
    if credited:
        shown = " and ".join(f"`{_short(line)}`" for line in credited[:3])
        return f"the error went away after adding {shown}"
    for hunk in nearest:
        removed = hunk.removed
        added = tuple(line for line in hunk.added if line.strip() not in imports)
        if removed and added:
            old, new = _changed_pair(removed, added)
            return f"the error went away after changing lines like: - {_short(old)} / + {_short(new)}"
        if added:
            return f"the error went away after adding lines like: + {_short(added[0])}"
        if removed:
            return f"the error went away after removing lines like: - {_short(removed[0])}"
    return "the error went away after changing comments or blank lines only"


def is_missing_declaration(message: str) -> bool:
    """Whether the error is about a name that is not declared, and so may be cleared far from its place."""
    return _DECLARATION_MISSING.search(message) is not None


def same_file(printed: str, path: str) -> bool:
    """Whether a tool's name for a file, perhaps absolute or from another folder, means ``path``."""
    left = PurePosixPath(printed.replace("\\", "/")).parts
    right = PurePosixPath(path).parts
    shorter = min(len(left), len(right))
    return shorter > 0 and left[-shorter:] == right[-shorter:]


def _may_declare(line: str, message: str) -> bool:
    """Whether an include or import that came along with other changes can be what declares the missing name.

    What a standard header holds is known, and an import says what it brings; any other header may hold it.
    """
    if not is_missing_declaration(message):
        return False
    names = set(_QUOTED.findall(plain_quotes(message)))
    if match := _HEADER.match(line):
        header, declared_in = match[1], headers()
        if header not in declared_in.values():
            return not any(name in declared_in for name in names)
        return not names or any(declared_in.get(name) in (header, "stddef.h") for name in names)
    return not names or any(re.search(rf"\b{re.escape(name)}\b", line) for name in names)


def _hunks(path: str, bad: str, good: str) -> list[Hunk]:
    if bad == good:
        return []
    found: list[Hunk] = []
    before, after = bad.split("\n"), good.split("\n")
    for piece in difflib.unified_diff(before, after, n=2, lineterm=""):
        if match := re.match(r"@@ -(\d+)(?:,(\d+))? ", piece):
            start, length = int(match[1]), int(match[2] or 1)
            found.append(Hunk(path, start, start + max(length - 1, 0), (piece,)))
        elif found:
            last = found[-1]
            found[-1] = Hunk(path, last.start, last.end, (*last.lines, piece))
    return found


def _changed_pair(removed: Sequence[str], added: Sequence[str]) -> tuple[str, str]:
    """The removed line that most resembles an added one without being the same, and that one."""
    pairs = [(old, new) for old in removed[:30] for new in added[:30] if old.strip() != new.strip()]
    if not pairs:
        return removed[0], added[0]
    return max(pairs, key=lambda pair: difflib.SequenceMatcher(None, *pair).ratio())


def _code(lines: Sequence[str]) -> tuple[str, ...]:
    """The lines that are neither blank nor a comment."""
    return tuple(line for line in lines if line.strip() and not _COMMENT.match(line))


def _short(line: str) -> str:
    text = printable_line(line.strip())
    return text if len(text) <= _RULE_LINE else text[: _RULE_LINE - 3] + "..."
