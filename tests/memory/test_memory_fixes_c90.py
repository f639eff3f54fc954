"""What C of 1990 forbids is put right by rule: judged by gcc and clang, and by what the program prints."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from copilot_tui.memory.fixes import fixes_for
from copilot_tui.memory.fixes.c90 import line_comments, newer_than_c90
from tests.memory.test_memory_fixes import Texts, complaints, with_fix

C90 = ["-std=c89", "-pedantic", "-Wall", "-Werror", "-Wdeclaration-after-statement", "-o", "program", "a.c"]

NEWER = """\
#include <stdio.h>

static int total(const int *numbers, int count)
{
    if (numbers == NULL) {
        return 0;
    }

    int sum = 0;
    const int *end = numbers + count; // not behind it
    for (int i = 0; i < count; i++) {
        printf("%d;", numbers[i]);
        int last = i == count - 1;
        sum += numbers[i];
        if (last) {
            puts("");
            const char *word = "last";
            puts(word);
        }
    }
    for (const int *p = numbers, *q = end; p < q; p++) {
        sum += 0;
    }
    switch (count) {
    case 3:
        puts("three");
        int left = 7;
        sum += left;
        break;
    default:
        break;
    }
    return sum;
}

int main(void)
{
    int numbers[3] = {1, 2, 3};
    printf("%d\\n", total(numbers, 3)); // "// in a text"
    return 0;
}
"""

OLDER = """\
static int total(const int *numbers, int count)
{
    int i;
    const int *p;
    const int *q;
    int sum = 0;
    const int *end;

    if (numbers == NULL) {
        return 0;
    }

    end = numbers + count; /* not behind it */
    for (i = 0; i < count; i++) {
        int last;

        printf("%d;", numbers[i]);
        last = i == count - 1;
        sum += numbers[i];
        if (last) {
            const char *word = "last";

            puts("");
            puts(word);
        }
    }
    for (p = numbers, q = end; p < q; p++) {
        sum += 0;
    }
    switch (count) {
        int left;

    case 3:
        puts("three");
        left = 7;
"""


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_a_function_in_newer_c_is_put_right_at_once(tmp_path: Path, compiler: str) -> None:
    if shutil.which(compiler) is None:
        pytest.skip(f"there is no {compiler}")
    files = {"a.c": NEWER}
    said = set()
    for _ in range(3):
        errors = complaints(tmp_path, files, [compiler, *C90])
        fix = fixes_for(errors[0], Texts(files))[0]
        said.add(fix.words)
        files = with_fix(files, fix)
        (tmp_path / "a.c").write_text(files["a.c"])
        if subprocess.run([compiler, *C90], cwd=tmp_path, capture_output=True, check=False).returncode == 0:
            break
    assert OLDER in files["a.c"]
    assert '    printf("%d\\n", total(numbers, 3)); /* "// in a text" */\n' in files["a.c"]
    assert len(said) == 2
    printed = subprocess.run(["./program"], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert printed == "1;2;3;\nlast\nthree\n13\n"


def test_all_complaints_about_a_function_have_the_same_fix(tmp_path: Path) -> None:
    body = "    count++;\n    int a = count;\n    count++;\n    int b = a;\n    return a + b;\n"
    files = {"a.c": f"int f(int count)\n{{\n{body}}}\n"}
    (error,) = complaints(tmp_path, files, ["gcc", *C90, "-c"])
    errors = [error, replace(error, line=6)]
    assert len({fix.edits for error in errors for fix in newer_than_c90(error, Texts(files))}) == 1


@pytest.mark.parametrize(
    "line",
    [
        "int a = 1, b = 2;",  # two names
        "int a[] = {count, 2};",  # no constant, and an array cannot be set
        "int a = f(count,",  # more than one line
    ],
)
def test_what_cannot_be_moved_is_left_to_the_model(tmp_path: Path, line: str) -> None:
    ending = "        2);" if line.endswith(",") else ""
    text = f"int f(int count, int x)\n{{\n    count++;\n    {line}\n{ending}\n    return count + x;\n}}\n"
    files = {"a.c": text}
    command = ["gcc", *C90, "-fsyntax-only"]
    errors = [error for error in complaints(tmp_path, files, command) if "forbids mixed" in error.message]
    assert errors
    assert not list(newer_than_c90(errors[0], Texts(files)))
    assert not list(line_comments(errors[0], Texts(files)))
