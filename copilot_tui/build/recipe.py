"""What a build consists of: commands in their order, and why these."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

StepKind = Literal["build", "test"]

SETTINGS_HINT = "Set build.build_command in .copilot-tui.toml at the top of the code base."


@dataclass(frozen=True, slots=True)
class BuildStep:
    """One command. ``directory`` is relative to the code base, or absolute when it lies outside.

    ``early`` marks a look at what a change touched, before the whole is built or tested: it only counts
    when it finds something wrong there, since the whole comes after it.
    """

    kind: StepKind
    command: tuple[str, ...]
    directory: str = "."
    early: bool = False


@dataclass(frozen=True, slots=True)
class BuildRecipe:
    """The commands that judge a code base, in order; ``origin`` says in one line why these."""

    steps: tuple[BuildStep, ...]
    origin: str


def outside_directory(source: Path) -> Path:
    """A build folder that the code base does not see, the same for each build of it."""
    import platformdirs

    digest = hashlib.sha256(os.fsencode(source)).hexdigest()[:16]
    return Path(platformdirs.user_cache_dir("copilot-tui")) / "build" / f"{source.name or 'root'}-{digest}"
