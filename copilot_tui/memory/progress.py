"""Whether a failed candidate is nearer to green than the code before it, seen from the errors alone.

Root errors are compared as a multiset of (fingerprint, file, test), so a line that moved is no news. A
build that gets further (it can be parsed now, it compiles now, the tests start now) is progress whatever it
reports then, for what it reports was hidden before; so is one that cleared all errors and reports fewer
others. Limit: an error that hid more than it was itself looks like one cleared and some added, and does not
count as better.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter

from copilot_tui.core.artefacts import BuildReport, Diagnostic, Progress
from copilot_tui.memory.fingerprint import fingerprint, root_errors

_SYNTAX_CODES = frozenset({"SyntaxError", "IndentationError", "TabError"})
_SYNTAX = re.compile(
    r"expected\b|stray |missing terminating|unterminated|extraneous closing|syntax error|parse error"
    r"|unexpected (?:token|indent)|'else' without",
    re.IGNORECASE,
)

FAILED_TEST = "failed test"
Mark = tuple[str, str, str]


def compare(before: BuildReport | None, after: BuildReport, candidate: str | None = None) -> Progress:
    """What became of the errors of ``before`` (None: nothing is known of it) in ``after``."""
    old = marks(before) if before is not None else Counter()
    new = marks(after)
    _forget_lost_messages(old, new)
    cleared, kept, added = old - new, old & new, new - old
    further = stage(after) - stage(before) if before is not None else 0
    fewer = bool(cleared) and new.total() < old.total() and not (kept and added)
    return Progress(
        candidate=candidate,
        cleared=_fingerprints(cleared),
        kept=_fingerprints(kept),
        added=_fingerprints(added),
        better=after.success or further > 0 or (further == 0 and fewer),
        signature=signature(after),
    )


def _forget_lost_messages(old: Counter[Mark], new: Counter[Mark]) -> None:
    """A test that fails as before, only without its message, is no news."""
    silent = {mark for mark in new if mark[0] == FAILED_TEST}
    for mark in [mark for mark in old if (FAILED_TEST, "", mark[2]) in silent and mark not in new]:
        del old[mark]
        old[FAILED_TEST, "", mark[2]] = 1


def stage(report: BuildReport) -> int:
    """How far a build came: 0 not parsed, 1 it does not compile, 2 it compiles, 3 named tests ran."""
    if report.compiled:
        return 3 if report.tests else 2
    return 0 if any(_is_syntax(error) for error in report.errors) else 1


def _is_syntax(error: Diagnostic) -> bool:
    return error.code in _SYNTAX_CODES or _SYNTAX.match(error.message) is not None


def marks(report: BuildReport) -> Counter[Mark]:
    """The root errors as they are compared; failed tests that left no message count too."""
    found = Counter(
        (fingerprint(error), error.file or "", error.test or "") for error in root_errors(report.diagnostics)
    )
    told = {test for _, _, test in found}
    found.update((FAILED_TEST, "", name) for name in report.failed_tests if name not in told)
    return found


def signature(report: BuildReport) -> str:
    """Equal for two builds that fail alike."""
    text = repr((stage(report), sorted(marks(report).items())))
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]


def _fingerprints(marked: Counter[Mark]) -> tuple[str, ...]:
    return tuple(sorted(mark for mark, _, _ in marked.elements()))
