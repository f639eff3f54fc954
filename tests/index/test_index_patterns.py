"""Habits of a neighbourhood, in several languages: what is done, how often, and where."""

from __future__ import annotations

import pytest

from copilot_tui.index.file_outline import FileOutline
from copilot_tui.index.languages import language_of
from copilot_tui.index.patterns import gather_patterns


def _outline_of(path: str, text: str) -> FileOutline:
    return FileOutline.read(text, language_of(path))


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("a.c", "  return -1;\n  return -1;\n", "errors: return -1 (2 times, as in a.c:1)"),
        ("a.c", "x = malloc(3);\ny = malloc(4);\n", "memory: malloc() (2 times, as in a.c:1)"),
        (
            "a.py",
            "raise ValueError(1)\nraise ValueError\n",
            "errors: raise ValueError (2 times, as in a.py:1)",
        ),
        ("a.go", "\tif err != nil {\n\tif err != nil {\n", "errors: if err != nil (2 times, as in a.go:1)"),
        ("a.rs", "let a = b()?;\nlet c = d()?;\n", "errors: ? (2 times, as in a.rs:1)"),
        (
            "A.java",
            "\n  throw new IOException();\n  throw new IOException();\n",
            "errors: throw IOException (2 times, as in A.java:2)",
        ),
        (
            "a.js",
            "throw new TypeError()\nthrow new TypeError()\n",
            "errors: throw TypeError (2 times, as in a.js:1)",
        ),
        ("a.ts", "} catch (e) {\n", None),
    ],
)
def test_errors_and_memory_are_told_with_a_place(name: str, text: str, expected: str | None) -> None:
    lines = gather_patterns([name], {name: text}.get, _outline_of)
    assert [line for line in lines if line.startswith(("errors", "memory"))] == (
        [expected] if expected else []
    )


def test_headers_tell_how_they_are_guarded() -> None:
    texts = {"a.h": "#ifndef A_H\n#define A_H\n#endif\n", "b.h": "\n#ifndef B_H\n#define B_H\n#endif\n"}
    assert "headers: guarded by #ifndef (2 do, as in a.h:1)" in gather_patterns(
        list(texts), texts.get, _outline_of
    )
