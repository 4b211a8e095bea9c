"""Which documents a run has to do, cut into shards and batches, whatever the number of workers."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.errors import BadInputError
from pipeline.runner.ledger import Ledger, Record
from pipeline.runner.worker import Ticket
from pipeline.sources.items import Item, ReadOptions, Reject
from pipeline.sources.listing import Ignored, Meant, is_gone
from pipeline.sources.read import find_items, input_hash, stamp_of_item

__all__ = ["Batch", "Plan", "Tally"]

BATCH_DOCUMENTS = 16
BATCH_BYTES = 1 << 18
BREATH = 1000
SHARD_BYTES = 8 << 20  # of input; about as much again of output for each
PACKED_BYTES = 50_000  # what a PDF or DOCX counts as: its size says little about its text


@dataclass(frozen=True)
class Batch:
    """Documents of one shard for one worker. last: the shard gets no more.

    A batch without rows only gives the caller time to keep up with rejects and to show progress.
    """

    shard: int
    rows: Sequence[tuple[Ticket, Item]]
    last: bool


@dataclass
class Tally:
    """What the plan has passed. bytes: size of the inputs; skipped: documents done before.

    ignored: files of the folders that are of no kind that is read.
    """

    skipped: int = 0
    bytes: int = 0
    skipped_bytes: int = 0
    ignored: Ignored = field(default_factory=Ignored)


class Plan:
    """Walks the inputs once, in order.

    first_shard: number of the first shard. ledger: None where nothing has been done before.
    redo: do everything again; retry: do rejects again.
    """

    def __init__(
        self,
        paths: Sequence[str],
        read: ReadOptions,
        ledger: Ledger | None,
        *,
        first_shard: int = 1,
        shard_documents: int = 1000,
        redo: bool = False,
        retry: bool = False,
    ) -> None:
        self.tally = Tally()
        self.rejects: list[Record] = []  # found while walking; whoever reads them empties the list
        self.restamped: list[tuple[bytes, int, str | None]] = []
        self.recovered: set[bytes] = (
            set()
        )  # containers that were rejects as a whole and are not now
        self._container: str | None = None
        self._seen: list[tuple[bytes, int]] | None = None
        self._paths, self._read, self._ledger = paths, read, ledger
        self._first, self._size = first_shard, shard_documents
        self._redo, self._retry = redo, retry

    def remember(self) -> None:
        """Keep a list of all inputs that are met from now on, for `vanished`."""
        self._seen = []

    def batches(self) -> Iterator[Batch]:
        """Batches of the documents that are to be done.

        RAISES BadInputError: a path does not exist, or a folder has no readable file.
        """
        shard, position, weight = self._first, 0, 0
        rows: list[tuple[Ticket, Item]] = []
        batch_bytes = 0
        for item, size in self._todo():
            if item is None:
                yield Batch(shard, (), last=False)
                continue
            if rows and (len(rows) == BATCH_DOCUMENTS or batch_bytes + size > BATCH_BYTES):
                full = position >= self._size or weight >= SHARD_BYTES
                yield Batch(shard, rows, full)
                rows, batch_bytes = [], 0
                if full:
                    shard, position, weight = shard + 1, 0, 0
            rows.append(((shard, position), item))
            position, weight, batch_bytes = position + 1, weight + size, batch_bytes + size
            if position >= self._size:
                yield Batch(shard, rows, last=True)
                rows, batch_bytes = [], 0
                shard, position, weight = shard + 1, 0, 0
        if rows:
            yield Batch(shard, rows, last=True)

    def _todo(self) -> Iterator[tuple[Item | None, int]]:
        """Documents to do with their weight; None after every so many that are not."""
        for number, item in enumerate(
            find_items(self._paths, self._read, self.tally.ignored), start=1
        ):
            if number % BREATH == 0:
                self._keep_seen()
                yield None, 0
            self._see(item)
            if isinstance(item, Reject):
                self._reject(item)
                continue
            if item.row is not None and item.path != self._container:
                self._open_container(item.path)
            size = len(item.payload) if item.payload is not None else _size(item.path)
            self.tally.bytes += size
            if self._is_done(item):
                self.tally.skipped += 1
                self.tally.skipped_bytes += size
                continue
            packed = item.payload is None and item.format in {"pdf", "docx"}
            yield item, PACKED_BYTES if packed else size

    def _see(self, item: Item | Reject) -> None:
        if self._seen is None or self._ledger is None:
            return
        whole = isinstance(item, Item) or item.row is not None or item.stage == "find"
        key = self._ledger.key(item.path)
        self._seen.append((key, item.row or 0))
        if not whole:
            self._seen.append((key, -1))

    def _keep_seen(self) -> None:
        if self._seen and self._ledger is not None:
            self._ledger.note_seen(self._seen)
            self._seen.clear()

    def vanished(self) -> Iterator[tuple[bytes, int]]:
        """Documents of the ledger that the given paths would mean but whose input is gone.

        Only once all batches have been walked. A file that is there but could not be read, or is
        not found for another reason, is not gone.
        """
        if self._ledger is None:
            return
        self._keep_seen()
        self._ledger.note_seen(())
        meant = Meant(self._paths)
        for key, part, walked in self._ledger.unseen():
            path = self._ledger.path(key)
            is_meant = "-" in self._paths if path == "-" else meant.covers(path)
            if is_meant and (walked or is_gone(path)):
                yield key, part

    def _open_container(self, path: str) -> None:
        self._container = path
        if self._ledger is not None:
            key = self._ledger.key(path)
            if self._ledger.is_rejected(key):
                self.recovered.add(key)

    def _is_done(self, item: Item) -> bool:
        if self._ledger is None or self._redo:
            return False
        key = self._ledger.key(item.path)
        record = self._ledger.find(key, item.row or 0)
        if record is None or record.digest is None or (record.stage and self._retry):
            return False
        stamp = stamp_of_item(item)
        if stamp is not None and stamp == record.stamp:
            return True
        try:
            same = input_hash(item, self._read) == record.digest
        except BadInputError:
            return False  # the worker will say why
        if same and stamp is not None:
            self.restamped.append((key, item.row or 0, stamp))
        return same

    def _reject(self, reject: Reject) -> None:
        key = self._ledger.key(reject.path) if self._ledger else os.fsencode(reject.path)
        if reject.row is None:
            self.recovered.discard(key)
        known = self._ledger.find(key, reject.row or 0) if self._ledger else None
        if known is not None and known.reason == reject.reason and not self._redo:
            self.tally.skipped += 1
            return
        self.rejects.append(
            Record(
                key,
                reject.row or 0,
                reject.name,
                None,
                None,
                stage=reject.stage,
                reason=reject.reason,
            )
        )


def _size(path: str) -> int:
    try:
        return Path(path).stat().st_size
    except OSError:
        return 0
