"""Finding and ending every process of a build, also those that ran away from it.

A build command is started as the leader of its own session, with a marker in its environment. A
child that stays in the session is found by the session, one that left it (``setsid``, a daemon) by
the marker. Only a process that did both, left the session and cleared its environment, gets away.
Linux is read through ``/proc`` with process descriptors, so that a number that was given to another
process in the meantime is never hit; elsewhere psutil tells, and that race is as small as it can be.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import psutil

from copilot_tui.build.environment import MARKER

_ROUNDS = 20
_PAUSE_SECONDS = 0.005


def signal_group(leader: int, number: signal.Signals) -> None:
    """Send a signal to the process group of a leader that was not waited for yet."""
    try:
        os.killpg(leader, number)
    except (ProcessLookupError, PermissionError):
        # Gone already, or nothing but processes of another user is left (a setuid child).
        pass


def ask_to_end(leader: int) -> None:
    """Send SIGTERM to what a build runs. Of bubblewrap, its two processes at the root are left out: they
    would end at once, and with them everything inside, which shall have time to tidy up."""
    if sys.platform != "linux" or Path(f"/proc/{leader}/comm").read_bytes() != b"bwrap\n":
        signal_group(leader, signal.SIGTERM)
        return
    for name in filter(str.isdigit, os.listdir("/proc")):  # noqa: PTH208 (speed)
        try:
            _, parent, group, _ = _status(int(name))
            if group == leader and leader not in (int(name), parent):
                os.kill(int(name), signal.SIGTERM)
        except OSError:
            continue  # ended meanwhile, or another user's


def end_stray(leader: int, marker: str) -> None:
    """Kill what is left of the build, again until nothing is found, since processes may fork meanwhile.

    Blocks for a few milliseconds: call it in a thread.
    """
    kill = _kill_on_linux if sys.platform == "linux" else _kill_elsewhere
    for _ in range(_ROUNDS):
        if not kill(leader, marker):
            return
        time.sleep(_PAUSE_SECONDS)


def _kill_on_linux(leader: int, marker: str) -> int:
    own = os.getpid()
    pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]  # noqa: PTH208 (speed)
    return sum(_kill_if_ours(pid, leader, marker.encode()) for pid in pids if pid != own)


def _kill_if_ours(pid: int, leader: int, marker: bytes) -> bool:
    try:
        descriptor = os.pidfd_open(pid)
    except OSError:
        return False  # ended since /proc was listed
    try:
        if not _is_ours(pid, leader, marker):
            return False
        signal.pidfd_send_signal(descriptor, signal.SIGKILL)
    except OSError:
        return False  # ended meanwhile, or another user's
    finally:
        os.close(descriptor)
    return True


def _is_ours(pid: int, leader: int, marker: bytes) -> bool:
    """Alive (a zombie only waits for its parent), and of the leader's session or marked."""
    state, _, _, session = _status(pid)
    if state in {"Z", "X"}:
        return False
    if session == leader:
        return True
    try:
        return marker in Path(f"/proc/{pid}/environ").read_bytes()
    except PermissionError:
        return False


def _status(pid: int) -> tuple[str, int, int, int]:
    """State, parent, process group and session."""
    stat = Path(f"/proc/{pid}/stat").read_bytes()
    # The name in parentheses may hold anything.
    state, parent, group, session = stat[stat.rfind(b")") + 1 :].split()[:4]
    return state.decode(), int(parent), int(group), int(session)


def _kill_elsewhere(leader: int, marker: str) -> int:
    """The same by psutil; sessions are not looked at, a process that hides its environment gets away."""
    count = 0
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid() and marker in process.environ().get(MARKER, ""):
                process.kill()
                count += 1
        except (psutil.Error, OSError):
            continue  # ended meanwhile, or another user's
    return count
