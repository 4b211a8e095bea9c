"""One service for all tests of it: the real application with the shipped model."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from services import Service, start


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    store = tmp_path_factory.mktemp("workbench") / "store"
    running = start("--max-body", "2000000", store=store)
    yield running
    running.process.terminate()
    assert running.process.wait(60) == 0


@pytest.fixture
def client(service: Service) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=service.url, timeout=60) as open_client:
        yield open_client
