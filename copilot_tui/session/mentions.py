"""Files named in a text with ``@path``: how one is written, and which files a text names.

A name with a space stands in quotes: ``@"my file.c"``. Whatever begins with ``@`` and is no file of the
code base (an annotation, a mail address) stays the text that it is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from copilot_tui.core.errors import PathRefusedError
from copilot_tui.workspace.paths import resolve_inside

_MENTION = re.compile(r'(?<!\S)@(?:"(?P<quoted>[^"\n]{1,1000})"|(?P<plain>[^\s"]{1,1000}))')
OPEN_MENTION = re.compile(r'(?<!\S)@"?(?P<path>[^\s"@]*)\Z')
"""One that is being typed at the end of a text."""
_PUNCTUATION = ".,;:!?)]}'"


@dataclass(frozen=True, slots=True)
class Mentions:
    """The text with plain paths in place of mentions, the files, and what looked like one but is none."""

    text: str
    paths: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


def mention(path: str) -> str:
    """The path as it is written into a text."""
    return f'@"{path}"' if re.search(r"\s", path) else f"@{path}"


def resolve_mentions(text: str, source: Path) -> Mentions:
    """Look each mention up among the files of ``source``. Reads the disk."""
    paths: list[str] = []
    unknown: list[str] = []

    def replaced(match: re.Match[str]) -> str:
        written = match["quoted"] or match["plain"]
        for name in dict.fromkeys((written, written.rstrip(_PUNCTUATION))):
            path = _file_of(source, name)
            if path is not None:
                paths.append(path)
                return path + written[len(name) :]
        if "/" in written:
            unknown.append(written)
        return match[0]

    plain = _MENTION.sub(replaced, text)
    return Mentions(plain, tuple(dict.fromkeys(paths)), tuple(unknown))


def _file_of(source: Path, name: str) -> str | None:
    """The path below ``source`` that ``name`` stands for; None where there is no such file."""
    try:
        place = resolve_inside(source, name)
        return place.relative_to(source.resolve()).as_posix() if place.is_file() else None
    except (PathRefusedError, OSError):
        return None  # a text may hold anything after an @; only files of the code base count
