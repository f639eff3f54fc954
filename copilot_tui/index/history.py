"""What the commits of a code base say: which files changed, when, together with which, and why.

One ``git log`` of the newest commits reads names and messages only, never contents. The result is kept
in the index directory under the commit that it was read at; later only what is new is read. Limits:
renames are not followed, merges are left out, and without git, or where git takes too long, the history
is empty. A repository is hostile: what lets it start programs is switched off, as in ``git_listing``,
and messages serve as words alone.
"""

from __future__ import annotations

import math
import os
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import msgspec

from copilot_tui.core.cancellation import CancelToken
from copilot_tui.core.errors import StoreError
from copilot_tui.index.git_command import run_git
from copilot_tui.index.identifiers import STOP_WORDS, split_identifier, stem

_VERSION = 1
_MOST_COMMITS = 3000
_MOST_FILES = 40
"""A commit that touches more than this (a rename, a reformat) says nothing about any of them."""
_MOST_WORDS = 60
_LONGEST_MESSAGE = 4000
_HALF_LIFE_COMMITS = 200.0
_TIMEOUT_SECONDS = 20.0


class Commit(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The stems of a message, each once, and the files that were changed with it."""

    words: tuple[str, ...]
    files: tuple[str, ...]


class _Stored(msgspec.Struct, frozen=True, array_like=True):
    version: int
    head: str
    commits: list[Commit]


@dataclass(frozen=True, slots=True)
class Similar:
    """How well a file's commits answer a query, from 0 to 1, and in how many of them it was changed."""

    strength: float
    commits: int


class History:
    """Commits, the newest first."""

    def __init__(self, commits: Iterable[Commit] = ()) -> None:
        self._commits = list(commits)
        self._saying: dict[str, list[int]] = {}
        self._changing: dict[str, list[int]] = {}
        for number, commit in enumerate(self._commits):
            for word in commit.words:
                self._saying.setdefault(word, []).append(number)
            for path in commit.files:
                self._changing.setdefault(path, []).append(number)
        self._activity: dict[str, float] | None = None

    def __len__(self) -> int:
        return len(self._commits)

    def similar(self, stems: Collection[str], most: int = 40) -> Mapping[str, Similar]:
        """The files of commits whose messages share rare words with ``stems``."""
        shared: dict[int, float] = defaultdict(float)
        for word in dict.fromkeys(stems):
            saying = self._saying.get(word, ())
            rarity = math.log(1 + len(self._commits) / len(saying)) if saying else 0.0
            for number in saying:
                shared[number] += rarity
        breadths = self._breadths
        scored = sorted(
            [(score / breadths[number], number) for number, score in shared.items()], reverse=True
        )
        sums: dict[str, float] = defaultdict(float)
        counts: Counter[str] = Counter()
        for score, number in scored[:most]:
            files = self._commits[number].files
            for path in files:
                sums[path] += score * score / math.sqrt(len(files))
                counts[path] += 1
        best = max(sums.values(), default=1.0)
        return {path: Similar(value / best, counts[path]) for path, value in sums.items()}

    @cached_property
    def _breadths(self) -> list[float]:
        """How much each message has to share: a long one has something in common with everything."""
        return [math.sqrt(5 + len(commit.words)) for commit in self._commits]

    def activity(self) -> Mapping[str, float]:
        """How often and how recently each file changed; the busiest has 1."""
        if self._activity is None:
            sums: dict[str, float] = defaultdict(float)
            for number, commit in enumerate(self._commits):
                share = 0.5 ** (number / _HALF_LIFE_COMMITS) / math.sqrt(max(1, len(commit.files)))
                for path in commit.files:
                    sums[path] += share
            best = max(sums.values(), default=1.0)
            self._activity = {path: math.sqrt(value / best) for path, value in sums.items()}
        return self._activity

    def together(self, path: str, least: int = 2) -> Mapping[str, float]:
        """The part of the commits of ``path`` in which another file was changed, too."""
        others: Counter[str] = Counter()
        changing = self._changing.get(path, ())
        for number in changing:
            others.update(other for other in self._commits[number].files if other != path)
        return {other: seen / (len(changing) + 2) for other, seen in others.items() if seen >= least}


class HistoryCache:
    """The history of ``source``, kept in the file ``path``."""

    def __init__(self, source: Path, path: Path) -> None:
        self._source = source
        self._path = path
        self._head = ""
        self._history: History | None = None

    def refresh(self, cancel: CancelToken | None = None) -> None:
        """Read what was committed since the last time."""
        cancel = cancel or CancelToken()
        head = _answer(self._source, cancel, "rev-parse", "--verify", "--quiet", "HEAD").strip()
        stored = self._load()
        if stored is not None and stored.head == head:
            return
        older: list[Commit] = []
        rng = head
        if (
            stored is not None
            and stored.head
            and head
            and _is_ancestor(self._source, cancel, stored.head, head)
        ):
            older, rng = stored.commits, f"{stored.head}..{head}"
        commits = [*_read(self._source, cancel, rng), *older][:_MOST_COMMITS] if head else []
        self._store(_Stored(_VERSION, head, commits))
        self._history = None

    def history(self) -> History:
        """The history as of the last refresh of any process."""
        if self._history is None:
            stored = self._load()
            self._history = History(stored.commits if stored is not None else ())
        return self._history

    def _load(self) -> _Stored | None:
        try:
            stored = msgspec.msgpack.decode(self._path.read_bytes(), type=_Stored)
        except (OSError, msgspec.MsgspecError):
            return None  # missing or damaged: it is read anew
        return stored if stored.version == _VERSION else None

    def _store(self, stored: _Stored) -> None:
        fresh = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            fresh.write_bytes(msgspec.msgpack.encode(stored))
            fresh.replace(self._path)
        except OSError as error:
            fresh.unlink(missing_ok=True)
            raise StoreError(
                f"The history cannot be kept in {self._path.parent}: {error.strerror}.",
                "Check the free space and permissions; the folder may be deleted at any time.",
            ) from error


def message_stems(text: str) -> tuple[str, ...]:
    """The stems of a message, each once, stop words left out."""
    parts = split_identifier(text[:_LONGEST_MESSAGE])
    stems = (
        stem(part) for part in parts if 1 < len(part) < 40 and part not in STOP_WORDS and not part.isdigit()
    )
    return tuple(dict.fromkeys(stems))[:_MOST_WORDS]


def _read(source: Path, cancel: CancelToken, commits: str) -> list[Commit]:
    output = _answer(
        source,
        cancel,
        "log",
        f"--max-count={_MOST_COMMITS}",
        "--no-merges",
        "--no-renames",
        "--no-show-signature",
        "--relative",
        "--name-only",
        "-z",
        "--format=%x01%B%x02",
        commits,
    )
    found: list[Commit] = []
    for entry in output.split("\x01")[1:]:
        message, _, names = entry.partition("\x02")
        files = tuple(name.lstrip("\n") for name in names.split("\0") if name.strip())
        if 0 < len(files) <= _MOST_FILES:
            found.append(Commit(message_stems(message), files))
    return found


def _is_ancestor(source: Path, cancel: CancelToken, old: str, new: str) -> bool:
    arguments = ("merge-base", "--is-ancestor", old, new)
    return run_git(source, arguments, cancel, _TIMEOUT_SECONDS) is not None


def _answer(source: Path, cancel: CancelToken, *arguments: str) -> str:
    """What git prints; empty where it cannot tell."""
    return (run_git(source, arguments, cancel, _TIMEOUT_SECONDS) or b"").decode("utf-8", "replace")
