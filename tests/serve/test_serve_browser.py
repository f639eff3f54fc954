"""The app in headless Chromium: it is shown, takes keys, and asks nobody else for anything."""

from __future__ import annotations

import asyncio
import base64
import os
import re
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.cli.conftest import body_of
from tests.serve.conftest import Served

CHROMIUM = next((p for p in ("chromium", "chromium-browser", "google-chrome") if shutil.which(p)), None)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: apt-get install chromium"),
]


class Browser:
    """One page, by the DevTools protocol."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._number = 0
        self.requested: list[str] = []

    async def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._number += 1
        await self._socket.send_json({"id": self._number, "method": method, "params": parameters})
        while True:
            answer = await asyncio.wait_for(self._socket.receive_json(), 60)
            if answer.get("method") == "Network.requestWillBeSent":
                self.requested.append(answer["params"]["request"]["url"])
            if answer.get("method") == "Network.webSocketCreated":
                self.requested.append(answer["params"]["url"])
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                result: dict[str, Any] = answer["result"]
                return result

    async def value(self, expression: str) -> Any:
        answer = await self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        return answer["result"].get("value")

    async def until(self, expression: str) -> None:
        for _ in range(600):
            if await self.value(expression):
                return
            await asyncio.sleep(0.1)
        raise AssertionError(f"never so: {expression}")

    async def type(self, text: str) -> None:
        for character in text:
            await self.call("Input.dispatchKeyEvent", type="char", text=character)

    async def press(self, key: str, code: int) -> None:
        for kind in ("keyDown", "keyUp"):
            text = {"text": "\r"} if key == "Enter" and kind == "keyDown" else {}
            await self.call(
                "Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code, **text
            )

    async def picture(self) -> bytes:
        return base64.b64decode((await self.call("Page.captureScreenshot"))["data"])


@asynccontextmanager
async def browsing(profile: Path, size: str = "1280,800") -> AsyncIterator[Browser]:
    command = [
        str(CHROMIUM),
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--no-first-run",
        "--disable-background-networking",
        f"--window-size={size}",
        f"--user-data-dir={profile}",
        "--remote-debugging-port=0",
        "about:blank",
    ]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)
    try:
        assert process.stderr is not None
        port = ""
        while not port:
            line = await asyncio.to_thread(process.stderr.readline)
            assert line, "Chromium did not start"
            found = re.search(r"DevTools listening on ws://127\.0\.0\.1:(\d+)/", line)
            port = found[1] if found else ""
        async with aiohttp.ClientSession() as client:
            async with client.get(f"http://127.0.0.1:{port}/json") as answer:
                pages = await answer.json()
            address = next(page["webSocketDebuggerUrl"] for page in pages if page["type"] == "page")
            async with client.ws_connect(address, max_msg_size=0) as socket:
                yield Browser(socket)
    finally:
        os.killpg(process.pid, 9)
        process.communicate()


async def test_a_task_is_solved_from_the_browser(served: Served, calc_project: Path, tmp_path: Path) -> None:
    async with browsing(tmp_path / "profile") as browser:
        await browser.call("Network.enable")
        await browser.call("Page.navigate", url=served.url)
        await browser.until("document.body.classList.contains('-first-byte')")
        await browser.until("document.activeElement.tagName == 'TEXTAREA'")
        await asyncio.sleep(2)
        await browser.type("/tasks 1")
        await browser.press("Enter", 13)
        await asyncio.sleep(1)
        await browser.type("/run 1")
        await browser.press("Enter", 13)
        for _ in range(300):
            if "return 2 * value;" in body_of(calc_project):
                break
            await asyncio.sleep(0.2)
        picture = await browser.picture()
        target = os.environ.get("PICTURES")
        if target:
            Path(target, "browser.png").write_bytes(picture)
        assert "return 2 * value;" in body_of(calc_project)
        assert len(picture) > 20_000  # a blank page is far smaller
        await browser.value("1")
        foreign = [
            url
            for url in browser.requested
            if not url.startswith((served.url, served.url.replace("http:", "ws:"), "data:"))
        ]
        assert foreign == []
        assert any(url.startswith("ws:") for url in browser.requested)
