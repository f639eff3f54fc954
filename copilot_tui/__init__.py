"""copilot_tui: a local-first coding copilot for the terminal.

Importing the package does nothing; the public names below load their modules on first use, so that
``copilot-tui --version`` pays for neither torch nor textual.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_PUBLIC = {
    "CopilotStyleIteration": "copilot_tui.session.api",
    "SessionManager": "copilot_tui.session.api",
    "LocalModelLoader": "copilot_tui.session.api",
}

__all__ = ["CopilotStyleIteration", "LocalModelLoader", "SessionManager", "__version__"]

if TYPE_CHECKING:
    from copilot_tui.session.api import CopilotStyleIteration, LocalModelLoader, SessionManager


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        return getattr(import_module(_PUBLIC[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
