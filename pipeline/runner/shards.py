"""Shards: the files that a run writes, each of which appears whole or not at all.

A shard is a run of documents in input order. Its two files, ``documents/part-000017.jsonl`` and
``triples/part-000017.jsonl`` (or ``.parquet``), hold the documents' lines in that order.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import compress
from pathlib import Path
from typing import IO, TYPE_CHECKING

import orjson

from pipeline.files import write_whole

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "FLUSH_BYTES",
    "FOLDERS",
    "Shard",
    "ShardFiles",
    "copy_shard",
    "shard_numbers",
    "write_shard",
]

FOLDERS = ("documents", "triples")
FLUSH_BYTES = {"jsonl": 64 << 20, "parquet": 8 << 20}  # of lines, written in about 0.4 s
FORMATS = ("jsonl", "parquet")
NAME = re.compile(r"(?:part-(\d{6,})\.(?:jsonl|parquet)|\.part-\d{6,}\.(?:jsonl|parquet)\..*)")


@dataclass(frozen=True)
class Shard:
    """One document's lines: its JSON object and those of its triples."""

    document: bytes
    triples: tuple[bytes, ...]


@dataclass(frozen=True)
class ShardFiles:
    """Where the shards of one output folder are. format: ``jsonl`` or ``parquet``."""

    root: Path
    format: str

    def path(self, folder: str, number: int) -> Path:
        return self.root / folder / f"part-{number:06d}.{self.format}"

    def sizes(self, number: int) -> tuple[int, int] | None:
        """Bytes of a shard's two files, or None where one is missing."""
        try:
            documents, triples = (self.path(folder, number).stat().st_size for folder in FOLDERS)
        except OSError:
            return None
        return documents, triples

    def delete(self, number: int) -> None:
        """Remove a shard's files, whatever their format."""
        for folder in FOLDERS:
            for format_ in FORMATS:
                ShardFiles(self.root, format_).path(folder, number).unlink(missing_ok=True)


def write_shard(files: ShardFiles, number: int, rows: Sequence[Shard]) -> tuple[int, int]:
    """Write a shard's two files, on disk (fsync) before they get their names; gives their sizes.

    RAISES OSError: the disk is full or cannot be written.
    """
    columns = (row.document for row in rows), (line for row in rows for line in row.triples)
    for folder, lines in zip(FOLDERS, columns, strict=True):
        (files.root / folder).mkdir(parents=True, exist_ok=True)
        with write_whole(files.path(folder, number)) as out:
            if files.format == "parquet":
                _write_table(out, _table(folder, lines))
            else:
                out.writelines(line + b"\n" for line in lines)
    return _sizes(files, number)


def copy_shard(
    files: ShardFiles, old: int, new: int, triples: Sequence[int], keep: Sequence[bool]
) -> tuple[int, int]:
    """Write a new shard with some of an old one's documents; gives its sizes.

    triples: how many triples each of the old shard's documents has; keep: which go on.
    RAISES OSError: a file is missing, or the disk is full.
    """
    masks = (keep, [kept for kept, count in zip(keep, triples, strict=True) for _ in range(count)])
    for folder, mask in zip(FOLDERS, masks, strict=True):
        source = files.path(folder, old)
        with write_whole(files.path(folder, new)) as out:
            if files.format == "parquet":
                import pyarrow as pa
                import pyarrow.parquet as pq

                _write_table(out, pq.read_table(source).filter(pa.array(mask, pa.bool_())))
            else:
                with source.open("rb") as lines:
                    out.writelines(compress(lines, mask))
    return _sizes(files, new)


def shard_numbers(root: Path) -> Iterator[tuple[Path, int | None]]:
    """Every shard file below a folder with its number; None for one that was never finished."""
    for folder in FOLDERS:
        if (root / folder).is_dir():
            for path in (root / folder).iterdir():
                match = NAME.fullmatch(path.name)
                if match:
                    yield path, int(match[1]) if match[1] else None


def _sizes(files: ShardFiles, number: int) -> tuple[int, int]:
    sizes = files.sizes(number)
    if sizes is None:
        raise OSError(f"shard {number} has vanished while it was written")
    return sizes


def _table(folder: str, lines: Iterable[bytes]) -> pa.Table:
    """JSON objects as a table; read as JSON by Arrow, which takes half the time of Python's."""
    import pyarrow.json as pj

    from pipeline.output.parquet import DOCUMENT, TRIPLE, document_row

    schema = TRIPLE
    if folder == "documents":
        schema = DOCUMENT
        lines = (orjson.dumps(document_row(orjson.loads(line))) for line in lines)
    rows = list(lines)
    if not rows:
        return schema.empty_table()
    block = max(1 << 20, max(map(len, rows)) + 2)
    return pj.read_json(
        io.BytesIO(b"\n".join(rows)),
        read_options=pj.ReadOptions(use_threads=False, block_size=block),
        parse_options=pj.ParseOptions(explicit_schema=schema, unexpected_field_behavior="error"),
    ).combine_chunks()


def _write_table(out: IO[bytes], rows: pa.Table) -> None:
    import pyarrow.parquet as pq

    pq.write_table(rows, out, compression="zstd")
