"""A pool of workers that loses no document, whatever its workers do.

A worker that dies is replaced; the document that it had in hand is tried once more by itself,
because the cause may lie elsewhere (a neighbour took the memory, somebody killed the process).
When that kills a worker too, or when a document takes too long, it is the document.
"""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from multiprocessing.connection import wait

from pipeline.errors import ConfigError, RenzhiError
from pipeline.runner.work import Job, Outcome
from pipeline.runner.worker import Ticket, Worker, WorkerDied
from pipeline.sources.items import Item

__all__ = ["Pool"]

STARTUP_SECONDS = 600.0
MAX_BARREN_DEATHS = 12  # deaths in a row without one finished document: it is the machine


class Pool:
    """size: number of workers, started as they are needed. timeout: seconds a document may take."""

    def __init__(self, job: Job, size: int, timeout: float) -> None:
        self._job, self._size, self._timeout = job, size, timeout
        self._workers: list[Worker] = []
        self._queue: deque[Sequence[tuple[Ticket, Item]]] = deque()
        self._deaths: Counter[Ticket] = Counter()
        self._barren = 0

    @property
    def hungry(self) -> bool:
        """Whether another batch could be started at once."""
        idle = sum(worker.idle or not worker.ready for worker in self._workers)
        free = idle + self._size - len(self._workers)
        return len(self._queue) < free

    @property
    def busy(self) -> bool:
        """Whether any document is in hand or waits."""
        return bool(self._queue) or any(worker.pending for worker in self._workers)

    @property
    def pids(self) -> list[int]:
        """Process ids of the workers."""
        return [worker.pid for worker in self._workers if worker.pid is not None]

    def submit(self, batch: Sequence[tuple[Ticket, Item]]) -> None:
        """Queue documents; only sensible while the pool is hungry."""
        self._queue.append(batch)
        self._dispatch()

    def results(self, seconds: float) -> Iterator[tuple[Ticket, Outcome]]:
        """What is finished, after waiting up to so long for something.

        RAISES RenzhiError: the workers cannot be set up, or die one after another.
        """
        now = time.monotonic()
        deadlines = [self._deadline(worker) - now for worker in self._workers if worker.pending]
        patience = max(0.0, min([seconds, *deadlines]))
        ready = set(wait([worker.connection for worker in self._workers], patience))
        for worker in list(self._workers):
            if worker.connection in ready:
                yield from self._receive(worker)
        yield from self._watch_memory()
        now = time.monotonic()
        for worker in list(self._workers):
            if now >= self._deadline(worker) and not worker.connection.poll():
                yield from self._expire(worker)
        self._dispatch()

    def close(self) -> None:
        """End all workers; quick when they are idle."""
        for worker in self._workers:
            worker.close()
        self._workers.clear()

    def kill(self) -> None:
        """End all workers at once; what they had in hand is lost to this pool."""
        for seconds in (0.0, 0.5):  # all get the signal before the first is waited for
            for worker in self._workers:
                worker.kill(wait=seconds)
        self._workers.clear()

    def _watch_memory(self) -> Iterator[tuple[Ticket, Outcome]]:
        """Kill workers that hold more than they may.

        RAISES ConfigError: not even one without a document keeps the limit.
        """
        limit = self._job.memory_limit
        if limit is None:
            return
        for worker in list(self._workers):
            if worker.resident() <= limit or worker.connection.poll():
                continue
            if not worker.pending and not worker.used:
                mebibytes = worker.resident() >> 20
                raise ConfigError(
                    f"--memory-limit is too small: the model alone takes {mebibytes} MiB a worker"
                )
            if not worker.pending:
                self._workers.remove(worker)
                worker.kill()
                continue
            reason = f"took more than {limit / 2**30:.3g} GiB of memory (see --memory-limit)"
            victim = self._bury(worker, WorkerDied(reason))
            self._barren = 0  # the cause is known
            if victim is not None:
                yield victim, Outcome(stage="annotate", reason=f"its worker {reason}, twice")

    def _deadline(self, worker: Worker) -> float:
        if not worker.ready:
            return worker.since + STARTUP_SECONDS
        return worker.since + self._timeout if worker.pending else float("inf")

    def _dispatch(self) -> None:
        for worker in list(self._workers):
            if self._queue and worker.idle:
                try:
                    worker.submit(self._queue.popleft())
                except WorkerDied as death:  # before it had begun: none of them is to blame
                    self._queue.appendleft(list(worker.pending))
                    self._remove(worker, death)
        starting = sum(not worker.ready for worker in self._workers)
        while len(self._workers) < self._size and starting < len(self._queue):
            self._workers.append(Worker(self._job, self._timeout))
            starting += 1

    def _receive(self, worker: Worker) -> Iterator[tuple[Ticket, Outcome]]:
        try:
            for ticket, outcome in worker.receive():
                self._barren = 0
                self._deaths.pop(ticket, None)
                yield ticket, outcome
        except WorkerDied as death:
            victim = self._bury(worker, death)
            if victim is not None:
                reason = f"its worker {death}, twice"
                yield victim, Outcome(stage="annotate", reason=reason)

    def _bury(self, worker: Worker, death: WorkerDied) -> Ticket | None:
        """Take a dead worker's documents back; its ticket if one has now killed two of them."""
        self._remove(worker, death)
        if not worker.pending:
            return None
        (ticket, item), *rest = worker.pending
        self._deaths[ticket] += 1
        if rest:
            self._queue.appendleft(rest)
        if self._deaths[ticket] < 2:
            self._queue.appendleft([(ticket, item)])
            return None
        del self._deaths[ticket]
        return ticket

    def _remove(self, worker: Worker, death: WorkerDied) -> None:
        self._workers.remove(worker)
        worker.kill()
        self._barren += 1
        if self._barren >= MAX_BARREN_DEATHS or (not worker.ready and self._barren >= 3):
            raise RenzhiError(f"workers die one after another; the last one {death}")

    def _expire(self, worker: Worker) -> Iterator[tuple[Ticket, Outcome]]:
        if not worker.ready:
            raise RenzhiError(f"a worker did not start within {STARTUP_SECONDS:g} s")
        self._workers.remove(worker)
        worker.kill()
        (ticket, _), *rest = worker.pending
        if rest:
            self._queue.appendleft(rest)
        yield (
            ticket,
            Outcome(
                stage="annotate",
                reason=f"took longer than {self._timeout:g} s (see --timeout)",
                seconds=self._timeout,
            ),
        )
