"""How fast the output of a build is read: megabytes in a second of processor time of ``parse``.

The texts are real outputs of ``tests/build/data``, repeated to the wanted size: builds that go well, the same with
a warning of gcc now and then, and nothing but errors of all tools. Processor time is taken, since other
programs on the machine would count as slowness of this one.
"""

from __future__ import annotations

import time
from pathlib import Path

from copilot_tui.build.diagnostics import parse

DATA = Path(__file__).parents[1] / "build" / "data"
MEGABYTES = 20
BUILD_LOGS = ("autotools", "cmake_make", "cmake_ninja", "kernel_style", "java", "apt", "tools")
RUNS = 3
WARNING = "src/module_{0}.c:{0}:7: warning: unused variable ‘v{0}’ [-Wunused-variable]"


def main(arguments: list[str]) -> None:
    size = int(arguments[0]) if arguments else MEGABYTES
    print("| text | size | diagnostics | MB in a second of processor time |")
    print("|---|---|---|---|")
    logs = "".join((DATA / "chatter" / f"{name}.txt").read_text("utf-8") for name in BUILD_LOGS)
    well = repeated(logs, size * 1_000_000)
    cases = {
        "builds that go well": well,
        "the same with tests, JSON and whatever else": repeated(texts("chatter/*.txt"), size * 1_000_000),
        "builds with a warning every 1,000 lines": with_warnings(well, 1000),
        "builds with a warning every 100 lines": with_warnings(well, 100),
        "builds with a warning every 20 lines": with_warnings(well, 20),
        "errors of all tools and nothing else": repeated(
            texts("*/*.txt", leave_out="chatter"), size * 100_000
        ),
    }
    for name, text in cases.items():
        count, seconds = timed(text)
        megabytes = len(text.encode()) / 1e6
        print(f"| {name} | {megabytes:.1f} MB | {count:,} | {megabytes / seconds:.1f} |")


def texts(pattern: str, leave_out: str = "") -> str:
    return "".join(
        path.read_text("utf-8") for path in sorted(DATA.glob(pattern)) if path.parent.name != leave_out
    )


def repeated(text: str, size: int) -> str:
    return text * (size // len(text) + 1)


def with_warnings(text: str, every: int) -> str:
    lines = text.split("\n")
    lines[every::every] = [WARNING.format(number) for number in range(1, len(lines[every::every]) + 1)]
    return "\n".join(lines)


def timed(text: str) -> tuple[int, float]:
    best, count = float("inf"), 0
    for _ in range(RUNS):
        began = time.process_time()
        count = len(parse(text, "/home/user/project"))
        best = min(best, time.process_time() - began)
    return count, best
