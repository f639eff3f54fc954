"""What the sandbox adds to each command of a build: `true`, and the compilation of one small C file.

Median of the time that passes, and mean of the processor time, which a busy machine changes less.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from copilot_tui.build.runner import run_command
from copilot_tui.build.sandbox import Sandbox, bubblewrap, landlock_works, sandbox_for
from copilot_tui.core.cancellation import CancelToken
from copilot_tui.store.settings import load_settings

ROUNDS = 20
COMMANDS = {"true": ("true",), "gcc -c": ("gcc", "-c", "small.c", "-o", "small.o")}


def main(arguments: list[str]) -> None:
    print("| command | no sandbox | bubblewrap | Landlock |")
    print("|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder)
        (source / "small.c").write_text("int twice(int value) { return 2 * value; }\n")
        box = sandbox_for(source, load_settings(None).build)
        assert box is not None
        boxes: list[Sandbox | None] = [None]
        boxes += [box] if bubblewrap() is not None else []
        boxes += [replace(box, bubblewrap=None)] if landlock_works() else []
        for name, command in COMMANDS.items():
            costs = [asyncio.run(cost(command, source, one)) for one in boxes]
            print(f"| `{name}` | " + " | ".join(f"{wall:.0f} ms, {cpu:.0f} ms" for wall, cpu in costs) + " |")


async def cost(command: tuple[str, ...], source: Path, box: Sandbox | None) -> tuple[float, float]:
    """Milliseconds that pass, and of the processor, of one command."""
    seconds = []
    before = sum(os.times()[:4])
    for _ in range(ROUNDS):
        started = time.perf_counter()
        result = await run_command(
            command, source, timeout=60, max_output_bytes=10_000, cancel=CancelToken(), sandbox=box
        )
        assert result.exit_code == 0, result
        seconds.append(time.perf_counter() - started)
    used = sum(os.times()[:4]) - before
    return statistics.median(seconds) * 1000, used / ROUNDS * 1000
