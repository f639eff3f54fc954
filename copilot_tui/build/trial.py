"""Trying small tests on one function, apart from the code base and its build.

Only the files of a candidate lie in the trial's folder; all else is read where it is. So a trial costs one
compilation, whatever the size of the code base, and many versions of a function can be compared. It runs in
the sandbox of the builds. A language is tried by a :class:`Harness`; there is one for C and one for Python.

A test is one call and what must be true of it. Each runs in a process of its own with a time limit, so that
one that crashes or hangs says nothing about the next. Results come with a random word in front, which what
is tested does not know.
"""

from __future__ import annotations

import asyncio
import re
import uuid
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from copilot_tui.build.recipe import outside_directory
from copilot_tui.build.runner import CommandResult, run_command
from copilot_tui.build.sandbox import sandbox_for
from copilot_tui.core.artefacts import GeneratedTest
from copilot_tui.core.cancellation import CancelToken
from copilot_tui.core.config import BuildSettings
from copilot_tui.store.files import make_directory
from copilot_tui.store.scratch import scratch_folder

SECONDS_A_TEST = 2
"""All tests of a program run at once, so this is also about what the whole may take."""

MOST_SECONDS = 60.0
MOST_OUTPUT_BYTES = 400_000

Command = tuple[tuple[str, ...], str]
"""A command and the absolute folder that it runs in."""


class Harness(Protocol):
    """How tests of one function are written and run in its language."""

    @property
    def test_path(self) -> str:
        """Where the tests lie in the code base, should they stay."""
        ...

    def text(self, tests: Sequence[GeneratedTest]) -> str:
        """The file of tests as it may stay."""
        ...

    def lines_of(self, tests: Sequence[GeneratedTest]) -> Sequence[range]:
        """Which lines of :meth:`text` belong to each test."""
        ...

    def commands(self, folder: Path, files: Sequence[str], count: int, word: str) -> Sequence[Command]:
        """What builds and runs the tests, one after another while they end well; ``folder`` holds ``files``.

        The last one prints for each of ``count`` tests a line ``{word}ok N`` or ``{word}not ok N``.
        """
        ...


@dataclass(frozen=True, slots=True)
class TrialResult:
    """``passed`` holds numbers of tests, from 0; None where the code or its tests do not build.

    ``output`` is what was printed then.
    """

    passed: frozenset[int] | None
    output: str = ""


@dataclass(frozen=True, slots=True)
class Trial:
    """A folder to try candidates in."""

    source: Path
    folder: Path
    harness: Harness
    settings: BuildSettings
    cancel: CancelToken

    async def run(self, files: Mapping[str, str], tests: Sequence[GeneratedTest]) -> TrialResult:
        """Put ``files`` (path to text) and the tests into the folder, and run them."""
        everything = {**files, self.harness.test_path: self.harness.text(tests)}
        await asyncio.to_thread(_write, self.folder, everything)
        word = f"{uuid.uuid4().hex} "
        result = None
        for command, directory in self.harness.commands(self.folder, tuple(files), len(tests), word):
            result = await self._command(command, directory)
            reported = word in result.stdout
            if result.exit_code != 0 and not reported:
                return TrialResult(None, result.stdout)
        printed = result.stdout if result is not None else ""
        return TrialResult(frozenset(_passed(printed, word, len(tests))))

    async def _command(self, command: Sequence[str], directory: str) -> CommandResult:
        sandbox = await asyncio.to_thread(sandbox_for, self.source, self.settings)
        return await run_command(
            command,
            Path(directory),
            timeout=min(MOST_SECONDS, self.settings.timeout_seconds),
            max_output_bytes=MOST_OUTPUT_BYTES,
            cancel=self.cancel,
            merge_streams=True,
            sandbox=sandbox,
        )


@asynccontextmanager
async def trial(
    source: Path, harness: Harness, settings: BuildSettings, cancel: CancelToken
) -> AsyncIterator[Trial]:
    """A trial of the code base at ``source``; its folder is gone afterwards."""
    root = await asyncio.to_thread(source.resolve)
    # Where builds may write that leave no trace in the code base.
    place = outside_directory(root)
    await asyncio.to_thread(make_directory, place)
    with scratch_folder("copilot-tui-trial-", place) as folder:
        yield Trial(root, folder, harness, settings, cancel)


def _write(folder: Path, files: Mapping[str, str]) -> None:
    for path, text in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="\n")


def _passed(printed: str, word: str, count: int) -> Iterator[int]:
    for line in re.findall(rf"^{re.escape(word)}ok (\d{{1,6}})\b", printed, re.MULTILINE):
        if 1 <= int(line) <= count:
            yield int(line) - 1
