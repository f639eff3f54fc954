"""Search and replace and diffs: read tolerantly, fitted where they belong, refused where they fit nowhere."""

from __future__ import annotations

import difflib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copilot_tui.core.artefacts import FileChange
from copilot_tui.core.errors import EditFormatError, PathRefusedError
from copilot_tui.workspace.apply import Workspace
from copilot_tui.workspace.edit_formats import described_changes
from copilot_tui.workspace.matching import NoMatchError, replace_quoted
from copilot_tui.workspace.three_way import merge_texts, stretches

FILE = """\
int add(int a, int b)
{
    int sum = a + b;
    log("adding");
    return sum;
}

int sub(int a, int b)
{
    int difference = a - b;
    log("subtracting");
    return difference;
}
"""


def replacing(path: str, old: str, new: str) -> str:
    return f"{path}\n<<<<<<< SEARCH\n{old}=======\n{new}>>>>>>> REPLACE\n"


def changed(reply: str, form: str = "replace", files: dict[str, str] | None = None) -> dict[str, str | None]:
    texts = {"src/calc.c": FILE} if files is None else files
    return {c.path: c.after for c in described_changes(reply, form, "src/calc.c", texts.get)}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "quoted",
    [
        '    int sum = a + b;\n    log("adding");\n    return sum;\n',
        'int sum = a + b;\nlog("adding");\nreturn sum;\n',
        '\tint sum = a + b;\n\tlog("adding");\n\treturn sum;\n',
        '    int sum = a + b;  \n    log("adding");\n    return sum;\n\n',
        '    int sum = a + b ;\n    log("Adding");\n    return sum;\n',
        "int add(int a, int b)\n{\n    int sum = a + b;\n    return sum;\n}\n\nint sub(int a, int b)\n",
    ],
    ids=["exact", "no indentation", "tabs", "trailing blanks", "changed words", "a line left out"],
)
def test_lines_are_found_in_spite_of_what_small_models_get_wrong(quoted: str) -> None:
    new = quoted.replace("return sum;", "return sum + 1;")
    expected = FILE.replace("return sum;", "return sum + 1;")
    assert replace_quoted(FILE, quoted, new) == expected


def test_only_what_the_edit_changes_is_changed_where_the_quotation_is_wrong() -> None:
    quoted = '    int difference = a - b;\n    log("substracting");\n    return difference;\n'
    result = replace_quoted(FILE, quoted, quoted.replace("a - b", "b - a"))
    assert result == FILE.replace("a - b", "b - a")


@pytest.mark.parametrize(
    ("quoted", "word", "nearest"),
    [
        ("}\n", "several places (lines 6, 13)", "}"),
        (
            "    puts(x);\n    return sum;\n",
            "lines 3 to 7 come nearest",
            '    int sum = a + b;\n    log("adding");\n    return sum;\n}\n',
        ),
        ("while (unrelated) { everything(); }\n", "nowhere", ""),
        ("", "does not quote", ""),
    ],
)
def test_what_fits_nowhere_is_refused_with_the_nearest_lines(quoted: str, word: str, nearest: str) -> None:
    with pytest.raises(NoMatchError) as caught:
        replace_quoted(FILE, quoted, "x\n")
    assert word in caught.value.message
    assert caught.value.nearest == nearest


def test_several_files_new_ones_deletions_and_renames_in_one_reply() -> None:
    reply = (
        "Here are the edits.\n```c\n"
        + replacing("src/calc.c", "    return sum;\n", "    return 2 * sum;\n")
        + "```\n"
        + replacing("`include/new.h`", "", "int added(void);\n")
        + "DELETE src/old.c\nRENAME src/a.c TO src/b.c\n"
        + replacing("src/b.c", "int a;\n", "int b;\n")
    )
    files = {"src/calc.c": FILE, "src/old.c": "old\n", "src/a.c": "int a;\n"}
    assert changed(reply, files=files) == {
        "src/calc.c": FILE.replace("return sum", "return 2 * sum"),
        "include/new.h": "int added(void);\n",
        "src/old.c": None,
        "src/a.c": None,
        "src/b.c": "int b;\n",
    }


DIFF = """\
```diff
--- a/src/calc.c
+++ b/src/calc.c
@@ -99,4 +99,4 @@ wrong numbers
     int sum = a + b;
     log("adding");
-    return sum;
+    return sum + 1;
 }
@@ ... @@
int difference = a - b;
-    log("subtracting");
     return difference;
--- /dev/null
+++ b/new.c
@@ -0,0 +1,2 @@
+int one;
+int two;
--- a/gone.c
+++ /dev/null
@@ -1 +0,0 @@
-gone
diff --git a/x.c b/y.c
rename from x.c
rename to y.c
```
That is all.
"""


def test_a_diff_is_read_whatever_its_numbers_say() -> None:
    expected = FILE.replace("return sum;", "return sum + 1;").replace('    log("subtracting");\n', "")
    files = {"src/calc.c": FILE, "gone.c": "gone\n", "x.c": "x\n"}
    assert changed(DIFF, "diff", files) == {
        "src/calc.c": expected,
        "new.c": "int one;\nint two;\n",
        "gone.c": None,
        "x.c": None,
        "y.c": "x\n",
    }


def test_a_line_number_decides_between_equal_places() -> None:
    text = "a\nx\nb\nx\nc\n"
    assert replace_quoted(text, "x\n", "y\n", near=4) == "a\nx\nb\ny\nc\n"


@pytest.mark.parametrize(
    ("reply", "form"),
    [
        ("I cannot do that.", "replace"),
        ("I cannot do that.", "diff"),
        ("<<<<<<< SEARCH\nint\n", "replace"),
        (replacing("src/calc.c", "", "int x;\n"), "replace"),
        ("DELETE nothing.c\n", "replace"),
        (replacing("nothing.c", "int\n", "x\n"), "replace"),
    ],
)
def test_a_reply_without_a_usable_edit_is_an_error(reply: str, form: str) -> None:
    with pytest.raises(EditFormatError):
        changed(reply, form)


@pytest.mark.parametrize("path", ["../out.c", ".git/config", "/etc/passwd", "link/x.c"])
def test_paths_in_a_reply_are_refused_like_all_others(tmp_path: Path, path: str) -> None:
    (tmp_path / "outside").mkdir()
    source = tmp_path / "source"
    source.mkdir()
    (source / "link").symlink_to(tmp_path / "outside")
    workspace = Workspace(source, tmp_path / "journal")

    def read(name: str) -> str | None:
        found = workspace.read(name)
        return found.text if found else None

    for reply in (replacing(path, "", "x\n"), f"DELETE {path}\n", f"RENAME {path} TO a.c\n"):
        with pytest.raises(PathRefusedError):
            described_changes(reply, "replace", "a.c", read)


def test_a_renamed_file_keeps_encoding_line_ends_and_mode(tmp_path: Path) -> None:
    (tmp_path / "old.c").write_bytes(b"caf\xe9\r\nx\r\ny")
    (tmp_path / "old.c").chmod(0o755)
    workspace = Workspace(tmp_path, tmp_path / "journal")
    changes = described_changes(
        "RENAME old.c TO new.c\n" + replacing("new.c", "x\n", "z\n"),
        "replace",
        "old.c",
        lambda p: "café\nx\ny" if p == "old.c" else None,
    )
    edit = workspace.apply(changes)
    assert (tmp_path / "new.c").read_bytes() == b"caf\xe9\r\nz\r\ny"
    assert (tmp_path / "new.c").stat().st_mode & 0o777 == 0o755
    assert not (tmp_path / "old.c").exists()
    workspace.undo(edit)
    assert (tmp_path / "old.c").read_bytes() == b"caf\xe9\r\nx\r\ny"
    assert (tmp_path / "old.c").stat().st_mode & 0o777 == 0o755


LINES = st.lists(st.sampled_from(["a", "b", "  c", "d = 1;", "", "\tf(x)", "}"]), min_size=1, max_size=12)


@given(before=LINES, after=LINES)
@settings(max_examples=150, deadline=None)
def test_any_true_diff_gives_the_text_that_it_was_made_from(before: list[str], after: list[str]) -> None:
    old = "".join(f"{line}\n" for line in before)
    new = "".join(f"{line}\n" for line in after)
    text = "".join(
        difflib.unified_diff(old.splitlines(True), new.splitlines(True), "a/f.c", "b/f.c", n=len(before))
    )
    if old.strip() and text:
        (change,) = described_changes(text, "diff", "f.c", {"f.c": old}.get)
        assert (change.after or "").strip() == new.strip()


@given(st.text(alphabet="<>=- +@\nSEARCHREPLACE/ab.c`", max_size=200), st.sampled_from(["replace", "diff"]))
@settings(max_examples=200, deadline=None)
def test_no_reply_does_more_than_raise_an_edit_error(reply: str, form: str) -> None:
    try:
        changes = described_changes(reply, form, "f.c", {"f.c": FILE}.get)  # type: ignore[arg-type]
    except EditFormatError:
        return
    assert all(isinstance(change, FileChange) and change.before != change.after for change in changes)


@given(base=LINES, ours=LINES, theirs=LINES)
@settings(max_examples=150, deadline=None)
def test_a_merge_with_an_unchanged_side_is_the_other_side(
    base: list[str], ours: list[str], theirs: list[str]
) -> None:
    texts = ["\n".join(lines) for lines in (base, ours, theirs)]
    assert merge_texts(texts[0], texts[1], texts[0], "a", "b").text == texts[1]
    assert merge_texts(texts[0], texts[0], texts[2], "a", "b").text == texts[2]
    parts = list(stretches(base, ours, theirs))
    assert [line for part in parts for line in part.base] == base
    assert [line for part in parts for line in part.ours] == ours
    assert [line for part in parts for line in part.theirs] == theirs


def test_changes_of_both_sides_meet_and_conflicts_are_marked() -> None:
    merged = merge_texts("a\nb\nc\nd\ne", "A\nb\nc\nd\ne", "a\nb\nc\nd\nE", "mine", "yours")
    assert (merged.text, merged.conflicts) == ("A\nb\nc\nd\nE", 0)
    merged = merge_texts("a\nb\nc", "a\nM\nc", "a\nY\nc", "mine", "yours")
    assert (merged.text, merged.conflicts) == ("a\n<<<<<<< mine\nM\n=======\nY\n>>>>>>> yours\nc", 1)
