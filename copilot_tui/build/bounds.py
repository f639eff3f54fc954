"""What a sandbox holds a command to, whichever mechanism does it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from copilot_tui.build.visible import Places


@dataclass(frozen=True, slots=True)
class Limits:
    """The most of everything. ``free_disk_bytes`` is what must be left free where the code base is."""

    processes: int
    memory_bytes: int
    file_bytes: int
    free_disk_bytes: int


@dataclass(frozen=True, slots=True)
class Bounds:
    """Where a command may look and write, whether it has the network, and how much it may take."""

    places: Places
    limits: Limits
    network: bool = False
    writable: tuple[Path, ...] = ()
