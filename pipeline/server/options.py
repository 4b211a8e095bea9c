"""What a server is told when it starts."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["ServerOptions", "default_workers"]


def default_workers() -> int:
    """One worker a core that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return max(1, os.cpu_count() or 1)


@dataclass(frozen=True)
class ServerOptions:
    """Options of `renzhi serve`.

    store: folder of the documents and corrections. results: output folder of a corpus run to
    show, or None. model: arguments of `pipeline.load`. token: bearer token that every request
    must carry, or None. workers: processes that annotate; waiting: documents that may wait for
    one before 429 is answered; batches: batch requests at a time. timeout: seconds one document
    may take; body_timeout: seconds a client may take to send a body, or the next part of a batch.
    max_body, max_batch: bytes of a request; max_characters: of one document.
    hosts: names under which the service may be addressed, or None for any.
    """

    store: Path = Path("renzhi-store")
    results: Path | None = None
    model: Mapping[str, Any] = field(default_factory=dict)
    token: str | None = None
    workers: int = field(default_factory=default_workers)
    waiting: int = 64
    batches: int = 4
    timeout: float = 60.0
    body_timeout: float = 30.0
    max_body: int = 20_000_000
    max_batch: int = 2_000_000_000
    max_characters: int = 200_000
    hosts: tuple[str, ...] | None = None
