"""A build that fails only because an earlier one left something in its way.

Some makefiles work once: their ``ln -s`` or ``mkdir`` fails when the link or the folder is there, so no
change of what these depend on can ever be built. Such a build is done once more from clean. For other
failures nothing is cleaned: it costs all that was built, and would hide what is wrong.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import PurePath

from copilot_tui.build.recipe import BuildStep
from copilot_tui.build.runner import CommandResult

_IN_THE_WAY = re.compile(r"^(?:/\S*/)?(?:ln|mkdir|link|mkfifo|mknod): .*: File exists\r?$", re.MULTILINE)
_WITH_VALUE = frozenset({"-C", "-f", "-I"})


def cleaning(step: BuildStep, result: CommandResult) -> BuildStep | None:
    """The step that clears the way before ``step`` is done again; None where that is not the matter."""
    if PurePath(step.command[0]).name not in {"make", "gmake"} or step.kind != "build":
        return None
    if not result.exit_code or not _IN_THE_WAY.search(result.stdout):
        return None
    kept: list[str] = []
    words = iter(step.command[1:])
    for word in words:
        if word in _WITH_VALUE:
            kept += [word, next(words, "")]
        elif "=" in word or word.startswith(("--directory", "--file")):
            kept.append(word)
    return replace(step, command=(step.command[0], *kept, "clean"))
