"""What the tests of the judge share: settings, processes that must be gone, a PATH of one's own."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from copilot_tui.core.config import BuildSettings


@pytest.fixture
def settings() -> BuildSettings:
    return BuildSettings(build_command="", test_command="", timeout_seconds=60.0, max_output_bytes=100_000)


@pytest.fixture
def only_tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Makes PATH hold the named programs and nothing else; unknown ones become empty scripts."""

    def keep(*names: str) -> None:
        folder = tmp_path / "only-these-tools"
        folder.mkdir()
        for name in names:
            real = shutil.which(name)
            if real:
                (folder / name).symlink_to(real)
            else:
                (folder / name).write_text("#!/bin/sh\n")
                (folder / name).chmod(0o755)
        monkeypatch.setenv("PATH", str(folder))
        for variable in ("CC", "CXX"):
            monkeypatch.delenv(variable, raising=False)

    return keep


def is_alive(pid: int) -> bool:
    """Whether a process still runs; one that only waits to be reaped does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def wait_for_pid(file: Path) -> int:
    """The process number that a script under test writes into ``file``."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if file.exists() and (text := file.read_text().strip()):
            return int(text)
        time.sleep(0.01)
    raise AssertionError(f"nothing wrote {os.fspath(file)}")
