"""Annotating in worker processes, so that no document can take the server down.

One thread a worker process hands it documents and waits. A document that takes too long or kills
its worker costs that worker only: it is replaced, and the others go on.
"""

from __future__ import annotations

import queue
import threading
from concurrent.futures import Future

from pipeline.errors import RenzhiError
from pipeline.runner.work import Job, Outcome
from pipeline.runner.worker import Worker, WorkerDied
from pipeline.server.metrics import Metrics
from pipeline.sources.items import Item

__all__ = ["AnnotationPool", "Busy", "TookTooLong"]

STARTUP_SECONDS = 600.0
TRIES = 2  # a worker may die of something else than the document in its hands


class Busy(Exception):  # noqa: N818 - an answer, not an error
    """As many documents wait as may, or the server stops."""


class TookTooLong(Exception):  # noqa: N818 - as above
    """A document took longer than its time limit; its worker was ended."""


class AnnotationPool:
    """size: workers. timeout: seconds a document may take. waiting: how many may wait."""

    def __init__(
        self, job: Job, *, size: int, timeout: float, waiting: int, metrics: Metrics
    ) -> None:
        self._job, self._timeout, self._limit, self._metrics = job, timeout, waiting, metrics
        self._queue: queue.SimpleQueue[tuple[Item, Future[Outcome]] | None] = queue.SimpleQueue()
        self._threads = [
            threading.Thread(target=self._work, name=f"annotate-{n}", daemon=True)
            for n in range(size)
        ]
        self._starting = threading.Lock()  # a start changes the environment of this process
        self._gate = threading.Lock()  # nothing may be queued behind the end of the queue
        self._closed = False
        self._ready = threading.Semaphore(0)
        self._failure: Exception | None = None

    @property
    def size(self) -> int:
        return len(self._threads)

    def start(self) -> None:
        """Start the workers and wait for the first.

        RAISES RenzhiError: a worker cannot be set up.
        """
        try:
            for thread in self._threads:
                thread.start()
        except RuntimeError as error:  # the system gives no more threads
            raise RenzhiError(f"a worker cannot be started: {error}") from error
        self._ready.acquire()
        if self._failure is not None:
            raise self._failure

    def submit(self, item: Item, *, patient: bool = False) -> Future[Outcome]:
        """Queue a document. patient: for a caller that itself bounds how many it submits.

        The future raises TookTooLong, or RenzhiError where no worker can be started.
        RAISES Busy.
        """
        future: Future[Outcome] = Future()
        with self._gate:
            if self._closed or (not patient and self._queue.qsize() >= self._limit):
                raise Busy
            self._queue.put((item, future))
        self._metrics.waiting.set(self._queue.qsize())
        return future

    def close(self) -> None:
        """Take no more documents, finish those that were taken, end the workers."""
        with self._gate:
            self._closed = True
            for _ in self._threads:
                self._queue.put(None)
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        worker = self._first_worker()
        self._ready.release()
        while (task := self._queue.get()) is not None:
            item, future = task
            self._metrics.waiting.set(self._queue.qsize())
            if not future.set_running_or_notify_cancel():
                continue
            with self._metrics.running.track_inprogress():
                worker = self._annotate(worker, item, future)
        if worker is not None:
            worker.close()

    def _first_worker(self) -> Worker | None:
        try:
            return self._start()
        except Exception as error:  # noqa: BLE001 - `start` waits for news of any kind, and raises it
            self._failure = error
            return None

    def _start(self) -> Worker:
        """Start a worker and wait until it can work. RAISES RenzhiError: it cannot be set up."""
        try:
            with self._starting:
                worker = Worker(self._job, self._timeout)
        except OSError as error:  # out of processes, memory or open files
            reason = error.strerror or str(error)
            raise RenzhiError(f"a worker cannot be started: {reason}") from error
        try:
            if not worker.connection.poll(STARTUP_SECONDS):
                raise RenzhiError(f"a worker did not start within {STARTUP_SECONDS:g} s")
            list(worker.receive())
        except (WorkerDied, RenzhiError) as error:
            worker.kill()
            raise RenzhiError(f"a worker cannot be started: {error}") from error
        return worker

    def _annotate(
        self, worker: Worker | None, item: Item, future: Future[Outcome]
    ) -> Worker | None:
        """Resolve the future; give the worker back, or None where it had to be ended."""
        death = "never started"
        for _ in range(TRIES):
            try:
                worker = worker or self._start()
                worker.submit([((0, 0), item)])
                if not worker.connection.poll(self._timeout):
                    self._end(worker)
                    self._metrics.documents.labels("timeout").inc()
                    future.set_exception(TookTooLong(f"took longer than {self._timeout:g} s"))
                    return None
                outcome = next(outcome for _, outcome in worker.receive())
            except WorkerDied as error:
                death = str(error)
                if worker is not None:
                    self._end(worker)
                worker = None
            except Exception as error:  # noqa: BLE001 - who waits gets it; the thread must live on
                if worker is not None:  # it may still have the document in hand
                    self._end(worker)
                future.set_exception(error)
                return None
            else:
                self._count(outcome)
                future.set_result(outcome)
                return worker
        self._metrics.documents.labels("died").inc()
        future.set_result(Outcome(stage="annotate", reason=f"its worker {death}, twice"))
        return None

    def _end(self, worker: Worker) -> None:
        worker.kill()
        self._metrics.restarts.inc()

    def _count(self, outcome: Outcome) -> None:
        self._metrics.documents.labels("rejected" if outcome.stage else "annotated").inc()
        self._metrics.characters.inc(outcome.characters)
