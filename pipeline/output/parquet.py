"""The columns of documents and triples in Parquet; the names are those of the JSON objects.

``meta`` is JSON text, because its keys beside the three known ones differ from corpus to corpus.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import IO, Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.schema import Annotation

__all__ = ["DOCUMENT", "TRIPLE", "document_row", "table", "write_parquet"]

TEXT, WHOLE, REAL = pa.string(), pa.int64(), pa.float64()
SPANS = pa.list_(pa.list_(WHOLE))
PLACE = pa.struct([("place", TEXT), ("date", TEXT)])
ARTICLE = pa.struct([
    ("id", TEXT),
    ("title", TEXT),
    ("dateline", PLACE),
    ("byline", pa.list_(TEXT)),
    ("start", WHOLE),
    ("end", WHOLE),
])
ENTITY = pa.struct([
    ("id", TEXT),
    ("label", TEXT),
    ("text", TEXT),
    ("start", WHOLE),
    ("end", WHOLE),
    ("raw_spans", SPANS),
    ("name", TEXT),
    ("entity", WHOLE),
    ("score", REAL),
    ("origin", TEXT),
])
QUALIFIERS = pa.struct([(key, TEXT) for key in ("org", "org_id", "status", "date", "start", "end")])
EVIDENCE = pa.struct([("start", WHOLE), ("end", WHOLE), ("raw_spans", SPANS), ("cues", SPANS)])
FACT = pa.struct([
    ("id", TEXT),
    ("head", TEXT),
    ("relation", TEXT),
    ("tail", TEXT),
    ("qualifiers", QUALIFIERS),
    ("evidence", EVIDENCE),
    ("rule", TEXT),
    ("score", REAL),
])
PAGE = pa.struct([
    ("number", WHOLE),
    ("start", WHOLE),
    ("end", WHOLE),
    ("width", REAL),
    ("height", REAL),
])
LOCATION = pa.struct([
    ("start", WHOLE),
    ("end", WHOLE),
    ("page", WHOLE),
    ("char", WHOLE),
    ("box", pa.list_(REAL)),
])
DELETION = pa.struct([("at", WHOLE), ("raw", TEXT)])
DOCUMENT_FIELDS: list[tuple[str, pa.DataType]] = [
    ("schema_version", TEXT),
    ("id", TEXT),
    ("sha256", TEXT),
    ("source", TEXT),
    ("meta", TEXT),
    ("text", TEXT),
    ("deleted", pa.list_(DELETION)),
    ("articles", pa.list_(ARTICLE)),
    ("entities", pa.list_(ENTITY)),
    ("triples", pa.list_(FACT)),
    ("encoding", TEXT),
    ("row", WHOLE),
    ("pages", pa.list_(PAGE)),
    ("locations", pa.list_(LOCATION)),
]
DOCUMENT = pa.schema(DOCUMENT_FIELDS)
TRIPLE_FIELDS: list[tuple[str, pa.DataType]] = [
    ("head", TEXT),
    ("head_label", TEXT),
    ("relation", TEXT),
    ("tail", TEXT),
    ("tail_label", TEXT),
    ("org", TEXT),
    ("status", TEXT),
    ("date", TEXT),
    ("score", REAL),
    ("rule", TEXT),
    ("source", TEXT),
    ("raw_spans", SPANS),
    ("sentence", TEXT),
]
TRIPLE = pa.schema(TRIPLE_FIELDS)


def document_row(document: dict[str, Any]) -> dict[str, Any]:
    """A document object as `Annotation` dumps it, with its metadata as JSON text."""
    return {**document, "meta": orjson.dumps(document["meta"]).decode()}


def table(schema: pa.Schema, rows: Iterable[dict[str, Any]]) -> pa.Table:
    """Rows of document objects or of flat triples as a table of this schema."""
    values = map(document_row, rows) if schema is DOCUMENT else rows
    return pa.Table.from_pylist(list(values), schema=schema)


def write_parquet(annotations: Iterable[Annotation], out: IO[bytes]) -> None:
    """Write documents as one Parquet file, a row group every 256 documents."""
    with pq.ParquetWriter(out, DOCUMENT, compression="zstd") as writer:
        rows: list[dict[str, Any]] = []
        for annotation in annotations:
            rows.append(annotation.model_dump(mode="json"))
            if len(rows) == 256:
                writer.write_table(table(DOCUMENT, rows))
                rows = []
        writer.write_table(table(DOCUMENT, rows))
