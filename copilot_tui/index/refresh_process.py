"""Refreshes an index in a process of its own, which shares no interpreter with a frontend's threads.

A refresh of many files computes for seconds; in a thread it would keep every key waiting. Blocks: call it in
a thread.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import BinaryIO, cast

import msgspec

from copilot_tui.core.cancellation import CancelToken
from copilot_tui.core.errors import CopilotError
from copilot_tui.index.frames import read_frame, write_frame
from copilot_tui.index.parts import IndexParts
from copilot_tui.index.refresh_worker import Answer
from copilot_tui.index.update import Progress


def refresh_elsewhere(parts: IndexParts, progress: Progress, cancel: CancelToken) -> int:
    """How many files the index holds afterwards. Raises what went wrong there, and Cancelled."""
    process = subprocess.Popen(
        [sys.executable, "-m", "copilot_tui.index.refresh_worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=Path(__file__).parents[2],
    )
    registered = cancel.on_cancel(process.kill)
    try:
        with process:
            outgoing, incoming = cast(BinaryIO, process.stdin), cast(BinaryIO, process.stdout)
            answer = _answered(parts, outgoing, incoming, progress)
            process.kill()
    except BrokenPipeError:
        answer = None
    finally:
        registered()
    cancel.raise_if_cancelled()
    if answer is None:
        raise CopilotError(
            "The process that brings the index up to date ended too soon.",
            "Explorations refresh the index by themselves.",
        )
    if answer.files is None:
        raise CopilotError(answer.error, answer.hint)
    return answer.files


def _answered(parts: IndexParts, outgoing: BinaryIO, incoming: BinaryIO, progress: Progress) -> Answer | None:
    """The last answer; None when the process died before it."""
    write_frame(outgoing, msgspec.msgpack.encode(parts))
    outgoing.flush()
    while (frame := read_frame(incoming)) is not None:
        answer = msgspec.msgpack.decode(frame, type=Answer)
        if answer.files is not None or answer.error:
            return answer
        progress(answer.what, answer.done, answer.total)
    return None
