"""The one door through which a path from outside becomes a path on disk.

Paths come from model replies, plans, breadcrumbs and sessions written elsewhere; any of them may be
hostile. Everything that reads or writes a file of the code base by name asks :func:`resolve_inside`
first.

Limits: it answers for the moment of the call. A process of the same person that swaps a folder for a
symbolic link right afterwards is not defended against; such a process needs no help from here.
"""

from __future__ import annotations

import re
import stat
import unicodedata
from pathlib import Path
from typing import NoReturn

from copilot_tui.core.errors import PathRefusedError
from copilot_tui.core.text import printable_line

_DRIVE = re.compile(r"[A-Za-z]:")
_HINT = "Use a path below the code base, with forward slashes, such as src/main.c."


def resolve_inside(source: Path, relative: str) -> Path:
    """The absolute path of ``relative`` in the code base ``source``; it need not exist.

    Symbolic links to folders that stay inside are followed, so two names of one file give one path.
    Raises :class:`PathRefusedError`, naming the path and the reason, for everything that is no plain
    name below ``source``: absolute paths, ``..``, drive letters, control characters, ``.git``, links
    that lead out, links in the last place, devices, pipes and sockets.
    """
    parts = _checked_parts(relative)
    try:
        root = source.resolve(strict=True)
    except OSError as error:
        raise PathRefusedError(f"The code base {source} cannot be opened: {error.strerror}.") from error
    place = root
    for position, part in enumerate(parts):
        place = _step(root, place / part, relative, last=position == len(parts) - 1)
    return place


def _checked_parts(relative: str) -> list[str]:
    """The names along the path, none of them special."""
    if not relative.strip():
        _refuse(relative, "it is empty")
    if any(unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") for character in relative):
        _refuse(relative, "it holds control characters")
    if printable_line(relative) != relative:
        _refuse(relative, "it holds characters that reorder what is shown")
    if relative.startswith("/"):
        _refuse(relative, "it is absolute")
    if _DRIVE.match(relative):
        _refuse(relative, "it starts with a drive letter")
    if "\\" in relative:
        _refuse(relative, "it holds a backslash")
    parts = [part for part in relative.split("/") if part not in ("", ".")]
    if not parts:
        _refuse(relative, "it names the code base itself")
    if parts[0] == "~":
        _refuse(relative, "it starts at the home folder")
    for part in parts:
        if part == "..":
            _refuse(relative, "it climbs with '..'")
        if _is_git_folder(part):
            _refuse(relative, "it lies in .git, which belongs to git alone")
    return parts


def _is_git_folder(part: str) -> bool:
    """``.git`` under any spelling that some file system takes for the same name."""
    visible = "".join(character for character in part if unicodedata.category(character) != "Cf")
    name = unicodedata.normalize("NFKC", visible).casefold().rstrip(" .")
    return name in (".git", "git~1") or name.startswith(".git:")


def _step(root: Path, place: Path, relative: str, *, last: bool) -> Path:
    """``place`` with a link in it followed; refuses whatever is not a file or folder inside ``root``."""
    try:
        mode = place.lstat().st_mode
    except FileNotFoundError:
        return place
    except OSError as error:
        _refuse(relative, f"it cannot be looked at ({error.strerror})")
    if stat.S_ISLNK(mode):
        if last:
            _refuse(relative, "it is a symbolic link", "Name the file that the link points to.")
        place = _followed(root, place, relative)
        mode = place.lstat().st_mode
    if not last and not stat.S_ISDIR(mode):
        _refuse(relative, f"{place.name} is not a folder")
    if not stat.S_ISDIR(mode) and not stat.S_ISREG(mode):
        _refuse(relative, "it is a device, a pipe or a socket")
    return place


def _followed(root: Path, link: Path, relative: str) -> Path:
    """Where the link to a folder leads, all further links followed."""
    try:
        target = link.resolve(strict=True)
    except (OSError, RuntimeError):  # RuntimeError: a loop of links, before Python 3.13
        _refuse(relative, f"the symbolic link {link.name} leads nowhere")
    if not target.is_relative_to(root):
        _refuse(relative, "a symbolic link on the way leads out of the code base")
    if any(_is_git_folder(part) for part in target.relative_to(root).parts):
        _refuse(relative, "a symbolic link on the way leads into .git")
    return target


def _refuse(relative: str, reason: str, hint: str = _HINT) -> NoReturn:
    shown = printable_line(relative)
    if len(shown) > 200:
        shown = shown[:200] + "..."
    raise PathRefusedError(f"The path {shown!r} is refused: {reason}.", hint)
