"""What ``.gitignore`` files say, for code bases that no git is there to ask about.

Rules of a deeper folder go before those above it, the last rule of a file before the ones above it, and
nothing is looked at below an ignored folder; all as in git. Limits: global ignore files and
``.git/info/exclude`` are not read; of a file only the beginning counts; rules with so many stars that
matching could take long (more than three in one part of the path) are passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from copilot_tui.core.errors import CopilotError
from copilot_tui.index.reading import decode, read_beginning

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec
    from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

NAME = ".gitignore"
_MOST_BYTES = 100_000
_LONGEST_RULE = 300
_MOST_STARS = 3
_STARS = re.compile(r"\*+")
_FOLDER_STARS = re.compile(r"(?:^|/)\*\*(?=/|$)")


class IgnoreRules:
    """The rules that hold below ``source``; folders are entered from the top."""

    def __init__(self, source: Path) -> None:
        self._source = source
        self._specs: dict[str, GitIgnoreSpec] = {}

    def enter(self, folder: str) -> None:
        """Read the rules of ``folder`` (relative to the source), which has such a file."""
        path = f"{folder}/{NAME}" if folder else NAME
        try:
            text = decode(read_beginning(self._source, path, _MOST_BYTES))
        except (OSError, CopilotError):
            return  # whoever closed the file wants nothing left out
        # Here, because it takes as long to load as a small query, and few code bases need it.
        from pathspec import GitIgnoreSpec

        spec = GitIgnoreSpec(pattern for line in text.split("\n") for pattern in _patterns(line))
        if len(spec):
            self._specs[folder] = spec

    def ignores(self, path: str, *, is_folder: bool) -> bool:
        """Whether ``path`` is ignored; its folders are not."""
        if not self._specs:
            return False
        folder = path
        while folder:
            folder = folder.rpartition("/")[0]
            spec = self._specs.get(folder)
            if spec is not None:
                below = path[len(folder) + 1 if folder else 0 :]
                verdict = spec.check_file(f"{below}/" if is_folder else below).include
                if verdict is not None:
                    return verdict
        return False


def _patterns(line: str) -> Iterator[GitIgnoreSpecPattern]:
    if len(line) > _LONGEST_RULE or len(_FOLDER_STARS.findall(line)) > _MOST_STARS:
        return
    if any(len(_STARS.findall(part)) > _MOST_STARS for part in line.split("/")):
        return
    from pathspec import GitIgnoreSpec  # as above

    try:
        yield from GitIgnoreSpec.from_lines([line]).patterns
    except ValueError:
        return  # no rule; git passes over it, too
