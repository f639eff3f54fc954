"""Where a model server is, as a person writes it: ``http://127.0.0.1:8080``, with ``#NAME`` for one model."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from copilot_tui.core.errors import ModelLoadError

API_KEY_VARIABLE = "COPILOT_TUI_API_KEY"
_SCHEMES = ("http://", "https://")
_API = "/v1"


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """``root`` is the server's own address, ``model`` what was asked for (empty: its only one)."""

    root: str
    model: str = ""

    @property
    def api(self) -> str:
        """Where the OpenAI-compatible calls begin."""
        return self.root + _API

    @property
    def place(self) -> str:
        """``host:port``, for people."""
        return urlsplit(self.root).netloc

    @property
    def is_here(self) -> bool:
        """Whether the server is on this machine, so that nothing leaves it."""
        host = urlsplit(self.root).hostname or ""
        try:
            return ipaddress.ip_address(host).is_loopback
        except ValueError:
            return host == "localhost"


def names_server(model: str) -> bool:
    """Whether a ``model_path`` is the address of a server."""
    return model.lower().startswith(_SCHEMES)


def parse_address(text: str) -> ServerAddress:
    """The address in a ``model_path``. Raises :class:`ModelLoadError` on one that cannot be."""
    address, _, model = text.partition("#")
    try:
        parts = urlsplit(address)
        usable = bool(parts.hostname) and parts.port != 0 and not parts.query
    except ValueError:
        usable = False
    if not usable or not names_server(address) or parts.username is not None:
        raise ModelLoadError(
            f"{text} is no address of a model server.",
            f"Write http://HOST:PORT or http://HOST:PORT#MODEL; a key goes into {API_KEY_VARIABLE}.",
        )
    return ServerAddress(address.rstrip("/").removesuffix(_API), model)


def api_key(environment: Mapping[str, str] = os.environ) -> str:
    """The key of the environment; never read from a file, never shown."""
    return environment.get(API_KEY_VARIABLE, "")
