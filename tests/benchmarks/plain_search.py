"""BM25 as a text book has it, to compare with: whole files, one field, no knowledge of code.

Two ways to cut words: as they stand, in lower case; or with identifiers split and stemmed as the program
does. Counted words are kept per blob of git, so walking through a history counts only what changed.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

from copilot_tui.index.code_index import decode
from copilot_tui.index.identifiers import STOP_WORDS, split_identifier, stem

Cut = Callable[[str], list[str]]

_K1 = 1.2
_B = 0.75
_WORD = re.compile(r"\w+")


def words_as_they_are(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def split_words(text: str) -> list[str]:
    return [stem(part) for part in split_identifier(text) if len(part) > 1 and part not in STOP_WORDS]


class PlainSearch:
    """BM25 over the files that are handed to ``rank``, which maps each path to its blob."""

    def __init__(self, cut: Cut, folder: Path) -> None:
        self._cut = cut
        self._folder = folder
        self._counts: dict[str, tuple[Counter[str], int]] = {}

    def rank(self, query: str, blobs: Mapping[str, str]) -> list[str]:
        """All paths that hold a word of the query, best first."""
        documents = {path: self._counted(path, blob) for path, blob in blobs.items()}
        average = sum(length for _, length in documents.values()) / max(1, len(documents))
        scores: Counter[str] = Counter()
        for word in dict.fromkeys(self._cut(query)):
            holders = [(path, counts[word], n) for path, (counts, n) in documents.items() if word in counts]
            weight = math.log(1 + (len(documents) - len(holders) + 0.5) / (len(holders) + 0.5))
            for path, count, length in holders:
                scores[path] += (
                    weight * count * (_K1 + 1) / (count + _K1 * (1 - _B + _B * length / max(average, 1)))
                )
        return sorted(scores, key=lambda path: (-scores[path], path))

    def _counted(self, path: str, blob: str) -> tuple[Counter[str], int]:
        if blob not in self._counts:
            words = self._cut(decode((self._folder / path).read_bytes()))
            self._counts[blob] = (Counter(words), len(words))
        return self._counts[blob]
