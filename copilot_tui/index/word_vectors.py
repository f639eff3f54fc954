"""A vector for every English or programming word, taken once out of a published static embedding table.

The table (see ``models.tables``) is a matrix of token vectors with its tokenizer. Here it is distilled to
what the search needs: the tokens that are lower-case words or parts of words, rotated to the 160 directions
in which they differ most, eight bits a number; 7 MB that are mapped, not read. A word that is no token
is the sum of its longest parts. Nothing of the package that the table came in is run. Limits: tokens that
share a row of the table, because its makers had none for them, are left out; so are words of other scripts.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from copilot_tui.core.errors import ModelFileError

Vector = NDArray[np.float32]

DIMENSIONS = 160
_NEEDED = ("lut", "A", "A_scale", "B", "tokenizer")
_SPACE = "\u0120"
"""How byte-level tokenizers write the blank before a word."""
_FIRST = "_"
"""How a part is kept that begins a word."""
_LONGEST_WORD = 60
_TELLING = 3
"""The letters that some part of a longer word must have for the word to mean anything."""
_MOST_CACHED = 200_000


class WordVectors:
    """Vectors by word; ``open`` gets them."""

    def __init__(self, rows: Mapping[str, int], codes: NDArray[np.int8], scales: Vector) -> None:
        self._rows = rows
        self._codes = codes
        self._scales = scales
        self._known: dict[str, Vector | None] = {}

    @classmethod
    def open(cls, table: Path, directory: Path) -> WordVectors:
        """The vectors of the table file, distilled into ``directory`` on first use (some seconds).

        Raises :class:`ModelFileError` when the file is not such a table.
        """
        place = directory / f"words-{table.stem[:16]}-{DIMENSIONS}"
        if not (place / "words.txt").exists():
            try:
                _distil(table, place)
            except (OSError, ValueError, KeyError) as error:
                raise ModelFileError(
                    f"{table} is not the table of word vectors that was expected: {error}.",
                    "Remove it and fetch it again: copilot-tui models pull code-words",
                ) from error
        words = (place / "words.txt").read_text("ascii").split("\n")
        codes = np.load(place / "codes.npy", mmap_mode="r")
        return cls({word: row for row, word in enumerate(words)}, codes, np.load(place / "scales.npy"))

    def knows(self, word: str) -> bool:
        """Whether a lower-case word is one of the table, not made up of parts."""
        return _FIRST + word in self._rows or word in self._rows

    def vector(self, word: str) -> Vector | None:
        """The vector of a lower-case word; None where nothing of it is known. Not normalised."""
        if word not in self._known:
            if len(self._known) > _MOST_CACHED:
                self._known.clear()
            rows = self._pieces(word[:_LONGEST_WORD])
            self._known[word] = self._sum(rows) if rows else None
        return self._known[word]

    def embed(self, weights: Mapping[str, float]) -> Vector | None:
        """The direction of a weighed bag of words, of length 1; None where no word is known."""
        known = [
            (found, weight) for word, weight in weights.items() if (found := self.vector(word)) is not None
        ]
        if not known:
            return None
        vectors, amounts = zip(*known, strict=True)
        total: Vector = np.einsum("i,ij->j", np.asarray(amounts, np.float32), np.stack(vectors))
        length = float(np.linalg.norm(total))
        return total / np.float32(length) if length > 0 else None

    def _sum(self, rows: list[int]) -> Vector:
        total: Vector = (self._codes[rows].astype(np.float32) * self._scales[rows, None]).sum(axis=0)
        return total

    def _pieces(self, word: str) -> list[int]:
        """The longest tokens that make up ``word``, from the left; letters that fit nowhere are skipped.

        A word of which only pairs of letters are known is unknown: their sum would be near to anything.
        """
        found: list[int] = []
        at = longest = 0
        while at < len(word):
            for end in range(len(word), at, -1):
                part = word[at:end]
                row = self._rows.get(_FIRST + part) if at == 0 else None
                row = self._rows.get(part) if row is None else row
                if row is not None and (end - at > 1 or len(word) == 1):
                    found.append(row)
                    longest = max(longest, end - at)
                    at = end
                    break
            else:
                at += 1
        return found if longest >= min(_TELLING, len(word)) else []


def _distil(table: Path, place: Path) -> None:
    """Write words, codes and scales below ``place``; the words last, because they say that all is there."""
    with np.load(table, allow_pickle=False) as loaded:
        parts = {name: loaded[name] for name in _NEEDED}
    words = _wanted(parts["lut"], json.loads(parts["tokenizer"].tobytes())["model"]["vocab"])
    rows = np.fromiter(words.values(), np.int64, len(words))
    reduced = _reduced(parts["A"], parts["A_scale"], parts["B"])[rows]
    scales = np.maximum(np.abs(reduced).max(axis=1), 1e-9) / 127
    place.mkdir(parents=True, exist_ok=True)
    _save(place / "codes.npy", np.rint(reduced / scales[:, None]).astype(np.int8))
    _save(place / "scales.npy", scales.astype(np.float32))
    fresh = place / f"words.{os.getpid()}"
    fresh.write_text("\n".join(words), "ascii")
    fresh.replace(place / "words.txt")


def _save(path: Path, array: NDArray[Any]) -> None:
    fresh = path.with_name(f"{os.getpid()}.{path.name}")
    np.save(fresh, array)
    fresh.replace(path)


def _wanted(lut: NDArray[np.int32], vocabulary: Mapping[str, int]) -> dict[str, int]:
    """Lower-case words and parts of words, each with its row of the table."""
    shared: Counter[int] = Counter(map(int, lut))
    found: dict[str, int] = {}
    for token, number in vocabulary.items():
        bare = token.removeprefix(_SPACE)
        if bare.isascii() and bare.isalnum() and bare == bare.lower() and number < len(lut):
            row = int(lut[number])
            if shared[row] == 1:
                found[(_FIRST if token != bare else "") + bare] = row
    return found


def _reduced(codes: NDArray[np.int8], scales: Vector, projection: Vector) -> Vector:
    """The rows, turned so that the first columns hold most of what tells them apart.

    ``rows @ projection`` has the same inner products as ``rows @ root`` where root is the Cholesky
    factor of ``projection @ projection.T``, and that is half as wide.
    """
    gram = (projection @ projection.T).astype(np.float64)
    root = np.linalg.cholesky(gram + 1e-6 * np.trace(gram) / len(gram) * np.eye(len(gram)))
    spread = (codes.astype(np.float32) * scales[:, None]) @ root.astype(np.float32)
    _, directions = np.linalg.eigh(spread.T @ spread)
    turned: Vector = spread @ directions[:, ::-1][:, :DIMENSIONS]
    return turned.astype(np.float32)


def bag(*groups: tuple[Iterable[str], float]) -> dict[str, float]:
    """A bag of words for :meth:`WordVectors.embed`: each group's words count with its weight."""
    weights: dict[str, float] = {}
    for words, weight in groups:
        for word in words:
            weights[word] = weights.get(word, 0.0) + weight
    return weights
