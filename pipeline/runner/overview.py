"""What a corpus run has found, counted in one pass over its shards in bounded memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from pipeline.errors import BadInputError
from pipeline.runner.records import MANIFEST, REJECTS

__all__ = ["Overview", "TopCounter", "read_overview"]

EXAMPLES = 100  # rejects that are shown one by one


class TopCounter:
    """Counts the most frequent keys of any number; the rarest are forgotten when it overflows.

    Exact up to ``size`` different keys; beyond, a key that was forgotten starts again at 0, so
    that counts are lower bounds.
    """

    def __init__(self, size: int = 200_000) -> None:
        self._size = size
        self._counts: Counter[tuple[str, ...]] = Counter()

    def add(self, *key: str) -> None:
        self._counts[key] += 1
        if len(self._counts) > 2 * self._size:
            self._counts = Counter(dict(self._counts.most_common(self._size)))

    def top(self, number: int) -> list[tuple[tuple[str, ...], int]]:
        """The most frequent keys, ties in the order of the keys."""
        ranked = sorted(self._counts.items(), key=lambda row: (-row[1], row[0]))
        return ranked[:number]


@dataclass
class Overview:
    """The numbers of a report. months, facts: documents and dated triples by ``2014-04``."""

    name: str
    documents: int = 0
    triples: int = 0
    entities: int = 0
    characters: int = 0
    seconds: float = 0.0
    rejected: int = 0
    months: Counter[str] = field(default_factory=Counter)
    facts: Counter[str] = field(default_factory=Counter)
    newspapers: TopCounter = field(default_factory=TopCounter)
    relations: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    posts: TopCounter = field(default_factory=TopCounter)
    reasons: TopCounter = field(default_factory=TopCounter)
    examples: list[dict[str, Any]] = field(default_factory=list)


def read_overview(root: Path) -> Overview:
    """Count the output folder of a corpus run, also of one that is not finished.

    RAISES BadInputError: the folder is none, or one of its files is damaged.
    """
    if not (root / MANIFEST).is_file():
        raise BadInputError(str(root), "is no output folder of `renzhi annotate -o FOLDER`")
    overview = Overview(root.resolve().name)
    for row in _rows(root / MANIFEST):
        _count_document(overview, row)
    for path in _parts(root / "documents"):
        for meta in _metas(path):
            _count_meta(overview, meta)
    for path in _parts(root / "triples"):
        for row in _rows(path, ["relation", "tail", "org", "status", "date"]):
            _count_triple(overview, row)
    for row in _rows(root / REJECTS):
        overview.reasons.add(row["stage"], _kind_of_reason(row["reason"]))
        if len(overview.examples) < EXAMPLES:
            overview.examples.append(row)
    return overview


def _count_document(overview: Overview, row: dict[str, Any]) -> None:
    if row.get("rejected"):
        overview.rejected += 1
        return
    overview.documents += 1
    overview.triples += row["triples"]
    overview.entities += row["entities"]
    overview.characters += row["characters"]
    overview.seconds += row["seconds"]


def _count_meta(overview: Overview, meta: dict[str, Any]) -> None:
    overview.months[str(meta.get("issue_date") or "")[:7]] += 1
    if meta.get("newspaper"):
        overview.newspapers.add(str(meta["newspaper"]))


def _count_triple(overview: Overview, row: dict[str, Any]) -> None:
    overview.relations[row["relation"]] += 1
    if row["relation"] == "holds_post":
        overview.posts.add(row["org"] or "", row["tail"])
        overview.statuses[row["status"] or "not stated"] += 1
    if row["date"]:
        overview.facts[row["date"][:7]] += 1


def _kind_of_reason(reason: str) -> str:
    """A reason without its numbers, so that those of one kind are counted together."""
    digits = "".join("0" if char.isdigit() else char for char in reason)
    while "00" in digits:
        digits = digits.replace("00", "0")
    return digits.replace("0", "…")


def _parts(folder: Path) -> Iterator[Path]:
    yield from sorted(folder.glob("part-*"))


def _metas(path: Path) -> Iterator[dict[str, Any]]:
    for row in _rows(path, ["meta"]):
        meta = row["meta"]
        yield orjson.loads(meta) if isinstance(meta, str) else meta


def _rows(path: Path, columns: list[str] | None = None) -> Iterator[dict[str, Any]]:
    """Objects of a JSON Lines or Parquet file; a last line that is still being written is left."""
    try:
        if path.suffix == ".parquet":
            from pyarrow.parquet import ParquetFile

            with ParquetFile(path) as table:
                for batch in table.iter_batches(batch_size=1024, columns=columns):
                    yield from batch.to_pylist()
            return
        with path.open("rb") as lines:
            for line in lines:
                if line.endswith(b"\n"):
                    yield orjson.loads(line)
    except FileNotFoundError:
        return  # a shard that a run in progress has just replaced
    except (OSError, ValueError) as error:
        raise BadInputError(str(path), f"cannot be read: {error}") from error
