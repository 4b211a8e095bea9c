"""Documents of annotation folders, one by one, checked on their way in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson
from pydantic import ValidationError

from pipeline.errors import BadInputError
from pipeline.schema import SCHEMA_VERSION, Annotation, Entity, Triple

__all__ = ["document_files", "parse_document", "read_lines"]


def document_files(folder: Path) -> list[Path]:
    """The files of a folder that `renzhi annotate -o` wrote, or the one file given, in order.

    RAISES BadInputError: nothing is there, or the folder holds no shards.
    """
    if folder.is_file():
        return [folder]
    if not folder.is_dir():
        raise BadInputError(str(folder), "no such folder")
    shards = folder / "documents"
    files = [*shards.glob("part-*.jsonl"), *shards.glob("part-*.parquet")]
    if not files:
        raise BadInputError(str(folder), "holds no documents/part-*.jsonl; run renzhi annotate -o")
    return sorted(files, key=lambda path: path.name)


def read_lines(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield FILE:LINE and the line's bytes, one document each; blank lines are skipped.

    RAISES BadInputError: the file cannot be read.
    """
    return _parquet_rows(path) if path.suffix == ".parquet" else _lines(path)


def parse_document(where: str, line: bytes) -> Annotation:
    """Return the document of one JSON line. RAISES BadInputError: it is none, or its ids dangle."""
    try:
        document = Annotation.model_validate_json(line)
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False, include_context=False)[0]
        place = ".".join(map(str, problem["loc"]))
        reason = f"{place}: {problem['msg']}" if place else str(problem["msg"])
        raise BadInputError(where, f"not a document: {' '.join(reason.split())}") from error
    if document.schema_version.split(".")[0] != SCHEMA_VERSION.split(".", maxsplit=1)[0]:
        reason = f"made for schema {document.schema_version}, not {SCHEMA_VERSION}"
        raise BadInputError(where, reason)
    mentions = {entity.id for entity in document.entities}
    if len(mentions) < len(document.entities):
        raise BadInputError(where, f"two mentions have the id {_twice(document.entities)!r}")
    for triple in document.triples:
        for end in (triple.head, triple.tail):
            if end not in mentions:
                raise BadInputError(where, f"triple {triple.id!r} names no mention: {end!r}")
    if len({triple.id for triple in document.triples}) < len(document.triples):
        raise BadInputError(where, f"two triples have the id {_twice(document.triples)!r}")
    return document


def _twice(items: Sequence[Entity | Triple]) -> str:
    """The first id that comes back."""
    counts = Counter(item.id for item in items)
    return next(name for name, count in counts.items() if count > 1)


def _lines(path: Path) -> Iterator[tuple[str, bytes]]:
    try:
        with path.open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    yield f"{path}:{number}", line.strip()
    except OSError as error:
        raise BadInputError(str(path), error.strerror or "cannot be read") from error


def _parquet_rows(path: Path) -> Iterator[tuple[str, bytes]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as table:
            number = 0
            for batch in table.iter_batches(batch_size=64):
                for row in batch.to_pylist():
                    number += 1
                    yield f"{path}:{number}", _json(f"{path}:{number}", row)
    except (OSError, pa.ArrowException) as error:
        reason = f"not a readable Parquet file: {str(error).splitlines()[0]}"
        raise BadInputError(str(path), reason) from error


def _json(where: str, row: dict[str, Any]) -> bytes:
    try:
        return orjson.dumps({**row, "meta": orjson.loads(row.get("meta") or "{}")})
    except (orjson.JSONDecodeError, TypeError) as error:
        raise BadInputError(where, "not a document: its meta is not JSON") from error
