"""``copilot-tui config``: what is set, where from, and how to bring the seed's settings along."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from copilot_tui.cli.output import data, json_line, say
from copilot_tui.core.config import Settings
from copilot_tui.core.errors import UsageError
from copilot_tui.store.locations import user_config_path
from copilot_tui.store.settings import convert_seed_json, load_settings, replace_user_file


@click.group("config")
def command() -> None:
    """Show, locate or import configuration."""


@command.command("show")
@click.option(
    "--source",
    type=click.Path(path_type=Path),
    default=".",
    show_default=True,
    help="The code base whose project file counts.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object per line.")
def show(source: Path, as_json: bool) -> None:
    """Print every key, its value, and the file and line, or the layer, that it comes from."""
    if not source.is_dir():
        raise UsageError(f"{source} is not a folder.", "Give the folder of a code base.")
    settings = load_settings(source)
    rows = [(key, value_of(settings, key), origin) for key, origin in settings.origins.items()]
    if as_json:
        for key, value, origin in rows:
            json_line({"key": key, "value": value, "origin": origin})
        return
    shown = [(key, _shown(value), origin) for key, value, origin in rows]
    key_width = max(len(key) for key, _, _ in shown)
    value_width = min(40, max(len(value) for _, value, _ in shown))
    for key, value, origin in shown:
        data(f"{key:<{key_width}}  {value:<{value_width}}  {origin}")


@command.command("path")
def path() -> None:
    """Print the path of your own configuration file, whether it exists or not."""
    location = user_config_path()
    if not location.exists():
        say("There is no such file yet; create it to change a setting.")
    data(str(location))


@command.command("import")
@click.argument("models_json", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Replace your file; the former one is kept beside it.")
def import_seed(models_json: Path, force: bool) -> None:
    """Write your own configuration file from the seed's config/models.json."""
    imported = convert_seed_json(models_json)
    target = user_config_path()
    if target.exists() and not force:
        raise UsageError(f"{target} exists already; nothing was changed.", "Replace it with --force.")
    former = replace_user_file(imported.text)
    if former is not None:
        say(f"The former file is kept as {former}.")
    count = len(imported.taken)
    say(f"{count} setting{'s' * (count != 1)} taken over: {', '.join(imported.taken) or 'none'}.")
    if imported.left_out:
        say(f"Left out, for they have no meaning here: {', '.join(imported.left_out)}.")
    data(str(target))


def value_of(settings: Settings, key: str) -> Any:
    """The value of a dotted key, those of ``[projects.NAME]`` included."""
    section, _, rest = key.partition(".")
    if section == "projects":
        name, _, option = rest.rpartition(".")
        return getattr(settings.projects[name], option)
    return getattr(getattr(settings, section), rest)


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, tuple):
        return "[" + ", ".join(_shown(item) for item in value) + "]"
    return str(value)
