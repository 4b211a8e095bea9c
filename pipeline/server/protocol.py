"""HTTP connections that must come to the point: a client that drips its headers is hung up on."""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.h11_impl import H11Protocol

__all__ = ["PacedProtocol"]

SECONDS = 30.0


class PacedProtocol(H11Protocol):
    """Closes a connection on which no whole request head has arrived within SECONDS.

    The pace of bodies is `pipeline.server.guard`'s; uvicorn itself has no limit for heads.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._last: object = None
        self._watch = self.loop.call_later(SECONDS, self._check)

    def connection_lost(self, exc: Exception | None) -> None:
        self._watch.cancel()
        super().connection_lost(exc)

    def _check(self) -> None:
        waits = self.cycle is None or self.cycle.response_complete
        if waits and self.cycle is self._last:
            self.transport.close()
            return
        self._last = self.cycle
        self._watch = self.loop.call_later(SECONDS, self._check)
