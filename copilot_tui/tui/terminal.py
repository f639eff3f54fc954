"""What the terminal can show, and how fast it is, as far as a program can know."""

from __future__ import annotations

from collections.abc import Mapping

FEW_COLOURS = "-few-colours"
"""The app's class where shades cannot be told apart: cursors are then underlined or reversed."""


def has_few_colours(color_system: str | None, *, no_color: bool) -> bool:
    """Sixteen colours or fewer, or none wanted."""
    return no_color or color_system in {None, "standard", "windows"}


def is_remote(environment: Mapping[str, str]) -> bool:
    """The screen is at the other end of an SSH connection, where each redrawn cell may take its time."""
    return any(environment.get(name) for name in ("SSH_CONNECTION", "SSH_TTY"))
