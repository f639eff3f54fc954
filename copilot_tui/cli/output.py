"""How every command talks: data on stdout, narration on stderr, nothing that could drive a terminal."""

from __future__ import annotations

import sys
from typing import Any

import click

from copilot_tui.core.errors import CopilotError
from copilot_tui.core.text import printable


def say(text: str = "", *, newline: bool = True) -> None:
    """Narration: progress, hints, summaries. Goes to stderr."""
    click.echo(printable(text), err=True, nl=newline)


def data(text: str) -> None:
    """One piece of the command's result, for people. Goes to stdout."""
    click.echo(printable(text))


def json_line(value: Any) -> None:
    """One JSON object on one line of stdout. Values may be artefacts."""
    import msgspec

    sys.stdout.buffer.write(msgspec.json.encode(value) + b"\n")
    sys.stdout.buffer.flush()


def fail(error: CopilotError) -> None:
    """What happened, and on a line of its own what to do about it."""
    click.echo(f"copilot-tui: {printable(error.message)}", err=True)
    if error.hint:
        click.echo(f"  {printable(error.hint)}", err=True)


class ProgressLine:
    """One line on stderr that is rewritten in a terminal, and left out where nobody watches."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._shown = ""
        self._live = sys.stderr.isatty()

    def update(self, text: str) -> None:
        if not self._live:
            return
        line = f"{self._what}: {printable(text)}"
        padding = " " * max(0, len(self._shown) - len(line))
        click.echo(f"\r{line}{padding}", err=True, nl=False)
        self._shown = line

    def advance(self, what: str, done: float, total: float) -> None:
        """Show how far ``what`` has come; a ``total`` of 0 means that nobody knows."""
        self.update(f"{what} {100 * done / total:.0f} %" if total else f"{what} ...")

    def close(self, text: str = "") -> None:
        """End the line; ``text`` stays as the last word, also without a terminal."""
        if self._shown:
            click.echo("\r" + " " * len(self._shown) + "\r", err=True, nl=False)
        if text:
            say(f"{self._what}: {text}")
        self._shown = ""
