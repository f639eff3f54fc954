"""Where a session works."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from copilot_tui.core.errors import UsageError
from copilot_tui.store.locations import state_directory


@dataclass(frozen=True, slots=True)
class Workplace:
    """Where a session works: the code base, its state directory, and what a project restricts."""

    source: Path
    state: Path
    project: str = ""

    @property
    def lock_directories(self) -> tuple[Path, ...]:
        """What to lock: the code base's own place, and the state directory where LOGS moved it."""
        return tuple(dict.fromkeys((state_directory(self.source), self.state)))

    @classmethod
    def at(cls, source: Path, logs: Path | None = None, project: str = "") -> Workplace:
        """Raises UsageError when ``source`` is no readable folder."""
        check_source(source)
        return cls(source.resolve(), state_directory(source.resolve(), logs), project)


def check_source(source: Path) -> None:
    """Raise UsageError unless ``source`` is a folder that can be read."""
    if not source.exists():
        raise UsageError(f"The folder {source} does not exist.", "Check the path.")
    if not source.is_dir():
        raise UsageError(f"{source} is not a folder.", "Name the folder that holds the code base.")
    try:
        next(source.iterdir(), None)
    except OSError as error:
        raise UsageError(
            f"The folder {source} cannot be read: {error.strerror}.", "Check its permissions."
        ) from error
