"""What stands near the best files: their headers, what they include, who calls what the query names.

All are signals of the second round: a file gains from a leader, and never more than a part of what the
leader has.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from copilot_tui.index.definition import KINDS
from copilot_tui.index.identifiers import name_stems
from copilot_tui.index.languages import language_of
from copilot_tui.index.signals.situation import Evidence, Situation

_LEADERS = 5
_MOST_NAMESAKES = 3
_MOST_IMPORTERS = 30
_MOST_CALLERS = 20
_ALIKE = 10
_MOST_NAMED = 4
_FUNCTION = KINDS.index("function")


def companions(situation: Situation) -> Iterator[Evidence]:
    """A C header beside its source and the other way round, for the best files so far."""
    leaders = [(path, score) for path, score in situation.leaders(2 * _LEADERS) if _is_c(path)]
    scores = dict(leaders)
    for path, score in leaders:
        namesakes = situation.table.named(_bare_name(path))
        others = [x for x in namesakes if _is_c(x) and _is_header(x) != _is_header(path)]
        if 2 * score < leaders[0][1] or len(others) > _MOST_NAMESAKES:
            continue
        for other in others:
            if scores.get(other, 0.0) < score:  # the weaker one belongs to the stronger
                yield Evidence(other, score, f"belongs to {path}")


def includes(situation: Situation) -> Iterator[Evidence]:
    """What the leaders include or import; a file that includes half the code base says little of each."""
    for path, score in situation.leaders(_LEADERS):
        found = situation.source.includes_of(path)
        for other in found:
            yield Evidence(other, score / math.sqrt(len(found)), f"included by {path}")


def included_by(situation: Situation) -> Iterator[Evidence]:
    """Who includes or imports the leaders; one that everybody includes says nothing."""
    for path, score in situation.leaders(_LEADERS):
        found = situation.source.included_by(path, _MOST_IMPORTERS)
        for other in found:
            yield Evidence(other, score / math.sqrt(len(found)), f"includes {path}")


def callers(situation: Situation) -> Iterator[Evidence]:
    """Who calls a function that the query names."""
    for name in situation.query.symbols:
        found = situation.source.callers_of(name)
        for path in found if len(found) <= _MOST_CALLERS else ():
            yield Evidence(path, 1.0 / math.sqrt(len(found)), f"calls {name}")


def siblings(situation: Situation) -> Iterator[Evidence]:
    """Functions named like one that the query names: how its kin are written."""
    for name in situation.query.symbols[:_MOST_NAMED]:
        parts = name_stems(name)
        if len(parts) < 2:
            continue
        paths = [hit.path for hit in situation.source.search(name, _ALIKE)]
        for path, found in situation.source.outlines(paths):
            shared = found.sharing(parts)
            for row in sorted(row for row, count in shared.items() if 2 * count >= len(parts)):
                if found.kinds[row] != _FUNCTION or found.names[row] == name:
                    continue
                others = name_stems(found.names[row])
                alike = len(parts & others) / len(parts | others)
                if alike >= 0.5:
                    yield Evidence(path, alike, f"has {found.names[row]}, a sibling of {name}")
                    break


def _is_c(path: str) -> bool:
    return language_of(path) in {"c", "cpp", "objc"}


def _is_header(path: str) -> bool:
    return path.rpartition(".")[2].lower().startswith("h")


def _bare_name(path: str) -> str:
    return path.rpartition("/")[2].partition(".")[0]
