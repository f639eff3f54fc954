"""The app in a real terminal: first paint, keys while text streams, its own CPU, memory, a long session.

The model is scripted, at 200 tokens a second, so that what is measured is the app. A folder as argument is the
code base that the app is opened on; without one it is the demo library. The whole takes some three minutes.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from importlib.resources import as_file, files
from itertools import chain
from pathlib import Path

import psutil

from copilot_tui.core import events as ev
from copilot_tui.core.artefacts import Task
from copilot_tui.core.cancellation import CancelToken
from copilot_tui.models.engine import GenerationRequest, Message
from copilot_tui.models.scripted_engine import ScriptedEngine
from copilot_tui.session.names import NameIndex
from copilot_tui.session.opening import Opening
from copilot_tui.store.database import Database
from copilot_tui.store.identifiers import new_session_id
from copilot_tui.store.sessions import SessionStore
from copilot_tui.tui.app import CopilotApp
from tests.conftest import Script
from tests.terminal import Terminal

SHOWN = "State a task"
TOKENS_PER_SECOND = 200
STREAMED_TOKENS = 6_000
REPLY_TOKENS = 4_000
GROWN_FILES = 2_000
CONVERSATION_TOKENS = 100_000
EVENTS = 20_000
PAINTS = 6

PAINT = "first paint, warm, median of 5 (slowest)"
KEY_AND_INDEX = "a key on screen while the index builds"
KEY_AND_TEXT = "a key on screen at 200 tokens a second"
KEY_AND_BOTH = f"the same while an index of {GROWN_FILES:,} new files builds"
SHARE = "CPU of one core at 200 tokens a second, scripted engine included"
ENGINE_SHARE = "the scripted engine alone, in a process without the app"
RESUME = f"resuming a session of {EVENTS:,} events"
MEMORY = f"memory over {CONVERSATION_TOKENS:,} more tokens"
WANTED = {
    PAINT: "400 ms",
    KEY_AND_INDEX: "p95 30 ms",
    KEY_AND_TEXT: "p95 30 ms",
    KEY_AND_BOTH: "p95 30 ms",
    SHARE: "15 %",
    RESUME: "500 ms",
    MEMORY: "40 MB",
}


def main(arguments: list[str]) -> None:
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed program has its bytecode
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        os.environ |= {"XDG_STATE_HOME": f"{root}/state", "XDG_CONFIG_HOME": f"{root}/config"}
        source = code_base(root, arguments)
        print("| what | wanted | measured |\n|---|---|---|")
        for line in chain(
            completion(),
            resuming(root),
            first_paint(source),
            streaming(source, root),
            memory(source, root),
        ):
            what, measured = line
            print(f"| {what} | {WANTED.get(what, '')} | {measured} |", flush=True)


def code_base(root: Path, arguments: list[str]) -> Path:
    source = root / "source"
    if arguments:
        shutil.copytree(arguments[0], source, symlinks=True)
    else:
        with as_file(files("copilot_tui") / "demo") as packaged:
            shutil.copytree(packaged, source)
    return source


def script(source: Path, root: Path, tokens: int, delay: float) -> None:
    """A model that writes a long function in each generation, at this pace."""
    body = "".join(f"    total += {number};\n" for number in range(tokens // 4)) + "}\n"
    steps = Script([])
    replies = [json.dumps(reply) for reply in (steps.insights, steps.plan)]
    file = root / "replies.json"
    bodies = [f"    int total = {number};\n{body}" for number in range(60)]  # the same again is no candidate
    file.write_text(json.dumps({"replies": [*replies, *bodies], "delay": delay}))
    role = f"engine = 'scripted'\nmodel_path = '{file}'\nmax_length = 7000\ncontext_window = 60000\n"
    (source / ".copilot-tui.toml").write_text(f"[codegen]\n{role}[llm]\n{role}[generation]\nsamples = 1\n")


def first_paint(source: Path) -> Iterator[tuple[str, str]]:
    seconds = []
    for _ in range(PAINTS):
        began = time.monotonic()
        with Terminal(source) as terminal:
            terminal.until(SHOWN)
            seconds.append(time.monotonic() - began)
    warm = [value * 1000 for value in seconds[1:]]
    yield PAINT, f"{statistics.median(warm):.0f} ms ({max(warm):.0f} ms)"


def streaming(source: Path, root: Path) -> Iterator[tuple[str, str]]:
    script(source, root, STREAMED_TOKENS, 1 / TOKENS_PER_SECOND)
    with Terminal(source, columns=120, rows=40) as terminal:
        terminal.until("ready")
        terminal.send("Sum the numbers in text_count of src/text.c\r")
        terminal.until("❯ Sum the")
        terminal.until("/step goes")
        terminal.send("/explore\r")
        yield KEY_AND_INDEX, spread(keys(terminal, 20))
        settled(terminal, "explore")
        terminal.send("/reason\r")
        settled(terminal, "reason")
        terminal.send("/generate\r")
        terminal.until("total +=")
        process = psutil.Process(terminal.process.pid)
        used, began = sum(process.cpu_times()[:2]), time.monotonic()
        terminal.read_for(5)
        share = (sum(process.cpu_times()[:2]) - used) / (time.monotonic() - began)
        yield SHARE, f"{100 * share:.1f} %"
        yield ENGINE_SHARE, f"{100 * asyncio.run(engine_share()):.1f} %"
        yield KEY_AND_TEXT, spread(keys(terminal, 40))
        grow(source)
        yield KEY_AND_BOTH, spread(keys(terminal, 40))
    shutil.rmtree(source / "grown")


async def engine_share() -> float:
    """What the model that is none takes of a core; it is no part of the app."""
    engine = ScriptedEngine(["word " * 5 * TOKENS_PER_SECOND], delay=1 / TOKENS_PER_SECOND)
    request = GenerationRequest((Message("user", "Write."),), max_tokens=6 * TOKENS_PER_SECOND)
    used, began = time.process_time(), time.monotonic()
    async for _ in engine.generate(request, CancelToken()):
        pass
    return (time.process_time() - used) / (time.monotonic() - began)


def grow(source: Path) -> None:
    """New files, which the open app's index takes in at once."""
    text = max(source.glob("**/*.c"), key=lambda path: path.stat().st_size).read_text()
    for number in range(GROWN_FILES):
        path = source / "grown" / f"part{number % 40}" / f"file{number}.c"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"/* {number} */\n{text}")


def settled(terminal: Terminal, phase: str) -> None:
    """Wait until the phase that was just asked for is over and the next one may be."""
    terminal.until(phase)
    process, calm = psutil.Process(terminal.process.pid), 0
    while calm < 6:
        used = sum(process.cpu_times()[:2])
        terminal.read_for(0.25)
        calm = calm + 1 if sum(process.cpu_times()[:2]) - used < 0.05 else 0


def keys(terminal: Terminal, count: int) -> list[float]:
    """Seconds from a key to what the app wrote for it, each key a letter that nothing else writes."""
    seconds = []
    for number in range(count):
        letter = "ÄÖÜßØÆ"[number % 6]
        before = terminal.raw.count(letter.encode())
        began = time.monotonic()
        terminal.send(letter)
        while terminal.raw.count(letter.encode()) == before and time.monotonic() - began < 5:
            terminal.read_for(0.001)
        seconds.append(time.monotonic() - began)
        terminal.read_for(0.13)
    terminal.send("\x7f" * count)
    return seconds


def spread(seconds: list[float]) -> str:
    ordered = sorted(value * 1000 for value in seconds)
    p95 = ordered[int(0.95 * (len(ordered) - 1))]
    return f"median {statistics.median(ordered):.0f} ms, p95 {p95:.0f} ms, slowest {ordered[-1]:.0f} ms"


def memory(source: Path, root: Path) -> Iterator[tuple[str, str]]:
    script(source, root, REPLY_TOKENS, 0.0)
    with Terminal(source, columns=120, rows=40) as terminal:
        terminal.until("ready")
        terminal.send("\x1b")  # the sessions that are not finished
        terminal.read_for(1)
        terminal.send("/new Sum the numbers in text_count of src/text.c\r")
        terminal.until("❯ Sum the")
        terminal.until("/step goes")
        for phase in ("explore", "reason", "generate"):
            terminal.send(f"/{phase}\r")
            settled(terminal, phase)
        process = psutil.Process(terminal.process.pid)
        before = process.memory_info().rss
        rounds = CONVERSATION_TOKENS // REPLY_TOKENS
        for _ in range(rounds):
            terminal.send("/generate\r")
            settled(terminal, "generate")
        more = (process.memory_info().rss - before) / 1e6
        yield MEMORY, f"{more:+.0f} MB on {before / 1e6:.0f} MB"


def resuming(root: Path) -> Iterator[tuple[str, str]]:
    seconds = [value * 1000 for value in asyncio.run(resumed(root))]
    shown = f"{statistics.median(seconds[1:]):.0f} ms (first {seconds[0]:.0f} ms)"
    yield RESUME, shown


async def resumed(root: Path) -> list[float]:
    state, source = root / "long", root / "empty"
    source.mkdir()
    session = new_session_id()
    with Database.open(state) as database:
        SessionStore(database).import_records(long_session(session))
    options = {"codegen.engine": "scripted", "llm.engine": "scripted"}
    app = CopilotApp(Opening(source, state, options))
    seconds = []
    async with app.run_test(size=(120, 40)) as pilot:
        while not app.work_screen.driver.is_open:
            await pilot.pause(0.05)
        await pilot.pause(0.5)
        await pilot.press("escape")
        for _ in range(4):
            began = time.monotonic()
            app.work_screen.carry_out(f"/resume {session}")
            await app.work_screen.driver.idle.wait()
            await pilot.pause()
            seconds.append(time.monotonic() - began)
    return seconds


def long_session(session: str) -> Iterator[ev.EventRecord]:
    time_ = "2026-01-01T00:00:00.000+00:00"
    yield ev.EventRecord(session, 1, time_, ev.SessionStarted(Task("A long task"), "/x"))
    for number in range(2, EVENTS + 1):
        event: ev.Event = ev.TokenStreamed("generate", f"    total += {number};\n")
        if number % 200 == 2:
            event = ev.PhaseStarted("generate", 1)
        elif number % 200 == 1:
            event = ev.PhaseFinished("generate", 1, 0.1)
        yield ev.EventRecord(session, number, time_, event)


def completion() -> Iterator[tuple[str, str]]:
    """Each key of a path, among as many as AROS has."""
    began = time.monotonic()
    index = NameIndex(f"rom/part{n % 97}/dir{n % 311}/some_file_{n}.c" for n in range(22_000))
    built = time.monotonic() - began
    seconds = []
    for typed in ("part42", "some_file_2199", "r5s_f1c", "zzz"):
        for length in range(1, len(typed) + 1):
            began = time.monotonic()
            index.matches(typed[:length], 50)
            seconds.append(time.monotonic() - began)
    yield "a key of a @path among 22,000 files", f"{spread(seconds)}; names read in {built * 1000:.0f} ms"
