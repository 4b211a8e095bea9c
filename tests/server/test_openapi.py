"""The service against its own description: whatever is sent, no answer is a 500."""

from __future__ import annotations

import contextlib
import json
import os
import time
from pathlib import Path

import httpx
import pytest
from services import Service, start

pytestmark = pytest.mark.slow


def test_nothing_that_fits_the_description_breaks_it(service: Service) -> None:
    schemathesis = pytest.importorskip("schemathesis")
    from hypothesis import HealthCheck, Phase, given, settings

    @schemathesis.serializer("application/x-ndjson")
    def as_text(_, value):
        return {"data": value.encode() if isinstance(value, str) else json.dumps(value).encode()}

    schema = schemathesis.openapi.from_url(f"{service.url}/openapi.json")
    statuses: dict[str, set[int]] = {}
    for operation in (one.ok() for one in schema.get_all_operations()):

        @given(case=operation.as_strategy())
        @settings(
            max_examples=25,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        def calls(case) -> None:
            answer = case.call()
            statuses.setdefault(f"{case.method} {case.path}", set()).add(answer.status_code)
            assert answer.status_code < 500, (case.as_curl_command(), answer.text)
            if answer.status_code == 422:  # FastAPI's own would be a list
                assert isinstance(answer.json()["detail"], str), case.as_curl_command()

        calls()
    assert len(statuses) >= 10


def test_a_huge_body_is_refused_at_once(service: Service) -> None:
    sent = 0

    def body():
        nonlocal sent
        for _ in range(100):
            sent += 1_000_000
            yield b"a" * 1_000_000

    kind = {"content-type": "application/json", "content-length": "100000000"}
    with httpx.Client(base_url=service.url, timeout=60) as client:
        # The connection may be closed while the body is being sent.
        with contextlib.suppress(httpx.WriteError):
            assert client.post("/v1/annotate", content=body(), headers=kind).status_code == 413
        assert sent < 100_000_000
        assert client.get("/v1/health").status_code == 200


def test_a_slow_body_and_a_long_document_get_408(tmp_path: Path) -> None:
    import socket

    running = start("--timeout", "1", "--max-characters", "900000", store=tmp_path / "store")
    try:
        host, port = running.url.removeprefix("http://").split(":")
        with httpx.Client(base_url=running.url, timeout=120) as client:
            text = "云岭县县委书记周明远出席会议。" * 40_000
            assert client.post("/v1/annotate", json={"text": text}).status_code == 408
            assert client.post("/v1/annotate", json={"text": "县长周明远"}).status_code == 200
            assert "renzhi_worker_restarts_total 1.0" in client.get("/metrics").text
        with (
            socket.create_connection((host, int(port)), timeout=90) as mute,
            socket.create_connection((host, int(port)), timeout=90) as slow,
        ):
            mute.sendall(b"GET / HTTP/1.1\r\nhost: loc")
            head = "POST /v1/annotate HTTP/1.1\r\nhost: localhost\r\ncontent-length: 99\r\n"
            slow.sendall(f"{head}content-type: application/json\r\n\r\n{{".encode())
            assert slow.recv(200).startswith(b"HTTP/1.1 408")
            assert mute.recv(200) == b""
    finally:
        running.process.terminate()
        assert running.process.wait(60) == 0


def test_too_many_at_once_get_429_and_a_stop_finishes_what_runs(tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    running = start("--waiting", "1", store=tmp_path / "store")
    text = "云岭县县委书记周明远出席会议，副县长林秋实主持。" * 150

    def post(_: int) -> int:
        return httpx.post(f"{running.url}/v1/annotate", json={"text": text}, timeout=90).status_code

    with ThreadPoolExecutor(12) as threads:
        statuses = list(threads.map(post, range(12)))
        assert set(statuses) == {200, 429}
        last = threads.submit(post, 0)
        time.sleep(0.3)
        running.process.terminate()
        assert last.result() == 200
    assert running.process.wait(60) == 0


def test_a_killed_worker_is_replaced(tmp_path: Path) -> None:
    running = start(store=tmp_path / "store")
    try:
        children = Path(f"/proc/{running.process.pid}/task/{running.process.pid}/children")
        if not children.exists():
            pytest.skip("needs /proc")
        for task in Path(f"/proc/{running.process.pid}/task").iterdir():
            for pid in (task / "children").read_text().split():
                if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes():
                    os.kill(int(pid), 9)
        answer = httpx.post(f"{running.url}/v1/annotate", json={"text": "县长周明远"}, timeout=90)
        assert answer.status_code == 200
    finally:
        running.process.terminate()
        running.process.wait(60)
