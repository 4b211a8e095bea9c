"""A corpus run on Ray: the same worker, one in each actor of a Ray Data stage.

The driver finds the documents and keeps the ledger; an actor takes a whole shard, reads its
documents, annotates them in a worker process as the local pool does, and writes the shard's files
itself. Only records come back. Inputs and the output folder must have the same paths on every
node (a shared file system). A shard whose node dies is done again elsewhere: its files appear by
a rename, so that a second writing only puts the same bytes in their place.
"""

from __future__ import annotations

import logging
import os
import pickle
import sys
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from queue import SimpleQueue
from typing import Any

from pipeline.errors import MissingExtraError, RenzhiError
from pipeline.runner.finish import finish_shard
from pipeline.runner.ledger import Record
from pipeline.runner.plan import Batch
from pipeline.runner.pool import Pool
from pipeline.runner.shards import ShardFiles
from pipeline.runner.work import Job, Outcome
from pipeline.runner.worker import Ticket
from pipeline.sources.items import Item

__all__ = ["DoneShard", "ShardStage", "ray_shards"]

WAVE_SHARDS = 16  # a worker; a wave is what one Ray Data execution gets
WAVE_BYTES = 256 << 20  # of rows, which travel through Ray's object store

Rows = list[tuple[Ticket, Item]]


@dataclass(frozen=True)
class DoneShard:
    """A shard that an actor has written: its records, and its files' sizes if it has any."""

    number: int
    records: Sequence[Record]
    sizes: tuple[int, int] | None


@dataclass(frozen=True)
class _Task:
    """Shards for one Ray Data execution, and what their actors need."""

    wave: list[Rows]
    files: ShardFiles
    job: Job
    timeout: float


class ShardStage:
    """The actor: keeps one worker process, with its model, for all shards that it gets."""

    def __init__(self, files: ShardFiles, job: Job, timeout: float) -> None:
        self._files, self._job = files, job
        self._pool = Pool(job, 1, timeout)

    def __call__(self, batch: dict[str, Any]) -> dict[str, list[bytes]]:
        """Do the shards of a batch; each is one pickled value in the column ``shard``."""
        return {"done": [pickle.dumps(self._try(pickle.loads(one))) for one in batch["shard"]]}

    def _try(self, rows: Rows) -> DoneShard | RenzhiError:
        """A failure that ends the run goes back as a value: raised, Ray would wrap and retry it."""
        try:
            return self._do(rows)
        except RenzhiError as error:
            return error
        except OSError as error:
            reason = f"cannot be written: {error.strerror or error}; what is finished is kept"
            return RenzhiError(f"{error.filename or self._files.root}: {reason}")

    def _do(self, rows: Rows) -> DoneShard:
        outcomes: dict[Ticket, Outcome] = {}
        self._pool.submit(rows)
        while self._pool.busy:
            outcomes.update(self._pool.results(0.2))
        number = rows[0][0][0]
        done = [(item, outcomes[ticket]) for ticket, item in rows]
        records, sizes = finish_shard(self._files, self._job, number, done)
        return DoneShard(number, records, sizes)


def ray_shards(
    batches: Iterable[Batch],
    files: ShardFiles,
    job: Job,
    workers: int,
    timeout: float,
    address: str | None,
) -> Iterator[DoneShard]:
    """Do all batches on Ray; gives shards as they are finished, in any order.

    A shard without records only gives the caller time to keep up. address: of a running cluster;
    None starts Ray on this machine.
    RAISES MissingExtraError: Ray is not installed. RenzhiError: Ray cannot be reached, or a shard
    cannot be written or its worker not be made.
    """
    driver = _Driver(workers, address)
    driver.start()
    files = replace(files, root=files.root.resolve())
    try:
        for wave in _waves(batches, workers):
            if wave:
                yield from driver.do(wave, files, job, timeout)
            else:
                yield DoneShard(0, (), None)
    except Exception:
        driver.close()
        raise
    except BaseException:  # Ctrl-C, or nobody takes the shards any more
        driver.leave()
        raise
    driver.close()


class _Driver:
    """Ray in a thread of its own, so that who waits for a shard can be interrupted at once.

    Ray waits in C++, where no Python handler runs, and on an interrupt cleans up for seconds. The
    one thread does all of it: what Ray starts on this machine dies with the thread that began it.
    """

    def __init__(self, workers: int, address: str | None) -> None:
        self._workers, self._address = workers, address
        self._tasks: SimpleQueue[_Task | None] = SimpleQueue()
        self._answers: SimpleQueue[DoneShard | Exception | None] = SimpleQueue()
        self._left = threading.Event()
        self._thread = threading.Thread(target=self._drive, name="ray-driver", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def do(
        self, wave: list[Rows], files: ShardFiles, job: Job, timeout: float
    ) -> Iterator[DoneShard]:
        """Do some shards; gives each when it is finished. RAISES RenzhiError."""
        self._tasks.put(_Task(wave, files, job, timeout))
        while True:
            answer = self._answers.get()
            if isinstance(answer, Exception):
                raise answer
            if answer is None:
                return
            yield answer

    def close(self) -> None:
        """End Ray and wait for it."""
        self.leave()
        self._thread.join()

    def leave(self) -> None:
        """End Ray without waiting."""
        self._left.set()
        self._tasks.put(None)

    def _drive(self) -> None:
        try:
            self._work()
        except Exception as error:  # noqa: BLE001 - raised where the shards are awaited
            self._answers.put(error)

    def _work(self) -> None:
        task = self._tasks.get()
        if task is None:
            return
        try:
            import ray
            import ray.data.exceptions
        except ImportError as error:
            raise MissingExtraError("ray", "--engine ray") from error

        joined = ray.is_initialized()
        try:
            if not joined:
                _start(ray, self._workers, self._address)
            while task is not None:
                for shard in _do_wave(ray, task, self._workers):
                    if self._left.is_set():
                        return
                    self._answers.put(shard)
                self._answers.put(None)
                task = self._tasks.get()
        except (ray.exceptions.RayError, ray.data.exceptions.SystemException) as error:
            raise _plain(error) from error
        finally:
            if not joined:  # else somebody else has joined it before
                ray.shutdown()


def _do_wave(ray: Any, task: _Task, workers: int) -> Iterator[DoneShard]:
    rows = ray.data.from_items(
        [{"shard": pickle.dumps(shard)} for shard in task.wave],
        override_num_blocks=len(task.wave),
    )
    done = rows.map_batches(
        ShardStage,
        fn_constructor_args=(task.files, task.job, task.timeout),
        batch_size=1,
        compute=ray.data.ActorPoolStrategy(size=min(workers, len(task.wave))),
        num_cpus=1,
    )
    for row in done.iter_rows():
        shard = pickle.loads(row["done"])
        if isinstance(shard, RenzhiError):
            raise shard
        yield shard


def _start(ray: Any, workers: int, address: str | None) -> None:
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")  # its warnings are not for users
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    settings: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR}
    logging.getLogger("ray").setLevel(logging.ERROR)  # before it is up it warns of this thread
    if address is None:
        # the workers' modules are those that this process sees
        paths = os.pathsep.join(path for path in sys.path if path)
        settings |= {
            "num_cpus": workers + 1,
            "include_dashboard": False,
            "runtime_env": {"env_vars": {"PYTHONPATH": paths}},
        }
    try:
        ray.init(address=address, **settings)
    except (ConnectionError, RuntimeError, ValueError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        where = address or "on this machine"
        raise RenzhiError(f"Ray cannot be reached or started ({where}): {reason}") from error
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    context.enable_operator_progress_bars = False
    logging.getLogger("ray.data").setLevel(logging.ERROR)


def _waves(batches: Iterable[Batch], workers: int) -> Iterator[list[Rows]]:
    """Whole shards, so many or so large at a time; an empty wave where a batch has no rows."""
    wave: list[Rows] = []
    rows: Rows = []
    size = 0
    for batch in batches:
        if not batch.rows:
            yield []
            continue
        rows.extend((ticket, _absolute(item)) for ticket, item in batch.rows)
        size += sum(len(item.payload or b"") for _, item in batch.rows)
        if batch.last:
            wave.append(rows)
            rows = []
            if len(wave) == WAVE_SHARDS * workers or size > WAVE_BYTES:
                yield wave
                wave, size = [], 0
    if rows:
        wave.append(rows)
    if wave:
        yield wave


def _absolute(item: Item) -> Item:
    return item if item.path == "-" else replace(item, path=os.path.abspath(item.path))  # noqa: PTH100


def _plain(error: Exception) -> RenzhiError:
    """The first line of what Ray says, which goes on for pages."""
    first = str(error).strip().splitlines()
    return RenzhiError(f"Ray gave up: {first[0] if first else type(error).__name__}")
