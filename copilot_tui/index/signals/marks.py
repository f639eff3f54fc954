"""What breadcrumbs say: where the task stands, and which other places belong to it."""

from __future__ import annotations

from collections.abc import Iterator

from copilot_tui.index.breadcrumb_tasks import related
from copilot_tui.index.signals.situation import Evidence, Situation


def task_place(situation: Situation) -> Iterator[Evidence]:
    """Where the task's breadcrumb stands."""
    if situation.task is not None and situation.task.path:
        yield Evidence(situation.task.path, 1.0, "the task stands here")


def relatives(situation: Situation) -> Iterator[Evidence]:
    """Places whose breadcrumbs are tied to the task's, or to one that the query names by its phase."""
    task = situation.task
    named = {*situation.query.symbols, *((task.phase,) if task is not None and task.phase else ())}
    if not named:
        return
    everything = situation.source.breadcrumbs()
    for breadcrumb in everything:
        marks = {breadcrumb.phase, breadcrumb.get("AI_BREADCRUMB")} & named
        if not marks:
            continue
        yield Evidence(breadcrumb.path, 1.0, f"breadcrumb {min(marks)}")
        for relation in related(breadcrumb, everything):
            other = relation.breadcrumb
            yield Evidence(
                other.path, 0.7, f"breadcrumb {other.phase}: {relation.kind} of {breadcrumb.phase}"
            )
