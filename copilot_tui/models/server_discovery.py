"""Model servers on this machine, found at the ports that the usual programs take."""

from __future__ import annotations

import socket
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from copilot_tui.core.errors import ModelError
from copilot_tui.models.model_server import ModelServer
from copilot_tui.models.server_address import ServerAddress

USUAL_PORTS = (8080, 8000, 11434, 1234)
"""llama.cpp, vLLM, Ollama, LM Studio."""

_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class FoundServer:
    """One server. ``models`` are the names that it lists, ``problem`` why it lists none."""

    root: str
    program: str
    models: tuple[str, ...]
    problem: str = ""


def find_servers(ports: Iterable[int] = USUAL_PORTS, key: str = "") -> tuple[FoundServer, ...]:
    """The servers at these ports of the loopback address, in their order; takes a second at most a port."""
    ports = tuple(ports)
    with ThreadPoolExecutor(max_workers=max(1, len(ports))) as executor:
        found = list(executor.map(lambda port: _look(port, key), ports))
    return tuple(server for server in found if server is not None)


def _look(port: int, key: str) -> FoundServer | None:
    try:
        socket.create_connection(("127.0.0.1", port), _SECONDS).close()
    except OSError:
        return None  # nobody listens
    address = ServerAddress(f"http://127.0.0.1:{port}")
    server = ModelServer(address, key, timeout=_SECONDS)
    try:
        models = tuple(model.name for model in server.connect())
    except ModelError as error:
        return FoundServer(address.root, "something", (), error.message)
    finally:
        server.close()
    return FoundServer(address.root, server.program, models)
