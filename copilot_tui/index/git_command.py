"""Asking git about a code base that may be hostile.

The settings through which a repository can make git start programs are switched off, nothing is fetched
from the network, and no lock is taken. Where git is missing, refuses (an owner it does not trust), fails
or takes too long, the answer is None.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from copilot_tui.core.cancellation import CancelToken

_POLL_SECONDS = 0.1
_SAFE = ("git", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "core.quotePath=false")


def run_git(folder: Path, arguments: Sequence[str], cancel: CancelToken, timeout: float) -> bytes | None:
    """What git prints for ``arguments`` in ``folder``. Raises ``Cancelled`` when ``cancel`` is set."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment |= {"GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1"}
    try:
        process = subprocess.Popen(
            [*_SAFE, *arguments],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
    except (OSError, ValueError):
        return None
    waited = 0.0
    with process:
        while True:
            try:
                output, _ = process.communicate(timeout=_POLL_SECONDS)
                return output if process.returncode == 0 else None
            except subprocess.TimeoutExpired:
                waited += _POLL_SECONDS
                if cancel.cancelled or waited > timeout:
                    process.kill()
                    process.communicate()
                    cancel.raise_if_cancelled()
                    return None
