"""The runner ends everything that it started, keeps its memory, and tells what happened."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import textwrap
from pathlib import Path

import psutil
import pytest

from copilot_tui.build.environment import MARKER
from copilot_tui.build.runner import CommandResult, run_command
from copilot_tui.core.cancellation import CancelToken
from copilot_tui.core.errors import BuildError, BuildToolMissingError, Cancelled
from tests.build.conftest import is_alive, wait_for_pid

DAEMON = """
import os, sys, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        open("pid", "w").write(str(os.getpid()))
        time.sleep(1000)
    os._exit(0)
while not (os.path.exists("pid") and os.path.getsize("pid")):
    time.sleep(0.01)
print("started")
"""


async def run(directory: Path, *command: str, timeout: float = 30, **options: object) -> CommandResult:
    options = {"max_output_bytes": 100_000, "cancel": CancelToken(), **options}
    return await run_command(command, directory, timeout=timeout, **options)  # type: ignore[arg-type]


async def test_a_hanging_command_is_stopped_with_its_children(tmp_path: Path) -> None:
    result = await run(tmp_path, "sh", "-c", "echo begun; sleep 1000 & echo $! > pid; wait", timeout=0.3)
    assert (result.timed_out, result.exit_code, result.stdout) == (True, None, "begun\n")
    assert not is_alive(wait_for_pid(tmp_path / "pid"))


async def test_a_command_that_ignores_sigterm_is_killed(tmp_path: Path) -> None:
    result = await run(
        tmp_path, "sh", "-c", "trap '' TERM; echo $$ > pid; while :; do sleep 1; done", timeout=0.3
    )
    assert result.timed_out
    assert not is_alive(wait_for_pid(tmp_path / "pid"))


async def test_a_command_may_clean_up_when_its_time_is_over(tmp_path: Path) -> None:
    await run(
        tmp_path,
        "sh",
        "-c",
        "trap 'echo tidy > tidied; exit' TERM; while :; do sleep 0.01; done",
        timeout=0.3,
    )
    assert (tmp_path / "tidied").exists()


async def test_reading_stdin_gives_nothing_instead_of_waiting(tmp_path: Path) -> None:
    result = await run(tmp_path, "sh", "-c", "read line || echo nothing; cat")
    assert (result.exit_code, result.stdout) == (0, "nothing\n")


async def test_a_child_that_keeps_the_pipe_open_does_not_hang_the_build(tmp_path: Path) -> None:
    result = await run(tmp_path, "sh", "-c", "sleep 1000 & echo $! > pid; echo done")
    assert (result.exit_code, result.stdout) == (0, "done\n")
    assert not is_alive(wait_for_pid(tmp_path / "pid"))


async def test_a_daemon_in_its_own_session_is_found_and_ended(tmp_path: Path) -> None:
    result = await run(tmp_path, sys.executable, "-c", DAEMON)
    assert (result.exit_code, result.stdout) == (0, "started\n")
    assert not is_alive(wait_for_pid(tmp_path / "pid"))


async def test_cancelling_kills_everything_and_raises(tmp_path: Path) -> None:
    token = CancelToken()
    running = asyncio.create_task(
        run(tmp_path, "sh", "-c", "trap '' TERM; echo $$ > pid; sleep 1000", cancel=token)
    )
    pid = await asyncio.to_thread(wait_for_pid, tmp_path / "pid")
    token.cancel()
    with pytest.raises(Cancelled):
        await asyncio.wait_for(running, 5)
    assert not is_alive(pid)


async def test_cancelling_the_waiting_task_leaves_no_process(tmp_path: Path) -> None:
    running = asyncio.create_task(run(tmp_path, "sh", "-c", "echo $$ > pid; sleep 1000"))
    pid = await asyncio.to_thread(wait_for_pid, tmp_path / "pid")
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert not is_alive(pid)


async def test_cancelling_at_any_moment_of_the_start_leaves_no_process(tmp_path: Path) -> None:
    for turns in range(30):
        running = asyncio.create_task(
            run(tmp_path, "sh", "-c", "sleep 1000 & wait", environment={"STARTED_BY": str(tmp_path)})
        )
        for _ in range(turns):
            await asyncio.sleep(turns / 10_000)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(running, 20)
    left = [
        process
        for process in psutil.process_iter(["environ"])
        if (process.info["environ"] or {}).get("STARTED_BY") == str(tmp_path) and is_alive(process.pid)
    ]
    assert left == []


def test_a_gigabyte_of_output_costs_no_memory(tmp_path: Path) -> None:
    # In a process of its own, since the peak of this one may be high already.
    program = textwrap.dedent(
        """
        import asyncio, resource
        from pathlib import Path
        from copilot_tui.build.runner import run_command
        from copilot_tui.core.cancellation import CancelToken

        peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        line = "src/text.c:1:2: warning: too much"
        flood = ("sh", "-c", f"echo first; yes {line} | head -c 1000000000; echo last")
        small = ("sh", "-c", f"yes {line} | head -c 1000000")

        def run(command):
            return asyncio.run(
                run_command(command, Path("."), timeout=120, max_output_bytes=200_000, cancel=CancelToken())
            )

        run(small)
        before = peak()
        result = run(flood)
        text = result.stdout
        assert result.exit_code == 0 and result.truncated
        assert text.startswith("first\\n") and text.endswith("last\\n"), text[-100:]
        assert len(text) <= 200_000 and "bytes left out" in text
        print(peak() - before)
        """
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    grown_kilobytes = int(done.stdout)
    assert grown_kilobytes < 5_000


async def test_output_is_safe_to_show(tmp_path: Path) -> None:
    result = await run(tmp_path, "printf", r"\033[31mred\033[0m \377\376 \033]0;title\007end\n")
    assert result.stdout == "red \ufffd\ufffd end\n"


async def test_merged_streams_keep_the_order_of_writing(tmp_path: Path) -> None:
    script = "for i in 1 2 3; do echo out$i; echo error$i >&2; done"
    result = await run(tmp_path, "sh", "-c", script, merge_streams=True)
    assert result.stdout.split() == ["out1", "error1", "out2", "error2", "out3", "error3"]
    apart = await run(tmp_path, "sh", "-c", script)
    assert (apart.stdout.split(), apart.stderr.split()) == (
        ["out1", "out2", "out3"],
        ["error1", "error2", "error3"],
    )


async def test_fresh_output_is_shown_while_the_command_runs(tmp_path: Path) -> None:
    seen: list[str] = []

    def show(text: str) -> None:
        seen.append(text)
        (tmp_path / "go").touch()

    script = "printf '\\033[1mhalf\\033[0m\\n'; while [ ! -e go ]; do sleep 0.01; done; echo rest"
    result = await run(tmp_path, "sh", "-c", script, on_output=show)
    assert (seen[0], "".join(seen)) == ("half\n", result.stdout)


async def test_a_signal_is_told_apart_from_an_exit_code(tmp_path: Path) -> None:
    result = await run(tmp_path, "sh", "-c", "kill -SEGV $$")
    assert (result.exit_code, result.signal, result.timed_out) == (139, 11, False)


async def test_the_environment_is_fit_for_parsing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("MAKEFLAGS", "-j"), ("LANGUAGE", "de"), ("LC_ALL", "de_DE"), (MARKER, "outer")):
        monkeypatch.setenv(name, value)
    result = await run(tmp_path, "env", environment={"EXTRA": "given"})
    variables = dict(line.partition("=")[::2] for line in result.stdout.splitlines())
    assert variables["LC_ALL"] == "C.UTF-8"
    assert variables["NO_COLOR"] == "1"
    assert variables["EXTRA"] == "given"
    assert variables[MARKER].startswith("outer:")
    assert not {"MAKEFLAGS", "LANGUAGE"} & set(variables)


async def test_what_cannot_be_started_is_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(BuildToolMissingError, match="no-such-compiler"):
        await run(tmp_path, "no-such-compiler")
    with pytest.raises(BuildError, match="does not exist"):
        await run(tmp_path / "nowhere", "true")
    (tmp_path / "data").write_text("no program")
    with pytest.raises(BuildError, match="could not be started"):
        await run(tmp_path, "./data")
    with pytest.raises(BuildError):
        await run(tmp_path, "true", "zero\0byte")
