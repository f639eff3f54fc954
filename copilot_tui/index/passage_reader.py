"""Passages read by the text encoder, which is loaded at the first search and kept."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from copilot_tui.index.encoder import Encoder


class PassageReader:
    """Compares texts with a query. ``pack`` is the encoder's file."""

    def __init__(self, pack: Path) -> None:
        self._pack = pack
        self._encoder: Encoder | None = None

    def closeness(self, text: str, passages: Sequence[str]) -> list[float]:
        """The cosine between ``text`` and each passage. Raises :class:`ModelFileError` on a wrong pack."""
        if self._encoder is None:
            self._encoder = Encoder.open(self._pack)
        vectors = self._encoder.embed([text, *passages])
        return [float(value) for value in vectors[1:] @ vectors[0]]
