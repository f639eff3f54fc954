"""Serving the app to a browser on this machine, through textual-serve.

Only the loopback address is bound, every path needs a random token (see ``guard``), and all that the page
needs comes from here: textual-serve's own page would fetch a font from elsewhere. One browser at a time has
the app, since one program at a time works on a code base; a new tab takes it over.
"""

from __future__ import annotations

import asyncio
import secrets
import shlex
import signal
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import aiohttp_jinja2
import jinja2
from aiohttp import web
from textual_serve.server import Server

from copilot_tui.core.errors import ExitCode, UsageError
from copilot_tui.serve.guard import ADDRESS, Guard

TOKEN_BYTES = 32
TEMPLATES = Path(__file__).parent / "templates"
PAGE = Path(__file__).parent / "page"
STOPPING = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


class AppServer(Server):
    """textual-serve's server below a secret path. ``token`` is made anew for each one."""

    def __init__(self, command: str, title: str, port: int, token: str) -> None:
        origin = f"http://{ADDRESS}:{port}"
        super().__init__(command, ADDRESS, port, title, public_url=origin, templates_path=TEMPLATES)
        self.url = f"{origin}/{token}/"
        self._token = token
        self._turn = asyncio.Lock()
        self._watching: asyncio.Task[Any] | None = None

    async def _make_app(self) -> web.Application:
        app = web.Application(middlewares=[Guard(self._token, self.port).middleware()])
        aiohttp_jinja2.setup(app, loader=jinja2.FileSystemLoader(self.templates_path))
        below = f"/{self._token}"
        app.add_routes(
            [
                web.get(f"{below}/", self.handle_index, name="index"),
                web.get(f"{below}/ws", self.handle_websocket, name="websocket"),
                web.get(f"{below}/download/{{key}}", self.handle_download, name="download"),
                web.static(f"{below}/static", self.statics_path, name="static"),
                web.static(f"{below}/page", PAGE),
            ]
        )
        app.on_shutdown.append(self.on_shutdown)
        return app

    async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
        """The browser that came last has the app; the one before is told that it ended."""
        if self._watching is not None:
            self._watching.cancel()
        async with self._turn:
            self._watching = asyncio.current_task()
            try:
                return await super().handle_websocket(request)
            finally:
                self._watching = None

    async def on_shutdown(self, app: web.Application) -> None:
        """Close the app in good order: its session can be resumed."""
        if self._watching is not None:
            self._watching.cancel()
        async with self._turn:
            return


def app_command(source: Path, logs: Path | None, options: Sequence[str]) -> str:
    """The command that a browser's app is started with; ``exec``, so that no shell stands between."""
    place = ("--logs", str(logs)) if logs is not None else ()
    return f"exec {shlex.join([sys.executable, '-m', 'copilot_tui', 'open', *place, *options, str(source)])}"


def bound_socket(port: int) -> socket.socket:
    """A socket on the loopback address alone; port 0 takes any free one."""
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((ADDRESS, port))
    except OSError as error:
        bound.close()
        raise UsageError(
            f"Port {port} cannot be used: {error.strerror}.", "Name another, or 0 for any."
        ) from error
    return bound


def serve_app(source: Path, logs: Path | None, port: int, options: Sequence[str]) -> int:
    """Serve until Ctrl+C; prints the address first."""
    return asyncio.run(_serve(source, logs, port, options))


async def _serve(source: Path, logs: Path | None, port: int, options: Sequence[str]) -> int:
    bound = bound_socket(port)
    port = bound.getsockname()[1]
    server = AppServer(
        app_command(source, logs, options),
        f"copilot-tui: {source.name}",
        port,
        secrets.token_urlsafe(TOKEN_BYTES),
    )
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in STOPPING:
        loop.add_signal_handler(number, stopped.set)
    # No log of requests: it would hold the token.
    runner = web.AppRunner(await server._make_app(), access_log=None)
    await runner.setup()
    try:
        await web.SockSite(runner, bound).start()
        print(server.url, flush=True)
        await stopped.wait()
    finally:
        await runner.cleanup()
    return ExitCode.DONE
