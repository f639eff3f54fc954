"""A copy of the code base, build outputs included, in which a candidate can be judged beside others.

Contents are shared with the original where the file system can (reflinks); elsewhere they are copied.
Hard links would be cheaper, but tools that write into an existing file, as ``ar`` does, would write into the
original too. Times are kept, so that an incremental build goes on from the outputs of the original. The
sandbox mounts the copy where the original is, so no path in them is wrong. ``.git`` stays behind.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from copilot_tui.core.artefacts import FileChange
from copilot_tui.core.errors import WorkspaceError
from copilot_tui.store.scratch import scratch_folder
from copilot_tui.workspace.apply import Workspace

_CLONE = 0x40049409  # FICLONE


@contextmanager
def copied_tree(source: Path, changes: Sequence[FileChange]) -> Iterator[Path]:
    """A copy of ``source`` with ``changes`` made in it; gone afterwards. Blocks on the disk.

    Raises :class:`WorkspaceError` when there is no room for it, or the changes cannot be made.
    """
    with scratch_folder("copilot-tui-copy-") as folder:
        copy = folder / "tree"
        try:
            shutil.copytree(source, copy, symlinks=True, copy_function=_copy, ignore=_except_history(source))
        except (OSError, shutil.Error) as error:
            raise WorkspaceError(
                f"{source} could not be copied to {folder}: {error}.",
                "Make room, or set build.parallel_candidates to 1.",
            ) from error
        Workspace(copy, folder / "journal").apply(changes)
        yield copy


def _except_history(source: Path) -> Callable[[str, list[str]], list[str]]:
    def left_out(folder: str, names: list[str]) -> list[str]:
        special = [name for name in names if not _is_plain(Path(folder, name))]
        return [*special, ".git"] if Path(folder) == source else special

    return left_out


def _is_plain(path: Path) -> bool:
    return path.is_symlink() or path.is_dir() or path.is_file()


def _copy(original: str, copy: str) -> str:
    """Content, permissions and times of one file."""
    if not _cloned(original, copy):
        shutil.copyfile(original, copy)
    shutil.copystat(original, copy)
    return copy


def _cloned(original: str, copy: str) -> bool:
    try:
        import fcntl

        with Path(original).open("rb") as read, Path(copy).open("wb") as write:
            fcntl.ioctl(write.fileno(), _CLONE, read.fileno())
    except (ImportError, OSError):
        return False  # another file system, or none that can
    return True
