"""Running the application until it is told to stop."""

from __future__ import annotations

import ipaddress
import signal
import socket
import sys

import uvicorn
from fastapi import FastAPI

from pipeline.errors import ConfigError
from pipeline.server.app import create_app
from pipeline.server.options import ServerOptions
from pipeline.server.protocol import PacedProtocol

__all__ = ["is_loopback", "serve"]

LOG: dict[str, object] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "renzhi: %(message)s"}},
    "handlers": {"err": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "loggers": {"uvicorn": {"handlers": ["err"], "level": "WARNING"}},
}


def is_loopback(host: str) -> bool:
    """Whether an address reaches this machine only."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class _Server(uvicorn.Server):
    """Says where it is once it can be reached.

    It runs the application's lifespan itself: uvicorn would log the traceback of a start that
    fails, and end the process.
    """

    def __init__(self, config: uvicorn.Config, app: FastAPI) -> None:
        super().__init__(config)
        self._life = app.router.lifespan_context(app)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """RAISES RenzhiError: the application cannot start."""
        await self._life.__aenter__()
        await super().startup(sockets)
        if self.started and sockets:
            host, port = sockets[0].getsockname()[:2]
            shown = f"[{host}]" if ":" in host else host
            print(f"renzhi: open http://{shown}:{port}/ (Ctrl-C stops)", file=sys.stderr)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await super().shutdown(sockets)
        if not self.force_exit:  # told to stop twice: what runs is not waited for
            await self._life.__aexit__(None, None, None)


def serve(options: ServerOptions, host: str = "127.0.0.1", port: int = 8000) -> None:
    """Serve until SIGINT or SIGTERM; what runs is finished first.

    RAISES ConfigError: the address cannot be used. ModelError: the model is missing.
    BadInputError: the results are none, or the store cannot be used. RenzhiError: a worker cannot
    be set up, as with a damaged model or a bad rule file.
    """
    app = create_app(options)
    listener = _bind(host, port)
    if options.token is None and not is_loopback(host):
        print("renzhi: other machines can use this service without a token", file=sys.stderr)
    config = uvicorn.Config(
        app,
        http=PacedProtocol,
        lifespan="off",  # the server's own business, see there
        log_config=LOG,
        access_log=False,
        server_header=False,
        timeout_keep_alive=20,
        limit_concurrency=1024,
        timeout_graceful_shutdown=round(options.timeout) + 5,
    )
    server = _Server(config, app)
    for number in (signal.SIGINT, signal.SIGTERM):
        # uvicorn stops gracefully and then raises the signal again: being told to stop is no error.
        signal.signal(number, lambda *_: None)
    with listener:
        server.run(sockets=[listener])


def _bind(host: str, port: int) -> socket.socket:
    """A socket on the address, before workers are started in vain."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise ConfigError(f"cannot serve on {host}: {error.strerror or error}") from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as error:
        listener.close()
        raise ConfigError(f"cannot serve on {host}:{port}: {error.strerror}") from error
    return listener
