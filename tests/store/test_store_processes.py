"""What must hold between processes: one writer, ids that never meet, nothing lost to ``kill -9``."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from copilot_tui.core.errors import StoreLockedError
from copilot_tui.store.database import Database
from copilot_tui.store.identifiers import new_session_id
from copilot_tui.store.lock import WriterLock
from copilot_tui.store.sessions import SessionStore

APPENDING = """
import sys
from pathlib import Path
from copilot_tui.core.artefacts import Task
from copilot_tui.core.events import SessionStarted, TokenStreamed
from copilot_tui.store.database import Database
from copilot_tui.store.lock import WriterLock
from copilot_tui.store.sessions import SessionStore

directory = Path(sys.argv[1])
with WriterLock(directory), Database.open(directory) as database:
    sessions = SessionStore(database)
    print(sessions.append("s", SessionStarted(Task("t"), "/code")).seq, flush=True)
    while True:
        print(sessions.append("s", TokenStreamed("generate", "word " * 50)).seq, flush=True)
"""

HOLDING = """
import sys
from pathlib import Path
from copilot_tui.store.lock import WriterLock
lock = WriterLock(Path(sys.argv[1]))
lock.acquire()
print("held", flush=True)
sys.stdin.read()
"""


@contextmanager
def python(script: str, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def read_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


@pytest.mark.skipif(os.name == "nt", reason="there is no kill -9")
def test_kill_9_loses_no_event_whose_append_returned(tmp_path: Path) -> None:
    for attempt in range(3):
        directory = tmp_path / str(attempt)
        with python(APPENDING, directory) as process:
            for _ in range(random.Random(attempt).randrange(2, 400)):
                shown = int(read_line(process))
            process.send_signal(signal.SIGKILL)
            rest = process.communicate()[0].split("\n")[:-1]  # an unfinished number says nothing
        shown = int(rest[-1]) if rest else shown
        with WriterLock(directory), Database.open(directory) as database:
            stored = [record.seq for record in SessionStore(database).records("s")]
            assert database.notices == ()
            assert stored == list(range(1, len(stored) + 1))
            assert len(stored) >= shown


def test_the_second_process_is_told_who_holds_the_lock_and_can_still_read(tmp_path: Path) -> None:
    with python(APPENDING, tmp_path) as process:
        assert read_line(process) == "1"
        with pytest.raises(StoreLockedError) as caught:
            WriterLock(tmp_path).acquire()
        assert str(process.pid) in caught.value.message
        assert "since 20" in caught.value.message
        assert "sessions list" in caught.value.hint
        with Database.open(tmp_path, read_only=True) as database:
            sessions = SessionStore(database)
            assert [overview.status for overview in sessions.overviews()] == ["running"]
            first = len(sessions.records("s"))
            while len(sessions.records("s")) == first:  # what the writer adds becomes visible
                pass


@pytest.mark.skipif(os.name == "nt", reason="there is no kill -9")
def test_the_lock_vanishes_with_its_process(tmp_path: Path) -> None:
    lock = WriterLock(tmp_path)
    with python(HOLDING, tmp_path) as process:
        assert read_line(process) == "held"
        holder = lock.holder()
        assert holder is not None
        assert holder.process == process.pid
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert lock.holder() is None
    with lock:
        assert lock.held
    assert lock.holder() is None


def test_many_processes_create_one_database_together(tmp_path: Path) -> None:
    script = """
import sys
from pathlib import Path
from copilot_tui.core.events import SessionRenamed
from copilot_tui.store.database import Database
from copilot_tui.store.sessions import SessionStore
print("ready", flush=True)
sys.stdin.readline()
with Database.open(Path(sys.argv[1])) as database:
    for _ in range(20):
        SessionStore(database).append(sys.argv[2], SessionRenamed("x"))
"""
    with python(script, tmp_path, "a") as one, python(script, tmp_path, "b") as two:
        assert read_line(one) == read_line(two) == "ready"
        for process in (one, two):
            assert process.stdin is not None
            process.stdin.write("\n")
            process.stdin.flush()
        assert (one.wait(), two.wait()) == (0, 0)
    with Database.open(tmp_path) as database:
        assert {o.id: o.events for o in SessionStore(database).overviews()} == {"a": 20, "b": 20}


def test_ids_sort_by_time_and_never_repeat_within_a_process() -> None:
    made = [new_session_id() for _ in range(20_000)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)
    assert {len(one) for one in made} == {26}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="only a fork shares the counter")
def test_ids_of_forked_processes_never_meet() -> None:
    new_session_id()
    script = """
import os
from copilot_tui.store.identifiers import new_session_id
new_session_id()
readers = []
for _ in range(4):
    reader, writer = os.pipe()
    if os.fork() == 0:
        os.write(writer, "\\n".join(new_session_id() for _ in range(2_000)).encode())
        os._exit(0)
    os.close(writer)
    readers.append(reader)
for reader in readers:
    with open(reader) as lines:
        print(lines.read())
"""
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    made = result.stdout.split()
    assert len(made) == 8_000
    assert len(set(made)) == len(made)
