"""``copilot-tui run``: the whole loop without a screen."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from copilot_tui.cli.consent import with_consent
from copilot_tui.cli.models_needed import with_installed_models
from copilot_tui.cli.options import model_options, settings_for
from copilot_tui.cli.output import say
from copilot_tui.cli.working import WorkOptions, print_results, work_on
from copilot_tui.console.progress_line import ProgressLine
from copilot_tui.core.artefacts import Task
from copilot_tui.core.cancellation import CancelToken
from copilot_tui.core.errors import UsageError
from copilot_tui.core.text import printable_line
from copilot_tui.session.manager import SessionManager, Workplace, check_source
from copilot_tui.session.tasks import find_tasks, project_directories


@click.command(name="run")
@click.argument("project")
@click.argument("max_iterations", type=click.IntRange(1, 1000), required=False)
@click.argument("source", type=click.Path(path_type=Path), default=".")
@click.argument("logs", type=click.Path(path_type=Path), required=False)
@click.option("--task", metavar="TEXT", help="Work on this instead of the project's breadcrumb tasks.")
@click.option("--json", "as_json", is_flag=True, help="Print every event as one line of JSON.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask before changing the code base.")
@model_options
def command(
    project: str,
    max_iterations: int | None,
    source: Path,
    logs: Path | None,
    task: str | None,
    as_json: bool,
    yes: bool,
    model: str | None,
    samples: int | None,
    seed: int,
    assignments: tuple[str, ...],
) -> int:
    """Work on the open tasks of PROJECT, each for at most MAX_ITERATIONS iterations (default 10).

    PROJECT is a name from [projects.NAME] in the configuration, a folder of the code base, or "."
    for all of it. Its tasks are the breadcrumbs that are PARTIAL or NOT_STARTED. SOURCE is the code
    base (default: here), LOGS where the state and the logs go.

    Exit status: 0 all solved, 1 not all solved, 2 wrong usage or no task, 3 no usable model,
    4 a build tool is missing, 130 interrupted.
    """
    check_source(source)
    if task is not None and not task.strip():
        raise UsageError("The task is empty.", "Say what to do: --task 'add a function that ...'.")
    settings = settings_for(source, assignments, model=model, samples=samples)
    directories = project_directories(project, source, settings)
    settings = with_consent(with_installed_models(settings, yes=yes))
    place = Workplace.at(source, logs, project)

    async def tasks(manager: SessionManager, stop: CancelToken) -> Sequence[Task]:
        if task is not None:
            return (Task(task.strip()),)
        line = ProgressLine("Looking for tasks")
        found = await asyncio.to_thread(find_tasks, manager.index, directories, stop, line.advance)
        line.close()
        if not found:
            raise UsageError(
                f"{source} holds no open task: no breadcrumb there is PARTIAL or NOT_STARTED.",
                "State one with --task TEXT, or add a breadcrumb (docs/breadcrumbs.md).",
            )
        _announce(found, source, ask=not yes and not as_json)
        return found

    limit = max_iterations or settings.session.max_iterations
    results = work_on(place, settings, tasks, WorkOptions(limit, seed, as_json))
    if not as_json:
        print_results(results)
    return results.exit_code


def _announce(tasks: Sequence[Task], source: Path, *, ask: bool) -> None:
    """Say what will be worked on; in a terminal, ask."""
    say(f"{len(tasks)} open tasks in {source}:")
    for task in tasks:
        say(f"  {task.phase or '-'}: {task.symbol or ''} ({task.path}:{task.line})")
        say(f"      {printable_line(task.text)[:100]}")
    if ask and sys.stdin.isatty() and not _confirmed("Work on them?"):
        raise click.Abort


def _confirmed(question: str) -> bool:
    """Ask at the terminal. The loop waits meanwhile, so Ctrl+C has to interrupt the question itself."""
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return click.confirm(question, default=True, err=True)
    finally:
        signal.signal(signal.SIGINT, handler)
