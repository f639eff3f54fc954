"""What the history of the code base adds."""

from __future__ import annotations

from collections.abc import Iterator

from copilot_tui.index.history import message_stems
from copilot_tui.index.signals.situation import Evidence, Situation

_LEADERS = 5


def similar_changes(situation: Situation) -> Iterator[Evidence]:
    """Files that commits with similar messages changed."""
    for path, similar in situation.source.history().similar(message_stems(situation.query.text)).items():
        if path in situation.paths:
            times = f"{similar.commits} commits" if similar.commits > 1 else "a commit"
            yield Evidence(path, similar.strength, f"changed by {times} with similar messages")


def recent_work(situation: Situation) -> Iterator[Evidence]:
    """How much of the latest work went into each file that has something for it already."""
    activity = situation.source.history().activity()
    for path in situation.standing():
        if path in activity:
            yield Evidence(path, activity[path])


def changed_together(situation: Situation) -> Iterator[Evidence]:
    """Files that changed in the same commits as the best ones so far."""
    history = situation.source.history()
    for leader, score in situation.leaders(_LEADERS):
        for path, part in history.together(leader).items():
            if path in situation.paths:
                yield Evidence(path, part * score, f"changes together with {leader}")
