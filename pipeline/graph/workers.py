"""Work for several processes whose results come back in the order of the work.

Only plain data goes to a worker and back, and who did what leaves no trace in the results: a
build is the same for any number of workers.
"""

from __future__ import annotations

import multiprocessing
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from types import TracebackType
from typing import Self, TypeVar

from pipeline.errors import RenzhiError

__all__ = ["Workers"]

Task = TypeVar("Task")
Result = TypeVar("Result")
AHEAD = 3  # tasks a worker that wait or have not been fetched, so that memory stays bounded


class Workers:
    """So many spawned processes, started when first needed; with one, all is done right here."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)

    def map(self, function: Callable[[Task], Result], tasks: Iterable[Task]) -> Iterator[Result]:
        """Results in the order of the tasks; a task's error is raised when its turn comes.

        RAISES RenzhiError: a worker was killed.
        """
        if self._count == 1:
            yield from map(function, tasks)
            return
        if self._pool is None:
            spawn = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(self._count, mp_context=spawn)
        waiting: deque[Future[Result]] = deque()
        try:
            for task in tasks:
                waiting.append(self._pool.submit(function, task))
                if len(waiting) > AHEAD * self._count:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        except BrokenProcessPool as error:
            raise RenzhiError(
                "a worker process of the build was killed; is memory short?"
            ) from error
