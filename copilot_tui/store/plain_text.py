"""Text that a file can hold: without the lone surrogates that Python allows in ``str``.

They come in with file names whose bytes are no valid text, and neither JSON nor SQLite takes them.
"""

from __future__ import annotations

from typing import Any

import msgspec


def plain(value: Any) -> Any:
    """``value``, JSON-ready or made of dataclasses, with a ``?`` in the place of each lone surrogate.

    Values without any, nearly all, come back as they are, and as fast as they encode.
    """
    try:
        msgspec.json.encode(value)
    except UnicodeEncodeError:
        return _replaced(msgspec.to_builtins(value))
    return value


def _replaced(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {_replaced(key): _replaced(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_replaced(item) for item in value]
    return value
