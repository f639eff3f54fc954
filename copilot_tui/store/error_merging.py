"""Putting together what two databases know about errors: their entries, and how one merges with another.

Pure, and a join in the sense of order theory: commutative, associative and idempotent. So it does not
matter which of two machines imports first, nor how often. Each field has its own join: the earliest
``first_seen`` (and the message that goes with it), the latest ``last_seen``, for each origin the larger
count, and of the contexts the newest so many by one order over all of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Any

import msgspec

MAX_CONTEXTS = 20
"""Contexts kept for each error; the newest stay."""

RESOLVED = "resolved"
UNRESOLVED = "unresolved"

UNKNOWN_ORIGIN = ""
"""Whose count it is that an export without origins gives."""


@dataclass(frozen=True, slots=True)
class Resolution:
    """What was done about an error: ``rule`` in words, ``patch`` as a unified diff.

    ``verified`` means that a build was green afterwards. ``timestamp`` is when it last was used.
    ``counts`` are hits, successes and harm, for each database that counted.
    """

    rule: str
    patch: str
    verified: bool
    timestamp: str
    fix_commit: str | None = None
    context: Mapping[str, Any] = field(default_factory=dict)
    counts: Mapping[str, tuple[int, int, int]] = field(default_factory=dict)

    @property
    def hits(self) -> int:
        return sum(counted[0] for counted in self.counts.values())

    @property
    def successes(self) -> int:
        return sum(counted[1] for counted in self.counts.values())

    @property
    def harm(self) -> int:
        return sum(counted[2] for counted in self.counts.values())


@dataclass(frozen=True, slots=True)
class ErrorEntry:
    """One kind of error. ``resolutions`` are oldest first; ``counts`` tell who saw it how often."""

    fingerprint: str
    message: str
    first_seen: str
    last_seen: str
    status: str
    contexts: tuple[Mapping[str, Any], ...] = ()
    resolutions: tuple[Resolution, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def occurrences(self) -> int:
        return sum(self.counts.values())

    @property
    def verified_resolution(self) -> Resolution | None:
        """The newest resolution after which a build was green."""
        return next((known for known in reversed(self.resolutions) if known.verified), None)


def merged(left: ErrorEntry, right: ErrorEntry) -> ErrorEntry:
    """Both views of one error together."""
    earliest = min((left, right), key=lambda entry: (entry.first_seen == "", entry.first_seen, entry.message))
    resolutions: dict[tuple[str, str], Resolution] = {}
    for known in (*left.resolutions, *right.resolutions):
        other = resolutions.get((known.rule, known.patch))
        resolutions[known.rule, known.patch] = known if other is None else _merged_fix(other, known)
    origins = sorted({*left.counts, *right.counts})
    return ErrorEntry(
        fingerprint=left.fingerprint,
        message=earliest.message,
        first_seen=earliest.first_seen,
        last_seen=max(left.last_seen, right.last_seen),
        status=RESOLVED if RESOLVED in (left.status, right.status) else max(left.status, right.status),
        contexts=newest_contexts((*left.contexts, *right.contexts)),
        resolutions=_ordered(resolutions.values()),
        counts={origin: max(left.counts.get(origin, 0), right.counts.get(origin, 0)) for origin in origins},
    )


def _merged_fix(left: Resolution, right: Resolution) -> Resolution:
    newest = max((left, right), key=lambda known: (known.timestamp, _text(known.context)))
    nothing = (0, 0, 0)
    counts = {}
    for origin in sorted({*left.counts, *right.counts}):
        pairs = zip(left.counts.get(origin, nothing), right.counts.get(origin, nothing), strict=True)
        hits, successes, harm = (max(pair) for pair in pairs)
        counts[origin] = (hits, successes, harm)
    return replace(
        newest,
        verified=left.verified or right.verified,
        fix_commit=max(left.fix_commit or "", right.fix_commit or "") or None,
        counts=counts,
    )


def newest_contexts(contexts: Sequence[Mapping[str, Any]]) -> tuple[Mapping[str, Any], ...]:
    """The newest :data:`MAX_CONTEXTS` different contexts, oldest first; without a time they count as old."""
    distinct = {_text(context): context for context in contexts}
    ordered = sorted(distinct.items(), key=lambda item: (str(item[1].get("time", "")), item[0]))
    return tuple(context for _, context in ordered[-MAX_CONTEXTS:])


def _ordered(resolutions: Any) -> tuple[Resolution, ...]:
    return tuple(sorted(resolutions, key=lambda known: (known.timestamp, known.rule, known.patch)))


def _text(value: Any) -> str:
    return msgspec.json.encode(value, order="deterministic").decode()


# The exported form.


@dataclass
class _ImportedResolution:
    resolution: str
    timestamp: str = ""
    fix_commit: str | None = None
    patch: str = ""
    verified: bool = False
    context: dict[str, Any] = field(default_factory=dict)
    counts: dict[str, tuple[int, int, int]] = field(default_factory=dict)


@dataclass
class _ImportedError:
    message: str
    first_seen: str = ""
    last_seen: str = ""
    occurrences: Annotated[int, msgspec.Meta(ge=1, le=2**53)] = 1
    contexts: list[Any] = field(default_factory=list)
    resolutions: list[_ImportedResolution] = field(default_factory=list)
    status: str = UNRESOLVED
    counts: dict[str, Annotated[int, msgspec.Meta(ge=0, le=2**53)]] = field(default_factory=dict)


def exported(entry: ErrorEntry) -> dict[str, Any]:
    """One entry as JSON-ready builtins."""
    return {
        "message": entry.message,
        "first_seen": entry.first_seen,
        "last_seen": entry.last_seen,
        "occurrences": entry.occurrences,
        "contexts": [dict(context) for context in entry.contexts],
        "resolutions": [
            {
                "timestamp": known.timestamp,
                "resolution": known.rule,
                "fix_commit": known.fix_commit,
                "patch": known.patch,
                "verified": known.verified,
                "context": dict(known.context),
                "counts": {origin: list(counted) for origin, counted in known.counts.items()},
            }
            for known in entry.resolutions
        ],
        "status": entry.status,
        "counts": dict(entry.counts),
    }


def entries_of(data: Any) -> list[ErrorEntry]:
    """An export as entries; raises what ``msgspec.convert`` raises where the form does not fit."""
    imported = msgspec.convert(data, type=dict[str, _ImportedError])
    return [_entry(fingerprint, item) for fingerprint, item in imported.items()]


def _entry(fingerprint: str, item: _ImportedError) -> ErrorEntry:
    contexts = [context if isinstance(context, dict) else {"context": context} for context in item.contexts]
    entry = ErrorEntry(
        fingerprint=fingerprint,
        message=item.message,
        first_seen=item.first_seen,
        last_seen=item.last_seen or item.first_seen,
        status=item.status,
        contexts=newest_contexts(contexts),
        counts=item.counts or {UNKNOWN_ORIGIN: item.occurrences},
    )
    fixes = tuple(
        Resolution(
            rule=known.resolution,
            patch=known.patch,
            verified=known.verified,
            timestamp=known.timestamp,
            fix_commit=known.fix_commit or None,
            context=known.context,
            counts=known.counts,
        )
        for known in item.resolutions
    )
    # Merged with itself, so that repeats within one export are joined too.
    return merged(entry, replace(entry, resolutions=fixes))
