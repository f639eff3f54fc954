"""``copilot-tui demo``: the whole loop on a small C library that ships with the program."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Sequence
from importlib.resources import as_file, files
from pathlib import Path

import click

from copilot_tui.cli.consent import with_consent
from copilot_tui.cli.models_needed import with_installed_models
from copilot_tui.cli.open import open_app
from copilot_tui.cli.options import flags_for, model_options, settings_for
from copilot_tui.cli.output import say
from copilot_tui.cli.working import WorkOptions, print_results, work_on
from copilot_tui.core.artefacts import Task
from copilot_tui.core.cancellation import CancelToken
from copilot_tui.core.errors import UsageError
from copilot_tui.session.manager import SessionManager, Workplace
from copilot_tui.session.tasks import find_tasks


@click.command(name="demo")
@click.argument("max_iterations", type=click.IntRange(1, 1000), default=5)
@click.option(
    "--directory", type=click.Path(path_type=Path), help="Where to copy it (default: a new temporary folder)."
)
@click.option("--app", "in_app", is_flag=True, help="Open the app on the copy instead; needs a terminal.")
@click.option("--json", "as_json", is_flag=True, help="Print every event as one line of JSON.")
@click.option("--yes", "-y", is_flag=True, help="Fetch the model without asking.")
@model_options
def command(
    max_iterations: int,
    directory: Path | None,
    in_app: bool,
    as_json: bool,
    yes: bool,
    model: str | None,
    samples: int | None,
    seed: int,
    assignments: tuple[str, ...],
) -> int:
    """Copy the demo library and work through its open tasks, at most MAX_ITERATIONS each (default 5).

    The copy stays, so that you can look at what was written. Exit status: 0 when the tasks were worked
    through, whether or not the model solved each of them; 3 no usable model; 4 no compiler.
    """
    settings = settings_for(None, assignments, model=model, samples=samples)
    settings = with_installed_models(settings, yes=yes)
    if not in_app:
        settings = with_consent(settings)
    source = copy_demo(directory)
    say(f"The demo library is in {source}")
    logs = source.parent / f"{source.name}-state"
    if in_app:
        return open_app(source, logs, flags_for(assignments, model=model, samples=samples))
    place = Workplace.at(source, logs, "textkit")

    async def tasks(manager: SessionManager, stop: CancelToken) -> Sequence[Task]:
        return await asyncio.to_thread(find_tasks, manager.index, (), stop)

    results = work_on(place, settings, tasks, WorkOptions(max_iterations, seed, as_json))
    if not as_json:
        print_results(results)
    interrupted = any(entry.error is not None for entry in results.entries)
    return results.exit_code if interrupted else 0


def copy_demo(directory: Path | None) -> Path:
    """A fresh copy of the packaged library, in ``directory`` or a new temporary folder.

    Raises UsageError when the folder exists already or cannot be made.
    """
    target = directory or Path(tempfile.mkdtemp(prefix="copilot-tui-demo-")) / "textkit"
    with as_file(files("copilot_tui") / "demo") as packaged:
        try:
            shutil.copytree(packaged, target)
        except FileExistsError as error:
            raise UsageError(
                f"{target} exists already; nothing was changed.", "Name a folder that does not exist yet."
            ) from error
        except (OSError, shutil.Error) as error:
            raise UsageError(
                f"The demo cannot be copied to {target}: {error}.", "Name another folder with --directory."
            ) from error
    return target
