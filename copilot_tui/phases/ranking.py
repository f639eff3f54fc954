"""How the judge ranks attempts: green, else compiled, else more tests that pass, else the likelier reply."""

from __future__ import annotations

from copilot_tui.core.state import Attempt


def standing(attempt: Attempt) -> tuple[bool, bool, int, float]:
    """A larger one is nearer to green."""
    build, likelihood = attempt.build, attempt.candidate.log_probability
    likelihood = float("-inf") if likelihood is None else likelihood
    if build is None:
        return False, False, 0, likelihood
    return build.success, build.compiled, sum(test.passed for test in build.tests), likelihood
