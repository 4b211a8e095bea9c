"""Running the application until it is told to stop."""

from __future__ import annotations

import ipaddress
import signal
import sys

import uvicorn

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
    """Says where it is once it can be reached."""

    async def startup(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]
        await super().startup(sockets)  # type: ignore[arg-type]
        if self.started:
            ports = [s.getsockname()[1] for one in self.servers for s in one.sockets]
            host = self.config.host
            shown = f"[{host}]" if ":" in host else host
            print(f"renzhi: open http://{shown}:{ports[0]}/ (Ctrl-C stops)", file=sys.stderr)


def serve(options: ServerOptions, host: str = "127.0.0.1", port: int = 8000) -> None:
    """Serve until SIGINT or SIGTERM; what runs is finished first.

    RAISES ConfigError: the address cannot be used. ModelError: the model is missing.
    """
    config = uvicorn.Config(
        create_app(options),
        host=host,
        port=port,
        http=PacedProtocol,
        log_config=LOG,
        access_log=False,
        server_header=False,
        timeout_keep_alive=20,
        limit_concurrency=1024,
        timeout_graceful_shutdown=round(options.timeout) + 5,
    )
    server = _Server(config)
    for number in (signal.SIGINT, signal.SIGTERM):
        # uvicorn stops gracefully and then raises the signal again: being told to stop is no error.
        signal.signal(number, lambda *_: None)
    try:
        server.run()
    except SystemExit as error:
        raise ConfigError(f"cannot serve on {host}:{port}; is the port in use?") from error
    if not server.started:
        raise ConfigError(f"cannot serve on {host}:{port}")
