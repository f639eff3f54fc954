"""Processes that the crash tests start and kill. Run as a script: ``crash_driver.py MODE SOURCE JOURNAL``.

``loop`` applies, undoes and redoes an edit of several files until it is killed. ``every OPERATION`` kills a
forked child at each file operation of apply, undo, redo or recover in turn, and recovers after each.
``merge`` does the same with an undo
that is merged with another's change. ``full`` tries an edit that the disk cannot hold, under a file size limit or on a small file system.
"""

from __future__ import annotations

import os
import signal
import stat
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from copilot_tui.core.artefacts import FileChange
from copilot_tui.core.errors import WorkspaceError
from copilot_tui.workspace.apply import Workspace

CHANGES = (
    FileChange("main.c", "int main;\ncafé\n", "int main;\nnew\ncafé\n"),
    FileChange("old.h", "gone\n", None),
    FileChange("new/deep/file.c", None, "int file;\n"),
    FileChange("src/windows.c", "a\nb", "a\nB\nc"),
    FileChange("moved.h", None, "gone\n", origin="old.h"),
)
WATCHED = frozenset(
    {
        "open",
        "os.rename",
        "os.remove",
        "os.mkdir",
        "os.rmdir",
        "os.chmod",
        "os.chown",
        "os.listdir",
        "os.scandir",
    }
)

Snapshot = dict[str, tuple[int, bytes]]


def build_tree(source: Path) -> None:
    """Four files: ISO-8859-1 and executable, plain, CRLF without a final line end, untouched."""
    (source / "src").mkdir(parents=True)
    (source / "main.c").write_bytes(b"int main;\ncaf\xe9\n")
    (source / "main.c").chmod(0o755)
    (source / "old.h").write_bytes(b"gone\n")
    (source / "src" / "windows.c").write_bytes(b"a\r\nb")
    (source / "src" / "other.c").write_bytes(b"untouched\n")


def snapshot(source: Path) -> Snapshot:
    """Every file and folder below ``source``: mode and bytes."""
    found: Snapshot = {}
    for path in sorted(source.rglob("*")):
        mode = stat.S_IMODE(path.lstat().st_mode)
        found[path.relative_to(source).as_posix()] = (mode, path.read_bytes() if path.is_file() else b"")
    return found


def both_sides(source: Path, journal: Path) -> tuple[Snapshot, Snapshot]:
    """The tree before and after the edit; it is left as before."""
    before = snapshot(source)
    workspace = Workspace(source, journal)
    edit = workspace.apply(CHANGES)
    after = snapshot(source)
    workspace.undo(edit)
    return before, after


def assert_whole(source: Path, journal: Path, sides: tuple[Snapshot, Snapshot]) -> None:
    """The tree is on one side, the journal agrees with it, and nothing temporary is left."""
    now = snapshot(source)
    assert now in sides, f"between: {sorted(now)}"
    applied = [entry for entry in Workspace(source, journal).edits() if entry.applied]
    assert bool(applied) == (now == sides[1]), "the journal disagrees with the tree"
    names = [path.name for path in journal.iterdir()]
    assert all(name.endswith((".applied.json", ".undone.json")) for name in names), names


def loop(source: Path, journal: Path) -> None:
    workspace = Workspace(source, journal)
    for entry in workspace.edits():
        if entry.applied:
            workspace.undo(entry.identifier)
    started = time.monotonic()
    once_around(workspace)
    print(time.monotonic() - started, flush=True)
    while True:
        once_around(workspace)


def once_around(workspace: Workspace) -> None:
    edit = workspace.apply(CHANGES)
    workspace.undo(edit)
    workspace.redo(edit)
    workspace.undo(edit)


def die_at(number: int) -> None:
    """Kill this process right before its ``number``-th file operation from now."""
    seen = 0

    def count(event: str, arguments: object) -> None:
        nonlocal seen
        if event in WATCHED:
            seen += 1
            if seen == number:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(count)


def killed_at(number: int, action: Callable[[], object]) -> bool:
    """Run ``action`` in a child that dies at that operation; False when it ended before."""
    child = os.fork()
    if child == 0:
        die_at(number)
        try:
            action()
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def moments(action: Callable[[], object]) -> Iterator[int]:
    """Kill ``action`` at its first operation, its second, and so on until it runs through."""
    number = 1
    while killed_at(number, action):
        yield number
        number += 1


def every(operation: str, source: Path, journal: Path) -> int:
    """Kill ``operation`` at each moment and recover; how many moments there were."""
    sides = both_sides(source, journal)
    workspace = Workspace(source, journal)
    (edit,) = (entry.identifier for entry in workspace.edits())
    actions: dict[str, Callable[[], object]] = {
        "apply": lambda: workspace.apply(CHANGES),
        "undo": lambda: workspace.undo(edit),
        "redo": lambda: workspace.redo(edit),
    }
    if operation == "recover":
        return every_moment_of_recovery(workspace, actions["apply"], source, journal, sides)
    moment = 0
    set_all(workspace, applied=operation == "undo")
    for moment in moments(actions[operation]):
        assert workspace.recover() or snapshot(source) in sides, f"moment {moment}"
        assert_whole(source, journal, sides)
        set_all(workspace, applied=operation == "undo")
    assert_whole(source, journal, sides)
    assert snapshot(source) == sides[0 if operation == "undo" else 1], "it never came to its end"
    return moment


def merge(source: Path, journal: Path) -> int:
    """Kill an undo that leaves what was changed since, at each moment; how many there were."""
    workspace = Workspace(source, journal)
    edit = workspace.apply(CHANGES)
    file = source / "main.c"
    file.write_bytes(file.read_bytes() + b"mine\n")
    changed = snapshot(source)
    moment = 0
    for moment in moments(lambda: workspace.undo(edit, merge=True)):
        workspace.recover()
        if snapshot(source) != changed:
            assert file.read_bytes() == b"int main;\ncaf\xe9\nmine\n", f"moment {moment}"
            workspace.redo(edit)
        assert snapshot(source) == changed, f"moment {moment}"
    assert file.read_bytes() == b"int main;\ncaf\xe9\nmine\n"
    assert (source / "old.h").exists()
    assert not (source / "new").exists()
    workspace.redo(edit)
    assert snapshot(source) == changed
    return moment


def set_all(workspace: Workspace, *, applied: bool) -> None:
    """Bring the tree to one side for the next round."""
    for entry in workspace.edits():
        if entry.applied and not applied:
            workspace.undo(entry.identifier)
        elif applied and not entry.applied:
            workspace.redo(entry.identifier)


def every_moment_of_recovery(
    workspace: Workspace,
    apply: Callable[[], object],
    source: Path,
    journal: Path,
    sides: tuple[Snapshot, Snapshot],
) -> int:
    """Kill the recovery of an apply that itself died late, when its files were replaced already."""
    late = 1
    while killed_at(late, apply):
        found = snapshot(source) == sides[1] and any("applying" in path.name for path in journal.iterdir())
        workspace.recover()
        if found:
            break
        late += 1
    else:
        raise AssertionError("no moment at which all files were replaced, but not committed")
    number = 0
    died = True
    while died:
        number += 1
        assert killed_at(late, apply)
        assert snapshot(source) == sides[1]
        died = killed_at(number, workspace.recover)
        workspace.recover()
        assert_whole(source, journal, sides)
        assert snapshot(source) == sides[0]
    return number


def full(source: Path, journal: Path, limit: int) -> None:
    if limit:
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    before = snapshot(source)
    workspace = Workspace(source, journal)
    big = (
        "int x; /* filler that compresses well, so that the journal fits and the file does not */\n" * 20_000
    )
    try:
        workspace.apply([*CHANGES, FileChange("src/big.c", None, big)])
    except WorkspaceError as error:
        print(error)
    else:
        print("the edit fitted")
    assert snapshot(source) == before, "the tree changed"
    assert not workspace.edits()
    assert not list(journal.iterdir())
    workspace.undo(workspace.apply(CHANGES))
    assert snapshot(source) == before


def main() -> None:
    mode, source, journal = sys.argv[1], Path(sys.argv[-2]), Path(sys.argv[-1])
    if not source.exists():
        build_tree(source)
    if mode == "loop":
        loop(source, journal)
    elif mode == "every":
        print(every(sys.argv[2], source, journal))
    elif mode == "merge":
        print(merge(source, journal))
    else:
        full(source, journal, int(sys.argv[2]))


if __name__ == "__main__":
    main()
