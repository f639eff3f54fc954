"""The environment that build commands run in: one language, no colours, no questions.

Parsers need English messages without escape sequences, and a build must not wait for a person. What
the person set up (PATH, CC, virtual environments, proxies) is left alone.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

MARKER = "COPILOT_TUI_BUILD"
"""Variable that every process of a build inherits; by it stray ones are found and ended."""

_REMOVED = (
    # Translations and forced colours.
    "LANGUAGE",
    "FORCE_COLOR",
    "CLICOLOR_FORCE",
    "CLANG_FORCE_COLOR_DIAGNOSTICS",
    # What an outer make or pytest tells its children would be taken as meant for this build.
    "MAKEFLAGS",
    "MAKEOVERRIDES",
    "MAKELEVEL",
    "MFLAGS",
    "MAKE_TERMOUT",
    "MAKE_TERMERR",
    "CARGO_MAKEFLAGS",
    "PYTEST_ADDOPTS",
    "PYTEST_CURRENT_TEST",
)
_SET = {
    "LC_ALL": "C.UTF-8",
    "TERM": "dumb",
    "NO_COLOR": "1",
    "CLICOLOR": "0",
    "GCC_COLORS": "",
    "PY_COLORS": "0",
    "CARGO_TERM_COLOR": "never",
    "CARGO_TERM_PROGRESS_WHEN": "never",
    "CMAKE_COLOR_DIAGNOSTICS": "OFF",
    "CTEST_OUTPUT_ON_FAILURE": "1",
    "npm_config_color": "false",
    "GIT_TERMINAL_PROMPT": "0",
    # Python compares a cached file by whole seconds and size: two candidates within a second would
    # be taken for the same.
    "PYTHONDONTWRITEBYTECODE": "1",
}


def build_environment(marker: str, extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The inherited environment made fit for a build, with ``extra`` laid over it.

    A build inside a build keeps the outer marker too, so that the outer one can still end it.
    """
    environment = {name: value for name, value in os.environ.items() if name not in _REMOVED}
    environment.update(_SET)
    environment.update(extra or {})
    outer = os.environ.get(MARKER, "")
    environment[MARKER] = f"{outer}:{marker}" if outer else marker
    return environment
