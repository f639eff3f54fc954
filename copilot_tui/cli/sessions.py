"""``copilot-tui sessions``: what was done here, and going on with it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from copilot_tui.cli.models_needed import with_installed_models
from copilot_tui.cli.options import settings_for
from copilot_tui.cli.output import data, json_events, json_line, say
from copilot_tui.cli.working import WorkOptions, print_results
from copilot_tui.cli.working import resume as resume_session
from copilot_tui.console.narrator import Narrator, summary_line
from copilot_tui.core.errors import UsageError
from copilot_tui.core.state import fold
from copilot_tui.core.text import printable_line
from copilot_tui.session.export import export_json, export_markdown
from copilot_tui.session.manager import Workplace
from copilot_tui.session.replay import timed
from copilot_tui.store.database import Database
from copilot_tui.store.lock import WriterLock
from copilot_tui.store.sessions import SessionStore

source_option = click.option(
    "--source", type=click.Path(path_type=Path), default=".", help="The code base (default: here)."
)
logs_option = click.option(
    "--logs", type=click.Path(path_type=Path), help="Its state directory, if not the usual one."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group(name="sessions")
def command() -> None:
    """List, show, resume, branch, export, replay or remove the sessions of a code base.

    SESSION is an id, a beginning of one that fits no other, or "last".
    """


@contextmanager
def _reading(source: Path, logs: Path | None) -> Iterator[SessionStore]:
    """The store, for reading only: works while another process has the lock."""
    place = Workplace.at(source, logs)
    with Database.open(place.state, read_only=True) as database:
        _tell(database)
        yield SessionStore(database)


@contextmanager
def _writing(source: Path, logs: Path | None) -> Iterator[SessionStore]:
    place = Workplace.at(source, logs)
    with WriterLock(place.state), Database.open(place.state) as database:
        _tell(database)
        yield SessionStore(database)


def _tell(database: Database) -> None:
    """Say what opening it left to say, such as that it was damaged and is rebuilt from the logs."""
    for notice in database.notices:
        say(notice)


@command.command("list")
@source_option
@logs_option
@json_option
def list_sessions(source: Path, logs: Path | None, as_json: bool) -> int:
    """The sessions of a code base, newest first."""
    with _reading(source, logs) as store:
        overviews = store.overviews()
    for overview in overviews:
        if as_json:
            json_line(overview)
        else:
            title = printable_line(overview.title or overview.task)[:60]
            begun = overview.started_at[:19]
            data(f"{overview.id}  {begun}  {overview.status:11} {overview.iterations:3}  {title}")
    if not overviews and not as_json:
        say("No sessions yet.")
    return 0


@command.command("show")
@click.argument("session")
@source_option
@logs_option
@json_option
def show(session: str, source: Path, logs: Path | None, as_json: bool) -> int:
    """What a session did: attempts, verdicts, figures."""
    with _reading(source, logs) as store:
        records = store.records(store.resolve(session))
    state = fold(records)
    if as_json:
        json_line(state)
        return 0
    data(f"{state.session}  {state.status}\n{state.task.text}")
    for attempt in state.attempts:
        verdict = attempt.build.reason if attempt.build else "not built"
        data(f"  iteration {attempt.iteration}, candidate {attempt.candidate.number}: {verdict}")
    if state.summary is not None:
        data(summary_line(state.summary))
    return 0


@command.command("resume")
@click.argument("session", default="last")
@click.argument("max_iterations", type=click.IntRange(1, 1000), required=False)
@source_option
@logs_option
@click.option("--yes", "-y", is_flag=True, help="Fetch a missing model without asking.")
@click.option("--set", "assignments", multiple=True, metavar="KEY=VALUE", help="Set any key of config.toml.")
@json_option
def resume(
    session: str,
    max_iterations: int | None,
    source: Path,
    logs: Path | None,
    yes: bool,
    assignments: tuple[str, ...],
    as_json: bool,
) -> int:
    """Go on where a session stopped, was stopped or was killed."""
    with _reading(source, logs) as store:
        identifier = store.resolve(session)
        project = fold(store.records(identifier)).project
    settings = with_installed_models(settings_for(source, assignments), yes=yes)
    place = Workplace.at(source, logs, project)
    limit = max_iterations or settings.session.max_iterations
    results = resume_session(place, settings, identifier, WorkOptions(limit, as_json=as_json))
    if not as_json:
        print_results(results)
    return results.exit_code


@command.command("branch")
@click.argument("session")
@click.argument("sequence", type=click.IntRange(1), metavar="SEQ")
@source_option
@logs_option
def branch(session: str, sequence: int, source: Path, logs: Path | None) -> int:
    """Copy a session up to its event number SEQ; prints the new id."""
    with _writing(source, logs) as store:
        data(store.branch(store.resolve(session), sequence))
    return 0


@command.command("export")
@click.argument("session")
@click.argument("file", type=click.Path(path_type=Path), required=False)
@source_option
@logs_option
@json_option
def export(session: str, file: Path | None, source: Path, logs: Path | None, as_json: bool) -> int:
    """Write a session as Markdown, or with --json as event lines, to FILE or to stdout."""
    with _reading(source, logs) as store:
        records = store.records(store.resolve(session))
    text = export_json(records) if as_json else export_markdown(records)
    if file is None:
        click.echo(text, nl=False)
        return 0
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {error.strerror}.") from error
    say(f"Wrote {file}.")
    return 0


@command.command("replay")
@click.argument("session", default="last")
@source_option
@logs_option
@click.option(
    "--speed", type=click.FloatRange(0), default=0.0, help="1 is the original timing, 0 (default) no waiting."
)
@json_option
def replay(session: str, source: Path, logs: Path | None, speed: float, as_json: bool) -> int:
    """Show a session again, event by event, as it was shown when it ran."""
    with _reading(source, logs) as store:
        records = store.records(store.resolve(session))
    show_record = json_events if as_json else Narrator()
    for wait, record in timed(records, speed):
        time.sleep(wait)
        show_record(record)
    return 0


@command.command("remove")
@click.argument("session")
@source_option
@logs_option
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
def remove(session: str, source: Path, logs: Path | None, yes: bool) -> int:
    """Delete a session from the store. What it wrote into the code base stays."""
    with _writing(source, logs) as store:
        identifier = store.resolve(session)
        if not yes:
            click.confirm(f"Delete session {identifier}?", abort=True, err=True)
        store.remove(identifier)
    say(f"Removed {identifier}.")
    return 0
