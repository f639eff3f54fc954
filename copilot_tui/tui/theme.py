"""Themes as files: the ones that ship, and a person's own in the configuration folder.

A file is one theme; its keys are the parameters of ``textual.theme.Theme`` (see ``themes/README.md``).
A broken file is an error that names its line, and the other files still load.
"""

from __future__ import annotations

import difflib
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from textual.color import Color, ColorParseError
from textual.theme import Theme

from copilot_tui.core.errors import ConfigurationError, StoreError
from copilot_tui.store.locations import user_config_path
from copilot_tui.store.resources import resource_path

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

DEFAULT_THEME = "midnight"

_COLOURS = frozenset(
    {
        "primary",
        "secondary",
        "accent",
        "foreground",
        "background",
        "surface",
        "panel",
        "boost",
        "success",
        "warning",
        "error",
    }
)
_KEYS = {item.name for item in fields(Theme)}
_OPACITY = re.compile(r"\s+\d{1,3}%$")


@dataclass(frozen=True, slots=True)
class LoadedThemes:
    """The themes by name, in the order of their files, and what was wrong with the rest."""

    themes: Mapping[str, Theme]
    errors: tuple[ConfigurationError, ...]


def user_themes_directory() -> Path:
    """Where a person's own themes are looked for, whether it exists or not."""
    return user_config_path().parent / "themes"


def load_themes(directories: Iterable[Path] | None = None) -> LoadedThemes:
    """Read the packaged themes, then the person's own, which replace packaged ones of their name."""
    found: dict[str, Theme] = {}
    errors: list[ConfigurationError] = []
    for directory in _default_directories(errors) if directories is None else directories:
        for path in sorted(directory.glob("*.toml")):
            try:
                theme = read_theme(path)
                if directories is not None or directory == user_themes_directory():
                    _try_out(path, theme)  # those that ship are tried out by the tests
            except ConfigurationError as error:
                errors.append(error)
            else:
                found[theme.name] = theme
    return LoadedThemes(found, tuple(errors))


def _default_directories(errors: list[ConfigurationError]) -> list[Path]:
    own = user_themes_directory()
    try:
        return [resource_path("themes"), own]
    except StoreError as error:
        errors.append(ConfigurationError(error.message, error.hint))
        return [own]


def read_theme(path: Path) -> Theme:
    """The theme in one file; raises :class:`ConfigurationError` that names the file and the line."""
    try:
        text = path.read_text(encoding="utf-8")
        table = tomllib.loads(text)
    except OSError as error:
        raise ConfigurationError(f"The theme {path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"The theme {path} is not UTF-8 text.") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"The theme {path} is not valid TOML: {error}.") from error
    _check(path, text, table)
    try:
        return Theme(**table)
    except TypeError as error:
        raise ConfigurationError(f"The theme {path} cannot be used: {error}.") from error


def _try_out(path: Path, theme: Theme) -> None:
    """Derive all shades, as the app will; takes some milliseconds for each theme."""
    try:
        theme.to_color_system().generate()
    except (TypeError, ValueError, ColorParseError) as error:
        raise ConfigurationError(f"The theme {path} cannot be used: {error}.") from error


def _check(path: Path, text: str, table: Mapping[str, Any]) -> None:
    for key, value in table.items():
        where = f"{path}:{_line_of(text, key)}"
        if key not in _KEYS:
            near = difflib.get_close_matches(key, _KEYS, n=1)
            hint = f"Did you mean {near[0]}?" if near else f"Keys: {', '.join(sorted(_KEYS))}."
            raise ConfigurationError(f"{where}: a theme has no key {key!r}.", hint)
        if key in _COLOURS:
            _check_colour(where, key, value)
        elif key in {"dark", "ansi"} and not isinstance(value, bool):
            raise ConfigurationError(f"{where}: {key} must be true or false, not {value!r}.")
        elif key == "variables":
            _check_variables(path, text, value)
    for key in ("name", "primary"):
        if not isinstance(table.get(key), str):
            raise ConfigurationError(f"{path}:1: the theme has no {key}.", f'Add {key} = "...".')


def _check_variables(path: Path, text: str, variables: object) -> None:
    if not isinstance(variables, dict):
        raise ConfigurationError(f"{path}:{_line_of(text, 'variables')}: variables must be a table.")
    for name, value in variables.items():
        if not isinstance(value, str):
            where = f"{path}:{_line_of(text, name)}"
            raise ConfigurationError(f"{where}: the variable {name} must be a text, not {value!r}.")
        if value.startswith("#"):
            _check_colour(f"{path}:{_line_of(text, name)}", name, _OPACITY.sub("", value))


def _check_colour(where: str, key: str, value: object) -> None:
    try:
        Color.parse(str(value))
    except ColorParseError as error:
        hint = "Write colours as #rrggbb."
        raise ConfigurationError(f"{where}: {key} is no colour: {value!r}.", hint) from error


def _line_of(text: str, key: str) -> int:
    """The first line that sets ``key`` or opens the table of that name."""
    setting = re.compile(rf"""\s*(?:\[\s*)?["']?{re.escape(key)}["']?\s*[=\]]""")
    numbered = enumerate(text.splitlines(), 1)
    return next((number for number, line in numbered if setting.match(line)), 1)
