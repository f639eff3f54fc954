"""Errors by fingerprint: how often each was seen, where, and what cleared it.

The exported form is the one that the seed's users know:
``{hash: {message, first_seen, occurrences, contexts[], resolutions[{timestamp, resolution,
fix_commit}], status}}``, with ``last_seen`` and ``counts`` added to an error and ``patch``, ``verified``,
``context`` and ``counts`` to a resolution. What is counted is counted apart for each database that counts
(its origin), so that merging is a join: in any order, any number of times, the result is the same
(``error_merging``).
"""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import msgspec

from copilot_tui.core.errors import StoreError, UsageError
from copilot_tui.store.clock import timestamp
from copilot_tui.store.error_merging import (
    MAX_CONTEXTS,
    RESOLVED,
    UNRESOLVED,
    ErrorEntry,
    Resolution,
    entries_of,
    exported,
    merged,
)
from copilot_tui.store.plain_text import plain

if TYPE_CHECKING:
    from copilot_tui.store.database import Database

__all__ = ["MAX_CONTEXTS", "RESOLVED", "UNRESOLVED", "ErrorEntry", "ErrorStore", "Resolution"]


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
            origin = _origin(connection)
            counts = dict(known.counts) if known else {}
            counts[origin] = counts.get(origin, 0) + 1
            entry = ErrorEntry(
                fingerprint=fingerprint,
                message=known.message if known else message,
                first_seen=known.first_seen if known else time,
                last_seen=time,
                status=known.status if known else UNRESOLVED,
                contexts=(*(known.contexts if known else ()), {**context, "time": time})[-MAX_CONTEXTS:],
                counts=counts,
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
            known = _load(connection, fingerprint)
            if known is None:
                raise StoreError(f"The error {fingerprint} was never recorded, so it cannot be resolved.")
            old = next((r for r in known.resolutions if (r.rule, r.patch) == (rule, patch)), None)
            if old is not None:
                resolution = replace(
                    resolution,
                    verified=verified or old.verified,
                    fix_commit=resolution.fix_commit or old.fix_commit,
                    counts=old.counts,
                )
            _save_resolution(connection, fingerprint, resolution)
            if verified:
                connection.execute(
                    "UPDATE errors SET status = ? WHERE fingerprint = ?", (RESOLVED, fingerprint)
                )

    def count(
        self, fingerprint: str, rule: str, patch: str, *, hits: int = 0, successes: int = 0, harm: int = 0
    ) -> Resolution | None:
        """Add to what a fix did; the fix with its counts, or None where it is not known (any more)."""
        rule, patch = plain(rule), plain(patch)
        with self._database.transaction() as connection:
            entry = _load(connection, fingerprint)
            known = next(
                (r for r in (entry.resolutions if entry else ()) if (r.rule, r.patch) == (rule, patch)), None
            )
            if known is None:
                return None
            origin = _origin(connection)
            counted = known.counts.get(origin, (0, 0, 0))
            added = (hits, successes, harm)
            total = tuple(old + new for old, new in zip(counted, added, strict=True))
            resolution = replace(known, counts={**known.counts, origin: (total[0], total[1], total[2])})
            _save_resolution(connection, fingerprint, resolution)
        return resolution

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
        return {entry.fingerprint: exported(entry) for entry in self.entries()}

    def merge(self, data: Any) -> int:
        """Take over an export; how many errors are new or changed.

        Raises :class:`UsageError` that names what does not fit the form; then nothing is merged.
        """
        try:
            imported = entries_of(plain(data))
        except (TypeError, RecursionError, msgspec.MsgspecError) as error:
            raise UsageError(
                f"This is no export of errors: {error}.",
                "The form is that of `copilot-tui errors export`.",
            ) from error
        changed = 0
        with self._database.transaction() as connection:
            for entry in imported:
                known = _load(connection, entry.fingerprint)
                together = merged(known, entry) if known is not None else entry
                _save(connection, together)
                for resolution in together.resolutions:
                    _save_resolution(connection, entry.fingerprint, resolution)
                changed += together != known
        return changed


def _origin(connection: sqlite3.Connection) -> str:
    """The name under which this database counts, drawn at its first count."""
    row = connection.execute("SELECT name FROM origin").fetchone()
    if row is None:
        row = (secrets.token_hex(8),)
        connection.execute("INSERT INTO origin (name) VALUES (?)", row)
    return str(row[0])


def _load(connection: sqlite3.Connection, fingerprint: str) -> ErrorEntry | None:
    row = connection.execute(
        "SELECT message, first_seen, last_seen, counts, status, contexts FROM errors WHERE fingerprint = ?",
        (fingerprint,),
    ).fetchone()
    if row is None:
        return None
    found = connection.execute(
        "SELECT rule, patch, verified, timestamp, fix_commit, context, counts FROM resolutions"
        " WHERE fingerprint = ? ORDER BY timestamp, number",
        (fingerprint,),
    ).fetchall()
    resolutions = tuple(
        Resolution(rule, patch, bool(verified), time, commit, _decode(context), _counts(counts))
        for rule, patch, verified, time, commit, context, counts in found
    )
    message, first, last, counted, status, contexts = row
    return ErrorEntry(
        fingerprint, message, first, last, status, tuple(_decode(contexts)), resolutions, _decode(counted)
    )


def _counts(text: str) -> dict[str, tuple[int, int, int]]:
    return {origin: (hits, good, harm) for origin, (hits, good, harm) in _decode(text).items()}


def _save(connection: sqlite3.Connection, entry: ErrorEntry) -> None:
    connection.execute(
        "INSERT INTO errors"
        " (fingerprint, message, first_seen, last_seen, occurrences, contexts, status, counts)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (fingerprint) DO UPDATE SET message = excluded.message,"
        " first_seen = excluded.first_seen, last_seen = excluded.last_seen,"
        " occurrences = excluded.occurrences, contexts = excluded.contexts, status = excluded.status,"
        " counts = excluded.counts",
        (
            entry.fingerprint,
            entry.message,
            entry.first_seen,
            entry.last_seen,
            entry.occurrences,
            _encode(entry.contexts),
            entry.status,
            _encode(entry.counts),
        ),
    )


def _save_resolution(connection: sqlite3.Connection, fingerprint: str, resolution: Resolution) -> None:
    connection.execute(
        "INSERT INTO resolutions"
        " (fingerprint, timestamp, rule, patch, verified, fix_commit, context, counts)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (fingerprint, rule, patch) DO UPDATE SET"
        " timestamp = excluded.timestamp, verified = excluded.verified,"
        " fix_commit = excluded.fix_commit, context = excluded.context, counts = excluded.counts",
        (
            fingerprint,
            resolution.timestamp,
            resolution.rule,
            resolution.patch,
            resolution.verified,
            resolution.fix_commit,
            _encode(resolution.context),
            _encode(resolution.counts),
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
