"""How every command talks: data on stdout, narration on stderr, nothing that could drive a terminal."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from copilot_tui.core.errors import CopilotError
from copilot_tui.core.text import printable

if TYPE_CHECKING:
    from copilot_tui.core.events import EventRecord


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


def json_events(record: EventRecord) -> None:
    """One event as one line of JSON on stdout, in its wire form."""
    from copilot_tui.core.events import to_wire

    json_line(to_wire(record))
