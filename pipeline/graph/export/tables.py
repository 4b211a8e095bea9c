"""Parquet: nodes.parquet and edges.parquet in a new folder, for pandas, DuckDB or Spark."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import fields
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.files import write_whole_folder
from pipeline.graph.export.rows import Edge, Node, edges, nodes

__all__ = ["EDGES", "NODES", "write_parquet"]

ROWS = 16384  # of a row group
KINDS = {
    "names": pa.list_(pa.string()),
    "documents": pa.int64(),
    "raw_start": pa.int64(),
    "raw_end": pa.int64(),
    "score": pa.float64(),
}


def _schema(row: type) -> pa.Schema:
    pairs: list[tuple[str, pa.DataType]] = [
        (item.name, KINDS.get(item.name, pa.string())) for item in fields(row)
    ]
    return pa.schema(pairs)


NODES, EDGES = _schema(Node), _schema(Edge)


def write_parquet(ledger: sqlite3.Connection, output: Path) -> None:
    """Write both tables, a row group at a time."""
    with write_whole_folder(output) as folder:
        _write(folder / "nodes.parquet", NODES, nodes(ledger))
        _write(folder / "edges.parquet", EDGES, edges(ledger))


def _write(path: Path, schema: pa.Schema, rows: Iterable[Any]) -> None:
    source = iter(rows)
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        while batch := list(islice(source, ROWS)):
            columns = [
                pa.array([getattr(row, name) for row in batch], schema.field(name).type)
                for name in schema.names
            ]
            writer.write_table(pa.Table.from_arrays(columns, schema=schema))
