"""``copilot-tui serve`` as a process, and what its address consists of."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import COMMAND, GOOD_BODY, configure, conversation


class Served:
    """A running server; ``url`` is the address that it printed."""

    def __init__(self, process: subprocess.Popen[str], url: str) -> None:
        self.process = process
        self.url = url
        self.origin = "/".join(url.split("/")[:3])
        self.token = url.split("/")[3]

    def stop(self) -> tuple[int, str]:
        self.process.send_signal(signal.SIGINT)
        _, err = self.process.communicate(timeout=60)
        return self.process.returncode, err


@pytest.fixture
def served(calc_project: Path) -> Iterator[Served]:
    configure(calc_project, conversation(GOOD_BODY))
    process = subprocess.Popen(
        [*COMMAND, "serve", str(calc_project)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        yield Served(process, process.stdout.readline().strip())
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()


Until = Callable[[Callable[[], bool]], None]
