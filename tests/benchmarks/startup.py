"""How long the commands take that people type without wanting to wait."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

RUNS = 11
COMMANDS = (("--version",), ("--help",), ("models", "list"), ("sessions", "list"), ("doctor",))


def main(arguments: list[str]) -> None:
    print("| command | median | slowest |")
    print("|---|---|---|")
    for command in COMMANDS:
        seconds = [timed(command) for _ in range(RUNS)][1:]
        shown = f"copilot-tui {' '.join(command)}"
        print(f"| `{shown}` | {statistics.median(seconds) * 1000:.0f} ms | {max(seconds) * 1000:.0f} ms |")


def timed(command: tuple[str, ...]) -> float:
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "copilot_tui", *command],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    return time.perf_counter() - began
