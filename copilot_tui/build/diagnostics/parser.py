"""What a parser of tool output is, and the lines it reads.

A parser looks at the lines once and reports what it recognised: a diagnostic with the lines that it
took, or the verdict of a test. It neither resolves paths nor looks for repeats; that is done once,
for all parsers. To add one from another package, name an object with the members of
:class:`DiagnosticParser` in the entry point group ``copilot_tui.diagnostics``; it sees all lines. The
parsers of this package are :class:`MarkedParser`: they name the marks of the lines that they start at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from copilot_tui.build.diagnostics.output import Output
from copilot_tui.core.artefacts import Diagnostic, Note, TestResult

FILE = r"(?P<file><[\w -]{1,40}>|(?:[A-Za-z]:[\\/])?[^\s:()\"'<>|*][^:()\"<>|*]*)"
"""A file name as compilers print it in front of a colon."""


@dataclass(frozen=True, slots=True)
class Found:
    """A diagnostic and the numbers of the lines it was read from, the first of them its place.

    ``consequence`` marks a message that only repeats that something failed ("ld returned 1 exit
    status", "test x ... FAILED"): it is dropped where a real error is known, one of the same test if
    it names a test. ``within`` gives the place of a further message of a document whose lines the first
    one took.
    """

    diagnostic: Diagnostic
    lines: tuple[int, ...]
    consequence: bool = False
    within: int | None = None

    @property
    def place(self) -> int:
        """The line that this stands for in the order of the output."""
        if self.within is not None:
            return self.within
        return self.lines[0] if self.lines else 0

    def extended(self, notes: Sequence[Note], lines: Sequence[int]) -> Found:
        """The same with more notes, and the lines they were read from."""
        if not notes and not lines:
            return self
        diagnostic = replace(self.diagnostic, notes=(*self.diagnostic.notes, *notes))
        return replace(self, diagnostic=diagnostic, lines=(*self.lines, *lines))


class DiagnosticParser(Protocol):
    """Recognises the output of one family of tools. Both methods take time linear in the lines."""

    @property
    def name(self) -> str: ...

    def diagnostics(self, lines: Sequence[str]) -> Iterator[Found]: ...

    def tests(self, lines: Sequence[str]) -> Iterator[TestResult]: ...


class MarkedParser(Protocol):
    """A parser of this package.

    Every line that begins a diagnostic holds one of ``marks``, every line with a verdict one of those or
    of ``test_marks`` (see :mod:`copilot_tui.build.diagnostics.output`).
    """

    @property
    def name(self) -> str: ...
    @property
    def marks(self) -> tuple[str, ...]: ...
    @property
    def test_marks(self) -> tuple[str, ...]: ...

    def diagnostics(self, output: Output) -> Iterator[Found]: ...

    def tests(self, output: Output) -> Iterator[TestResult]: ...


class NoTests:
    """For parsers of tools that run no tests."""

    test_marks: tuple[str, ...] = ()

    def tests(self, output: Output) -> Iterator[TestResult]:
        return iter(())


def number(text: str | None) -> int | None:
    """A line or column as a tool printed it; None where there is none, or none a file could have."""
    if text is None or len(text) > 9:
        return None
    value = int(text)
    return value if value > 0 else None


def count(value: object) -> int | None:
    """A line or column out of JSON; None where it is none that a file could have."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10**9 else None


_LOCATED = re.compile(FILE + r":(?P<line>\d+)(?::(?P<column>\d+))?:\s+(?P<message>\S.*)")


def located(text: str) -> tuple[str, int | None, int | None, str] | None:
    """``file:line[:column]: message`` at the start of ``text``, if its file looks like one."""
    match = _LOCATED.match(text)
    if match is None or not looks_like_file(match["file"]):
        return None
    return match["file"], number(match["line"]), number(match["column"]), match["message"].strip()


_EXTENSION = re.compile(r"\.[A-Za-z][\w+]{0,9}$")


def looks_like_file(name: str) -> bool:
    """Whether a name in front of a colon is a file, and no time of day, host or label."""
    return len(name) <= 1000 and ("/" in name or "\\" in name or _EXTENSION.search(name) is not None)
