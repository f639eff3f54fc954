"""Nothing is served without the token, to another name or to a foreign page; nothing comes from elsewhere."""

from __future__ import annotations

import asyncio
import re
import socket
from pathlib import Path

import aiohttp
import psutil
import pytest

from copilot_tui.serve.guard import Guard
from tests.cli.conftest import call
from tests.serve.conftest import Served

ESCAPES = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]")


@pytest.mark.parametrize(
    ("path", "host", "origin", "admitted"),
    [
        ("/secret/", "127.0.0.1:8000", None, True),
        ("/secret/ws", "127.0.0.1:8000", "http://127.0.0.1:8000", True),
        ("/", "127.0.0.1:8000", None, False),
        ("/secre/ws", "127.0.0.1:8000", None, False),
        ("/secret2/ws", "127.0.0.1:8000", None, False),
        ("//secret\ud800/", "127.0.0.1:8000", None, False),
        ("/secret/", "evil.example:8000", None, False),
        ("/secret/", "127.0.0.1:8001", None, False),
        ("/secret/", "localhost:8000", None, False),
        ("/secret/ws", "127.0.0.1:8000", "http://evil.example", False),
        ("/secret/ws", "127.0.0.1:8000", "null", False),
        ("/secret/ws", "127.0.0.1:8000", "https://127.0.0.1:8000", False),
    ],
)
def test_who_is_admitted(path: str, host: str, origin: str | None, admitted: bool) -> None:
    assert Guard("secret", 8000).admits(path, host, origin) is admitted


async def test_everything_needs_the_token(served: Served) -> None:
    async with aiohttp.ClientSession() as client:
        for path in ("/", "/ws", "/static/js/textual.js", "/download/x", f"/{served.token[:-1]}/"):
            async with client.get(served.origin + path) as answer:
                assert answer.status == 403, path
        for url, headers in (
            (f"{served.origin}/ws", {}),
            (f"{served.url}ws", {"Origin": "http://evil.example"}),
            (f"{served.url}ws", {"Host": "evil.example"}),
        ):
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await client.ws_connect(url, headers=headers)
            assert refused.value.status == 403


async def test_the_page_and_all_that_it_names_come_from_here(served: Served) -> None:
    async with aiohttp.ClientSession() as client:
        async with client.get(served.url) as answer:
            page = await answer.text()
            assert "connect-src 'self'" in answer.headers["Content-Security-Policy"]
            assert answer.headers["Referrer-Policy"] == "no-referrer"
        named = re.findall(r"""(?:href|src|url)[=(]["']?(https?:[^"')]+)""", page)
        assert len(named) >= 4
        for url in named:
            assert url.startswith(served.url)
            async with client.get(url) as answer:
                assert answer.status == 200, url
        async with client.get(f"{served.url}static/") as answer:
            assert answer.status == 403  # no listing


async def first_bytes(socket_: aiohttp.ClientWebSocketResponse, wanted: bytes) -> None:
    """Read until the app has written this, whatever colours it has."""
    seen = b""

    async def read() -> None:
        nonlocal seen
        while wanted not in ESCAPES.sub(b"", seen):
            message = await socket_.receive()
            assert message.type in {aiohttp.WSMsgType.BINARY, aiohttp.WSMsgType.TEXT}, seen[-2000:]
            seen += message.data if isinstance(message.data, bytes) else b""

    await asyncio.wait_for(read(), 60)


async def test_the_app_runs_behind_the_socket_and_a_new_tab_takes_it_over(
    served: Served, calc_project: Path
) -> None:
    async with aiohttp.ClientSession() as client:
        first = await client.ws_connect(f"{served.url}ws?width=100&height=30")
        await first_bytes(first, b"State what you want done")
        await first.send_json(["stdin", "a task from the browser\r"])
        await first_bytes(first, "❯ a task from the browser".encode())
        second = await client.ws_connect(f"{served.url}ws?width=100&height=30")
        await first_bytes(second, b"Unfinished sessions")
        assert (await asyncio.wait_for(first.receive(), 30)).type in {
            aiohttp.WSMsgType.CLOSE,
            aiohttp.WSMsgType.CLOSED,
            aiohttp.WSMsgType.BINARY,
        }
        server = psutil.Process(served.process.pid)
        while len(children := server.children()) != 1:  # the first app takes a moment to leave
            await asyncio.sleep(0.05)
        await second.close()
    code, err = await asyncio.to_thread(served.stop)
    assert code == 0
    assert "Traceback" not in err
    assert served.token not in err
    assert "a task from the browser" in call("sessions", "list", "--source", calc_project).out
    _, left = await asyncio.to_thread(psutil.wait_procs, children, 30)
    assert left == []


def test_only_the_loopback_address_is_bound(served: Served) -> None:
    port = int(served.origin.rpartition(":")[2])
    bound = [c.laddr for c in psutil.Process(served.process.pid).net_connections() if c.status == "LISTEN"]
    assert [(address.ip, address.port) for address in bound] == [("127.0.0.1", port)]


def test_a_port_that_is_taken_is_told(calc_project: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = call("serve", calc_project, "--port", str(taken.getsockname()[1]))
    assert done.code == 2
    assert "cannot be used" in done.err
