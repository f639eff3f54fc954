"""``copilot-tui errors``: what was learnt about errors here, and carrying it to another machine."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click
import msgspec

from copilot_tui.cli.output import data, json_line, say
from copilot_tui.core.errors import UsageError
from copilot_tui.core.text import printable_line
from copilot_tui.memory.trends import TYPES, SessionTrend, halves, session_trend
from copilot_tui.store.database import Database
from copilot_tui.store.errors import ErrorEntry, ErrorStore
from copilot_tui.store.files import write_atomically
from copilot_tui.store.locations import state_directory
from copilot_tui.store.lock import WriterLock
from copilot_tui.store.sessions import SessionStore

_SHOWN_HASH = 10
_SHOWN_MESSAGE = 70

Command = TypeVar("Command", bound=Callable[..., Any])


def _place_options(command: Command) -> Command:
    """Which code base, and where its state is."""
    path = click.Path(path_type=Path)
    logs = click.option("--logs", type=path, help="Its state directory, if not the usual one.")
    source = click.option("--source", type=path, default=".", show_default=True, help="The code base.")
    return source(logs(command))


_json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object per line.")


@click.group("errors")
def command() -> None:
    """What was learnt about errors and their fixes."""


@command.command("list")
@_place_options
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="At most so many.")
@_json_option
def list_errors(source: Path, logs: Path | None, limit: int | None, as_json: bool) -> None:
    """The errors seen in a code base, most frequent first."""
    with _reading(source, logs) as store:
        entries = store.entries(limit)
    for entry in entries:
        if as_json:
            json_line(_as_json(entry))
            continue
        message = printable_line(entry.message)[:_SHOWN_MESSAGE]
        fix = "fix known" if entry.verified_resolution else ""
        data(f"{entry.fingerprint[:_SHOWN_HASH]}  {entry.occurrences:4}  {fix:9}  {message}")
    if not entries:
        say("No errors were seen in this code base yet.")


@command.command("show")
@click.argument("hash_prefix", metavar="HASH")
@_place_options
@_json_option
def show(hash_prefix: str, source: Path, logs: Path | None, as_json: bool) -> None:
    """One error: where it was seen, and what cleared it. A beginning of HASH that fits no other will do."""
    with _reading(source, logs) as store:
        entry = _find(store, hash_prefix)
    if as_json:
        json_line(_as_json(entry))
        return
    data(f"{entry.fingerprint}  {entry.status}\n{printable_line(entry.message)}")
    data(f"seen {entry.occurrences} times, first {entry.first_seen}, last {entry.last_seen}")
    for context in entry.contexts:
        data("  " + printable_line(", ".join(f"{key}={value}" for key, value in context.items())))
    for known in entry.resolutions:
        verdict = "verified by a green build" if known.verified else "not verified"
        record = f"tried or told {known.hits} times, helped {known.successes}, did harm {known.harm}"
        data(f"\n{known.timestamp}  {verdict}; {record}\n{known.rule}\n{known.patch}".rstrip())


@command.command("stats")
@_place_options
@click.option("--limit", type=click.IntRange(min=1), default=10, show_default=True, metavar="N")
@_json_option
def stats(source: Path, logs: Path | None, limit: int, as_json: bool) -> None:
    """What the memory did: errors, fixes and their record, and the newest sessions (at most N)."""
    with Database.open(_state(source, logs), read_only=True) as database:
        _tell(database)
        entries = ErrorStore(database).entries()
        sessions = SessionStore(database).records_of(TYPES)
    trends = [session_trend(session, records) for session, records in sessions.items()]
    if as_json:
        json_line({**_totals(entries), "sessions": [msgspec.to_builtins(trend) for trend in trends]})
        return
    totals = _totals(entries)
    data(
        f"errors    {totals['errors']} kinds, seen {totals['seen']} times; "
        f"a fix is known for {totals['with_fix']}"
    )
    data(
        f"fixes     {totals['fixes']} verified; tried or told {totals['hits']} times, "
        f"helped {totals['successes']}, did harm {totals['harm']}"
    )
    for trend in trends[-limit:]:
        data(_trend_line(trend))
    both = halves(trends)
    if both is not None:
        data(f"trend     {both[0]:.1f} errors a session in the older half, {both[1]:.1f} in the newer")
    if not trends:
        say("No session was held in this code base yet.")


def _totals(entries: list[ErrorEntry]) -> dict[str, int]:
    fixes = [known for entry in entries for known in entry.resolutions if known.verified]
    return {
        "errors": len(entries),
        "seen": sum(entry.occurrences for entry in entries),
        "with_fix": sum(entry.verified_resolution is not None for entry in entries),
        "fixes": len(fixes),
        "hits": sum(known.hits for known in fixes),
        "successes": sum(known.successes for known in fixes),
        "harm": sum(known.harm for known in fixes),
    }


def _trend_line(trend: SessionTrend) -> str:
    return (
        f"{trend.started_at[:16]}  {trend.status:9} {trend.attempts:3} candidates {trend.errors:4} errors  "
        f"{trend.mended} of {trend.repairs} mended without a model ({trend.from_memory} from memory)  "
        f"{trend.helped} of {trend.lessons} lessons helped"
    )


@command.command("export")
@click.argument("file", type=click.Path(path_type=Path), required=False)
@_place_options
def export(file: Path | None, source: Path, logs: Path | None) -> None:
    """Write all errors and fixes as one JSON object to FILE (default: stdout)."""
    with _reading(source, logs) as store:
        exported = store.export()
    if file is None or str(file) == "-":
        json_line(exported)
        return
    text = msgspec.json.format(msgspec.json.encode(exported), indent=2) + b"\n"
    if file.is_dir():
        raise UsageError(f"{file} is a folder.", "Give the name of a file.")
    write_atomically(file, text)
    say(f"{len(exported)} errors written to {file}.")


@command.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@_place_options
def import_errors(file: Path, source: Path, logs: Path | None) -> None:
    """Merge the errors and fixes in FILE ("-": stdin), as `export` wrote them. Twice does no harm."""
    content = _read_json(file)
    directory = _state(source, logs)
    with WriterLock(directory), Database.open(directory) as database:
        _tell(database)
        changed = ErrorStore(database).merge(content)
    say(f"{changed} errors are new or know more now.")


@contextmanager
def _reading(source: Path, logs: Path | None) -> Iterator[ErrorStore]:
    """The store for reading; works while another process writes."""
    with Database.open(_state(source, logs), read_only=True) as database:
        _tell(database)
        yield ErrorStore(database)


def _state(source: Path, logs: Path | None) -> Path:
    if not source.is_dir():
        raise UsageError(f"{source} is not a folder.", "Give the folder of a code base with --source.")
    return state_directory(source, logs)


def _tell(database: Database) -> None:
    for notice in database.notices:
        say(notice)


def _find(store: ErrorStore, prefix: str) -> ErrorEntry:
    wanted = prefix.strip().lower()
    found = [entry for entry in store.entries() if entry.fingerprint.startswith(wanted)]
    if not wanted or not found:
        raise UsageError(f"No error has the hash {prefix!r}.", "See copilot-tui errors list.")
    if len(found) > 1:
        shown = ", ".join(entry.fingerprint for entry in found[:5])
        raise UsageError(f"{len(found)} errors begin with {prefix!r}: {shown}.", "Give more digits.")
    return found[0]


def _as_json(entry: ErrorEntry) -> dict[str, Any]:
    fields: dict[str, Any] = msgspec.to_builtins(entry)
    return {"hash": fields.pop("fingerprint"), "occurrences": entry.occurrences, **fields}


def _read_json(file: Path) -> Any:
    try:
        content = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
        return msgspec.json.decode(content)
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}.", "Give a file to import.") from error
    except msgspec.DecodeError as error:
        raise UsageError(
            f"{file} is no JSON file: {error}.", "Give one that `copilot-tui errors export` wrote."
        ) from error
