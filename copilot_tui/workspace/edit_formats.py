"""Edits that a reply describes instead of writing a file anew: search and replace, and unified diffs.

Both are read tolerantly and end as whole new texts, which is all that ``workspace.apply`` knows. One reply
may change several files, make new ones, delete and rename some. Line numbers in diffs are only a hint,
for small models invent them.

Search and replace, each block under the path of its file (the file that was asked for needs none)::

    src/text.c
    <<<<<<< SEARCH
    lines as they are
    =======
    lines as they shall be
    >>>>>>> REPLACE

An empty SEARCH part makes a new file; ``DELETE src/old.c`` and ``RENAME src/a.c TO src/b.c`` stand alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from copilot_tui.core.artefacts import FileChange
from copilot_tui.core.errors import EditFormatError
from copilot_tui.workspace.matching import replace_quoted

DescribedForm = Literal["replace", "diff"]

_SEARCH = re.compile(r"\s*<{5,9}\s*(?:SEARCH|ORIGINAL|HEAD)?\b[^\n]*$", re.I)
_DIVIDER = re.compile(r"\s*={5,9}\s*$")
_REPLACE = re.compile(r"\s*>{5,9}\s*(?:REPLACE|UPDATED)?\b[^\n]*$", re.I)
_DELETE = re.compile(r"[\s*`#-]*DELETE(?: FILE)?:?\s+`?(?P<path>[^\s`]+)`?\s*$")
_RENAME = re.compile(
    r"[\s*`#-]*RENAME(?: FILE)?:?\s+`?(?P<old>[^\s`]+)`?\s+(?:TO|->)\s+`?(?P<new>[^\s`]+)`?\s*$"
)
_PATH_LINE = re.compile(
    r"(?://\s|[\s*`#>-])*(?:file(?:name)?\s*[:=]\s*)?[`*\"]*(?P<path>[\w./+-]+)[`*\":]*\s*$", re.I
)
_FENCE = re.compile(r"\s*(?:`{3,}|~{3,})(?P<info>[^\n]*)$")
_ENDS_HUNK = re.compile(
    r"\s{0,3}(?:`{3,}|~{3,})|diff --|index [0-9a-f]|rename |new file|deleted file|similarity "
)
_HUNK = re.compile(r"@@+(?:\s*-(?P<line>\d+))?")
_HEADER = re.compile(r"(?:---|\+\+\+)\s+(?P<path>[^\t\n]+)")
_NOWHERE = "/dev/null"


@dataclass(frozen=True, slots=True)
class _Change:
    """One step: lines that replace others in ``path`` (``old`` None: all of a new file)."""

    path: str
    old: str | None
    new: str
    near: int | None = None


@dataclass(frozen=True, slots=True)
class _Move:
    """``path`` is deleted, or, with ``to``, renamed."""

    path: str
    to: str | None = None


def described_changes(
    reply: str, form: DescribedForm, path: str, read: Callable[[str], str | None]
) -> tuple[FileChange, ...]:
    """The files that the reply changes, whole; ``path`` is the one that was asked for, ``read`` their texts.

    Raises :class:`EditFormatError` when the reply describes no edit, its kind ``NoMatchError`` when an
    edit fits nowhere. What ``read`` raises for a path passes through.
    """
    lines = reply.replace("\r\n", "\n").split("\n")
    steps = list(_blocks(lines, path) if form == "replace" else _diffs(lines, path))
    if not steps:
        raise EditFormatError(f"The reply holds no {_NAMES[form]}.", "Ask again, or use a larger model.")
    before: dict[str, str | None] = {}
    after: dict[str, str | None] = {}
    origins: dict[str, str] = {}

    def text(name: str) -> str | None:
        if name not in before:
            before[name] = after[name] = read(name)
        return after[name]

    for step in steps:
        if isinstance(step, _Move):
            content = text(step.path)
            if content is None:
                raise EditFormatError(f"The reply moves or deletes {step.path}, which is not there.")
            if step.to is not None:
                _refuse_existing(step.to, text(step.to))
                after[step.to] = content
                origins[step.to] = origins.get(step.path, step.path)
            after[step.path] = None
        elif step.old is None:
            _refuse_existing(step.path, text(step.path))
            after[step.path] = step.new
        else:
            content = text(step.path)
            if content is None:
                raise EditFormatError(f"The reply edits {step.path}, which is not there.")
            after[step.path] = replace_quoted(content, step.old, step.new, step.near)
    return tuple(
        FileChange(name, before[name], new, origins.get(name))
        for name, new in after.items()
        if new != before[name]
    )


_NAMES = {"replace": "SEARCH and REPLACE block", "diff": "unified diff"}


def _refuse_existing(path: str, content: str | None) -> None:
    if content:
        raise EditFormatError(f"The reply makes {path} anew, which is there already.", "Ask again.")


def _blocks(lines: Sequence[str], path: str) -> Iterator[_Change | _Move]:
    """Search and replace blocks with the deletions and renamings between them."""
    named = path
    at = 0
    while at < len(lines):
        line = lines[at]
        if move := _move(line):
            yield move
        elif _SEARCH.match(line):
            named = _path_above(lines, at) or named
            divider = _next(lines, at + 1, _DIVIDER)
            end = _next(lines, divider + 1, _REPLACE)
            if divider == len(lines):
                raise EditFormatError("A SEARCH block has no ======= line.", "Ask again.")
            old, new = _body(lines[at + 1 : divider]), _body(lines[divider + 1 : end])
            yield _Change(named, old if old.strip() else None, new)
            at = end
        at += 1


def _move(line: str) -> _Move | None:
    if match := _DELETE.match(line):
        return _Move(match["path"])
    match = _RENAME.match(line)
    return _Move(match["old"], match["new"]) if match else None


def _next(lines: Sequence[str], start: int, pattern: re.Pattern[str]) -> int:
    return next((at for at in range(start, len(lines)) if pattern.match(lines[at])), len(lines))


def _body(lines: Sequence[str]) -> str:
    """The lines of one part; a fence that was left open or put around them is no part of them."""
    kept = list(lines)
    for end in (0, -1):
        if kept and _FENCE.match(kept[end]):
            kept.pop(end)
    return "".join(f"{line}\n" for line in kept)


def _path_above(lines: Sequence[str], at: int) -> str | None:
    """The path in one of the two lines before ``at``, which may also be a fence's."""
    for line in reversed(lines[max(0, at - 2) : at]):
        fence = _FENCE.match(line)
        words = fence["info"].split() if fence else []
        if fence and not (words and "." in words[-1]):
            continue
        match = _PATH_LINE.match(words[-1] if words else line)
        return match["path"] if match and ("." in match["path"] or "/" in match["path"]) else None
    return None


def _diffs(lines: Sequence[str], path: str) -> Iterator[_Change | _Move]:
    """The hunks of all files in unified diffs, with or without headers."""
    old_name: str | None = path
    new_name: str | None = path
    hunk: list[str] | None = None
    near: int | None = None
    renamed = ""
    for line in [*lines, "@@"]:
        if hunk is not None and _ENDS_HUNK.match(line):
            yield from _hunk(hunk, old_name, new_name, near, path)
            hunk = None
        if match := _HUNK.match(line):
            if hunk is not None:
                yield from _hunk(hunk, old_name, new_name, near, path)
            hunk, near = [], int(match["line"]) if match["line"] else None
        elif hunk is not None and not _starts_header(line, hunk):
            hunk.append(line)
        elif match := _HEADER.match(line):
            if hunk:
                yield from _hunk(hunk, old_name, new_name, near, path)
            hunk = None
            name = _plain(match["path"])
            if line.startswith("---"):
                old_name = name
            else:
                new_name = name
                if name is None and old_name is not None:
                    yield _Move(old_name)
        elif line.startswith("rename from "):
            renamed = line[len("rename from ") :].strip()
        elif line.startswith("rename to ") and renamed:
            yield _Move(renamed, line[len("rename to ") :].strip())
            old_name = new_name = line[len("rename to ") :].strip()
        elif move := _move(line):
            yield move


def _starts_header(line: str, hunk: Sequence[str]) -> bool:
    """Whether the line is the header of the next file, and no removed line that begins with ``-- ``."""
    if line.startswith("--- ") and _HEADER.match(line):
        return line.startswith(("--- a/", "--- /dev/null"))
    return line.startswith("+++ b/") and not hunk


def _plain(name: str) -> str | None:
    name = name.strip()
    if name == _NOWHERE:
        return None
    return name[2:] if name.startswith(("a/", "b/")) else name


def _hunk(
    body: Sequence[str], old_name: str | None, new_name: str | None, near: int | None, path: str
) -> Iterator[_Change]:
    """One hunk as a replacement; nothing for the contents of a file that is deleted as a whole."""
    lines = list(body)
    while lines and not lines[-1].strip():
        lines.pop()
    if not lines or new_name is None:
        return
    lines = [line for line in lines if not line.startswith("\\")]
    # A line of context that lost its leading blank is still one.
    lines = [line if line.startswith(("+", "-", " ")) else f" {line}" for line in lines]
    old = "".join(f"{line[1:]}\n" for line in lines if not line.startswith("+"))
    new = "".join(f"{line[1:]}\n" for line in lines if not line.startswith("-"))
    if old != new:
        yield _Change(new_name or path, None if old_name is None else old, new, near)
