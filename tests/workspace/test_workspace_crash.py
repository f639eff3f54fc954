"""After a kill at any moment and after a full disk, the code base is as before or as after an edit."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from copilot_tui.workspace.apply import Workspace
from tests.workspace import crash_driver

DRIVER = [sys.executable, crash_driver.__file__]
IN_OWN_MOUNTS = ["unshare", "--user", "--map-root-user", "--mount"]
KILLS = int(os.environ.get("COPILOT_TEST_KILLS", "24"))


def run(*arguments: str) -> str:
    done = subprocess.run([*DRIVER, *arguments], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_kill_at_random_moments(tmp_path: Path) -> None:
    source, journal = tmp_path / "source", tmp_path / "journal"
    crash_driver.build_tree(source)
    sides = crash_driver.both_sides(source, journal)
    seed = random.randrange(10**6)
    chance = random.Random(seed)
    hit: Counter[str] = Counter()
    for _ in range(KILLS):
        with subprocess.Popen([*DRIVER, "loop", str(source), str(journal)], stdout=subprocess.PIPE) as child:
            assert child.stdout is not None
            seconds_of_a_round = float(child.stdout.readline())
            time.sleep(chance.uniform(0, seconds_of_a_round))
            child.kill()
        hit.update(path.name.split(".")[1] for path in journal.glob("*ing.json"))
        Workspace(source, journal).recover()
        crash_driver.assert_whole(source, journal, sides)
    print(f"{KILLS} kills, of edits under way: {dict(hit)}")
    assert hit, f"no kill hit an edit (seed {seed})"


@pytest.mark.parametrize("operation", ["apply", "undo", "redo", "recover"])
def test_kill_at_every_file_operation(tmp_path: Path, operation: str) -> None:
    moments = int(run("every", operation, str(tmp_path / "source"), str(tmp_path / "journal")))
    assert moments > 10


def test_kill_at_every_file_operation_of_a_merge(tmp_path: Path) -> None:
    moments = int(run("merge", str(tmp_path / "source"), str(tmp_path / "journal")))
    assert moments > 10


def test_a_file_size_limit_rolls_everything_back(tmp_path: Path) -> None:
    pytest.importorskip("resource")
    told = run("full", "500000", str(tmp_path / "source"), str(tmp_path / "journal"))
    assert "File too large. All files are as they were." in told


def test_a_full_disk_rolls_everything_back() -> None:
    """On a real file system without room, where this machine lets us mount one."""
    mount = "mount -t tmpfs -o size=400k none /mnt"
    allowed = shutil.which("unshare") and subprocess.run(
        [*IN_OWN_MOUNTS, "sh", "-c", mount], capture_output=True, check=False
    )
    if not allowed or allowed.returncode:
        pytest.skip("this machine does not let a user mount a small file system")
    script = f'{mount} && exec "$@"'
    arguments = [*DRIVER, "full", "0", "/mnt/source", "/mnt/journal"]
    done = subprocess.run(
        [*IN_OWN_MOUNTS, "sh", "-c", script, "sh", *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "No space left on device. All files are as they were." in done.stdout
