"""Where the data files that ship with the program are.

``config.toml`` and ``themes/`` stand at the top level of a checkout and are mapped into the package
when a wheel is built, so they are looked for in both places.
"""

from __future__ import annotations

from pathlib import Path

from copilot_tui.core.errors import StoreError

_PACKAGE = Path(__file__).resolve().parent.parent


def resource_path(name: str) -> Path:
    """The file or folder ``name``: inside the package (wheel), else beside it (checkout)."""
    for directory in (_PACKAGE, _PACKAGE.parent):
        path = directory / name
        if path.exists():
            return path
    raise StoreError(
        f"{name} is missing from the installation in {_PACKAGE}.",
        "Install copilot-tui again: pip install --force-reinstall copilot-tui.",
    )
