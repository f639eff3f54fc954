"""The tags of breadcrumbs, and the rules that a breadcrumb has to keep."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Sequence
from datetime import datetime

TAGS: tuple[str, ...] = (
    # core
    "AI_PHASE",
    "AI_STATUS",
    "AI_NOTE",
    "AI_BREADCRUMB",
    # strategy
    "AI_PATTERN",
    "AI_STRATEGY",
    "AI_DETAILS",
    "AI_HISTORY",
    "AI_CHANGE",
    # errors
    "COMPILER_ERR",
    "RUNTIME_ERR",
    "FIX_REASON",
    "PREVIOUS_IMPLEMENTATION_REF",
    "CORRECTION_REF",
    # provenance
    "AI_TRAIN_HASH",
    "AI_VERSION",
    "HUMAN_OVERRIDE",
    "AI_CONTEXT",
    # references
    "REF_GITHUB_ISSUE",
    "REF_PR",
    "REF_TROUBLE_TICKET",
    "REF_USER_FEEDBACK",
    "REF_AUDIT_LOG",
    "LINUX_REF",
    "AMIGAOS_REF",
    "AROS_IMPL",
    # distributed work
    "AI_ASSIGNED_TO",
    "AI_CLAIMED_AT",
    "AI_TIMEOUT",
    "AI_ESTIMATED_TIME",
    "AI_PRIORITY",
    "AI_DEPENDENCIES",
    "AI_BLOCKS",
    "AI_COMPLEXITY",
    "AI_BOUNTY",
    "AI_RETRY_COUNT",
    "AI_MAX_RETRIES",
)
TAG_SET = frozenset(TAGS)
STATUSES = ("NOT_STARTED", "PARTIAL", "IMPLEMENTED", "FIXED", "NEEDS_REFACTOR")
UNFINISHED = frozenset({"NOT_STARTED", "PARTIAL"})
COMPLEXITIES = ("LOW", "MEDIUM", "HIGH", "CRITICAL")

_ERROR_TAGS = ("COMPILER_ERR", "RUNTIME_ERR")
_DURATION = re.compile(r"(?:\d+(?:\.\d+)?\s*[dhms]\s*)+", re.IGNORECASE)


def validate(tags: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """The rules that ``tags`` break, each as ``error: ...`` or ``warning: ...``; empty when none."""
    values: dict[str, str] = {}
    for name, value in tags:
        values.setdefault(name, value)
    problems = [
        f"error: {name} is missing" if name not in values else f"error: {name} has no value"
        for name in ("AI_PHASE", "AI_STATUS")
        if not values.get(name, "").strip()
    ]
    problems += [
        "error: AI_CONTEXT is not a JSON object"
        for name, value in tags
        if name == "AI_CONTEXT" and context_object(value) is None
    ]
    problems += _value_warnings(values)
    problems += _unknown_tags(tags)
    return tuple(problems)


def context_object(text: str) -> dict[str, object] | None:
    """``AI_CONTEXT`` as a dictionary, or None where it is no JSON object."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def priority_of(text: str) -> int | None:
    """``AI_PRIORITY`` as a number from 1 to 10, or None."""
    text = text.strip()
    return int(text) if re.fullmatch(r"[1-9]|10", text) else None


def _value_warnings(values: dict[str, str]) -> list[str]:
    problems: list[str] = []
    status = values.get("AI_STATUS", "").strip()
    if status and status.upper() not in STATUSES:
        near = difflib.get_close_matches(status.upper()[:40], STATUSES, n=1)
        hint = f"; did you mean {near[0]}?" if near else f"; known: {', '.join(STATUSES)}"
        problems.append(f"warning: AI_STATUS {_short(status)} is unknown{hint}")
    if any(tag in values for tag in _ERROR_TAGS) and not values.get("FIX_REASON", "").strip():
        tag = next(tag for tag in _ERROR_TAGS if tag in values)
        problems.append(f"warning: {tag} without FIX_REASON")
    complexity = values.get("AI_COMPLEXITY")
    if complexity is not None and complexity.strip().upper() not in COMPLEXITIES:
        problems.append(f"warning: AI_COMPLEXITY {_short(complexity)} is none of {', '.join(COMPLEXITIES)}")
    priority = values.get("AI_PRIORITY")
    if priority is not None and priority_of(priority) is None:
        problems.append(f"warning: AI_PRIORITY {_short(priority)} is no whole number from 1 to 10")
    estimate = values.get("AI_ESTIMATED_TIME")
    if estimate is not None and not _DURATION.fullmatch(estimate.strip()[:40]):
        problems.append(f"warning: AI_ESTIMATED_TIME {_short(estimate)} is no duration such as 2.5h or 45m")
    for tag in ("AI_CLAIMED_AT", "AI_TIMEOUT"):
        if tag in values and not _is_time(values[tag].strip()):
            problems.append(f"warning: {tag} {_short(values[tag])} is no ISO 8601 time")
    return problems


def _is_time(text: str) -> bool:
    try:
        datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return bool(re.fullmatch(r"P(?=.)(?:\d+D)?(?:T(?=.)(?:\d+H)?(?:\d+M)?(?:\d+S)?)?", text))
    return True


def _unknown_tags(tags: Sequence[tuple[str, str]]) -> list[str]:
    problems: list[str] = []
    for name in dict.fromkeys(name for name, _ in tags if name not in TAG_SET):
        near = difflib.get_close_matches(name[:40], TAGS, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        problems.append(f"warning: {_short(name)} is no known tag{hint}")
    return problems


def _short(text: str) -> str:
    text = text.strip()
    return repr(text if len(text) <= 40 else text[:37] + "...")
