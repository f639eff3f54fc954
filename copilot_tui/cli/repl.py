"""``copilot-tui repl [DIR]``: the commands of the app at a plain prompt.

As with the app, the module behind it is found by its name, so no other command pays for loading it.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from copilot_tui.cli.consent import consent_flags
from copilot_tui.cli.options import flags_for

FRONTEND = "copilot_tui.repl.conversation"


@click.command(name="repl")
@click.argument("source", metavar="[DIR]", type=click.Path(path_type=Path), default=".")
@click.option("--logs", type=click.Path(path_type=Path), help="Where the state goes, if not the usual place.")
@click.option("--model", metavar="NAME", help="Model for both roles: a name, or a path to a file.")
@click.option("--set", "assignments", multiple=True, metavar="KEY=VALUE", help="Set any key of config.toml.")
def command(source: Path, logs: Path | None, model: str | None, assignments: tuple[str, ...]) -> int:
    """Work on the code base at DIR (default: here) at a plain prompt, in any terminal or in a pipe.

    The slash commands are those of the app; anything else is the task. In a pipe, each line is one
    entry, and the exit status is that of the first error, else 0 (solved, or nothing to solve) or 1:

    \b
        printf 'Return the sum in add of calc.c\\n/run 3\\n' | copilot-tui repl
    """
    flags = flags_for(assignments, model=model)
    if sys.stdin.isatty() and sys.stdout.isatty():
        flags |= _with_models(source, flags)
        flags |= consent_flags(source, flags)
    code: int = import_module(FRONTEND).open_repl(source.resolve(), logs, flags)
    return code


def _with_models(source: Path, flags: dict[str, Any]) -> dict[str, Any]:
    """Offer to fetch a missing model; a person who declines can still look around."""
    from copilot_tui.cli.models_needed import with_installed_models
    from copilot_tui.core.errors import ModelError
    from copilot_tui.store.settings import load_settings

    settings = load_settings(source.resolve(), flags)
    try:
        found = with_installed_models(settings, yes=False)
    except (click.Abort, ModelError):
        return {}
    return {
        f"{role}.model_path": new.model_path
        for role, old, new in (
            ("codegen", settings.codegen, found.codegen),
            ("llm", settings.llm, found.llm),
        )
        if new.model_path != old.model_path
    }
