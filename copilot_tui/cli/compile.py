"""``copilot-tui compile``: the judge alone: build and test a code base, and print what failed, parsed."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import click

from copilot_tui.build.detect import BuildRecipe, detect
from copilot_tui.build.judge import BuildEvent, build_and_test
from copilot_tui.cli.consent import with_consent
from copilot_tui.cli.diagnose import diagnostic_object, diagnostic_text
from copilot_tui.cli.output import data, json_line, say
from copilot_tui.console.progress_line import ProgressLine
from copilot_tui.core.artefacts import BuildReport, to_json
from copilot_tui.core.cancellation import CancelToken
from copilot_tui.core.config import BuildSettings
from copilot_tui.core.errors import ExitCode, UsageError
from copilot_tui.core.events import BuildStepStarted, DiagnosticFound
from copilot_tui.store.settings import load_settings


@click.command(name="compile")
@click.option("--source", type=click.Path(path_type=Path), default=".", help="The code base (default: here).")
@click.option("--project", metavar="NAME", default="", help="Use the commands of [projects.NAME].")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line, the verdict last.")
def command(source: Path, project: str, as_json: bool) -> int:
    """Build and test a code base with its own tools; print what failed, parsed.

    Exit code 0 when everything is green, 1 when not, 2 for a wrong folder, 4 when a tool is missing.
    """
    if not source.is_dir():
        raise UsageError(f"There is no folder {source}.", "Name the folder of a code base with --source.")
    settings = with_consent(load_settings(source))
    if project and project not in settings.projects:
        known = ", ".join(sorted(settings.projects)) or "none is configured"
        raise UsageError(f"No project {project!r} is configured.", f"Known: {known}.")
    recipe = detect(source, settings.build, settings.project(project))
    say(f"Building {source.resolve()}: {recipe.origin}.")
    report = asyncio.run(_build(source, recipe, settings.build, as_json))
    if as_json:
        whole = to_json(report)
        keys = ("compiled", "success", "reason", "seconds", "tests")
        json_line({"type": "build", **{key: whole[key] for key in keys}})
    else:
        _say_tail(report)
    say(f"{'Good' if report.success else 'Not good'} after {report.seconds:.1f} s: {report.reason}.")
    return ExitCode.DONE if report.success else ExitCode.NOT_SOLVED


async def _build(source: Path, recipe: BuildRecipe, settings: BuildSettings, as_json: bool) -> BuildReport:
    cancel = CancelToken()
    progress = ProgressLine("Running")

    def show(event: BuildEvent) -> None:
        if isinstance(event, BuildStepStarted):
            progress.close()
            say(f"{event.kind}: {' '.join(event.command)}")
        elif isinstance(event, DiagnosticFound):
            progress.close()
            if as_json:
                json_line(diagnostic_object(event.diagnostic))
            else:
                data(diagnostic_text(event.diagnostic))
        else:
            progress.update(f"{event.what} ({event.done:.0f} s)")

    loop = asyncio.get_running_loop()
    # Ctrl+C reaches only this process, since the build has a session of its own: it is told to stop.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, cancel.cancel)
    try:
        return await build_and_test(source, recipe, settings, cancel, show)
    finally:
        progress.close()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.remove_signal_handler(number)


_TAIL_LINES = 20


def _say_tail(report: BuildReport) -> None:
    """Where nothing could be parsed, the last lines of the step that failed are all there is to show."""
    failed = next((step for step in report.steps if step.exit_code != 0), None)
    if failed is None or report.errors:
        return
    lines = (failed.stdout + failed.stderr).rstrip().splitlines()[-_TAIL_LINES:]
    if lines:
        say("Nothing in the output was recognised as an error; its end:")
        say("\n".join(f"  {line}" for line in lines))
