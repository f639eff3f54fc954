"""Copies of a code base: the same in everything that a build sees, and apart from the original."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from copilot_tui.core.artefacts import FileChange
from copilot_tui.core.errors import FileConflictError
from copilot_tui.workspace.worktree import copied_tree
from tests.workspace.crash_driver import CHANGES, build_tree, snapshot


@pytest.fixture
def source(tmp_path: Path) -> Path:
    root = tmp_path / "source"
    build_tree(root)
    (root / ".git").mkdir()
    (root / ".git" / "HEAD").write_text("ref: x\n")
    (root / "build").mkdir()
    (root / "build" / "main.o").write_bytes(b"\0object")
    (root / "link").symlink_to("main.c")
    os.mkfifo(root / "pipe")
    return root


def test_a_copy_has_the_changes_and_all_outputs_with_their_times(source: Path) -> None:
    os.utime(source / "build" / "main.o", ns=(10**18, 10**18 + 123456789))
    before = snapshot(source)
    with copied_tree(source, CHANGES) as copy:
        assert (copy / "main.c").read_bytes() == b"int main;\nnew\ncaf\xe9\n"
        assert (copy / "main.c").stat().st_mode & 0o777 == 0o755
        assert (copy / "build" / "main.o").stat().st_mtime_ns == 10**18 + 123456789
        assert (copy / "link").is_symlink()
        assert not (copy / ".git").exists()
        assert not (copy / "pipe").exists()
        (copy / "build" / "main.o").write_bytes(b"other")
    assert snapshot(source) == before
    assert not copy.exists()


def test_a_change_that_does_not_fit_leaves_no_copy(source: Path) -> None:
    with pytest.raises(FileConflictError), copied_tree(source, [FileChange("main.c", "not it\n", "x\n")]):
        pass
