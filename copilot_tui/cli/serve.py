"""``copilot-tui serve [DIR]``: the app in a browser on this machine."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import click

from copilot_tui.cli.options import flags_for
from copilot_tui.core.errors import UsageError

SERVER = "copilot_tui.serve.server"


@click.command(name="serve")
@click.argument("source", metavar="[DIR]", type=click.Path(path_type=Path), default=".")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Default: any that is free.")
@click.option("--logs", type=click.Path(path_type=Path), help="Where the state goes, if not the usual place.")
@click.option("--model", metavar="NAME", help="Model for both roles: a name, or a path to a file.")
@click.option("--set", "assignments", multiple=True, metavar="KEY=VALUE", help="Set any key of config.toml.")
def command(
    source: Path, port: int, logs: Path | None, model: str | None, assignments: tuple[str, ...]
) -> int:
    """Serve the app on the code base at DIR (default: here) to a browser on this machine.

    Prints the address, which holds a secret token: open it in a browser. Only 127.0.0.1 is served.
    Ctrl+C ends it; the session can be resumed.
    """
    if not source.is_dir():
        raise UsageError(f"{source} is not a folder.", "Name the folder that holds the code base.")
    flags_for(assignments, model=model)  # what is wrong with them is told here, not in a browser
    options = [part for assignment in assignments for part in ("--set", assignment)]
    options += ["--model", model] if model is not None else []
    code: int = import_module(SERVER).serve_app(source.resolve(), logs, port, options)
    return code
