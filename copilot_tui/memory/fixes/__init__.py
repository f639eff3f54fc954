"""Fixes that need no model: what a message says so clearly that a rule can act on it.

A rule only proposes. The build decides, as over any candidate; so a rule may guess where it is cheap to
be wrong, and what it proposes is never kept without proof.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from copilot_tui.core.artefacts import Diagnostic
from copilot_tui.memory.fixes.c90 import C90_RULES
from copilot_tui.memory.fixes.c_family import C_RULES
from copilot_tui.memory.fixes.fix import CodeView, Fix
from copilot_tui.memory.fixes.linking import LINKER_RULES
from copilot_tui.memory.fixes.python import PYTHON_RULES

__all__ = ["CodeView", "Fix", "fixes_for"]

Rule = Callable[[Diagnostic, CodeView], Iterator[Fix]]

RULES: tuple[Rule, ...] = (*C90_RULES, *C_RULES, *LINKER_RULES, *PYTHON_RULES)

MOST_A_DIAGNOSTIC = 3
"""Of one error, only the likeliest fixes are worth a build each."""


def fixes_for(error: Diagnostic, code: CodeView, rules: Sequence[Rule] = RULES) -> tuple[Fix, ...]:
    """The fixes that the rules propose for one error, the likeliest first."""
    found: dict[tuple[object, ...], Fix] = {}
    for rule in rules:
        for fix in rule(error, code):
            found.setdefault(fix.edits, fix)
            if len(found) == MOST_A_DIAGNOSTIC:
                return tuple(found.values())
    return tuple(found.values())
