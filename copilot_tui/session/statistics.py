"""A session in figures, iteration by iteration: attempts, errors, tokens. All of them were measured."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TypeAlias

from copilot_tui.core import events as ev


@dataclass(frozen=True, slots=True)
class IterationFigures:
    """``errors`` are those of the newest build, None where nothing was built. ``solved`` is None while the
    iteration is open."""

    number: int
    attempts: int = 0
    errors: int | None = None
    failed_tests: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    new_tokens: int = 0
    decoding_seconds: float = 0.0
    seconds: float = 0.0
    solved: bool | None = None

    @property
    def tokens_per_second(self) -> float:
        return self.new_tokens / self.decoding_seconds if self.decoding_seconds > 0 else 0.0


Figures: TypeAlias = tuple[IterationFigures, ...]

HEADINGS = ("iteration", "attempts", "errors", "tests failed", "tokens", "tokens/s", "cached", "seconds", "")


def figures_of(events: Iterable[ev.Event]) -> Figures:
    """The figures of a whole session."""
    figures: Figures = ()
    for event in events:
        figures = figures_after(figures, event)
    return figures


def figures_after(figures: Figures, event: ev.Event) -> Figures:
    """The figures after one more event; the same object where it tells nothing new."""
    if isinstance(event, ev.IterationStarted):
        return (*figures, IterationFigures(event.number))
    if not figures:
        return figures
    last = _counted(figures[-1], event)
    return figures if last is figures[-1] else (*figures[:-1], last)


def cells(figures: IterationFigures) -> tuple[str, ...]:
    """One row of the table below :data:`HEADINGS`."""
    verdict = {None: "open", True: "✓ solved", False: "✗ not solved"}[figures.solved]
    return (
        str(figures.number),
        str(figures.attempts),
        "-" if figures.errors is None else str(figures.errors),
        "-" if figures.errors is None else str(figures.failed_tests),
        f"{figures.new_tokens:,}",
        f"{figures.tokens_per_second:.1f}" if figures.decoding_seconds else "-",
        f"{100 * figures.cached_tokens / figures.prompt_tokens:.0f}%" if figures.prompt_tokens else "-",
        f"{figures.seconds:.1f}",
        verdict,
    )


def table_lines(figures: Figures) -> list[str]:
    """The table as lines of text, for a frontend without tables."""
    rows = [HEADINGS, *(cells(iteration) for iteration in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    return ["  ".join(f"{cell:>{width}}" for cell, width in zip(row, widths, strict=True)) for row in rows]


def _counted(figures: IterationFigures, event: ev.Event) -> IterationFigures:
    match event:
        case ev.CandidateProposed():
            return replace(figures, attempts=figures.attempts + 1)
        case ev.ArtefactEdited(candidate=candidate) if candidate is not None:
            return replace(figures, attempts=figures.attempts + 1)
        case ev.BuildProduced(build=build):
            return replace(figures, errors=len(build.errors), failed_tests=len(build.failed_tests))
        case ev.GenerationFinished(usage=usage):
            return replace(
                figures,
                prompt_tokens=figures.prompt_tokens + usage.prompt_tokens,
                cached_tokens=figures.cached_tokens + usage.cached_tokens,
                new_tokens=figures.new_tokens + usage.new_tokens,
                decoding_seconds=figures.decoding_seconds + usage.seconds - usage.seconds_to_first_token,
            )
        case ev.PhaseFinished() | ev.PhaseFailed():
            return replace(figures, seconds=figures.seconds + event.seconds)
        case ev.IterationFinished():
            return replace(figures, solved=event.solved)
    return figures
