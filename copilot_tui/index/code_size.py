"""How many lines a code base has: the files that the scan found, documents left out."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from copilot_tui.index.languages import is_prose
from copilot_tui.index.scan import SourceFile


def count_lines(source: Path, files: Iterable[SourceFile], enough: int) -> int:
    """Lines of code in ``files``, blank ones and comments included; stops soon after ``enough``.

    A file that is gone or cannot be read by now counts as empty.
    """
    lines = 0
    for file in files:
        if lines > enough:
            break
        if is_prose(file.language):
            continue
        try:
            content = (source / file.path).read_bytes()
        except OSError:
            continue
        lines += content.count(b"\n") + (not content.endswith(b"\n") if content else 0)
    return lines
