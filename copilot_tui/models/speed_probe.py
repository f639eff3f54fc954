"""How fast a model is on this machine: measured in about three seconds, and remembered.

What was measured is kept in the model directory, in ``speeds.json``, under the model's hash, the engine, the
device, the threads and the processor, so a directory shared by several machines mixes nothing up. It can be
measured again at any time, so a file that cannot be read counts as empty.
"""

from __future__ import annotations

import hashlib
import math
from contextlib import suppress
from pathlib import Path

import msgspec

from copilot_tui.core.artefacts import Usage
from copilot_tui.core.cancellation import CancelToken
from copilot_tui.core.errors import GenerationError
from copilot_tui.models.engine import Engine, GenerationRequest, Message
from copilot_tui.models.model_fit import Speed
from copilot_tui.store.files import write_atomically

_SECONDS = 3.0
_FIRST_TOKENS = 8
_MOST_TOKENS = 512
_MOST_ROUNDS = 8  # for a model that ends its reply after a few words
_BLOCK = 2**20

_PROMPT = """Explain the following function line by line, in detail, and then write it again in Python.

static int count_words(const char *text, size_t length)
{
    int words = 0, inside = 0;
    for (size_t i = 0; i < length; i++) {
        if (text[i] == ' ' || text[i] == '\\n' || text[i] == '\\t') {
            inside = 0;
        } else if (!inside) {
            inside = 1;
            words++;
        }
    }
    return words;
}"""


class MeasuredSpeed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One measurement: ``prompt`` and ``reply`` are tokens a second."""

    identity: str
    engine: str
    device: str
    threads: int
    processor: str
    prompt: float
    reply: float


async def measure(engine: Engine) -> Speed:
    """Ask a freshly loaded engine for text until about three seconds are over.

    The prompt's speed comes from the first request, of which nothing can be in the cache.
    """
    first = await _usage(engine, _FIRST_TOKENS, 0)
    read = first.seconds_to_first_token
    prompt = (first.prompt_tokens - first.cached_tokens) / read if read > 0 else 0.0
    tokens, seconds = _written(first)
    spent, number = first.seconds, 0
    while spent < _SECONDS and number < _MOST_ROUNDS:
        number += 1
        rate = tokens / seconds if seconds > 0 else _FIRST_TOKENS
        wanted = min(_MOST_TOKENS, max(_FIRST_TOKENS, math.ceil(rate * (_SECONDS - spent))))
        usage = await _usage(engine, wanted, number)
        more, took = _written(usage)
        tokens, seconds, spent = tokens + more, seconds + took, spent + usage.seconds
    if not tokens or seconds <= 0:
        raise GenerationError("The model wrote nothing, so its speed cannot be told.")
    return Speed(prompt, tokens / seconds)


class SpeedMemory:
    """The measurements of one machine, of ``processor`` with ``threads`` threads for a model."""

    def __init__(self, directory: Path, processor: str, threads: int) -> None:
        self._path = directory / "speeds.json"
        self._processor = processor
        self._threads = threads

    def speeds(self) -> dict[tuple[str, str, str], Speed]:
        """What was measured here, by the model's hash, engine and device."""
        return {
            (one.identity, one.engine, one.device): Speed(one.prompt, one.reply)
            for one in self._all()
            if self._is_mine(one)
        }

    def remember(self, identity: str, engine: str, device: str, speed: Speed) -> None:
        """Keep ``speed`` in the place of an earlier measurement. Raises :class:`StoreError`."""
        new = MeasuredSpeed(
            identity, engine, device, self._threads, self._processor, speed.prompt, speed.reply
        )
        kept = [
            one
            for one in self._all()
            if not self._is_mine(one) or (one.identity, one.engine, one.device) != (identity, engine, device)
        ]
        write_atomically(self._path, msgspec.json.format(msgspec.json.encode([*kept, new])) + b"\n")

    def _is_mine(self, one: MeasuredSpeed) -> bool:
        return (one.threads, one.processor) == (self._threads, self._processor)

    def _all(self) -> list[MeasuredSpeed]:
        with suppress(OSError, msgspec.DecodeError):
            return msgspec.json.decode(self._path.read_bytes(), type=list[MeasuredSpeed])
        return []


def identity_of(path: Path) -> str:
    """A name for the content of a model that the catalogue does not know: quick, and good enough for speeds.

    Of a file its size, beginning and end are looked at; of a checkpoint its configuration and file sizes.
    """
    digest = hashlib.sha256()
    if path.is_dir():
        digest.update((path / "config.json").read_bytes())
        for file in sorted(path.glob("*.safetensors")):
            digest.update(f"{file.name} {file.stat().st_size}\n".encode())
        return digest.hexdigest()
    size = path.stat().st_size
    digest.update(str(size).encode())
    with path.open("rb") as opened:
        digest.update(opened.read(_BLOCK))
        opened.seek(max(0, size - _BLOCK))
        digest.update(opened.read(_BLOCK))
    return digest.hexdigest()


async def _usage(engine: Engine, tokens: int, seed: int) -> Usage:
    request = GenerationRequest((Message("user", _PROMPT),), max_tokens=tokens, temperature=0.8, seed=seed)
    async for part in engine.generate(request, CancelToken()):
        if isinstance(part, Usage):
            return part
    raise GenerationError("The engine ended without telling what it did.")


def _written(usage: Usage) -> tuple[int, float]:
    """Tokens after the first, and the seconds they took."""
    return max(0, usage.new_tokens - 1), max(0.0, usage.seconds - usage.seconds_to_first_token)
