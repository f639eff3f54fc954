"""Running one command of a build: watched, limited, and ended as a whole.

The command reads nothing (stdin is ``/dev/null``), leads its own session, and runs in an environment
without translations and colours. Whatever it prints is read to the end, so it never blocks on a full
pipe, but only the head and the tail are kept. When it is over, by itself, at the time limit or by
cancellation, nothing of it lives on: children that still hold its pipes, or that ran away as
daemons, are ended too. With a sandbox it runs in there, and is watched for what it takes of the machine.
POSIX only.
"""

from __future__ import annotations

import asyncio
import codecs
import os
import shutil
import signal
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from copilot_tui.build.capture import Capture
from copilot_tui.build.environment import build_environment
from copilot_tui.build.processes import ask_to_end, end_stray, signal_group
from copilot_tui.build.sandbox import Launch, Sandbox
from copilot_tui.build.watch import INTERVAL_SECONDS, Watch
from copilot_tui.core.cancellation import CancelToken
from copilot_tui.core.errors import BuildError, BuildToolMissingError, Cancelled
from copilot_tui.core.text import printable

TERMINATION_GRACE_SECONDS = 1.0
"""Between SIGTERM and SIGKILL at the time limit; make deletes half-written targets in it."""
CANCEL_GRACE_SECONDS = 0.08
"""The same when a person waits for the stop."""
KILL_GRACE_SECONDS = 5.0
"""How long a killed process may take to be gone before it is given up."""
PIPE_GRACE_SECONDS = 0.1
"""How long output may still come after the command itself has ended."""
OUTPUT_INTERVAL_SECONDS = 0.05
OUTPUT_PIECE_BYTES = 4096
_TIME = "time"


@dataclass(frozen=True, slots=True)
class CommandResult:
    """How a command ended and what it printed.

    ``exit_code`` is None when it was killed at the time limit, and 128 plus the number when a signal
    ended it, as shells say it; ``signal`` is that number. ``stdout`` and ``stderr`` are decoded as
    UTF-8 (invalid bytes become U+FFFD) and stripped of terminal escapes; where ``truncated``, the
    middle is missing and a line says how much. With merged streams all is in ``stdout``. ``exceeded`` says
    for which limit of the sandbox it was ended; the last line of its output says it too.
    """

    exit_code: int | None
    signal: int | None
    stdout: str
    stderr: str
    seconds: float
    timed_out: bool = False
    truncated: bool = False
    exceeded: str = ""


class _Live:
    """Hands fresh output to a listener: whole pieces, at most 20 a second, only the newest bytes."""

    def __init__(self, listener: Callable[[str], None]) -> None:
        self._listener = listener
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._pending = ""
        self._last = 0.0

    def feed(self, data: bytes) -> None:
        text = self._decoder.decode(data[-OUTPUT_PIECE_BYTES:])
        self._pending = (self._pending + text)[-OUTPUT_PIECE_BYTES:]
        now = time.monotonic()
        if now - self._last >= OUTPUT_INTERVAL_SECONDS:
            self._last = now
            self.flush()

    def flush(self) -> None:
        if self._pending:
            text, self._pending = printable(self._pending), ""
            self._listener(text)


class _Watcher(asyncio.SubprocessProtocol):
    """Collects both streams, and knows apart that the command ended and that its pipes are closed.

    asyncio's own ``Process.wait`` waits for the pipes too on some versions, and so for any
    grandchild that holds them.
    """

    def __init__(self, limit: int, live: _Live | None) -> None:
        self.captures = {1: Capture(limit), 2: Capture(limit)}
        self.exited = asyncio.Event()
        self.closed = asyncio.Event()
        self._live = live

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        self.captures[fd].feed(data)
        if self._live is not None:
            self._live.feed(data)

    def process_exited(self) -> None:
        self.exited.set()

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed.set()


async def run_command(
    command: Sequence[str],
    directory: Path,
    *,
    timeout: float,
    max_output_bytes: int,
    cancel: CancelToken,
    environment: Mapping[str, str] | None = None,
    on_output: Callable[[str], None] | None = None,
    merge_streams: bool = False,
    sandbox: Sandbox | None = None,
) -> CommandResult:
    """Run ``command`` in ``directory`` and wait until all of it is over.

    ``timeout`` is in seconds; ``max_output_bytes`` holds for each stream; ``environment`` is laid
    over the inherited one. ``on_output`` gets fresh output, made printable, from the event loop; it
    may be thinned out and must return quickly. ``merge_streams`` sends stderr into stdout, which
    keeps the order in which the command wrote them. Without a ``sandbox`` the command has all rights of
    this process.

    Raises :class:`Cancelled` within 200 ms of the cancellation, :class:`BuildToolMissingError` when
    there is no such program, :class:`BuildError` when it cannot be started.
    """
    cancel.raise_if_cancelled()
    marker = uuid.uuid4().hex
    live = _Live(on_output) if on_output is not None else None
    watcher = _Watcher(max_output_bytes, live)
    started = time.monotonic()
    full_environment = build_environment(marker, environment)
    launch = await _launch(command, directory, full_environment, sandbox)
    try:
        starting = asyncio.ensure_future(_start(command, directory, launch, watcher, merge_streams))
        transport = await _started(starting, watcher, marker)
        settled = False
        exceeded = ""
        try:
            exceeded = await _wait(watcher, timeout, cancel, _watch(transport, sandbox))
            if not watcher.exited.is_set():
                await _terminate(transport, watcher, exceeded)
            await _settle(transport, watcher, marker, cancel)
            settled = True
        finally:
            if not settled:
                await _end_at_once(transport, watcher, marker)
            transport.close()
    finally:
        await asyncio.to_thread(launch.close)
    if cancel.cancelled:
        raise Cancelled(f"Stopped {' '.join(command[:3])!r}.")
    if live is not None:
        live.flush()
    return await _result(transport, watcher, time.monotonic() - started, exceeded)


async def _launch(
    command: Sequence[str], directory: Path, environment: Mapping[str, str], sandbox: Sandbox | None
) -> Launch:
    """What is really started: the command itself, or whatever puts it into the sandbox."""
    if not command:
        raise BuildError("An empty command cannot be run.", "Set build.build_command.")
    if not await asyncio.to_thread(directory.is_dir):
        raise BuildError(f"The folder {directory} to run {command[0]!r} in does not exist.")
    if sandbox is None:
        return Launch(tuple(command), environment, ExitStack())
    return await asyncio.to_thread(_launch_inside, command, directory, environment, sandbox)


def _launch_inside(
    command: Sequence[str], directory: Path, environment: Mapping[str, str], sandbox: Sandbox
) -> Launch:
    # The sandbox would start and then fail; better said as it is said of any command.
    place = command[0] if os.sep not in command[0] else str(directory / command[0])
    if shutil.which(place, path=environment.get("PATH")) is None and not Path(place).is_file():
        raise _no_program(command, directory)
    return sandbox.launch(command, directory.absolute(), environment)


def _watch(transport: asyncio.SubprocessTransport, sandbox: Sandbox | None) -> Watch | None:
    if sandbox is None:
        return None
    return Watch(transport.get_pid(), sandbox.watched, sandbox.bounds.limits)


def _no_program(command: Sequence[str], directory: Path) -> BuildToolMissingError:
    return BuildToolMissingError(
        f"There is no program {command[0]!r} to run in {directory}.", "Install it, or put it on PATH."
    )


async def _start(
    command: Sequence[str],
    directory: Path,
    launch: Launch,
    watcher: _Watcher,
    merge_streams: bool,
) -> asyncio.SubprocessTransport:
    pipe, null, merged = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL, asyncio.subprocess.STDOUT
    try:
        transport, _ = await asyncio.get_running_loop().subprocess_exec(
            lambda: watcher,
            *launch.command,
            stdin=null,
            stdout=pipe,
            stderr=merged if merge_streams else pipe,
            cwd=directory,
            env=launch.environment,
            start_new_session=True,
        )
    except FileNotFoundError as error:
        raise _no_program(command, directory) from error
    except (OSError, ValueError) as error:
        raise BuildError(f"{command[0]!r} could not be started in {directory}: {error}.") from error
    return transport


async def _started(
    starting: asyncio.Future[asyncio.SubprocessTransport], watcher: _Watcher, marker: str
) -> asyncio.SubprocessTransport:
    """The running command; a cancellation of this task meanwhile ends it as a whole.

    asyncio's own clean-up would kill only the command itself, and then wait for its children.
    """
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        await asyncio.wait({starting})
        if starting.exception() is None:
            transport = starting.result()
            await _end_at_once(transport, watcher, marker)
            transport.close()
        raise


async def _end_at_once(transport: asyncio.SubprocessTransport, watcher: _Watcher, marker: str) -> None:
    """For a task that was itself cancelled: kill before anything else is awaited, blocking milliseconds."""
    signal_group(transport.get_pid(), signal.SIGKILL)
    end_stray(transport.get_pid(), marker)
    await _within(KILL_GRACE_SECONDS, watcher.exited)


async def _wait(watcher: _Watcher, timeout: float, cancel: CancelToken, watch: Watch | None) -> str:
    """Wait for the end or the cancellation; else which limit was exceeded, :data:`_TIME` for the time."""
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()

    def stop() -> None:
        loop.call_soon_threadsafe(stopped.set)

    remove = cancel.on_cancel(stop)
    waits = [asyncio.ensure_future(watcher.exited.wait()), asyncio.ensure_future(stopped.wait())]
    end = loop.time() + timeout
    try:
        while True:
            left = end - loop.time()
            step = left if watch is None else min(left, INTERVAL_SECONDS)
            done, _ = await asyncio.wait(waits, timeout=step, return_when=asyncio.FIRST_COMPLETED)
            if done:
                return ""
            if loop.time() >= end:
                return _TIME
            if watch is not None and (exceeded := await asyncio.to_thread(watch.exceeded)):
                return exceeded
    finally:
        remove()
        for wait in waits:
            wait.cancel()


async def _terminate(transport: asyncio.SubprocessTransport, watcher: _Watcher, exceeded: str) -> None:
    """Ask the command and its children to end, then make them; one that takes too much is not asked."""
    if exceeded in ("", _TIME):
        await asyncio.to_thread(ask_to_end, transport.get_pid())
        grace = TERMINATION_GRACE_SECONDS if exceeded else CANCEL_GRACE_SECONDS
        if await _within(grace, watcher.exited):
            return
    signal_group(transport.get_pid(), signal.SIGKILL)
    # A process that the kernel cannot interrupt (a dead network disk) is left behind.
    await _within(KILL_GRACE_SECONDS, watcher.exited)


async def _settle(
    transport: asyncio.SubprocessTransport, watcher: _Watcher, marker: str, cancel: CancelToken
) -> None:
    """The command itself is over: take the rest of its output, end what it left behind."""
    if not cancel.cancelled:
        await _within(PIPE_GRACE_SECONDS, watcher.closed)
    await asyncio.to_thread(end_stray, transport.get_pid(), marker)
    if not cancel.cancelled:
        # A process that got away may hold the pipe for ever; what it prints is of no interest.
        await _within(PIPE_GRACE_SECONDS, watcher.closed)


async def _within(seconds: float, event: asyncio.Event) -> bool:
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except asyncio.TimeoutError:
        return False
    return True


async def _result(
    transport: asyncio.SubprocessTransport, watcher: _Watcher, seconds: float, exceeded: str
) -> CommandResult:
    code = transport.get_returncode()
    captures = watcher.captures
    # Megabytes of text take longer than a loop may be held up.
    stdout, stderr = await asyncio.to_thread(lambda: (captures[1].text(), captures[2].text()))
    if exceeded and exceeded != _TIME:
        stdout = f"{stdout.rstrip()}\ncopilot-tui: the command was ended, {exceeded}\n".lstrip()
    return CommandResult(
        exit_code=None if exceeded == _TIME or code is None else (code if code >= 0 else 128 - code),
        signal=-code if code is not None and code < 0 else None,
        stdout=stdout,
        stderr=stderr,
        seconds=seconds,
        timed_out=exceeded == _TIME,
        truncated=captures[1].truncated or captures[2].truncated,
        exceeded="" if exceeded == _TIME else exceeded,
    )
