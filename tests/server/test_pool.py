"""The worker pool where the system or a worker fails: every future is answered, no thread dies."""

from __future__ import annotations

import errno
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import pytest

from pipeline.errors import ConfigError, RenzhiError
from pipeline.runner.work import Job, Outcome
from pipeline.runner.worker import WorkerDied
from pipeline.server import pool as module
from pipeline.server.metrics import Metrics
from pipeline.server.pool import AnnotationPool, Busy
from pipeline.sources.items import ROW, Item

ITEM = Item("page", "-", ROW, payload=b"{}")
FULL = OSError(errno.EAGAIN, "Resource temporarily unavailable")


class FakeWorker:
    """Works at once. failure: what handing it a document raises, or None."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.connection = self
        self._failure = failure

    def poll(self, _seconds: float) -> bool:
        return True

    def submit(self, _batch: object) -> None:
        if self._failure is not None:
            raise self._failure

    def receive(self) -> list[tuple[tuple[int, int], Outcome]]:
        return [((0, 0), Outcome(document=b"{}"))]

    def kill(self) -> None:
        pass

    def close(self) -> None:
        pass


@pytest.fixture
def make(monkeypatch: pytest.MonkeyPatch) -> Callable[..., AnnotationPool]:
    """Makes a pool of one thread whose workers are those given, one after another."""

    def made(*workers: FakeWorker | Exception) -> AnnotationPool:
        left = iter(workers)

        def spawn(_job: Job, _timeout: float) -> FakeWorker:
            worker = next(left)
            if isinstance(worker, Exception):
                raise worker
            return worker

        monkeypatch.setattr(module, "Worker", spawn)
        return AnnotationPool(Job(), size=1, timeout=5, waiting=9, metrics=Metrics())

    return made


def in_time(call: Callable[[], Any]) -> BaseException | None:
    """What a call raises; a call that hangs fails the test instead of stopping it."""
    future: Future[None] = Future()

    def run() -> None:
        try:
            call()
        except Exception as error:  # noqa: BLE001 - the test judges it
            future.set_exception(error)
        else:
            future.set_result(None)

    threading.Thread(target=run, daemon=True).start()
    return future.exception(timeout=10)


@pytest.mark.parametrize("failure", [FULL, RuntimeError("surprise")])
def test_a_start_without_a_worker_fails(
    make: Callable[..., AnnotationPool], failure: Exception
) -> None:
    raised = in_time(make(failure).start)
    assert isinstance(raised, RenzhiError if failure is FULL else RuntimeError)
    assert str(failure.args[-1]) in str(raised)


def test_a_start_without_a_thread_fails(
    make: Callable[..., AnnotationPool], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    pool = make(FakeWorker())
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        with pytest.raises(RenzhiError, match="can't start new thread"):
            pool.start()


def test_a_worker_that_cannot_be_replaced_costs_its_document_only(
    make: Callable[..., AnnotationPool],
) -> None:
    pool = make(FakeWorker(WorkerDied("was killed")), FULL, FakeWorker())
    pool.start()
    raised = pool.submit(ITEM).exception(timeout=10)
    assert isinstance(raised, RenzhiError)
    assert str(raised) == "a worker cannot be started: Resource temporarily unavailable"
    assert pool.submit(ITEM).result(timeout=10).document == b"{}"
    assert in_time(pool.close) is None


def test_a_failure_that_nobody_foresaw_costs_its_document_only(
    make: Callable[..., AnnotationPool],
) -> None:
    pool = make(FakeWorker(TypeError("cannot pickle")), FakeWorker())
    pool.start()
    assert isinstance(pool.submit(ITEM).exception(timeout=10), TypeError)
    assert pool.submit(ITEM).result(timeout=10).document == b"{}"
    assert in_time(pool.close) is None


class ClosingQueue(queue.SimpleQueue[Any]):
    """Has the pool closed by another thread between the look at its length and the next put."""

    pool: AnnotationPool
    closing: threading.Thread | None = None

    def qsize(self) -> int:
        if self.closing is None:
            self.closing = threading.Thread(target=self.pool.close, daemon=True)
            self.closing.start()
            time.sleep(0.3)
        return super().qsize()


def test_a_document_that_was_taken_is_answered_though_the_pool_closes(
    make: Callable[..., AnnotationPool],
) -> None:
    pool = make(FakeWorker())
    pool._queue = line = ClosingQueue()
    line.pool = pool
    pool.start()
    assert pool.submit(ITEM).result(timeout=10).document == b"{}"
    assert line.closing is not None
    line.closing.join(10)
    assert not line.closing.is_alive()
    with pytest.raises(Busy):
        pool.submit(ITEM, patient=True)


def test_a_real_worker_that_cannot_be_set_up_says_why() -> None:
    pool = AnnotationPool(
        Job(config={"nonsense": 1}), size=1, timeout=5, waiting=9, metrics=Metrics()
    )
    with pytest.raises(RenzhiError, match="unknown key 'nonsense'") as raised:
        pool.start()
    assert isinstance(raised.value.__cause__, ConfigError)
    assert in_time(pool.close) is None
