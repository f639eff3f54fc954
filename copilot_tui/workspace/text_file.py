"""Source files as text, and back to exactly the bytes that they were.

A code base holds files in several encodings and with several line ends; an edit must not convert
them. Reading notes what was found, writing restores it: ``encode_source(source.text, source)`` is the
file, byte for byte, for every file that can be read at all.

* Encoding: UTF-8 with or without a byte order mark, UTF-16 with one, else ISO-8859-1, which gives
  every byte a character and therefore keeps bytes of any other 8-bit encoding unharmed too.
* Line ends inside ``text`` are ``\\n``. A carriage return alone ends a line only in files without any
  line feed; elsewhere it is a character like others, as it is for compilers.
* Mixed line ends: each line that an edit leaves alone keeps its own, new lines get the file's most
  frequent one. When an edit rewrites thousands of lines of such a file at once, only the lines before
  and after the rewritten part are matched.

Limits: a file with a NUL byte is binary and refused, and so is UTF-16 without a byte order mark.
"""

from __future__ import annotations

import codecs
import os
import stat
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import Literal

from copilot_tui.core.errors import WorkspaceError

Newline = Literal["\n", "\r\n", "\r", "mixed"]

MAXIMUM_BYTES = 10_000_000
"""Larger files are data, not something that a person or a model edits as text."""

_MATCHING_EFFORT = 1_000_000  # old lines times new lines that may be compared to keep mixed line ends


@dataclass(frozen=True, slots=True)
class SourceText:
    """A file's text, and all that is needed to write it back as it was.

    ``encoding`` is ``utf-8``, ``utf-16-le``, ``utf-16-be`` or ``iso-8859-1``; ``bom`` says that a byte
    order mark stands in front. ``final_newline`` is False when the last line is not ended (an empty
    file counts as ended). ``mode`` holds the permission bits. ``line_ends`` has one character a line
    for mixed files, ``c`` for ``\\r\\n`` and ``n`` for ``\\n``, and is empty for all others.
    """

    text: str
    encoding: str = "utf-8"
    newline: Newline = "\n"
    final_newline: bool = True
    bom: bool = False
    mode: int = 0o644
    line_ends: str = ""


def read_source(path: Path, max_bytes: int | None = MAXIMUM_BYTES) -> SourceText:
    """The text of the regular file at ``path``; at most ``max_bytes`` (None: any size).

    Raises :class:`WorkspaceError` when there is no such file, it cannot be read, it is a symbolic
    link, a device or a folder, it is binary, or it is too large.
    """
    data, mode = read_bytes(path, max_bytes)
    try:
        return decode_source(data, mode)
    except WorkspaceError as error:
        raise WorkspaceError(f"{path}: {error.message}", error.hint) from error


def read_bytes(path: Path, max_bytes: int | None = MAXIMUM_BYTES) -> tuple[bytes, int]:
    """The bytes and permission bits of a regular file; errors as in :func:`read_source`.

    Never blocks on a named pipe, and never follows a symbolic link in the last place.
    """
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        descriptor = os.open(path, flags | getattr(os, "O_BINARY", 0))
        try:
            information = os.fstat(descriptor)
            _check_readable(path, information, max_bytes)
            with os.fdopen(descriptor, "rb", closefd=False) as file:
                return file.read(), stat.S_IMODE(information.st_mode)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise WorkspaceError(
            f"{path} cannot be read: {error.strerror}.", "Check the path and its permissions."
        ) from error


def _check_readable(path: Path, information: os.stat_result, max_bytes: int | None) -> None:
    if not stat.S_ISREG(information.st_mode):
        raise WorkspaceError(f"{path} is not a regular file.", "Name a source file.")
    if max_bytes is not None and information.st_size > max_bytes:
        raise WorkspaceError(
            f"{path} is too large to edit: {information.st_size:,} bytes.",
            f"Files up to {max_bytes:,} bytes are read; split it, or edit it by hand.",
        )


def decode_source(data: bytes, mode: int = 0o644) -> SourceText:
    """The text in ``data``; raises :class:`WorkspaceError` when it is binary."""
    text, encoding, bom = _decode(data)
    crlf = text.count("\r\n")
    lone_lf = text.count("\n") - crlf
    newline: Newline = "\n"
    line_ends = ""
    if crlf and lone_lf:
        newline = "mixed"
        pieces = text.split("\n")
        line_ends = "".join("c" if piece.endswith("\r") else "n" for piece in pieces[:-1])
        text = text.replace("\r\n", "\n")
    elif crlf:
        newline = "\r\n"
        text = text.replace("\r\n", "\n")
    elif "\r" in text and not lone_lf:
        newline = "\r"
        text = text.replace("\r", "\n")
    final_newline = not text or text.endswith("\n")
    return SourceText(text, encoding, newline, final_newline, bom, mode, line_ends)


def encode_source(text: str, like: SourceText | None) -> bytes:
    """``text`` as the bytes of a file that keeps the manner of ``like`` (None: a new UTF-8 file).

    Raises :class:`WorkspaceError` for a character that the file's encoding does not have, and for a
    NUL character; nothing is ever replaced by a question mark.
    """
    if "\0" in text:
        raise WorkspaceError("The new text holds a NUL character.", "Leave it out, or write it as an escape.")
    if like is None:
        return _encode(text.replace("\r\n", "\n"), "utf-8", bom=False)
    if "\r" not in like.text:
        text = text.replace("\r\n", "\n")
    if not like.final_newline:
        text = text.rstrip("\n")
    elif text and not text.endswith("\n"):
        text += "\n"
    if like.newline == "mixed":
        text = _with_line_ends(text, like)
    elif like.newline != "\n":
        text = text.replace("\n", like.newline)
    return _encode(text, like.encoding, like.bom)


def _decode(data: bytes) -> tuple[str, str, bool]:
    """Text, encoding, and whether a byte order mark was taken off."""
    for mark, encoding in ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")):
        if data.startswith(mark):
            text = _try_decode(data[len(mark) :], encoding)
            if text is not None and "\0" not in text:
                return text, encoding, True
    if b"\0" in data:
        raise WorkspaceError("this is a binary file (it holds NUL bytes).", "Only text files can be edited.")
    if data.startswith(codecs.BOM_UTF8):
        text = _try_decode(data[len(codecs.BOM_UTF8) :], "utf-8")
        if text is not None:
            return text, "utf-8", True
    text = _try_decode(data, "utf-8")
    if text is not None:
        return text, "utf-8", False
    return data.decode("iso-8859-1"), "iso-8859-1", False


def _try_decode(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


def _encode(text: str, encoding: str, bom: bool) -> bytes:
    try:
        return (("\ufeff" + text) if bom else text).encode(encoding)
    except UnicodeEncodeError as error:
        character = text[error.start - bom]
        line = text.count("\n", 0, error.start - bom) + 1
        raise WorkspaceError(
            f"Line {line} of the new text holds U+{ord(character):04X}, which {encoding} does not have.",
            f"The file is in {encoding} and stays so; write the character as an escape, or without accents.",
        ) from error


def _with_line_ends(text: str, like: SourceText) -> str:
    """``text`` with the line ends that its lines have in the mixed file ``like``."""
    ends = {"c": "\r\n", "n": "\n"}
    usual = "c" if like.line_ends.count("c") * 2 > len(like.line_ends) else "n"
    old, new = like.text.split("\n"), text.split("\n")
    chosen = [usual] * len(new)
    for old_start, new_start, length in _matches(old, new):
        for offset in range(length):
            if old_start + offset < len(like.line_ends):
                chosen[new_start + offset] = like.line_ends[old_start + offset]
    parts = [line + ends[end] for line, end in zip(new[:-1], chosen, strict=False)]
    return "".join(parts) + new[-1]


def _matches(old: list[str], new: list[str]) -> list[tuple[int, int, int]]:
    """Equal runs of lines as (start in old, start in new, length)."""
    shorter = min(len(old), len(new))
    head = next((i for i in range(shorter) if old[i] != new[i]), shorter)
    rest = shorter - head
    tail = next((i for i in range(rest) if old[-1 - i] != new[-1 - i]), rest)
    runs = [(0, 0, head), (len(old) - tail, len(new) - tail, tail)]
    middle_old, middle_new = old[head : len(old) - tail], new[head : len(new) - tail]
    if middle_old and middle_new and len(middle_old) * len(middle_new) <= _MATCHING_EFFORT:
        matcher = SequenceMatcher(None, middle_old, middle_new, autojunk=False)
        runs.extend((a + head, b + head, size) for a, b, size in matcher.get_matching_blocks() if size)
    return runs
