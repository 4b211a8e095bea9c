"""From the outcomes of a shard's documents to its files and its lines in the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from pipeline.errors import BadInputError
from pipeline.runner.ledger import Record, key_of
from pipeline.runner.shards import Shard, ShardFiles, write_shard
from pipeline.runner.work import Job, Outcome
from pipeline.sources.items import Item
from pipeline.sources.read import load

__all__ = ["finish_shard"]


def finish_shard(
    files: ShardFiles, job: Job, number: int, rows: Sequence[tuple[Item, Outcome]]
) -> tuple[list[Record], tuple[int, int] | None]:
    """Write a shard's files; gives its records and the files' sizes, None without any document.

    RAISES OSError: the disk is full or cannot be written.
    """
    lines: list[Shard] = []
    records: list[Record] = []
    for item, outcome in rows:
        if outcome.stage:
            records.append(_record(files.root, item, _identified(item, outcome, job)))
        else:
            records.append(_record(files.root, item, outcome, number, len(lines)))
            lines.append(Shard(outcome.document, outcome.triples))
    return records, write_shard(files, number, lines) if lines else None


def _identified(item: Item, outcome: Outcome, job: Job) -> Outcome:
    """Hash the document that a worker died of, so that it is tried again when it changes."""
    if outcome.stage != "annotate" or outcome.digest is not None:
        return outcome
    try:
        loaded = load(item, job.read)
    except BadInputError:
        return outcome
    return replace(outcome, digest=loaded.digest, stamp=loaded.stamp)


def _record(
    root: Path,
    item: Item,
    outcome: Outcome,
    shard: int | None = None,
    position: int | None = None,
) -> Record:
    return Record(
        path=key_of(root, item.path),
        part=item.row or 0,
        name=item.name,
        digest=outcome.digest,
        stamp=outcome.stamp,
        id=outcome.id,
        shard=shard,
        position=position,
        characters=outcome.characters,
        entities=outcome.entities,
        triples=len(outcome.triples),
        seconds=outcome.seconds,
        stage=outcome.stage,
        reason=outcome.reason,
    )
