"""The settings: their schema, and how layers of them are merged and checked.

Layers, weakest first: the packaged ``config.toml``, the user's file, the project's file, environment
variables, flags. Each key is documented in ``config.toml``, where it is declared for people. An
unknown key or a wrong type is a :class:`ConfigurationError` that names the file, the line, the key
and the nearest valid key. Reading files is ``store.settings``'s business; this module only sees text.
"""

from __future__ import annotations

import difflib
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import lru_cache
from typing import Any, get_args, get_origin, get_type_hints

from copilot_tui.core.errors import ConfigurationError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """One role's model: ``[codegen]`` or ``[llm]``."""

    model_path: str
    engine: str
    device: str
    max_length: int
    temperature: float
    top_p: float
    context_window: int


@dataclass(frozen=True, slots=True)
class ExplorationSettings:
    enabled: bool
    insights: bool
    max_files_to_scan: int
    enable_caching: bool
    similarity_threshold: float
    max_file_bytes: int
    semantic: bool = True
    rerank: bool = False
    watch: bool = True


@dataclass(frozen=True, slots=True)
class ReasoningSettings:
    enabled: bool


@dataclass(frozen=True, slots=True)
class LearningSettings:
    memory: bool
    deterministic_fixes: bool


@dataclass(frozen=True, slots=True)
class GenerationSettings:
    samples: int
    edit_format: str
    breadcrumbs: bool
    tests: str = "off"


@dataclass(frozen=True, slots=True)
class EnsembleSettings:
    enabled: bool
    models: tuple[str, ...]
    temperatures: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class ReviewSettings:
    enabled: bool
    model_review: bool
    model_findings_block: bool


@dataclass(frozen=True, slots=True)
class BuildSettings:
    build_command: str
    test_command: str
    timeout_seconds: float
    max_output_bytes: int
    fast_check: bool = True
    parallel_candidates: int = 1
    sandbox: str = "auto"
    sandbox_network: bool = False
    sandbox_writable: tuple[str, ...] = ()
    max_processes: int = 1024
    max_memory_gb: float = 16.0
    max_file_gb: float = 8.0
    min_free_disk_gb: float = 1.0


@dataclass(frozen=True, slots=True)
class SessionSettings:
    max_iterations: int
    repairs_before_fresh_start: int
    enable_streaming: bool
    save_sessions: bool
    max_conversation_history: int


@dataclass(frozen=True, slots=True)
class HardwareSettings:
    use_gpu_if_available: bool
    max_memory_per_model_gb: float
    threads: int
    int8_weights: bool


@dataclass(frozen=True, slots=True)
class ModelStoreSettings:
    directory: str
    offline: bool
    prompt_cache: bool
    prompt_lookup: bool


@dataclass(frozen=True, slots=True)
class InterfaceSettings:
    vi_keys: bool
    shell_timeout_seconds: float


@dataclass(frozen=True, slots=True)
class ProjectSettings:
    """``[projects.NAME]``: what one named project of a code base consists of. All keys optional."""

    directories: tuple[str, ...] = ()
    build_command: str = ""
    test_command: str = ""


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting, resolved. ``origins`` tells which layer gave a key its value."""

    codegen: ModelSettings
    llm: ModelSettings
    exploration: ExplorationSettings
    reasoning: ReasoningSettings
    generation: GenerationSettings
    ensemble: EnsembleSettings
    review: ReviewSettings
    build: BuildSettings
    learning: LearningSettings
    session: SessionSettings
    hardware: HardwareSettings
    models: ModelStoreSettings
    interface: InterfaceSettings
    projects: Mapping[str, ProjectSettings] = field(default_factory=dict)
    origins: Mapping[str, str] = field(default_factory=dict)

    def project(self, name: str) -> ProjectSettings:
        """The project's settings, or empty ones where none are configured."""
        return self.projects.get(name, ProjectSettings())


@dataclass(frozen=True, slots=True)
class Layer:
    """One source of settings: ``values`` maps dotted keys to values and, for files, lines."""

    origin: str
    values: Mapping[str, Any]
    lines: Mapping[str, int] = field(default_factory=dict)

    def where(self, key: str) -> str:
        line = self.lines.get(key)
        return f"{self.origin}:{line}" if line else self.origin


PERSONAL_KEYS = frozenset(
    f"build.{key}"
    for key in (
        *("sandbox", "sandbox_network", "sandbox_writable"),
        *("max_processes", "max_memory_gb", "max_file_gb", "min_free_disk_gb"),
    )
)
"""What a code base may not set for itself: it holds the code base's own builds."""

_ENUMS = {
    "codegen.engine": ("auto", "llama", "transformers", "fastest", "openai", "scripted"),
    "llm.engine": ("auto", "llama", "transformers", "fastest", "openai", "scripted"),
    "generation.edit_format": ("auto", "function", "file", "replace", "diff"),
    "generation.tests": ("off", "missing"),
    "build.sandbox": ("auto", "off"),
}
_BOUNDS: Mapping[str, tuple[float, float]] = {
    "codegen.max_length": (1, 1_000_000),
    "llm.max_length": (1, 1_000_000),
    "codegen.temperature": (0, 2),
    "llm.temperature": (0, 2),
    "codegen.top_p": (0, 1),
    "llm.top_p": (0, 1),
    "codegen.context_window": (0, 10_000_000),
    "llm.context_window": (0, 10_000_000),
    "exploration.max_files_to_scan": (0, 100_000_000),
    "exploration.similarity_threshold": (0, 1),
    "exploration.max_file_bytes": (1, 2**40),
    "generation.samples": (1, 64),
    "ensemble.temperatures": (0, 2),
    "build.timeout_seconds": (0.1, 86_400),
    "build.max_output_bytes": (1_000, 2**31),
    "build.parallel_candidates": (1, 64),
    "build.max_processes": (16, 4_000_000),
    "build.max_memory_gb": (0.1, 100_000),
    "build.max_file_gb": (0.001, 1_000_000),
    "build.min_free_disk_gb": (0, 1_000_000),
    "session.max_iterations": (1, 1_000),
    "session.repairs_before_fresh_start": (0, 100),
    "session.max_conversation_history": (0, 10_000),
    "hardware.max_memory_per_model_gb": (0.1, 10_000),
    "hardware.threads": (0, 1_024),
    "interface.shell_timeout_seconds": (0.1, 86_400),
}


@lru_cache(maxsize=1)
def schema() -> Mapping[str, Any]:
    """Dotted key to type, for every key outside ``[projects.*]``."""
    keys: dict[str, Any] = {}
    for section, kind in get_type_hints(Settings).items():
        if section in {"projects", "origins"}:
            continue
        for key, value_type in get_type_hints(kind).items():
            keys[f"{section}.{key}"] = value_type
    return keys


def parse_toml(text: str, origin: str) -> Layer:
    """Read one configuration file's text into a layer; ``origin`` is its name in messages."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{origin} is not valid TOML: {error}.") from error
    return Layer(origin, _flatten(table), _key_lines(text))


def refuse_personal_keys(layer: Layer) -> Layer:
    """``layer``, which comes with a code base; an error where it would loosen what holds its builds,
    or send code elsewhere."""
    for key in layer.values:
        if key in PERSONAL_KEYS:
            raise ConfigurationError(
                f"{layer.where(key)}: {key} cannot be set by a code base for its own builds.",
                "Put it into your own file (copilot-tui config path), or give it with --set.",
            )
        if key.endswith((".model_path", ".models")) and "://" in str(layer.values[key]):
            raise ConfigurationError(
                f"{layer.where(key)}: a code base cannot choose the server that its code is sent to.",
                "Put the address into your own file (copilot-tui config path), or give it with --model.",
            )
    return layer


def layer_from_json(table: Mapping[str, Any], origin: str) -> Layer:
    """The seed's JSON configuration as a layer; keys that only it knows are left out."""
    seed_only = {"codegen.model_type", "llm.model_type"}
    values = {key: value for key, value in _flatten(table).items() if key not in seed_only}
    return Layer(origin, values)


def layer_from_environment(environment: Mapping[str, str]) -> Layer:
    """``COPILOT_TUI_CODEGEN__DEVICE=cuda`` sets ``codegen.device``; text is read by the key's type."""
    prefix = "COPILOT_TUI_"
    values: dict[str, Any] = {}
    for name, text in environment.items():
        if name.startswith(prefix) and "__" in name:
            key = name[len(prefix) :].lower().replace("__", ".", 1)
            values[key] = parse_value(key, text, f"environment variable {name}")
    return Layer("environment", values)


def layer_from_flags(values: Mapping[str, Any]) -> Layer:
    return Layer("command line", dict(values))


def parse_value(key: str, text: str, where: str) -> Any:
    """``text`` as the type that ``key`` has; an unknown key or an unreadable text is an error."""
    kind = _type_of(key, where)
    if kind is str:
        return text
    if kind is bool:
        lowered = text.strip().lower()
        if lowered in {"1", "true", "yes", "on"}:
            return True
        if lowered in {"0", "false", "no", "off"}:
            return False
    elif kind in {int, float}:
        try:
            return kind(text)
        except ValueError:
            pass
    elif get_origin(kind) is tuple:
        try:
            return [get_args(kind)[0](part.strip()) for part in text.split(",") if part.strip()]
        except ValueError:
            pass
    raise ConfigurationError(f"{where}: {key} must be {_describe(kind)}, not {text!r}.")


def resolve(layers: Sequence[Layer]) -> Settings:
    """Merge layers, weakest first, into checked settings. The first layer must hold every key."""
    merged: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for layer in layers:
        for key, value in layer.values.items():
            merged[key] = _checked(key, value, layer)
            origins[key] = layer.where(key)
    missing = [key for key in schema() if key not in merged]
    if missing:
        raise ConfigurationError(f"{layers[0].origin} lacks the key {missing[0]}.")
    sections: dict[str, Any] = {}
    for section, kind in get_type_hints(Settings).items():
        if section not in {"projects", "origins"}:
            names = [item.name for item in fields(kind)]
            sections[section] = kind(**{name: merged[f"{section}.{name}"] for name in names})
    return Settings(**sections, projects=_projects(merged), origins=origins)


def _projects(merged: Mapping[str, Any]) -> dict[str, ProjectSettings]:
    tables: dict[str, dict[str, Any]] = {}
    for key, value in merged.items():
        if key.startswith("projects."):
            name, _, option = key[len("projects.") :].rpartition(".")
            tables.setdefault(name, {})[option] = value
    return {name: ProjectSettings(**options) for name, options in tables.items()}


def _checked(key: str, value: Any, layer: Layer) -> Any:
    kind = _type_of(key, layer.where(key))
    where = layer.where(key)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if get_origin(kind) is tuple and isinstance(value, (list, tuple)):
        return tuple(_checked_item(key, item, kind, where) for item in value)
    if not isinstance(value, kind) or (kind is not bool and isinstance(value, bool)):
        raise ConfigurationError(f"{where}: {key} must be {_describe(kind)}, not {value!r}.")
    allowed = _ENUMS.get(key)
    if allowed and value not in allowed:
        raise ConfigurationError(
            f"{where}: {key} is {value!r}, which is none of {', '.join(allowed)}.",
            _nearest(str(value), allowed),
        )
    _check_bounds(key, value, where)
    return value


def _checked_item(key: str, item: Any, kind: Any, where: str) -> Any:
    """One item of a list; a whole number does for a number."""
    wanted = get_args(kind)[0]
    if wanted is float and isinstance(item, int) and not isinstance(item, bool):
        item = float(item)
    if not isinstance(item, wanted):
        raise ConfigurationError(f"{where}: {key} must be {_describe(kind)}.")
    _check_bounds(key, item, where)
    return item


def _check_bounds(key: str, value: Any, where: str) -> None:
    low, high = _BOUNDS.get(key, (float("-inf"), float("inf")))
    if isinstance(value, (int, float)) and not low <= value <= high:
        raise ConfigurationError(f"{where}: {key} is {value}, outside {low:g} to {high:g}.")


def _type_of(key: str, where: str) -> Any:
    known = schema()
    if key in known:
        return known[key]
    if key.startswith("projects."):
        name, _, option = key[len("projects.") :].rpartition(".")
        options = get_type_hints(ProjectSettings)
        if name and option in options:
            return options[option]
        hint = _nearest(option, list(options), f"projects.{name or 'NAME'}.")
        raise ConfigurationError(f"{where}: unknown key {key!r}.", hint)
    raise ConfigurationError(f"{where}: unknown key {key!r}.", _nearest(key, list(known)))


def _nearest(word: str, choices: Sequence[str], prefix: str = "") -> str:
    match = difflib.get_close_matches(word, choices, n=1, cutoff=0.4)
    if match:
        return f"Did you mean {prefix}{match[0]}?"
    return f"Valid: {', '.join(prefix + choice for choice in choices)}."


def _describe(kind: Any) -> str:
    if get_origin(kind) is tuple:
        return f"a list of {get_args(kind)[0].__name__}"
    names = {str: "a text", int: "a whole number", float: "a number", bool: "true or false"}
    return names.get(kind, str(kind))


def _flatten(table: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in table.items():
        if isinstance(value, Mapping):
            flat.update(_flatten(value, f"{prefix}{key}."))
        else:
            flat[f"{prefix}{key}"] = value
    return flat


_SECTION_LINE = re.compile(r"\s*\[\s*([^\[\]]+?)\s*\]\s*(?:#.*)?$")
_KEY_LINE = re.compile(r"""\s*(["']?[\w.\-]+["']?)\s*=""")


def _key_lines(text: str) -> dict[str, int]:
    """Dotted key to line number. TOML readers drop positions, and the files here are plain tables."""
    lines: dict[str, int] = {}
    section = ""
    for number, line in enumerate(text.splitlines(), 1):
        if match := _SECTION_LINE.match(line):
            section = match.group(1).replace('"', "").replace("'", "") + "."
        elif match := _KEY_LINE.match(line):
            lines.setdefault(section + match.group(1).strip("\"'"), number)
    return lines
