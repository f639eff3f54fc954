"""The command line as people and programs meet it: a process, its streams and its exit code."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import CALC_SOURCE, GOOD_DOUBLE, Script

COMMAND = (sys.executable, "-m", "copilot_tui")

GOOD_BODY = GOOD_DOUBLE.split("{\n", 1)[1]
WRONG_BODY = "    return value + 1;\n}"
"""Replies after an opening: the prompt has already written the signature and the brace."""


@dataclass(frozen=True)
class Finished:
    """A process that has ended. Nothing it printed can drive a terminal, and it did not crash."""

    code: int
    out: str
    err: str

    @property
    def objects(self) -> list[dict[str, Any]]:
        """stdout as one JSON object a line; fails when anything else stands there."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def session(self) -> str:
        return str(self.objects[0]["session"])

    def of_type(self, kind: str) -> list[dict[str, Any]]:
        return [line for line in self.objects if line["type"] == kind]


def finished(code: int, out: bytes, err: bytes) -> Finished:
    """Check what holds for every call, then hand the result over."""
    result = Finished(code, out.decode(), err.decode())
    assert "Traceback" not in result.err, result.err
    assert "\x1b" not in result.out + result.err
    return result


def call(
    *arguments: str | Path,
    stdin: bytes = b"",
    path: str | None = None,
    prefix: Sequence[str] = (),
    prepare: Callable[[], None] | None = None,
    timeout: float = 60,
) -> Finished:
    """Run ``copilot-tui`` to its end. ``prefix`` stands before the command, ``path`` replaces PATH."""
    done = subprocess.run(
        [*prefix, *COMMAND, *map(str, arguments)],
        input=stdin,
        capture_output=True,
        timeout=timeout,
        check=False,
        env={**os.environ, **({"PATH": path} if path is not None else {})},
        preexec_fn=prepare,
    )
    return finished(done.returncode, done.stdout, done.stderr)


def _heed_interrupts() -> None:
    """A suite that was started in the background hands down that Ctrl+C is ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Running:
    """A ``--json`` run that is still at work, in a process group of its own."""

    def __init__(self, *arguments: str | Path) -> None:
        self.process = subprocess.Popen(
            [*COMMAND, *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            bufsize=0,  # what `until` has not read must be left for `communicate`
            preexec_fn=_heed_interrupts,
        )
        self.lines: list[bytes] = []

    def until(self, kind: str, **fields: Any) -> None:
        """Read events up to the first of this type that has these fields."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line)
            event = json.loads(line)
            if event["type"] == kind and all(event[key] == value for key, value in fields.items()):
                return
        raise AssertionError(f"no {kind} came: {self.end().err}")

    def interrupt(self) -> None:
        self.process.send_signal(signal.SIGINT)

    def until_it_says(self, text: str) -> None:
        assert self.process.stderr is not None
        said = b""
        while text.encode() not in said:
            piece = os.read(self.process.stderr.fileno(), 4096)
            assert piece, said
            said += piece

    def end(self) -> Finished:
        """Wait for the end; stdout is everything from the first event on."""
        try:
            out, err = self.process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        return finished(self.process.returncode, b"".join(self.lines) + out, err)


def iteration(body: str, **changes: Any) -> list[str]:
    """What a model says to reason, generate and review."""
    script = Script([])
    return [json.dumps(script.plan | changes), body, json.dumps(script.findings)]


def conversation(*bodies: str) -> list[str]:
    """What a model says in a session with one iteration for each body."""
    replies = [json.dumps(Script([]).insights)]
    for body in bodies:
        replies += iteration(body)
    return replies


def configure(
    project: Path,
    replies: Sequence[str],
    *,
    cycle: bool = False,
    delay: float = 0.0,
    build: str = "",
    max_length: int = 200,
) -> None:
    """Let the code base be worked on by a model that gives these replies, one candidate an iteration."""
    script = project.with_name("replies.json")
    script.write_text(json.dumps({"replies": list(replies), "cycle": cycle, "delay": delay}))
    role = f"engine = 'scripted'\nmodel_path = '{script}'\nmax_length = {max_length}\n"
    settings = f"[codegen]\n{role}[llm]\n{role}[generation]\nsamples = 1\n[build]\n{build}"
    (project / ".copilot-tui.toml").write_text(settings)


def body_of(project: Path) -> str:
    """The task's function as it stands in the code base now."""
    return (project / "calc.c").read_text().partition("int calc_double(int value)\n")[2]


ORIGINAL_BODY = CALC_SOURCE.partition("int calc_double(int value)\n")[2]


@pytest.fixture
def solvable(calc_project: Path) -> Path:
    """The calculator library and a model that solves its task at once."""
    configure(calc_project, conversation(GOOD_BODY))
    return calc_project
