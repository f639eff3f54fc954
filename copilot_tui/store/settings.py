"""Reading the layers of configuration from where they are, and the seed's file into ours.

What a layer may hold and which one wins is ``core.config``'s business.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from copilot_tui.core import config
from copilot_tui.core.errors import ConfigurationError
from copilot_tui.core.text import printable_line
from copilot_tui.store.files import write_atomically
from copilot_tui.store.locations import user_config_path
from copilot_tui.store.resources import resource_path

PROJECT_FILE = ".copilot-tui.toml"
_NOTHING: Mapping[str, Any] = {}


def load_settings(
    source: Path | None,
    flags: Mapping[str, Any] = _NOTHING,
    environment: Mapping[str, str] | None = None,
) -> config.Settings:
    """The settings for the code base at ``source`` (None: those that hold everywhere).

    ``flags`` maps dotted keys to values; a text is read by the key's type, None means not given.
    ``environment`` is the process's own by default. Raises :class:`ConfigurationError` that names
    the file, the line, the key and the nearest valid key.
    """
    layers = [_packaged()]
    own = user_config_path()
    if (text := _read(own)) is not None:
        layers.append(config.parse_toml(text, str(own)))
    project = source / PROJECT_FILE if source is not None else None
    if project is not None and (text := _read(project)) is not None:
        layers.append(config.refuse_personal_keys(config.parse_toml(text, str(project))))
    layers.append(config.layer_from_environment(os.environ if environment is None else environment))
    layers.append(config.layer_from_flags(_typed(flags)))
    return config.resolve(layers)


@dataclass(frozen=True, slots=True)
class SeedImport:
    """What became of the seed's file: ``text`` is TOML, ``taken`` and ``left_out`` are keys."""

    text: str
    taken: tuple[str, ...]
    left_out: tuple[str, ...]


def import_seed_json(path: Path) -> str:
    """The seed's ``models.json`` as text for the user's file.

    Keys that have no meaning here are in it as comments. Raises :class:`ConfigurationError` on a
    file that cannot be read and on values of the wrong type.
    """
    return convert_seed_json(path).text


def convert_seed_json(path: Path) -> SeedImport:
    """:func:`import_seed_json`, with lists of what was taken over and what was not."""
    text = _read(path)
    if text is None:
        raise ConfigurationError(f"There is no file {path}.", "Give the path of the seed's models.json.")
    try:
        table = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigurationError(f"{path} is not valid JSON: {error}.") from error
    if not isinstance(table, dict):
        raise ConfigurationError(f"{path} holds no JSON object.")
    everything = _flat(table)
    known = {
        key: value for key, value in config.layer_from_json(table, str(path)).values.items() if _known(key)
    }
    config.resolve([_packaged(), config.Layer(str(path), known)])
    left_out = tuple(key for key in everything if key not in known)
    lines = [f"# Taken over from {printable_line(str(path))}."]
    lines += [f"# No meaning here: {printable_line(f'{key} = {everything[key]!r}')}" for key in left_out]
    lines += _sections(known)
    return SeedImport("\n".join(lines) + "\n", tuple(known), left_out)


def replace_user_file(text: str) -> Path | None:
    """Write the user's file; where the former one, if there was one, is kept now."""
    path = user_config_path()
    former = _read(path)
    kept = None
    if former is not None:
        kept = path.with_name(f"{path.name}.former")
        write_atomically(kept, former.encode())
    write_atomically(path, text.encode())
    return kept


def _packaged() -> config.Layer:
    path = resource_path("config.toml")
    return config.parse_toml(path.read_text(encoding="utf-8"), "built-in config.toml")


def _read(path: Path) -> str | None:
    """The file's text without a byte order mark, or None where there is no file."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise ConfigurationError(
            f"{path} cannot be read: {error.strerror}.", "Check its permissions, or remove it."
        ) from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ConfigurationError(
            f"{path}:{line} is not UTF-8 text.", "Save the file in the encoding UTF-8."
        ) from error


def _typed(flags: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: config.parse_value(key, value, "command line") if isinstance(value, str) else value
        for key, value in flags.items()
        if value is not None
    }


def _known(key: str) -> bool:
    return key in config.schema()


def _flat(table: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Dotted keys; unlike ``core.config`` this keeps an empty table, so that it is reported."""
    flat: dict[str, Any] = {}
    for key, value in table.items():
        if isinstance(value, dict) and value:
            flat.update(_flat(value, f"{prefix}{key}."))
        else:
            flat[f"{prefix}{key}"] = value
    return flat


def _sections(values: Mapping[str, Any]) -> list[str]:
    lines: list[str] = []
    section = ""
    for key in sorted(values, key=lambda key: key.partition(".")[0]):
        name, _, option = key.partition(".")
        if name != section:
            lines += ["", f"[{name}]"]
            section = name
        lines.append(f"{option} = {_toml(values[key])}")
    return lines


def _toml(value: Any) -> str:
    """A checked setting in TOML; JSON's texts are TOML's but for DEL and lone surrogates."""
    if isinstance(value, str):
        text = json.dumps(re.sub(r"[\ud800-\udfff]", "\N{REPLACEMENT CHARACTER}", value), ensure_ascii=False)
        return text.replace("\x7f", "\\u007F")
    return json.dumps(value)
