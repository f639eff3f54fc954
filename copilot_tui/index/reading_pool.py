"""Reads the facts of many files in processes of their own, one for each core.

Python parses in one thread only; processes use all cores, and contain what hostile text does to a parser.
When one dies, its files are read again one by one in a new process; the one that kills again is lost, with a
reason. Few files are read here, which costs no process.
"""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

import msgspec

from copilot_tui.core.cancellation import CancelToken
from copilot_tui.core.errors import CopilotError
from copilot_tui.index.catalogue import Incomplete
from copilot_tui.index.facts import FileFacts, read_facts
from copilot_tui.index.frames import read_frame, write_frame
from copilot_tui.index.identifiers import TermCutter
from copilot_tui.index.reading import SourceReader, decode

UNREADABLE = "unreadable"
TOO_HARD = "its text exhausts the parser"

_MOST_PROCESSES = 8
_FEW_FILES = 48
_FEW_BYTES = 200_000
_CHUNK_FILES = 64
_CHUNK_BYTES = 1_000_000
_WAITING_ANSWERS = 512
_PATIENCE_SECONDS = 60.0


class Lost(NamedTuple):
    """A file whose facts cannot be had, and why."""

    number: int
    path: str
    reason: str


def read_all(
    files: Sequence[Incomplete], source: Path, limit: int, cancel: CancelToken
) -> Generator[FileFacts | Lost, None, None]:
    """The facts of every file, in no certain order."""
    if len(files) <= _FEW_FILES and sum(file.size for file in files) <= _FEW_BYTES:
        yield from _read_here(files, source, limit, cancel)
        return
    pool = _Pool(files, source, limit)
    try:
        yield from pool.answers(cancel)
    finally:
        pool.close()


def _read_here(
    files: Sequence[Incomplete], source: Path, limit: int, cancel: CancelToken
) -> Iterator[FileFacts | Lost]:
    reader, terms = SourceReader(source, limit), TermCutter()
    for file in files:
        cancel.raise_if_cancelled()
        try:
            text = decode(reader.read(file.path))
        except (OSError, ValueError, CopilotError):
            yield Lost(file.number, file.path, UNREADABLE)
        else:
            yield read_facts(file.number, file.path, file.language, text, terms)


def process_count() -> int:
    """How many processes may work at once: the cores that this one may use."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, _MOST_PROCESSES)


class _Pool:
    """Threads that each feed one process and collect what it answers."""

    def __init__(self, files: Sequence[Incomplete], source: Path, limit: int) -> None:
        self._command = [sys.executable, "-m", "copilot_tui.index.reading_worker"]
        # The process works elsewhere, so a relative path would mean another folder there.
        self._command += [str(source.absolute()), str(limit)]
        self._chunks = deque(_chunks(files))
        self._answers: queue.Queue[FileFacts | Lost | BaseException | None] = queue.Queue(_WAITING_ANSWERS)
        self._closed = threading.Event()
        self._lines = [_Line(self) for _ in range(min(process_count(), len(self._chunks)))]

    def answers(self, cancel: CancelToken) -> Iterator[FileFacts | Lost]:
        running = len(self._lines)
        while running:
            cancel.raise_if_cancelled()
            for line in self._lines:
                line.end_if_stuck()
            try:
                answer = self._answers.get(timeout=0.2)
            except queue.Empty:
                continue
            if answer is None:
                running -= 1
            elif isinstance(answer, BaseException):
                raise answer
            else:
                yield answer

    def close(self) -> None:
        self._closed.set()
        for line in self._lines:
            line.close()

    def next_chunk(self) -> list[Incomplete] | None:
        try:
            return None if self._closed.is_set() else self._chunks.popleft()
        except IndexError:
            return None

    def put(self, answer: FileFacts | Lost | BaseException | None) -> None:
        while not self._closed.is_set():
            try:
                self._answers.put(answer, timeout=0.2)
            except queue.Full:
                continue
            return

    def start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=Path(__file__).parents[2],
        )


class _Line:
    """One process and the thread that talks to it."""

    def __init__(self, pool: _Pool) -> None:
        self._pool = pool
        self._process: subprocess.Popen[bytes] | None = None
        self._decoder = msgspec.msgpack.Decoder(FileFacts)
        self._last_answer = time.monotonic()
        self._thread = threading.Thread(target=self._work, name="index-reading", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._end_process()
        self._thread.join(timeout=5)
        self._end_process()

    def end_if_stuck(self) -> None:
        """End a process that works on one file for longer than any file takes."""
        if self._process is not None and time.monotonic() - self._last_answer > _PATIENCE_SECONDS:
            self._last_answer = time.monotonic()
            self._process.kill()

    def _work(self) -> None:
        try:
            while (chunk := self._pool.next_chunk()) is not None:
                done = self._read(chunk)
                for file in chunk[done:]:
                    if not self._read([file]):
                        self._pool.put(Lost(file.number, file.path, TOO_HARD))
        except OSError as error:
            self._pool.put(error)
        finally:
            self._end_process()
            self._pool.put(None)

    def _read(self, files: Sequence[Incomplete]) -> int:
        """How many of ``files`` were answered; fewer than all when the process died."""
        if self._process is None:
            self._process = self._pool.start()
        self._last_answer = time.monotonic()
        incoming = cast(BinaryIO, self._process.stdout)
        order = [(file.number, file.path, file.language) for file in files]
        done = 0
        try:
            outgoing = cast(BinaryIO, self._process.stdin)
            write_frame(outgoing, msgspec.msgpack.encode(order))
            outgoing.flush()
            for file in files:
                frame = read_frame(incoming)
                if frame is None:
                    break
                self._last_answer = time.monotonic()
                answer = self._decoder.decode(frame) if frame else Lost(file.number, file.path, UNREADABLE)
                self._pool.put(answer)
                done += 1
        except (BrokenPipeError, ConnectionResetError):
            pass
        if done < len(files):
            self._end_process()
        return done

    def _end_process(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    try:
                        stream.close()
                    except OSError:
                        pass  # what was still to be sent has no reader


def _chunks(files: Sequence[Incomplete]) -> Iterator[list[Incomplete]]:
    chunk: list[Incomplete] = []
    size = 0
    for file in files:
        chunk.append(file)
        size += file.size
        if len(chunk) >= _CHUNK_FILES or size >= _CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk
