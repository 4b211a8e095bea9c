"""One output of many annotations: lines, a Parquet table, a page."""

from __future__ import annotations

import json
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import IO

from pipeline.files import write_whole
from pipeline.output.html import annotations_page
from pipeline.output.parquet import write_parquet
from pipeline.output.triples import flat_triples
from pipeline.schema import Annotation

__all__ = ["Format", "format_of_file", "write_file", "write_lines"]


class Format(StrEnum):
    """The forms of output: documents as JSON Lines, flat triples, a table, a page, Parquet."""

    JSONL = "jsonl"
    TRIPLES = "triples"
    TABLE = "table"
    HTML = "html"
    PARQUET = "parquet"


def format_of_file(path: Path) -> Format | None:
    """Return the format that a file name ends in, or None where it names a directory."""
    return {".jsonl": Format.JSONL, ".html": Format.HTML, ".parquet": Format.PARQUET}.get(
        path.suffix.lower()
    )


def write_file(annotations: Iterable[Annotation], path: Path, form: Format) -> None:
    """Write annotations into one file, which appears whole or not at all."""
    with write_whole(path) as out:
        if form is Format.HTML:
            out.write(annotations_page(annotations).encode("utf-8"))
        elif form is Format.PARQUET:
            write_parquet(annotations, out)
        else:
            write_lines(annotations, out, form)


def write_lines(annotations: Iterable[Annotation], out: IO[bytes], form: Format) -> None:
    """Write documents, or their flat triples, one JSON object a line."""
    for annotation in annotations:
        if form is Format.TRIPLES:
            for row in flat_triples(annotation):
                out.write(json.dumps(row, ensure_ascii=False).encode("utf-8") + b"\n")
        else:
            out.write(annotation.model_dump_json().encode("utf-8") + b"\n")
        out.flush()
