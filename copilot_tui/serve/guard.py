"""Who may talk to the server: whoever knows the token, from a page that this server gave, by its own name.

The token stands first in every path. The name that a browser asked for (``Host``) must be the loopback
address, so that a foreign name that was made to point here (DNS rebinding) gets nothing; and where the
browser names the page that asks (``Origin``), it must be ours.
"""

from __future__ import annotations

import secrets

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

ADDRESS = "127.0.0.1"
REFUSAL = "Not without the token; open the whole address that copilot-tui serve printed.\n"

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        "font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Guard:
    """Refuses what does not come from our own page."""

    def __init__(self, token: str, port: int) -> None:
        self._token = token.encode()
        self._host = f"{ADDRESS}:{port}"
        self._origin = f"http://{self._host}"

    def admits(self, path: str, host: str, origin: str | None) -> bool:
        """Whether a request with this path and these headers is answered."""
        token = path.lstrip("/").partition("/")[0].encode("utf-8", "surrogatepass")
        known = secrets.compare_digest(token, self._token)
        return known and host == self._host and origin in {None, self._origin}

    def middleware(self) -> Middleware:
        @web.middleware
        async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
            if not self.admits(request.path, request.host, request.headers.get("Origin")):
                return web.Response(status=403, text=REFUSAL)
            response = await handler(request)
            if not response.prepared:
                response.headers.update(HEADERS)
            return response

        return guard
