"""What every request passes first: who asks, from where, how much and how slowly it sends.

Plain ASGI, so that bodies are counted as they arrive and never held to be measured.
"""

from __future__ import annotations

import asyncio
import hmac
import time
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pipeline.server.metrics import Metrics
from pipeline.server.options import ServerOptions

__all__ = ["BATCH", "Guard"]

BATCH = "/v1/annotate/batch"
OPEN = "/v1/health"  # needs no token, so that a load balancer can ask
SECURITY = (
    (
        b"content-security-policy",
        b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        b"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
)


class Guard:
    """ASGI middleware: hosts, origin, token, size and pace of bodies, security headers, counts."""

    def __init__(self, app: ASGIApp, options: ServerOptions, metrics: Metrics) -> None:
        self._app, self._options, self._metrics = app, options, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begin, status = time.perf_counter(), 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message = {**message, "headers": [*message["headers"], *SECURITY]}
            await send(message)

        refusal = self._refusal(scope)
        try:
            if refusal is not None:
                await refusal(scope, receive, answer)
            else:
                await self._app(scope, self._paced(scope, receive), answer)
        finally:
            route = getattr(scope.get("route"), "path", None) or "other"
            method = scope["method"] if scope["method"] in {"GET", "POST", "DELETE"} else "other"
            self._metrics.requests.labels(route, method, str(status)).inc()
            self._metrics.seconds.labels(route).observe(time.perf_counter() - begin)

    def _refusal(self, scope: Scope) -> JSONResponse | None:
        headers = dict(scope["headers"])
        host = headers.get(b"host", b"").decode("latin-1")
        if self._options.hosts is not None and _host_name(host) not in self._options.hosts:
            # A page of another site may have its name point at this machine (DNS rebinding).
            return _refuse(421, "the service is not addressed by this host name")
        if _foreign(scope, headers, host):
            return _refuse(403, "requests from pages of another site are refused")
        path = scope["path"]
        guarded = path == "/metrics" or (path.startswith("/v1/") and path != OPEN)
        if self._options.token is not None and guarded:
            given = headers.get(b"authorization", b"")
            kind, _, token = given.partition(b" ")
            right = hmac.compare_digest(token.strip(), self._options.token.encode())
            if kind.lower() != b"bearer" or not right:
                response = _refuse(401, "the token is missing or wrong")
                response.headers["www-authenticate"] = 'Bearer realm="renzhi"'
                return response
        length = headers.get(b"content-length", b"")
        if length.isdigit() and int(length) > self._limit(scope):
            return _too_large(self._limit(scope))
        return None

    def _limit(self, scope: Scope) -> int:
        return self._options.max_batch if scope["path"] == BATCH else self._options.max_body

    def _paced(self, scope: Scope, receive: Receive) -> Receive:
        """`receive` that refuses a body which grows too large or arrives too slowly."""
        limit, seconds = self._limit(scope), self._options.body_timeout
        rolling = scope["path"] == BATCH  # a stream may go on for hours, but not pause
        deadline = time.monotonic() + seconds
        taken, whole = 0, False

        async def paced() -> Message:
            nonlocal taken, whole, deadline
            if whole:
                return await receive()  # waits for the client to leave
            if rolling:
                deadline = time.monotonic() + seconds
            try:
                message = await asyncio.wait_for(receive(), max(0.0, deadline - time.monotonic()))
            except TimeoutError:
                reason = f"the body did not arrive within {seconds:g} s"
                raise HTTPException(408, reason, {"connection": "close"}) from None
            if message["type"] == "http.request":
                taken += len(message.get("body", b""))
                whole = not message.get("more_body", False)
                if taken > limit:
                    raise HTTPException(413, _size_text(limit), {"connection": "close"})
            return message

        return paced


def _refuse(status: int, reason: str) -> JSONResponse:
    # The body of a refused request is not read, so the connection cannot be used again.
    return JSONResponse({"detail": reason}, status, {"connection": "close"})


def _too_large(limit: int) -> JSONResponse:
    return _refuse(413, _size_text(limit))


def _size_text(limit: int) -> str:
    return f"the request is larger than {limit} bytes"


def _host_name(host: str) -> str:
    try:
        return (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def _foreign(scope: Scope, headers: dict[bytes, bytes], host: str) -> bool:
    """Whether a browser says that a page of another site makes the request."""
    if scope["method"] in {"GET", "HEAD"}:
        return False
    if headers.get(b"sec-fetch-site", b"none") not in {b"none", b"same-origin"}:
        return True
    origin = headers.get(b"origin")
    return origin is not None and origin.decode("latin-1").partition("://")[2] != host
