"""Options that several commands share, and how they become settings.

The settings themselves are imported where they are made: the app's first screen does without.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from copilot_tui.core.errors import UsageError

if TYPE_CHECKING:
    from copilot_tui.core.config import Settings

Command = TypeVar("Command", bound=Callable[..., Any])


def model_options(command: Command) -> Command:
    """``--model``, ``--samples``, ``--seed``, ``--set``: for commands that run a model."""
    for option in (
        click.option(
            "--set", "assignments", multiple=True, metavar="KEY=VALUE", help="Set any key of config.toml."
        ),
        click.option("--seed", type=int, default=0, show_default=True, help="Makes a run repeatable."),
        click.option("--samples", type=int, help="Candidates per iteration."),
        click.option("--model", metavar="NAME", help="Model for both roles: a name, or a path to a file."),
    ):
        command = option(command)
    return command


def flags_for(
    assignments: Sequence[str], *, model: str | None = None, samples: int | None = None
) -> dict[str, Any]:
    """The flags of one call as dotted keys with values of the right type."""
    flags: dict[str, Any] = {}
    for assignment in assignments:
        key, separator, text = assignment.partition("=")
        if not separator:
            raise UsageError(f"--set {assignment!r} has no '='.", "Write --set codegen.temperature=0.2.")
        from copilot_tui.core.config import parse_value

        flags[key.strip()] = parse_value(key.strip(), text.strip(), f"--set {assignment}")
    if model is not None:
        flags |= {"codegen.model_path": model, "llm.model_path": model}
    if samples is not None:
        flags["generation.samples"] = samples
    return flags


def settings_for(
    source: Path | None, assignments: Sequence[str], *, model: str | None = None, samples: int | None = None
) -> Settings:
    """The settings of a code base with the flags of this call on top."""
    from copilot_tui.store.settings import load_settings

    return load_settings(source, flags_for(assignments, model=model, samples=samples))
