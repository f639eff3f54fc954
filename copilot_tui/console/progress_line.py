"""One line that says how far something has come."""

from __future__ import annotations

import sys
from typing import TextIO

import click

from copilot_tui.core.text import printable


class ProgressLine:
    """Rewritten in a terminal, and left out where nobody watches. ``stream`` None stands for stderr."""

    def __init__(self, what: str, stream: TextIO | None = None) -> None:
        self._what = what
        self._shown = ""
        self._stream = stream if stream is not None else sys.stderr
        self._live = self._stream.isatty()

    def update(self, text: str) -> None:
        if not self._live:
            return
        line = f"{self._what}: {printable(text)}"
        padding = " " * max(0, len(self._shown) - len(line))
        click.echo(f"\r{line}{padding}", file=self._stream, nl=False)
        self._shown = line

    def advance(self, what: str, done: float, total: float) -> None:
        """Show how far ``what`` has come; a ``total`` of 0 means that nobody knows."""
        self.update(f"{what} {100 * done / total:.0f} %" if total else f"{what} ...")

    def close(self, text: str = "") -> None:
        """End the line; ``text`` stays as the last word, also without a terminal."""
        if self._shown:
            click.echo("\r" + " " * len(self._shown) + "\r", file=self._stream, nl=False)
        if text:
            click.echo(printable(f"{self._what}: {text}"), file=self._stream)
        self._shown = ""
