"""Breaking code on purpose, one small mistake at a time, at every place where it can be made.

A test is worth something when it fails for code that is wrong; so tests are tried on mutants. A mutation
takes a text to all its broken versions in the order of the text. Whether a version is really broken,
and not just written in another way, is for whoever runs it to find out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

Mutation = Callable[[str], Iterator[str]]
"""From a text to all its broken versions, one for each place."""

_NO_CODE = re.compile(
    r'/\*.*?\*/|"""[^"]*"""|^#include[^\n]*|^\s*#[^\n]*|"[^"\n]*"', re.DOTALL | re.MULTILINE
)


def without_line(pattern: str) -> Mutation:
    """Each line that matches is left out."""
    return line_changed(pattern, None)


def line_changed(pattern: str, replacement: str | None) -> Mutation:
    """Each line that matches is replaced through the pattern, or left out."""
    wanted = re.compile(pattern)

    def mutation(text: str) -> Iterator[str]:
        lines = text.split("\n")
        for number, line in enumerate(lines):
            if wanted.search(line):
                new = [] if replacement is None else [wanted.sub(replacement, line, count=1)]
                yield "\n".join([*lines[:number], *new, *lines[number + 1 :]])

    return mutation


def replaced(*pairs: tuple[str, str]) -> Mutation:
    """Each match of each pattern is replaced, one at a time; comments and includes are left alone."""

    def mutation(text: str) -> Iterator[str]:
        covered = no_code(text)
        for pattern, new in pairs:
            for match in re.finditer(pattern, text):
                if not any(start <= match.start() < end for start, end in covered):
                    yield text[: match.start()] + match.expand(new) + text[match.end() :]

    return mutation


def no_code(text: str) -> list[tuple[int, int]]:
    """Where comments, strings and directives stand."""
    return [match.span() for match in _NO_CODE.finditer(text)]


OFF_BY_ONE = replaced(
    (r"(?<=[\w\])]) < (?=[\w(])", " <= "),
    (r"(?<=[\w\])]) <= (?=[\w(])", " < "),
    (r"(?<=[\w\])]) >= (?=[\w(])", " > "),
    (r"(?<=[\w\])]) > (?=[\w(])", " >= "),
    (r"(?<=[\w\])]) \+ 1\b", ""),
    (r"(?<=[\w\])]) - 1\b", ""),
    (r"= 0(?=;|\n)", "= 1"),
    (r"= 1(?=;|\n)", "= 0"),
)
OPERATORS = (
    (r"(?<=[\w\])]) == ", " != "),
    (r"(?<=[\w\])]) != ", " == "),
    (r"(?<=[\w\])]) \+ (?!1\b)", " - "),
    (r"(?<=[\w\])]) - (?!1\b)", " + "),
    (r"(?<=[\w\])]) \* (?=\w)", " + "),
    (r"(?<=[\w\])]) // ", " * "),
    (r"\+= ", "-= "),
    (r"-= ", "+= "),
)
OPERATORS_OF_C = (*OPERATORS, (r" && ", " || "), (r" \|\| ", " && "))
OPERATORS_OF_PYTHON = (
    *OPERATORS,
    (r" and ", " or "),
    (r" or ", " and "),
    (r" not in ", " in "),
    (r" is not None", " is None"),
    (r"\bif not ", "if "),
)
NUMBERS = replaced(
    (r"(?<=[ (])2\b", "3"), (r"(?<=[ (])10\b", "11"), (r"(?<=return )0\b", "1"), (r"(?<=return )1\b", "0")
)

_OF_LANGUAGE: Mapping[str, tuple[Mutation, ...]] = {
    "c": (
        OFF_BY_ONE,
        replaced(*OPERATORS_OF_C),
        NUMBERS,
        # Loops and conditions without their turn, and an answer that is always the same.
        replaced((r"\b(\w+)\+\+(?!\s*\))", r"\1--"), (r"return (?!0;)[^;\n]+;", "return 0;")),
        without_line(r"^\s+[^\s/*{}][^{}]*;$"),
    ),
    "python": (
        OFF_BY_ONE,
        replaced(*OPERATORS_OF_PYTHON),
        NUMBERS,
        replaced(
            (r"\breturn (?!None\b)[^\n]+", "return None"), (r"\bif (?!not )([^\n:]+):", r"if not (\1):")
        ),
    ),
}
"""What is tried on a test, by language."""


def mutants(text: str, language: str, first: int, last: int, most: int) -> tuple[str, ...]:
    """Broken versions of ``text`` whose lines ``first`` to ``last`` (from 1) differ; at most ``most``.

    Where there are more, they are taken evenly from all kinds and places. Empty for another language.
    """
    lines = text.split("\n")
    before, part, behind = lines[: first - 1], "\n".join(lines[first - 1 : last]), lines[last:]
    versions = dict.fromkeys(
        version for mutation in _OF_LANGUAGE.get(language, ()) for version in mutation(part)
    )
    versions.pop(part, None)
    listed = list(versions)
    step = max(1, -(-len(listed) // most))
    return tuple("\n".join([*before, version, *behind]) for version in listed[::step])
