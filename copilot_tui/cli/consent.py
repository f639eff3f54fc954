"""Asking a person at a terminal whether builds may run with their own rights, where nothing can hold them.

Some systems (macOS, Windows, some containers) have none of the mechanisms that a sandbox needs. There builds
are refused, unless the person says so: here, for one run of the program, or for good with ``build.sandbox``.
Where nobody can be asked nothing changes: the build is refused with that hint.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from copilot_tui.core.config import Settings

_QUESTION = (
    "This machine has no sandbox to build in: neither bubblewrap nor Landlock works here. Builds, and with "
    "them the code that a model writes, would run with all your rights, on your files and your network.\n"
    'For good: build.sandbox = "off" in your own settings file (copilot-tui config path).\n'
    "Run builds like that in this session?"
)


def with_consent(settings: Settings, can_hold: Callable[[], bool] | None = None) -> Settings:
    """The settings, perhaps without the sandbox; ``can_hold`` tells whether there is one (default: looks)."""
    if settings.build.sandbox == "off" or not _can_ask() or (can_hold or _has_mechanism)():
        return settings
    if not click.confirm(_QUESTION, default=False, err=True):
        return settings
    return replace(settings, build=replace(settings.build, sandbox="off"))


def consent_flags(source: Path, flags: Mapping[str, Any]) -> dict[str, Any]:
    """The same as flags, for frontends that read the settings themselves.

    Only asks where it is plain without a trial that nothing works, since the first screen waits for this.
    """
    if "build.sandbox" in flags or not _can_ask() or _may_have_mechanism():
        return {}
    from copilot_tui.store.settings import load_settings

    settings = with_consent(load_settings(source.resolve(), flags))
    return {"build.sandbox": "off"} if settings.build.sandbox == "off" else {}


def _can_ask() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()


def _may_have_mechanism() -> bool:
    if sys.platform != "linux":
        return False
    if shutil.which("bwrap") is not None:
        return True
    from copilot_tui.build.confined import landlock_version

    return landlock_version() > 0


def _has_mechanism() -> bool:
    from copilot_tui.build.sandbox import mechanism

    return mechanism() is not None
