"""Questions with known answers, taken from a git history: a commit's message, and the files it changed.

A case is a commit without a second parent whose message has at least five words and that changed one to
three source files, at least one of which was there before. The tree is the one of its parent, so neither
the change nor anything later can be seen. Source files are files of a programming language that are no
tests. Trailers and pull request numbers are taken out of the message; nothing else is.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from copilot_tui.index.languages import is_prose, language_of
from copilot_tui.index.roles import is_test

LEAST_WORDS = 5
MOST_FILES = 3
_TRAILER = re.compile(
    r"^(?:[A-Z][\w-]*-by|git-svn-id|Change-Id|Fix-[\w-]+|Backport[\w-]*): .*$|\(?#\d+\)?", re.M
)
_NO_PROGRAM = frozenset({"make", "cmake", "meson", "tex"})


@dataclass(frozen=True, slots=True)
class Case:
    """``gold`` are the files to be found in the tree of ``parent``."""

    commit: str
    parent: str
    message: str
    gold: frozenset[str]


class Checkout:
    """A work tree of one history that walks from commit to commit."""

    def __init__(self, history: Path, folder: Path) -> None:
        self.folder = folder
        command = ["git", "clone", "--quiet", "--shared", "--no-checkout", str(history), str(folder)]
        subprocess.run(command, check=True)

    def go_to(self, commit: str) -> None:
        """Put the tree of ``commit`` there; a file whose contents the history lacks stays away."""
        command = ["git", "-C", str(self.folder), "checkout", "--quiet", "--force", "--detach", commit]
        subprocess.run(command, check=False, capture_output=True)
        if self.git("rev-parse", "HEAD").strip() != commit:
            raise RuntimeError(f"{commit} cannot be checked out in {self.folder}")
        self.git("clean", "-dffqx")

    def git(self, *arguments: str) -> str:
        done = subprocess.run(["git", "-C", str(self.folder), *arguments], check=True, capture_output=True)
        return done.stdout.decode("utf-8", "replace")


def is_source(path: str) -> bool:
    language = language_of(path)
    return (
        language is not None and not is_prose(language) and language not in _NO_PROGRAM and not is_test(path)
    )


def cases_of(checkout: Checkout, count: int, newest: int = 1000) -> list[Case]:
    """At most ``count`` cases, evenly spread over the ``newest`` possible ones, the oldest first."""
    possible = list(_possible(checkout, newest))
    step = max(1.0, len(possible) / count)
    chosen = [possible[int(number * step)] for number in range(min(count, len(possible)))]
    return chosen[::-1]


def _possible(checkout: Checkout, most: int) -> Iterator[Case]:
    log = checkout.git(
        "log", "--no-merges", "--no-renames", "--name-status", "--format=%x01%H%x02%P%x02%B%x03", "HEAD"
    )
    found = 0
    for entry in log.split("\x01")[1:]:
        head, _, changes = entry.partition("\x03")
        commit, parents, message = head.split("\x02", 2)
        message = _TRAILER.sub("", message).strip()
        if len(parents.split()) != 1 or len(message.split()) < LEAST_WORDS:
            continue
        changed = [line.split("\t", 1) for line in changes.strip().splitlines() if "\t" in line]
        sources = [(status, path) for status, path in changed if is_source(path)]
        gold = frozenset(path for status, path in sources if status in {"M", "D"})
        if 1 <= len(sources) <= MOST_FILES and gold:
            yield Case(commit, parents, message, gold)
            found += 1
            if found == most:
                return
