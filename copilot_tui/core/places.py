"""Where things stand in a code base: the artefacts that a search gets and gives.

Apart from ``artefacts``, which has these and all others, because a process that only searches needs no more
than these five, and each dataclass takes a good half of a millisecond to make.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """Lines ``start`` to ``end`` (inclusive) of a file, and the symbol they define, if any."""

    start: int
    end: int
    symbol: str | None = None


@dataclass(frozen=True, slots=True)
class RankedFile:
    """A file that matters for the task; ``reasons`` say why, best first."""

    path: str
    score: float
    reasons: tuple[str, ...] = ()
    spans: tuple[Span, ...] = ()
    pinned: bool = False


@dataclass(frozen=True, slots=True)
class Snippet:
    """A piece of source as it stands in the file, whole lines only."""

    path: str
    start: int
    end: int
    text: str
    symbol: str | None = None


@dataclass(frozen=True, slots=True)
class Breadcrumb:
    """One block of ``TAG: value`` comment lines right before the code that it speaks of.

    ``tags`` keeps the order and repeats of the source. ``symbol`` is the definition that follows,
    where one was found. ``problems`` are rule violations, each starting ``error:`` or ``warning:``.
    """

    path: str
    line: int
    end_line: int
    tags: tuple[tuple[str, str], ...]
    symbol: str | None = None
    problems: tuple[str, ...] = ()

    def get(self, tag: str, default: str = "") -> str:
        """The first value of ``tag``."""
        return next((value for name, value in self.tags if name == tag), default)

    @property
    def phase(self) -> str:
        return self.get("AI_PHASE")

    @property
    def status(self) -> str:
        return self.get("AI_STATUS").upper()


@dataclass(frozen=True, slots=True)
class Task:
    """What a session works on.

    ``text`` is the person's sentence or the breadcrumb's notes. A task from a breadcrumb also names
    where it stands (``path``, ``line``), the function it asks for (``symbol``), its ``phase`` and
    the names or prefixes of the tests that judge it (``tests``).
    """

    text: str
    path: str | None = None
    line: int | None = None
    symbol: str | None = None
    phase: str | None = None
    tests: tuple[str, ...] = ()
