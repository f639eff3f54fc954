"""Replies become code, code becomes whole files, and nothing is invented on the way."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot_tui.core.artefacts import FileChange
from copilot_tui.core.errors import EditFormatError
from copilot_tui.workspace.edits import (
    CodeBlock,
    candidate_digest,
    code_blocks,
    ensure_includes,
    insert_after,
    lines_of,
    replace_lines,
    unified_diff,
    whole_file,
)

FENCE = "```"
FUNCTION = "int add(int a, int b)\n{\n    return a + b;\n}\n"


def only(reply: str) -> CodeBlock:
    (block,) = code_blocks(reply)
    return block


@pytest.mark.parametrize(
    "reply",
    [
        f"{FENCE}c src/x.c\nint x;\n{FENCE}",
        f"{FENCE}c:src/x.c\nint x;\n{FENCE}",
        f"{FENCE}src/x.c\nint x;\n{FENCE}",
        f'{FENCE}c title="src/x.c"\nint x;\n{FENCE}',
        "~~~c {file=src/x.c}\nint x;\n~~~",
        f"FILE: src/x.c\n{FENCE}c\nint x;\n{FENCE}",
        f"**File: `src/x.c`**\n\n{FENCE}c\nint x;\n{FENCE}",
        f"**src/x.c**\n{FENCE}c\nint x;\n{FENCE}",
        f"### 1. `src/x.c`:\n{FENCE}c\nint x;\n{FENCE}",
        f"Here is the new `src/x.c`:\n{FENCE}c\nint x;\n{FENCE}",
        f"// src/x.c\n{FENCE}c\nint x;\n{FENCE}",
        f"{FENCE}c\n// src/x.c\nint x;\n{FENCE}",
        f"{FENCE}c\n/* FILE: src/x.c */\nint x;\n{FENCE}",
    ],
)
def test_the_path_is_found_wherever_models_write_it(reply: str) -> None:
    block = only(reply)
    assert (block.path, block.text) == ("src/x.c", "int x;\n")


@pytest.mark.parametrize(
    "reply",
    [
        f"You must include `sys/types.h` first:\n{FENCE}c\nint x;\n{FENCE}",
        f"Version 1.2, e.g. and/or:\n{FENCE}c\n// TODO.\nint x;\n{FENCE}",
        f"See https://example.org/x.c\n{FENCE}\n# 1.2\n#include <a.h>\n{FENCE}",
    ],
)
def test_what_only_resembles_a_path_is_none(reply: str) -> None:
    assert only(reply).path is None


def test_a_hostile_path_is_reported_as_it_is_so_that_it_can_be_refused() -> None:
    assert only(f"FILE: ../../etc/passwd\n{FENCE}\nroot\n{FENCE}").path == "../../etc/passwd"


def test_several_blocks_keep_their_order_and_the_last_may_be_open() -> None:
    first, second = code_blocks(f"a.c:\n{FENCE}c\nint a;\n{FENCE}\nthen b.h:\n{FENCE}\nint b;\n\n")
    assert (first.path, first.text, first.closed) == ("a.c", "int a;\n", True)
    assert (second.text, second.closed) == ("int b;\n", False)


def test_longer_fences_hold_shorter_ones() -> None:
    assert only("````md\n```c\nx\n```\n````").text == "```c\nx\n```\n"


def test_an_indented_block_loses_the_indent_of_its_fence() -> None:
    assert only(f"1. Do:\n   {FENCE}c\n   if (x)\n       y();\n   {FENCE}").text == "if (x)\n    y();\n"


def test_a_block_that_the_prompt_opened_is_closed_by_the_first_fence() -> None:
    assert only(f"{FUNCTION}{FENCE}\nThis adds two numbers.").text == FUNCTION


@pytest.mark.parametrize(
    "reply",
    [
        FUNCTION,
        f"Here is the function:\n\n{FUNCTION}\nIt adds two numbers; that is all.",
        f"Sure:\n{FUNCTION}",
    ],
)
def test_code_without_fences_is_found_and_prose_around_it_dropped(reply: str) -> None:
    assert only(reply).text == FUNCTION


def test_a_comment_in_front_of_unfenced_code_belongs_to_it() -> None:
    reply = f"/*\n * Sums.\n */\n\n{FUNCTION}"
    assert only(reply).text == reply


@pytest.mark.parametrize(
    "reply",
    [
        "I am sorry; I cannot do that (really).\nIt is too hard.",
        "Use ```x``` for that.",
        f"{FENCE}c\n{FENCE}",
        "# Plan\n* think\n* return later",
    ],
)
def test_prose_is_an_error_and_no_code(reply: str) -> None:
    with pytest.raises(EditFormatError, match="holds no code"):
        code_blocks(reply)


@pytest.mark.parametrize("reply", ["", " \n\t\n"])
def test_an_empty_reply_is_said_to_be_empty(reply: str) -> None:
    with pytest.raises(EditFormatError, match="empty"):
        code_blocks(reply)


@given(st.text(alphabet="`~\n ac;{}()#/*:.<>", max_size=200))
def test_no_reply_breaks_the_parser(reply: str) -> None:
    try:
        blocks = code_blocks(reply)
    except EditFormatError:
        return
    assert blocks
    assert all(block.text.strip() and block.text.endswith("\n") for block in blocks)


@given(st.lists(st.text(alphabet="abc {};()=\t", max_size=12), min_size=1), st.booleans())
def test_fenced_text_comes_back_as_it_was(lines: list[str], closed: bool) -> None:
    code = "\n".join([*lines, "end;"]) + "\n"
    assert only(f"Text.\n\n{FENCE}c\n{code}" + (FENCE if closed else "")).text == code


@pytest.mark.parametrize("unit", ["`", "x = (", "FILE: ", "**a/b.c** ", "int ", "~~~ "])
def test_one_line_of_ten_megabytes_does_not_hide_the_code(unit: str) -> None:
    # Any quadratic step takes hours here and runs into the suite's time limit.
    reply = unit * (10_000_000 // len(unit)) + f"\n{FENCE}c\n{FUNCTION}{FENCE}\n"
    assert any(FUNCTION in block.text for block in code_blocks(reply))


@pytest.mark.parametrize(
    ("unit", "is_code"), [("a;\n", True), ("~~~\n```c\n", True), ("(\n\n", False), ("```\n", False)]
)
def test_many_short_lines_are_read_in_one_pass(unit: str, is_code: bool) -> None:
    reply = unit * (1_000_000 // len(unit)) + "x = 1;\n" * is_code
    if is_code:
        assert code_blocks(reply)
    else:
        with pytest.raises(EditFormatError):
            code_blocks(reply)


def test_a_path_line_that_the_file_has_itself_is_kept() -> None:
    block = only(f"{FENCE}c\n// src/x.c\nint x;\n{FENCE}")
    assert whole_file(block, "// src/x.c\nint y;\n") == "// src/x.c\nint x;\n"
    assert whole_file(block, "int y;\n") == "int x;\n"


@given(st.lists(st.text(alphabet="ab\x0c\x85\u2028", max_size=3), min_size=1, max_size=8), st.data())
def test_replacing_lines_touches_no_other(lines: list[str], data: st.DataObject) -> None:
    text = "\n".join(lines)
    count = len(lines_of(text))
    if not count:
        return
    start = data.draw(st.integers(1, count))
    end = data.draw(st.integers(start, count))
    result = lines_of(replace_lines(text, start, end, "NEW\n"))
    assert result[: start - 1] == lines_of(text)[: start - 1]
    assert result[start - 1] == "NEW\n"
    assert result[start:] == lines_of(text)[end:]


def test_lines_that_do_not_exist_are_an_error() -> None:
    for start, end in ((0, 1), (2, 1), (1, 3)):
        with pytest.raises(EditFormatError, match="2 lines"):
            replace_lines("a\nb\n", start, end, "x")
    with pytest.raises(EditFormatError):
        insert_after("a\n", 2, "x")


def test_inserting_behind_an_unended_last_line_ends_it() -> None:
    assert insert_after("a\nb", 2, "c") == "a\nb\nc\n"
    assert insert_after("a\nb\n", 0, "c") == "c\na\nb\n"


def test_the_digest_sees_paths_texts_and_deletions_and_no_order() -> None:
    one, two = FileChange("a", None, "x"), FileChange("b", "", "y")
    assert candidate_digest([one, two]) == candidate_digest([two, one])
    others = [
        [FileChange("ax", None, ""), two],
        [FileChange("a", None, None), two],
        [FileChange("a", None, ""), two],
        [one],
    ]
    digests = {candidate_digest(changes) for changes in [[one, two], *others]}
    assert len(digests) == 5


@pytest.mark.skipif(shutil.which("git") is None, reason="git applies the diff")
@pytest.mark.parametrize(
    ("before", "after"),
    [("a\nb\nc", "a\nB\nc\n"), (None, "new\n"), ("old\n", None), ("a\x0cb\r\u2028c\n", "a\x0cb\r\u2028d\n")],
)
def test_git_can_apply_the_diff(tmp_path: Path, before: str | None, after: str | None) -> None:
    target = tmp_path / "x.c"
    if before is not None:
        target.write_text(before, newline="")
    diff = unified_diff(before, after, "x.c")
    subprocess.run(["git", "apply", "-"], cwd=tmp_path, input=diff.encode(), check=True)
    assert (target.read_bytes().decode() if target.exists() else None) == after


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("#include <a.h>\n\nint x;\n", "#include <a.h>\n#include <string.h>\n\nint x;\n"),
        ("/* Licence */\nint x;\n", "/* Licence */\n#include <string.h>\n\nint x;\n"),
        (
            "#ifndef H\n#define H\nint x;\n#endif\n",
            "#ifndef H\n#define H\n\n#include <string.h>\nint x;\n#endif\n",
        ),
        ("#ifndef H\n#define H\n#include <string.h>\n#endif\n", None),
        ("#  include <string.h> // twice\nint x;\n", None),
        (
            "#include <a.h>\n#ifdef X\n#include <string.h>\n#endif\nint x;\n",
            "#include <a.h>\n#include <string.h>\n#ifdef X\n#include <string.h>\n#endif\nint x;\n",
        ),
        (
            "/*\n#include <string.h>\n*/\nint x;\n",
            "/*\n#include <string.h>\n*/\n#include <string.h>\n\nint x;\n",
        ),
        (
            '#include <a.h>\nint x;\n#include "t.inc"\n',
            '#include <a.h>\n#include <string.h>\nint x;\n#include "t.inc"\n',
        ),
        (
            "#define A \\\n  int x;\n#include <a.h>",
            "#define A \\\n  int x;\n#include <a.h>\n#include <string.h>\n",
        ),
        ("", "#include <string.h>\n"),
    ],
)
def test_includes_are_added_once_and_where_they_take_effect(text: str, expected: str | None) -> None:
    result = ensure_includes(text, ["<string.h>", "#include <string.h>", "string.h"])
    assert result == (text if expected is None else expected)
    assert ensure_includes(result, ["<string.h>"]) == result


def test_an_include_that_is_more_than_one_is_refused() -> None:
    with pytest.raises(EditFormatError):
        ensure_includes("", ["<a.h>\n#include <evil.h>"])
