"""The targets of a makefile, read without running anything.

``make -qp`` would tell them exactly, but it expands ``$(shell ...)`` on the way, so it runs code of
the code base before a person has asked for a build. The text is enough to know whether there is a
``test`` target. Variables in names are not expanded, pattern rules are left out.
"""

from __future__ import annotations

import re
from pathlib import Path

NAMES = ("GNUmakefile", "makefile", "Makefile")
"""The names make looks for, in its order."""

_MAX_BYTES = 4_000_000
_MAX_FILES = 50
_INCLUDE = re.compile(r" *[-s]?include +([^#]+)")
_DEFAULT_GOAL = re.compile(r" *\.DEFAULT_GOAL *:?= *([\w./-]+)")
_TARGET_VARIABLE = re.compile(r" *[\w-]+ *[:+?]?=")


def find_makefile(directory: Path) -> Path | None:
    """The file that ``make`` would read in ``directory``."""
    return next((directory / name for name in NAMES if (directory / name).is_file()), None)


def read_targets(makefile: Path) -> tuple[str, ...]:
    """Explicit targets as they are written (``$(PROGRAM)`` stays), the default goal first.

    Files that are included by a plain name are read too.
    """
    targets: dict[str, None] = {}
    goal = ""
    pending, seen = [makefile], {makefile}
    while pending and len(seen) <= _MAX_FILES:
        path = pending.pop(0)
        for line in _logical_lines(_read(path)):
            if match := _DEFAULT_GOAL.match(line):
                goal = match.group(1)
            elif match := _INCLUDE.match(line):
                included = [makefile.parent / name for name in match.group(1).split() if "$" not in name]
                fresh = [file for file in included if file not in seen and file.is_file()]
                pending.extend(fresh)
                seen.update(fresh)
            else:
                targets.update(dict.fromkeys(_targets_of(line)))
    first = [goal] if goal in targets else []
    return tuple(dict.fromkeys(first + list(targets)))


def _read(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(_MAX_BYTES).decode("utf-8", "replace")


def _logical_lines(text: str) -> list[str]:
    """Lines outside recipes and definitions, continuations joined."""
    lines: list[str] = []
    defining = False
    for line in re.sub(r"\\\r?\n", " ", text).splitlines():
        word = line.split(maxsplit=1)[0] if line.strip() else ""
        if word == "define":
            defining = True
        elif word == "endef":
            defining = False
        elif not defining and not line.startswith("\t"):
            lines.append(line)
    return lines


def _targets_of(line: str) -> list[str]:
    head, colon, rest = line.partition(":")
    rest = rest.lstrip(":")
    if not colon or set("=#") & set(head) or rest.startswith("=") or _TARGET_VARIABLE.match(rest):
        return []
    return [name for name in head.split() if not name.startswith(".") and "%" not in name]
