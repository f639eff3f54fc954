"""Temporary folders vanish, also those of a process that was killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from copilot_tui.store.scratch import YOUNG_SECONDS, scratch_folder, sweep

CHILD = """
import sys, time
from copilot_tui.store.scratch import scratch_folder
with scratch_folder("copilot-tui-build-") as folder:
    (folder / "left.o").write_text("half")
    print(folder, flush=True)
    time.sleep(600)
"""

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="folders cannot be locked there")


def test_what_a_killed_process_left_is_removed_and_what_lives_is_not(tmp_path: Path) -> None:
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD], stdout=subprocess.PIPE, text=True, env=environment
    )
    try:
        assert child.stdout is not None
        folder = Path(child.stdout.readline().strip())
        _age(folder)
        assert sweep(tmp_path) == ()
        assert folder.is_dir()
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait()
    assert sweep(tmp_path) == (folder,)
    assert list(tmp_path.iterdir()) == []


def test_only_old_folders_of_this_program_are_removed(tmp_path: Path) -> None:
    young, other = tmp_path / "copilot-tui-build-young", tmp_path / "copilot-tui-demo-kept"
    linked, target = tmp_path / "copilot-tui-copy-link", tmp_path / "precious"
    for folder in (young, other, target):
        folder.mkdir()
    linked.symlink_to(target)
    _age(other)
    _age(target)
    assert sweep(tmp_path) == ()
    assert {path.name for path in tmp_path.iterdir()} == {p.name for p in (young, other, linked, target)}


def test_a_folder_is_gone_after_its_use() -> None:
    with scratch_folder("copilot-tui-build-") as folder:
        (folder / "made").write_text("x")
    assert not folder.exists()


def _age(folder: Path) -> None:
    then = time.time() - 2 * YOUNG_SECONDS
    os.utime(folder, (then, then))
