"""Errors by fingerprint: how often each was seen, where, and what cleared it.

The exported form is the one that the seed's users know:
``{hash: {message, first_seen, occurrences, contexts[], resolutions[{timestamp, resolution,
fix_commit}], status}}``, with ``patch``, ``verified`` and ``context`` added to a resolution. Merging
takes the larger count, not the sum, so that merging one export twice changes nothing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from copilot_tui.core.errors import StoreError, UsageError
from copilot_tui.store.clock import timestamp
from copilot_tui.store.plain_text import plain

if TYPE_CHECKING:
    from copilot_tui.store.database import Database

MAX_CONTEXTS = 20
"""Contexts kept for each error; the newest stay."""

RESOLVED = "resolved"
UNRESOLVED = "unresolved"


@dataclass(frozen=True, slots=True)
class Resolution:
    """What was done about an error: ``rule`` in words, ``patch`` as a unified diff.

    ``verified`` means that a build was green afterwards. ``timestamp`` is when it last was used.
    """

    rule: str
    patch: str
    verified: bool
    timestamp: str
    fix_commit: str | None = None
    context: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ErrorEntry:
    """One kind of error. ``resolutions`` are oldest first."""

    fingerprint: str
    message: str
    first_seen: str
    last_seen: str
    occurrences: int
    status: str
    contexts: tuple[Mapping[str, Any], ...] = ()
    resolutions: tuple[Resolution, ...] = ()

    @property
    def verified_resolution(self) -> Resolution | None:
        """The newest resolution after which a build was green."""
        return next((known for known in reversed(self.resolutions) if known.verified), None)


class ErrorStore:
    """The errors of one code base."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(
        self, fingerprint: str, message: str, context: Mapping[str, Any], time: str | None = None
    ) -> int:
        """Count one more occurrence; how many there are now."""
        time = time or timestamp()
        message, context = plain(message), plain(context)
        with self._database.transaction() as connection:
            known = _load(connection, fingerprint)
            entry = ErrorEntry(
                fingerprint=fingerprint,
                message=known.message if known else message,
                first_seen=known.first_seen if known else time,
                last_seen=time,
                occurrences=(known.occurrences if known else 0) + 1,
                status=known.status if known else UNRESOLVED,
                contexts=(*(known.contexts if known else ()), context)[-MAX_CONTEXTS:],
            )
            _save(connection, entry)
        return entry.occurrences

    def resolve(
        self, fingerprint: str, rule: str, patch: str, verified: bool, context: Mapping[str, Any]
    ) -> None:
        """Note a fix of a recorded error; the same rule and patch again only renew the older note.

        ``context["fix_commit"]``, where given, is the commit that holds the fix.
        """
        rule, patch, context = plain(rule), plain(patch), plain(context)
        commit = context.get("fix_commit")
        resolution = Resolution(
            rule, patch, verified, timestamp(), commit if isinstance(commit, str) else None, context
        )
        with self._database.transaction() as connection:
            if _load(connection, fingerprint) is None:
                raise StoreError(f"The error {fingerprint} was never recorded, so it cannot be resolved.")
            _save_resolution(connection, fingerprint, resolution)
            if verified:
                connection.execute(
                    "UPDATE errors SET status = ? WHERE fingerprint = ?", (RESOLVED, fingerprint)
                )

    def lookup(self, fingerprint: str) -> ErrorEntry | None:
        """All that is known of one error."""
        with self._database.reading() as connection:
            return _load(connection, fingerprint)

    def entries(self, limit: int | None = None) -> list[ErrorEntry]:
        """The errors, most seen first, then most recently seen; at most ``limit`` of them."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT fingerprint FROM errors"
                " ORDER BY occurrences DESC, last_seen DESC, fingerprint LIMIT ?",
                (-1 if limit is None else limit,),
            ).fetchall()
            loaded = [_load(connection, row[0]) for row in rows]
        return [entry for entry in loaded if entry is not None]

    def export(self) -> dict[str, Any]:
        """Everything, in the seed's form, as JSON-ready builtins."""
        return {entry.fingerprint: _exported(entry) for entry in self.entries()}

    def merge(self, data: Any) -> int:
        """Take over an export; how many errors are new or changed.

        Raises :class:`UsageError` that names what does not fit the form; then nothing is merged.
        """
        try:
            imported = msgspec.convert(plain(data), type=dict[str, _ImportedError])
        except (TypeError, RecursionError, msgspec.MsgspecError) as error:
            raise UsageError(
                f"This is no export of errors: {error}.",
                "The form is that of `copilot-tui errors export`.",
            ) from error
        changed = 0
        with self._database.transaction() as connection:
            for fingerprint, item in imported.items():
                known = _load(connection, fingerprint)
                merged = _merged(fingerprint, known, item)
                _save(connection, merged)
                for resolution in merged.resolutions:
                    _save_resolution(connection, fingerprint, resolution)
                changed += merged != known
        return changed


@dataclass
class _ImportedResolution:
    resolution: str
    timestamp: str = ""
    fix_commit: str | None = None
    patch: str = ""
    verified: bool = False
    context: dict[str, Any] = field(default_factory=dict)


@dataclass
class _ImportedError:
    message: str
    first_seen: str = ""
    occurrences: Annotated[int, msgspec.Meta(ge=1, le=2**53)] = 1
    contexts: list[Any] = field(default_factory=list)
    resolutions: list[_ImportedResolution] = field(default_factory=list)
    status: str = UNRESOLVED


def _exported(entry: ErrorEntry) -> dict[str, Any]:
    return {
        "message": entry.message,
        "first_seen": entry.first_seen,
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
            }
            for known in entry.resolutions
        ],
        "status": entry.status,
    }


def _merged(fingerprint: str, known: ErrorEntry | None, item: _ImportedError) -> ErrorEntry:
    """Both views of one error together. What is here wins, so that a second merge finds no news."""
    imported = [context if isinstance(context, dict) else {"context": context} for context in item.contexts]
    contexts: list[Mapping[str, Any]] = list(known.contexts) if known else []
    contexts += [context for context in imported if context not in contexts]
    resolutions = {(old.rule, old.patch): old for old in (known.resolutions if known else ())}
    for new in item.resolutions:
        old = resolutions.get((new.resolution, new.patch))
        resolutions[new.resolution, new.patch] = Resolution(
            rule=new.resolution,
            patch=new.patch,
            verified=new.verified or bool(old and old.verified),
            timestamp=max(new.timestamp, old.timestamp if old else ""),
            fix_commit=old.fix_commit if old and old.fix_commit is not None else new.fix_commit,
            context=old.context if old else new.context,
        )
    first = min(filter(None, (known.first_seen if known else "", item.first_seen)), default=timestamp())
    statuses = (known.status if known else item.status, item.status)
    return ErrorEntry(
        fingerprint=fingerprint,
        message=known.message if known else item.message,
        first_seen=first,
        last_seen=known.last_seen if known else first,
        occurrences=max(known.occurrences if known else 1, item.occurrences),
        status=RESOLVED if RESOLVED in statuses else statuses[0],
        contexts=tuple(contexts[:MAX_CONTEXTS]),
        resolutions=tuple(resolutions.values()),
    )


def _load(connection: sqlite3.Connection, fingerprint: str) -> ErrorEntry | None:
    row = connection.execute(
        "SELECT message, first_seen, last_seen, occurrences, status, contexts FROM errors"
        " WHERE fingerprint = ?",
        (fingerprint,),
    ).fetchone()
    if row is None:
        return None
    found = connection.execute(
        "SELECT rule, patch, verified, timestamp, fix_commit, context FROM resolutions"
        " WHERE fingerprint = ? ORDER BY timestamp, number",
        (fingerprint,),
    ).fetchall()
    resolutions = tuple(
        Resolution(rule, patch, bool(verified), time, commit, _decode(context))
        for rule, patch, verified, time, commit, context in found
    )
    message, first, last, occurrences, status, contexts = row
    return ErrorEntry(
        fingerprint, message, first, last, occurrences, status, tuple(_decode(contexts)), resolutions
    )


def _save(connection: sqlite3.Connection, entry: ErrorEntry) -> None:
    connection.execute(
        "INSERT INTO errors (fingerprint, message, first_seen, last_seen, occurrences, contexts, status)"
        " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (fingerprint) DO UPDATE SET message = excluded.message,"
        " first_seen = excluded.first_seen, last_seen = excluded.last_seen,"
        " occurrences = excluded.occurrences, contexts = excluded.contexts, status = excluded.status",
        (
            entry.fingerprint,
            entry.message,
            entry.first_seen,
            entry.last_seen,
            entry.occurrences,
            _encode(entry.contexts),
            entry.status,
        ),
    )


def _save_resolution(connection: sqlite3.Connection, fingerprint: str, resolution: Resolution) -> None:
    connection.execute(
        "INSERT INTO resolutions (fingerprint, timestamp, rule, patch, verified, fix_commit, context)"
        " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (fingerprint, rule, patch) DO UPDATE SET"
        " timestamp = MAX(timestamp, excluded.timestamp), verified = MAX(verified, excluded.verified),"
        " fix_commit = COALESCE(excluded.fix_commit, fix_commit), context = excluded.context",
        (
            fingerprint,
            resolution.timestamp,
            resolution.rule,
            resolution.patch,
            resolution.verified,
            resolution.fix_commit,
            _encode(resolution.context),
        ),
    )


def _encode(value: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> str:
    try:
        return msgspec.json.encode(value).decode()
    except (TypeError, ValueError, msgspec.MsgspecError) as error:
        raise StoreError(f"The context of an error holds what cannot be stored: {error}.") from error


def _decode(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except msgspec.MsgspecError as error:
        raise StoreError(f"A stored error cannot be read: {error}.") from error
