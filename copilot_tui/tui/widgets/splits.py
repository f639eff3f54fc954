"""The two splits of the deck: where they stand, and how a mouse drags them.

A split has no cell of its own: the borders of the panes on both its sides are what the mouse takes hold of.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

Split: TypeAlias = Literal["left", "top"]

LEAST, MOST, STEP = 15, 85, 5
REACH = 1
"""Cells on either side of a split where it can be taken hold of: the two borders."""


@dataclass(frozen=True, slots=True)
class Splits:
    """The shares of the left column and of the upper panes, in per cent."""

    left: int = 50
    top: int = 60

    def moved(self, split: Split, steps: int) -> Splits:
        """Further by steps of a twentieth."""
        return self._with(split, getattr(self, split) + steps * STEP)

    def dragged(self, split: Split, offset: int, extent: int) -> Splits:
        """With the split at ``offset`` cells of ``extent``."""
        return self._with(split, round(100 * offset / extent)) if extent > 0 else self

    def at(self, x: int, y: int, width: int, height: int) -> Split | None:
        """The split that lies under a point of the deck's panes, if any."""
        if abs(x + 0.5 - width * self.left / 100) <= REACH:
            return "left"
        if abs(y + 0.5 - height * self.top / 100) <= REACH:
            return "top"
        return None

    def _with(self, split: Split, share: int) -> Splits:
        share = min(MOST, max(LEAST, share))
        return replace(self, left=share) if split == "left" else replace(self, top=share)
