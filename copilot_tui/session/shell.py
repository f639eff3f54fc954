"""Running a command for the person, from the prompt: ``!make test``.

It is the person's own command, so a shell sees it, ``/bin/sh``. Like a build it reads nothing, leads a
session of its own and is ended as a whole, and only so much of its output is kept as a person would read.
"""

from __future__ import annotations

from pathlib import Path

from copilot_tui.build.runner import run_command
from copilot_tui.core.cancellation import CancelToken
from copilot_tui.core.events import ShellRan

OUTPUT_BYTES = 100_000


async def run_shell(command: str, source: Path, timeout: float, cancel: CancelToken) -> ShellRan:
    """Run it at the top of the code base. Raises Cancelled, or BuildError where it cannot be started."""
    result = await run_command(
        ("/bin/sh", "-c", command),
        source,
        timeout=timeout,
        max_output_bytes=OUTPUT_BYTES,
        cancel=cancel,
        merge_streams=True,
    )
    return ShellRan(command, result.exit_code, result.stdout, result.seconds, result.truncated)
