"""The ``copilot-tui`` command: finds the command's module, maps errors to exit codes.

Command modules are imported only when they are called, so that ``--version`` and completion start in
a fraction of a second. Adding a command is one line in ``COMMANDS`` and one file.
"""

from __future__ import annotations

import difflib
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import click

import copilot_tui
from copilot_tui.cli.output import fail
from copilot_tui.core.errors import CopilotError, ExitCode

COMMANDS = {
    "open": ("open", "Open the full-screen app on a code base (the default)."),
    "repl": ("repl", "The same commands at a plain prompt, in any terminal or in a pipe."),
    "serve": ("serve", "The app in a browser on this machine, behind a secret address."),
    "run": ("run", "Work on a task, or on the tasks of a project, through all six phases."),
    "demo": ("demo", "Work through the tasks of a small C library that ships with the program."),
    "explore": ("explore", "Find the files and functions that matter for a query."),
    "compile": ("compile", "Build and test a code base; print what failed, parsed."),
    "diagnose": ("diagnose", "Parse the output of a compiler or test runner."),
    "sessions": ("sessions", "List, show, resume, branch, export, replay or remove sessions."),
    "models": ("models", "List, recommend, fetch, inspect or remove models."),
    "errors": ("errors", "What was learnt about errors and their fixes."),
    "index": ("index", "Build, inspect or query the search index of a code base."),
    "breadcrumbs": ("breadcrumbs", "List, check or draw the AI breadcrumbs of a code base."),
    "config": ("config", "Show, locate or import configuration."),
    "doctor": ("doctor", "Report what was found on this machine, and what to do about the rest."),
}
"""Command name to (module in ``copilot_tui.cli``, one-line help). The object is ``command``."""


class LazyGroup(click.Group):
    """A group that imports a command's module when the command is called."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, with_default_command(args))

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"copilot_tui.cli.{COMMANDS[cmd_name][0]}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0] if args else ""
        if name and name not in COMMANDS and not name.startswith("-"):
            near = difflib.get_close_matches(name, COMMANDS, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else " See copilot-tui --help."
            ctx.fail(f"No such command {name!r}.{hint}")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            # The reader of our stdout left (`| head`); there is nobody to tell. Caught here, for
            # click's own main would call it a failure.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return ExitCode.DONE

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


def with_default_command(arguments: list[str]) -> list[str]:
    """``open`` put before arguments that name a folder instead of a command, or that are none at all.

    Without a terminal no arguments keep their usual meaning, the help.
    """
    if not arguments:
        return ["open"] if sys.stdin.isatty() and sys.stdout.isatty() else []
    first = arguments[0]
    if first not in COMMANDS and not first.startswith("-") and Path(first).is_dir():
        return ["open", *arguments]
    return arguments


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    subcommand_metavar="[DIR] | COMMAND [ARGS]...",
)
@click.version_option(copilot_tui.__version__, "--version", prog_name="copilot-tui")
def command() -> None:
    """A local-first coding copilot for the terminal.

    Six phases (explore, reason, generate, review, compile, learn) work on a task with a model on
    this machine, until the code base's own compiler and tests are content. Nothing leaves it.
    """


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and leave the process with the documented exit code."""
    code = _run(arguments)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            # A closed pipe, or a terminal that is gone: nobody reads what is still to be written. Left
            # alone, Python would fail at it again and end with status 120.
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    sys.exit(code)


def _run(arguments: list[str] | None) -> int:
    """Call the command; its exit code, or the one that belongs to the error it raised."""
    try:
        result: Any = command.main(args=arguments, standalone_mode=False)
    except CopilotError as error:
        fail(error)
        return error.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return ExitCode.USAGE
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        click.echo("Interrupted.", err=True)
        return ExitCode.INTERRUPTED
    return result if isinstance(result, int) else ExitCode.DONE
