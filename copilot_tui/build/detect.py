"""Finding out how a code base is built and tested.

What a person configured wins: first the project's own commands, then ``[build]``. Else the files at
the top of the code base tell, in this order: a makefile, CMake, Meson, configure, ninja, cargo, go, Maven,
Gradle, npm, pytest, a ``compile_commands.json`` alone, loose C or C++ files. Nothing is executed here, and
nothing is written.

A configured command is split as a shell would split it and run without a shell. If it uses what only
a shell can do (pipes, ``&&``, redirections, variables, patterns, ``NAME=value`` in front, ``cd``), it is
given to ``sh -c`` as it stands.

Two choices that are not obvious. Makefiles are tested with ``-k``, so that one failing test program
does not hide the others, but built without, since the first broken file is what matters. Python gets
no build step: pytest reports what does not compile, and many code bases keep broken files on purpose.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Callable
from pathlib import Path

from copilot_tui.build import managed, native
from copilot_tui.build.recipe import SETTINGS_HINT, BuildRecipe, BuildStep, StepKind
from copilot_tui.build.toolchain import require
from copilot_tui.core.config import BuildSettings, ProjectSettings
from copilot_tui.core.errors import BuildError, ConfigurationError, UsageError

__all__ = ["BuildRecipe", "BuildStep", "detect"]

_SHELL_CHARACTERS = re.compile(r"[|&;<>()$`*?\[\]{}~#!\n\\]")
_SHELL_WORDS = {
    *(".", "cd", "eval", "exec", "export", "for", "if", "set", "source", "ulimit", "umask", "unset", "while"),
}


def detect(source: Path, settings: BuildSettings, project: ProjectSettings | None = None) -> BuildRecipe:
    """How to build and test the code base at ``source``.

    A command that is configured for one kind of step replaces the detected steps of that kind only.
    Raises :class:`UsageError` when ``source`` is no readable folder, :class:`BuildError` when nothing
    was found, :class:`BuildToolMissingError` when the tool that is needed is not installed.
    """
    source = _checked_folder(source)
    project = project or ProjectSettings()
    configured: dict[StepKind, tuple[str, str]] = {}
    commands: tuple[tuple[StepKind, str, str], ...] = (
        ("build", project.build_command, settings.build_command),
        ("test", project.test_command, settings.test_command),
    )
    for kind, own, common in commands:
        if own.strip() or common.strip():
            configured[kind] = (own, "project settings") if own.strip() else (common, f"build.{kind}_command")
    if not configured:
        return _detected(source)
    detected = _detected_beside(source, configured)
    steps: list[BuildStep] = []
    origins: list[str] = []
    for kind, _, _ in commands:
        if kind in configured:
            text, origin = configured[kind]
            steps.append(BuildStep(kind, _command(text, source, origin)))
            origins.append(f"{kind} from {origin}")
        elif detected is not None:
            found = [step for step in detected.steps if step.kind == kind]
            steps.extend(found)
            origins.extend([f"{kind} from {detected.origin}"] if found else [])
    return BuildRecipe(tuple(steps), "; ".join(origins))


def _checked_folder(source: Path) -> Path:
    try:
        resolved = source.resolve(strict=True)
        next(iter(os.scandir(resolved)), None)
    except OSError as error:
        reason = error.strerror or str(error)
        raise UsageError(f"The code base {source} cannot be read: {reason}.", "Name a folder.") from error
    return resolved


def _detected_beside(source: Path, configured: dict[StepKind, tuple[str, str]]) -> BuildRecipe | None:
    """The detected recipe for the kinds that nobody configured; none where there is nothing to find.

    A configured test command usually builds what it needs, so a missing tool or an unknown build
    system is no error then.
    """
    try:
        return _detected(source)
    except BuildError:
        return None


def _command(text: str, source: Path, origin: str) -> tuple[str, ...]:
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise ConfigurationError(f"The command {text!r} from {origin} cannot be read: {error}.") from error
    if _SHELL_CHARACTERS.search(text) or "=" in words[0] or words[0] in _SHELL_WORDS:
        return ("sh", "-c", text)
    require(words[0], source, f"it is needed for {text!r} from {origin}")
    return tuple(words)


def _detected(source: Path) -> BuildRecipe:
    try:
        recipe = next((found for found in (look(source) for look in _DETECTORS) if found), None)
    except OSError as error:
        raise BuildError(f"A build file of {source} cannot be read: {error}.", SETTINGS_HINT) from error
    if recipe is not None:
        return recipe
    if not any(source.iterdir()):
        raise BuildError(f"{source} is empty; there is nothing to build.", "Name the folder of a code base.")
    raise BuildError(f"Nothing in {source} says how it is built.", SETTINGS_HINT)


_DETECTORS: tuple[Callable[[Path], BuildRecipe | None], ...] = (
    native.make,
    native.cmake,
    native.meson,
    native.autotools,
    native.ninja,
    managed.cargo,
    managed.go,
    managed.maven,
    managed.gradle,
    managed.npm,
    managed.pytest,
    native.command_list,
    native.loose_files,
)
