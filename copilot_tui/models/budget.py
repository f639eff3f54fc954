"""Packing the sections of a prompt into the true window.

Sections keep their given order, so that prompts that begin alike share their cached prefix. When not
everything fits, a section is first replaced by the longest of its shorter versions, and the least
important are left out; each of these is listed, so nothing is ever cut in silence.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from copilot_tui.core.artefacts import PromptSection
from copilot_tui.core.errors import ContextOverflowError

SEPARATOR = "\n\n"


@dataclass(frozen=True, slots=True)
class Section:
    """One named part of a prompt.

    A higher ``priority`` is given its place first; a ``required`` one is never left out. ``shrink``
    holds shorter versions of ``text`` (cut at function boundaries, say), in any order.
    """

    name: str
    text: str
    priority: int
    required: bool = False
    shrink: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class PackedPrompt:
    """``text`` is what goes to the model; ``sections`` lists every section, the dropped ones too."""

    text: str
    sections: tuple[PromptSection, ...]
    tokens: int


def pack(sections: Sequence[Section], *, count: Callable[[str], int], budget: int) -> PackedPrompt:
    """The most important sections that fit into ``budget`` tokens, in the order given.

    ``count`` gives the tokens of a text. The whole joined text is counted at the end, and what
    the joints cost beyond the sum of the parts is taken from the least important section. Raises
    :class:`ContextOverflowError`, with both numbers, when the required sections alone do not fit.
    """
    sizes = [count(section.text) for section in sections]
    reserve = 0
    while True:
        chosen, tokens = _choose(sections, sizes, count, budget - reserve)
        joined = _join(sections, chosen)
        whole = count(joined) if joined else 0
        if whole <= budget:
            break
        if all(sections[at].required and text == _shortest(sections[at]) for at, text in chosen.items()):
            raise _overflow([s for s in sections if s.required], whole, budget)
        reserve += whole - budget
    listed = tuple(
        PromptSection(
            section.name,
            tokens.get(position, sizes[position]),
            kept=position in chosen or not section.text,
            shortened=chosen.get(position, section.text) != section.text,
        )
        for position, section in enumerate(sections)
    )
    return PackedPrompt(joined, listed, whole)


def _choose(
    sections: Sequence[Section], sizes: Sequence[int], count: Callable[[str], int], budget: int
) -> tuple[dict[int, str], dict[int, int]]:
    """Position to text and position to tokens of what is kept."""
    chosen: dict[int, str] = {}
    tokens: dict[int, int] = {}
    owed = sum(_least(section, size, count) for section, size in zip(sections, sizes, strict=True))
    left = budget
    for position in _by_importance(sections):
        section = sections[position]
        owed -= _least(section, sizes[position], count)
        version = _longest_fitting(section, sizes[position], count, left - owed)
        if version is None and section.required:
            version = _shortest(section), _least(section, sizes[position], count)
        if version is not None and section.text:
            chosen[position], tokens[position] = version
            left -= version[1]
    return chosen, tokens


def _by_importance(sections: Sequence[Section]) -> list[int]:
    """Positions: the required sections first, then by falling priority, then as given."""
    return sorted(
        range(len(sections)), key=lambda at: (not sections[at].required, -sections[at].priority, at)
    )


def _shortest(section: Section) -> str:
    return min((section.text, *section.shrink), key=len)


def _least(section: Section, size: int, count: Callable[[str], int]) -> int:
    """The tokens that must be left for this section: none when it may be dropped."""
    if not section.required:
        return 0
    return count(_shortest(section)) if section.shrink else size


def _longest_fitting(
    section: Section, size: int, count: Callable[[str], int], room: int
) -> tuple[str, int] | None:
    if size <= room:
        return section.text, size
    for shorter in sorted(section.shrink, key=len, reverse=True):
        tokens = count(shorter)
        if tokens <= room:
            return shorter, tokens
    return None


def _join(sections: Sequence[Section], chosen: dict[int, str]) -> str:
    return SEPARATOR.join(chosen[position] for position in range(len(sections)) if chosen.get(position))


def _overflow(required: Sequence[Section], tokens: int, budget: int) -> ContextOverflowError:
    names = ", ".join(section.name for section in required)
    return ContextOverflowError(
        f"What must be in the prompt ({names}) takes {tokens} tokens; {budget} fit.",
        "Raise context_window (0: all that the model has), lower max_length, or use a model with a larger "
        "window.",
    )
