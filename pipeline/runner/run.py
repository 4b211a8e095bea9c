"""A corpus run: find, annotate in workers, write shards, remember; stop and start at will."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from pipeline.errors import BadInputError, ConfigError
from pipeline.runner.fingerprint import Fingerprint, fingerprint
from pipeline.runner.finish import finish_shard
from pipeline.runner.ledger import Ledger, Record
from pipeline.runner.plan import Batch, Plan
from pipeline.runner.pool import Pool
from pipeline.runner.progress import Counts, Watcher
from pipeline.runner.records import IN_STEP, Journal
from pipeline.runner.shards import FLUSH_BYTES, ShardFiles, copy_shard, shard_numbers
from pipeline.runner.stop import Stop
from pipeline.runner.work import Job, Outcome
from pipeline.runner.worker import Ticket
from pipeline.sources.items import Item
from pipeline.sources.listing import Ignored

__all__ = ["RunOptions", "Summary", "run"]

FLUSH_SECONDS = 0.5  # a stopped run that has spent so long on writing begins no other shard


Rows = Sequence[tuple[Item, Outcome]]


@dataclass(frozen=True)
class RunOptions:
    """How a corpus is run.

    format: of the shards. force: do everything again; retry_rejects: do rejects again.
    prune: let documents leave whose input is gone. dry_run: only count.
    timeout: seconds one document may take. shard_documents: of one shard.
    ray_address: of a running cluster; None starts Ray on this machine.
    """

    workers: int = 1
    engine: Literal["local", "ray"] = "local"
    ray_address: str | None = None
    format: Literal["jsonl", "parquet"] = "jsonl"
    force: bool = False
    retry_rejects: bool = False
    prune: bool = False
    dry_run: bool = False
    timeout: float = 300.0
    shard_documents: int = 1000


@dataclass(frozen=True)
class Summary:
    """What a run did. stages: rejects of each; planned: documents to do, of a dry run.

    ignored: files of a kind that is not read.
    """

    counts: Counts
    planned: int | None = None
    stages: dict[str, int] = field(default_factory=dict)
    ignored: Ignored = field(default_factory=Ignored)


def run(
    paths: Sequence[str],
    output: Path,
    job: Job,
    options: RunOptions | None = None,
    watcher: Watcher | None = None,
) -> Summary:
    """Annotate every document that the paths mean into an output folder.

    Documents that the folder already holds under the same hashes are skipped. A run that is
    interrupted (Ctrl-C, SIGTERM) ends its workers, keeps what is finished and returns.
    RAISES BadInputError: a path does not exist, or the folder cannot be made. ModelError,
    ConfigError: the annotator cannot be made. RenzhiError: the disk is full, another run is at
    work in the folder, or workers die without end.
    """
    options = options or RunOptions()
    _check(options)
    job = replace(job, read=replace(job.read, exclude=str(output)))
    hashes = fingerprint(job, options.format)
    if options.dry_run:
        return _dry_run(paths, output, job, options, hashes)
    _make_folder(output)
    stop = Stop()
    try:
        with stop.on_signals(), closing(Ledger(output, hashes)) as ledger:
            session = _Session(output, ledger, job, options, watcher or Watcher(), stop)
            return session.run(paths, hashes)
    except OSError as error:
        reason = f"cannot be written: {error.strerror or error}; what is finished is kept"
        raise BadInputError(str(error.filename or output), reason) from error


@dataclass
class _OpenShard:
    """A shard whose documents are being annotated. items: of every position handed out."""

    items: list[Item] = field(default_factory=list)
    outcomes: dict[int, Outcome] = field(default_factory=dict)
    sealed: bool = False

    @property
    def complete(self) -> bool:
        return self.sealed and len(self.outcomes) == len(self.items)

    def rows(self) -> Rows:
        """What is finished, in order of position."""
        return [(self.items[place], self.outcomes[place]) for place in sorted(self.outcomes)]


class _Session:
    """One run's state: the open shards, the counts, and the files."""

    def __init__(
        self,
        root: Path,
        ledger: Ledger,
        job: Job,
        options: RunOptions,
        watcher: Watcher,
        stop: Stop,
    ) -> None:
        self._root = root
        self._files = ShardFiles(root, options.format)
        self._journal: Journal
        self._ledger, self._job, self._options, self._watcher = ledger, job, options, watcher
        self._open: dict[int, _OpenShard] = {}
        self._stages: Counter[str] = Counter()
        self._counts = Counts()
        self._start = time.monotonic()
        self._stop = stop

    def run(self, paths: Sequence[str], hashes: Fingerprint) -> Summary:
        options = self._options
        self._watcher.begin()
        ignored = Ignored()
        try:
            with self._stop.at_once():
                _recover(self._ledger, self._files)
                self._journal = Journal(self._root, self._ledger, hashes)
            plan = Plan(
                paths,
                self._job.read,
                self._ledger,
                first_shard=self._ledger.last_shard() + 1,
                shard_documents=options.shard_documents,
                redo=options.force,
                retry=options.retry_rejects,
            )
            ignored = plan.tally.ignored
            if options.prune:
                plan.remember()
            self._run(plan)
        except KeyboardInterrupt:
            self._counts.stopped = True
        finally:
            self._counts.seconds = time.monotonic() - self._start
            self._watcher.end(self._counts)
        return Summary(self._counts, stages=dict(self._stages), ignored=ignored)

    def _run(self, plan: Plan) -> None:
        try:
            if self._options.engine == "ray":
                self._run_ray(plan)
            else:
                self._run_local(plan)
            self._keep_plan(plan)
            if self._options.prune:
                self._prune(plan)
            self._tidy()
            with self._stop.at_once():
                self._journal.close()
        except KeyboardInterrupt:
            if not self._stop.at_any_place:
                self._journal.leave()
            raise
        finally:
            self._show(plan)

    def _run_local(self, plan: Plan) -> None:
        pool = Pool(self._job, self._options.workers, self._options.timeout)
        batches = plan.batches()
        waiting: Batch | None = None  # read, but its shard cannot be opened yet
        more = True
        try:
            while more or waiting or pool.busy:
                while pool.hungry and (more or waiting):
                    if waiting is None:
                        with self._stop.at_once():
                            waiting = next(batches, None)
                        self._keep_plan(plan)
                        more = waiting is not None
                        if waiting is not None and not waiting.rows:
                            waiting = None
                            self._show(plan)
                            continue
                    if waiting is None or not self._may_open(waiting):
                        break
                    pool.submit(self._enter(waiting))
                    waiting = None
                    self._stop.check()
                for ticket, outcome in pool.results(0.2):
                    self._take(ticket, outcome)
                self._show(plan)
                self._stop.check()
            for number in sorted(self._open):  # the last one may not know that it is
                self._finish(number)
                self._stop.check()
            pool.close()
        except KeyboardInterrupt:
            pool.kill()
            self._flush()
            raise
        finally:
            pool.kill()

    def _run_ray(self, plan: Plan) -> None:
        from pipeline.runner.ray_engine import ray_shards

        options = self._options
        shards = ray_shards(
            plan.batches(),
            self._files,
            self._job,
            options.workers,
            options.timeout,
            options.ray_address,
        )
        while True:
            with self._stop.at_once():
                shard = next(shards, None)
            if shard is None:
                break
            self._keep_plan(plan)
            self._commit(shard.records, shard.number if shard.sizes else None, shard.sizes)
            self._show(plan)
            self._stop.check()
        self._keep_plan(plan)

    def _may_open(self, batch: Batch) -> bool:
        return batch.shard in self._open or len(self._open) < self._options.workers + 2

    def _enter(self, batch: Batch) -> Sequence[tuple[Ticket, Item]]:
        shard = self._open.setdefault(batch.shard, _OpenShard())
        shard.items.extend(item for _, item in batch.rows)
        shard.sealed = shard.sealed or batch.last
        return batch.rows

    def _take(self, ticket: Ticket, outcome: Outcome) -> None:
        number, position = ticket
        shard = self._open[number]
        shard.outcomes[position] = outcome
        if shard.complete:
            self._finish(number)

    def _finish(self, number: int) -> None:
        """Write a shard with the outcomes it has, in order of position, and remember it.

        RAISES KeyboardInterrupt: the run is to end; the shard is still open.
        """
        rows = self._open[number].rows()
        try:
            with self._stop.at_once():
                records, sizes = finish_shard(self._files, self._job, number, rows)
        except KeyboardInterrupt:
            self._files.delete(number)
            raise
        del self._open[number]
        self._commit(records, number if sizes else None, sizes)

    def _commit(
        self, records: Sequence[Record], number: int | None, sizes: tuple[int, int] | None
    ) -> None:
        if not records:
            return
        with self._ledger.transaction():
            if number is not None and sizes is not None:
                self._ledger.add_shard(number, self._options.format, sizes)
            replaced = self._ledger.put(records)
        self._journal.add(records, replaced)
        for record in records:
            self._counts.characters += record.characters
            self._counts.triples += record.triples
            if record.stage:
                self._counts.rejects += 1
                self._stages[record.stage] += 1
                self._watcher.reject(record.name, record.part, record.stage, record.reason or "")
            else:
                self._counts.documents += 1

    def _keep_plan(self, plan: Plan) -> None:
        """Remember what the plan has met on its way: rejects, touched files, mended containers."""
        if plan.recovered or plan.restamped:
            with self._ledger.transaction():
                for key in plan.recovered:
                    self._ledger.forget(key)
                    self._journal.outdate()
                for path, part, stamp in plan.restamped:
                    self._ledger.restamp(path, part, stamp)
            plan.recovered.clear()
            plan.restamped.clear()
        if plan.rejects:
            self._commit(plan.rejects, None, None)
            plan.rejects.clear()

    def _flush(self) -> None:
        """Write what open shards have, for a stopped run, within the time that it has."""
        end = time.monotonic() + FLUSH_SECONDS
        for number in sorted(self._open):
            if time.monotonic() >= end:
                return
            rows = _first(self._open.pop(number).rows(), FLUSH_BYTES[self._files.format])
            records, sizes = finish_shard(self._files, self._job, number, rows)
            self._commit(records, number if sizes else None, sizes)

    def _prune(self, plan: Plan) -> None:
        """Forget documents whose input is gone; `_tidy` then takes them out of their shards."""
        with self._stop.at_once():
            gone = list(plan.vanished())
        if gone:
            self._journal.outdate()
            with self._stop.at_once(), self._ledger.transaction():
                for path, part in gone:
                    self._ledger.prune(path, part)
        self._counts.pruned = len(gone)

    def _tidy(self) -> None:
        """Take documents that have been done anew, or are gone, out of their old shards."""
        number = self._ledger.last_shard()
        root = self._files.root
        for stale in self._ledger.stale_shards():
            keep = [path is not None for path, _, _ in stale.places]
            triples = [count for _, _, count in stale.places]
            sizes = None
            if any(keep):
                number += 1
                files = ShardFiles(root, stale.format)
                try:
                    with self._stop.at_once():
                        sizes = copy_shard(files, stale.shard, number, triples, keep)
                except KeyboardInterrupt:
                    files.delete(number)
                    raise
            with self._ledger.transaction():
                self._ledger.move(stale, number)
                if sizes is not None:
                    self._ledger.add_shard(number, stale.format, sizes)
            self._files.delete(stale.shard)
            self._stop.check()

    def _show(self, plan: Plan) -> None:
        self._counts.skipped = plan.tally.skipped
        self._counts.bytes = plan.tally.bytes
        self._counts.skipped_bytes = plan.tally.skipped_bytes
        self._counts.seconds = time.monotonic() - self._start
        self._watcher.update(self._counts)


def _check(options: RunOptions) -> None:
    if options.workers < 1:
        raise ConfigError("--workers must be at least 1")
    if options.timeout <= 0:
        raise ConfigError("--timeout must be more than 0 seconds")
    if options.shard_documents < 1:
        raise ConfigError("a shard must hold at least one document")


def _make_folder(output: Path) -> None:
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = f"cannot be made an output folder: {error.strerror}"
        raise BadInputError(str(output), reason) from error
    if not os.access(output, os.W_OK | os.X_OK):
        raise BadInputError(str(output), "cannot be written: permission denied")
    if not Ledger.exists(output) and next(shard_numbers(output), None) is not None:
        raise BadInputError(
            str(output), "holds shards but no ledger of them; choose another folder"
        )


def _first(rows: Rows, limit: int) -> Rows:
    """The first of these rows whose lines together keep a limit of bytes."""
    size = 0
    for number, (_, outcome) in enumerate(rows):
        size += len(outcome.document) + sum(map(len, outcome.triples))
        if size > limit:
            return rows[:number]
    return rows


def _recover(ledger: Ledger, files: ShardFiles) -> None:
    """Bring files and ledger to one state, whatever happened to the run before.

    Files that no transaction knows are deleted; shards whose files are gone or have another size
    are forgotten, so that their documents are done again.
    """
    for path, number in shard_numbers(files.root):
        if number is None or not ledger.has_shard(number):
            path.unlink(missing_ok=True)
    damaged = [
        number
        for number, format_, sizes in ledger.shards()
        if replace(files, format=format_).sizes(number) != sizes
    ]
    found = [key for key in ledger.lost() if _is_open_folder(files.root / os.fsdecode(key))]
    if damaged or found:
        with ledger.transaction():
            ledger.set(IN_STEP, "no")
            for number in damaged:
                ledger.forget_shard(number)
            for key in found:
                ledger.forget(key)
    for number in damaged:
        files.delete(number)


def _is_open_folder(path: Path) -> bool:
    return path.is_dir() and os.access(path, os.R_OK | os.X_OK)


def _dry_run(
    paths: Sequence[str], output: Path, job: Job, options: RunOptions, hashes: Fingerprint
) -> Summary:
    ledger = Ledger(output, hashes, peek=True) if Ledger.exists(output) else None
    try:
        plan = Plan(
            paths,
            job.read,
            ledger,
            redo=options.force,
            retry=options.retry_rejects,
        )
        if options.prune:
            plan.remember()
        planned = 0
        for batch in plan.batches():
            planned += len(batch.rows)
            plan.rejects.clear()
            plan.restamped.clear()
        pruned = sum(1 for _ in plan.vanished()) if options.prune else 0
    finally:
        if ledger is not None:
            ledger.close()
    counts = Counts(skipped=plan.tally.skipped, pruned=pruned)
    return Summary(counts, planned=planned, ignored=plan.tally.ignored)
