"""``copilot-tui [DIR]``: open the full-screen app on a code base.

The app's module is found by its name when it is opened, as every command is: no frontend imports
another, and no other command pays for loading this one.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from copilot_tui.cli.consent import consent_flags
from copilot_tui.cli.options import flags_for
from copilot_tui.core.errors import UsageError

DRIVER = "TEXTUAL_DRIVER"
"""Set where something else than a terminal shows the app: a browser, by ``copilot-tui serve``."""

FRONTEND = "copilot_tui.tui.app"


@click.command(name="open")
@click.argument("source", metavar="[DIR]", type=click.Path(path_type=Path), default=".")
@click.option("--logs", type=click.Path(path_type=Path), help="Where the state goes, if not the usual place.")
@click.option("--model", metavar="NAME", help="Model for both roles: a name, or a path to a file.")
@click.option("--set", "assignments", multiple=True, metavar="KEY=VALUE", help="Set any key of config.toml.")
def command(source: Path, logs: Path | None, model: str | None, assignments: tuple[str, ...]) -> int:
    """Open the full-screen app on the code base at DIR (default: here).

    "copilot-tui DIR" means the same. Without a terminal use copilot-tui run.
    """
    if not source.is_dir():
        raise UsageError(f"{source} is not a folder.", "Name the folder that holds the code base.")
    if DRIVER not in os.environ and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError(
            "The app needs a terminal, and there is none here.",
            "Without one: copilot-tui run PROJECT --task TEXT.",
        )
    if DRIVER not in os.environ and not sys.stderr.isatty():
        raise UsageError(
            "The app draws on standard error, which goes elsewhere here, so the screen would stay empty.",
            "Leave out the 2> redirection; what goes wrong is on the screen and in a crash report.",
        )
    return open_app(source, logs, flags_for(assignments, model=model))


def open_app(source: Path, logs: Path | None, flags: Mapping[str, Any]) -> int:
    """Run the app until the person leaves it; returns the exit status."""
    flags = {**flags, **({} if DRIVER in os.environ else consent_flags(source, flags))}
    gc.disable()  # until the code base is open: what is loaded for the start is no garbage
    code: int = import_module(FRONTEND).open_app(source.resolve(), logs, dict(flags))
    return code
