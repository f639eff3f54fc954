"""What breadcrumbs ask for, in which order, and how they are related.

Order: a task comes after every task of the phases that it depends on; among those that are free, a
higher ``AI_PRIORITY`` comes first (10 is the most urgent, none counts as 5), then path and line. A
cycle is broken at its most urgent task and reported.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from copilot_tui.core.places import Breadcrumb, Task
from copilot_tui.index.breadcrumb_tags import UNFINISHED, context_object, priority_of

_DEFAULT_PRIORITY = 5
_DONE = frozenset({"IMPLEMENTED", "FIXED"})


@dataclass(frozen=True, slots=True)
class TaskOrder:
    """Tasks in the order to work on, and what is wrong with their dependencies (``warning: ...``)."""

    tasks: tuple[Task, ...]
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Relation:
    """``kind`` is marker, depends on, needed by, blocks, blocked by, same LINUX_REF, same AMIGAOS_REF,
    corrects or corrected by."""

    kind: str
    breadcrumb: Breadcrumb


def tasks(breadcrumbs: Iterable[Breadcrumb]) -> tuple[Task, ...]:
    """The PARTIAL and NOT_STARTED breadcrumbs as tasks, in the order to work on."""
    return task_order(breadcrumbs).tasks


def task_order(breadcrumbs: Iterable[Breadcrumb]) -> TaskOrder:
    """As :func:`tasks`, with every dependency that is unknown, unfinished elsewhere or circular."""
    everything = tuple(breadcrumbs)
    todo = [item for item in everything if item.status in UNFINISHED]
    by_phase: dict[str, list[int]] = defaultdict(list)
    for number, item in enumerate(todo):
        by_phase[item.phase].append(number)
    states: dict[str, set[str]] = defaultdict(set)
    for item in everything:
        states[item.phase].add(item.status)
    problems: list[str] = []
    waits: list[set[int]] = [set() for _ in todo]
    for number, item in enumerate(todo):
        for phase in _listed(item, "AI_DEPENDENCIES"):
            waits[number].update(other for other in by_phase.get(phase, ()) if other != number)
            problems += _dependency_problem(item, phase, states)
        for phase in _listed(item, "AI_BLOCKS"):
            for other in by_phase.get(phase, ()):
                if other != number:
                    waits[other].add(number)
    order = _sorted(todo, waits, problems)
    return TaskOrder(tuple(task_of(todo[number]) for number in order), tuple(problems))


def task_of(breadcrumb: Breadcrumb) -> Task:
    """What one breadcrumb asks for."""
    pieces = [value for name, value in breadcrumb.tags if name == "AI_NOTE" and value]
    pieces += [f"Strategy: {value}" for name, value in breadcrumb.tags if name == "AI_STRATEGY" and value]
    pieces += [f"Details: {value}" for name, value in breadcrumb.tags if name == "AI_DETAILS" and value]
    if not pieces:
        pieces = [
            f"Implement {breadcrumb.symbol}." if breadcrumb.symbol else "Implement what this phase names."
        ]
    text = "\n".join(pieces)
    listed = (context_object(breadcrumb.get("AI_CONTEXT")) or {}).get("tests")
    names = listed if isinstance(listed, list) else [listed]
    return Task(
        text=text,
        path=breadcrumb.path,
        line=breadcrumb.line,
        symbol=breadcrumb.symbol,
        phase=breadcrumb.phase or None,
        tests=tuple(name for name in names if isinstance(name, str) and name),
    )


def related(breadcrumb: Breadcrumb, everything: Iterable[Breadcrumb]) -> tuple[Relation, ...]:
    """How ``breadcrumb`` is tied to others: itself is left out, one relation for each kind."""
    relations: list[Relation] = []
    place = (breadcrumb.path, breadcrumb.line)
    for other in everything:
        if (other.path, other.line) != place:
            relations += (Relation(kind, other) for kind in _ties(breadcrumb, other))
    return tuple(relations)


def _ties(one: Breadcrumb, other: Breadcrumb) -> list[str]:
    kinds: list[str] = []
    if one.get("AI_BREADCRUMB") and one.get("AI_BREADCRUMB") == other.get("AI_BREADCRUMB"):
        kinds.append("marker")
    for tag, forward, backward in (
        ("AI_DEPENDENCIES", "depends on", "needed by"),
        ("AI_BLOCKS", "blocks", "blocked by"),
    ):
        if other.phase and other.phase in _listed(one, tag):
            kinds.append(forward)
        if one.phase and one.phase in _listed(other, tag):
            kinds.append(backward)
    for tag in ("LINUX_REF", "AMIGAOS_REF"):
        if set(_values(one, tag)) & set(_values(other, tag)):
            kinds.append(f"same {tag}")
    if _points_at(one, other):
        kinds.append("corrects")
    if _points_at(other, one):
        kinds.append("corrected by")
    return kinds


def _points_at(one: Breadcrumb, other: Breadcrumb) -> bool:
    """Whether a correction link of ``one`` names the other's phase, marker or place."""
    targets = {*_values(one, "CORRECTION_REF"), *_values(one, "PREVIOUS_IMPLEMENTATION_REF")}
    names = {other.phase, other.get("AI_BREADCRUMB"), other.path, f"{other.path}:{other.line}"} - {""}
    return bool(targets & names)


def _values(breadcrumb: Breadcrumb, tag: str) -> list[str]:
    return [value.strip() for name, value in breadcrumb.tags if name == tag and value.strip()]


def _listed(breadcrumb: Breadcrumb, tag: str) -> list[str]:
    parts = (part.strip() for value in _values(breadcrumb, tag) for part in value.split(","))
    return list(dict.fromkeys(part for part in parts if part and part.upper() != "NONE"))


def _dependency_problem(item: Breadcrumb, phase: str, states: Mapping[str, set[str]]) -> list[str]:
    where = f"{item.path}:{item.line}"
    if phase not in states:
        return [f"warning: {where}: {item.phase} depends on {phase}, which no breadcrumb has"]
    stuck = states[phase] - _DONE - UNFINISHED
    if stuck:
        return [f"warning: {where}: {item.phase} depends on {phase}, which is {', '.join(sorted(stuck))}"]
    return []


def _sorted(todo: Sequence[Breadcrumb], waits: Sequence[set[int]], problems: list[str]) -> list[int]:
    """Kahn's algorithm over a heap by urgency."""
    urgency = [
        (-(priority_of(item.get("AI_PRIORITY")) or _DEFAULT_PRIORITY), item.path, item.line, number)
        for number, item in enumerate(todo)
    ]
    frees: dict[int, list[int]] = defaultdict(list)
    for number, others in enumerate(waits):
        for other in others:
            frees[other].append(number)
    missing = [len(others) for others in waits]
    ready = [urgency[number] for number in range(len(todo)) if not missing[number]]
    heapq.heapify(ready)
    by_urgency = iter(sorted(urgency))
    done: set[int] = set()
    order: list[int] = []
    while len(order) < len(todo):
        if ready:
            number = heapq.heappop(ready)[3]
        else:
            number = next(entry[3] for entry in by_urgency if entry[3] not in done)
            item = todo[number]
            problems.append(
                f"warning: {item.path}:{item.line}: {item.phase} is part of a circle of dependencies"
            )
        if number in done:
            continue
        done.add(number)
        order.append(number)
        for other in frees[number]:
            missing[other] -= 1
            if missing[other] == 0 and other not in done:
                heapq.heappush(ready, urgency[other])
    return order
