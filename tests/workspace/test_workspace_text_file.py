"""Every file that can be read is written back byte for byte, and edits keep its manner."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot_tui.core.errors import WorkspaceError
from copilot_tui.workspace.text_file import decode_source, encode_source, read_source

without_nul = st.binary(max_size=200).map(lambda data: data.replace(b"\0", b""))
line_soup = st.lists(
    st.sampled_from([b"\n", b"\r\n", b"\r", b"a", b"\xe9", "é".encode(), b"\xef\xbb\xbf", b"\x0c", b"\x1a"])
).map(b"".join)
utf_16 = st.tuples(st.sampled_from([b"\xff\xfe", b"\xfe\xff"]), without_nul).map(b"".join)


@given(st.one_of(without_nul, line_soup, utf_16))
def test_any_bytes_without_nul_survive_reading_and_writing(data: bytes) -> None:
    source = decode_source(data)
    assert encode_source(source.text, source) == data


@given(st.text(alphabet="ab\né", max_size=40), st.sampled_from(["utf-16-le", "utf-16-be", "utf-8"]))
def test_byte_order_marks_survive(text: str, encoding: str) -> None:
    data = ("\ufeff" + text).encode(encoding)
    source = decode_source(data)
    assert (source.text, source.bom, source.encoding) == (text, True, encoding)
    assert encode_source(text, source) == data


@given(st.lists(st.sampled_from(["x", "y", "z"])), st.data())
def test_in_a_mixed_file_untouched_lines_keep_their_line_ends(lines: list[str], data: st.DataObject) -> None:
    lines = ["first", "second", *lines]
    ends = [b"\r\n", b"\n", *(data.draw(st.sampled_from([b"\n", b"\r\n"])) for _ in lines[2:])]
    raw = b"".join(line.encode() + end for line, end in zip(lines, ends, strict=True))
    source = decode_source(raw)
    at = data.draw(st.integers(0, len(lines)))
    edited = [*lines[:at], "INSERTED", *lines[at:]]
    written = encode_source("\n".join(edited) + "\n", source)
    before, _, after = written.partition(b"INSERTED")
    assert before + after.removeprefix(b"\r\n" if after.startswith(b"\r\n") else b"\n") == raw


@pytest.mark.parametrize(
    ("raw", "new_text", "expected"),
    [
        (b"a\r\nb\r\n", "a\nnew\nb\n", b"a\r\nnew\r\nb\r\n"),
        (b"a\rb\r", "a\nnew\n", b"a\rnew\r"),
        (b"a\nb", "a\nnew\n", b"a\nnew"),
        (b"a\n", "a\nnew", b"a\nnew\n"),
        (b"caf\xe9\n", "café\nnaïve\n", b"caf\xe9\nna\xefve\n"),
        ("é\n".encode(), "é\n€\n", "é\n€\n".encode()),
        (b"a\r\n", "a\r\nmodel wrote this\r\n", b"a\r\nmodel wrote this\r\n"),
        (b"", "first", b"first\n"),
        (b"a\n", "", b""),
        # A lone carriage return in a file with line feeds is a character, for compilers count so.
        (b"a\rb\nc\n", "a\rb\nc\nd\n", b"a\rb\nc\nd\n"),
    ],
)
def test_an_edit_keeps_the_files_manner(raw: bytes, new_text: str, expected: bytes) -> None:
    assert encode_source(new_text, decode_source(raw)) == expected


def test_a_new_file_is_utf_8_with_line_feeds() -> None:
    assert encode_source("é\r\nb", None) == "é\nb".encode()


def test_a_character_the_encoding_lacks_is_an_error_that_names_line_and_character() -> None:
    latin = decode_source(b"caf\xe9\n")
    with pytest.raises(WorkspaceError, match=r"Line 2 .*U\+20AC.*iso-8859-1") as caught:
        encode_source("café\n€\n", latin)
    assert caught.value.hint


@pytest.mark.parametrize("text", ["a\0b", "lone \ud800 surrogate"])
def test_text_that_is_no_text_is_refused(text: str) -> None:
    with pytest.raises(WorkspaceError):
        encode_source(text, None)


@pytest.mark.parametrize("data", [b"\x7fELF\0\0", b"a\0", "wide".encode("utf-16-le"), "x".encode("utf-32")])
def test_binary_files_are_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "blob.c"
    path.write_bytes(data)
    with pytest.raises(WorkspaceError, match=r"blob\.c.*binary"):
        read_source(path)


def test_a_huge_file_is_refused_without_being_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.c"
    with path.open("wb") as file:
        file.truncate(100_000_000)
    with pytest.raises(WorkspaceError, match=r"too large.*100,000,000"):
        read_source(path)


def test_what_is_no_regular_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("/etc/passwd")
    for name in ("pipe", "link", ".", "absent"):
        with pytest.raises(WorkspaceError):
            read_source(tmp_path / name)


def test_the_mode_is_noted(tmp_path: Path) -> None:
    path = tmp_path / "script.sh"
    path.write_bytes(b"#!/bin/sh\n")
    path.chmod(0o755)
    assert read_source(path).mode == 0o755
