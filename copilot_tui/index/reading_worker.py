"""The program of a process that reads facts out of source texts, ``python -m`` and this module's name.

It takes lists of files on standard input and answers one after another on standard output, as frames of
msgpack (see ``reading_pool``). A text that makes a parser take too much memory ends this process and nothing
else. It leaves when its standard input ends, so it never outlives the program that started it.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import msgspec

from copilot_tui.core.errors import CopilotError
from copilot_tui.index.facts import read_facts
from copilot_tui.index.frames import read_frame, write_frame
from copilot_tui.index.identifiers import TermCutter
from copilot_tui.index.reading import SourceReader, decode

_MOST_MEMORY = 700_000_000
_MEMORY_PER_BYTE = 150
_NICENESS = 3

Order = list[tuple[int, str, str]]
"""Number, path and language of each file to read."""


def main() -> None:
    """Serve until standard input ends; the arguments are the code base and the largest file's size."""
    source, limit = Path(sys.argv[1]), int(sys.argv[2])
    _contain(limit)
    incoming = sys.stdin.buffer
    # Nothing else may write between the frames.
    outgoing = os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=1 << 16)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    reader, terms = SourceReader(source, limit), TermCutter()
    decoder = msgspec.msgpack.Decoder(Order)
    while (frame := read_frame(incoming)) is not None:
        for number, path, language in decoder.decode(frame):
            write_frame(outgoing, _answer(reader, terms, number, path, language))
        outgoing.flush()


def _answer(reader: SourceReader, terms: TermCutter, number: int, path: str, language: str) -> bytes:
    try:
        text = decode(reader.read(path))
    except (OSError, ValueError, CopilotError):
        return b""  # gone or closed since the scan
    return msgspec.msgpack.encode(read_facts(number, path, language, text, terms))


def _contain(limit: int) -> None:
    """Bound the memory, and let the program that waits go first."""
    if sys.platform != "win32":
        import resource

        most = _MOST_MEMORY + _MEMORY_PER_BYTE * limit
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        if hard == resource.RLIM_INFINITY or hard > most:
            resource.setrlimit(resource.RLIMIT_AS, (most, hard))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        os.nice(_NICENESS)


if __name__ == "__main__":
    main()
