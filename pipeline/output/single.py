"""One output of many annotations: lines, a Parquet table, a page."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import IO

from pipeline.errors import ConfigError
from pipeline.files import write_whole
from pipeline.output.formats import Format
from pipeline.output.html import annotations_page
from pipeline.output.parquet import write_parquet
from pipeline.output.triples import flat_triples
from pipeline.schema import Annotation

__all__ = ["write", "write_file"]


def write_file(annotations: Iterable[Annotation], path: Path, form: Format) -> None:
    """Write annotations into one file, which appears whole or not at all.

    RAISES ConfigError: a table, which is for reading on a screen, is asked for. BadInputError: the
    file cannot be written.
    """
    if form is Format.TABLE:
        raise ConfigError(f"{path}: --format table is for the screen; a file takes any other form")
    with write_whole(path) as out:
        write(annotations, out, form)


def write(annotations: Iterable[Annotation], out: IO[bytes], form: Format) -> None:
    """Write annotations in a form. RAISES ConfigError: a table, which is no bytes, is asked for."""
    match form:
        case Format.JSONL:
            _write_documents(annotations, out)
        case Format.TRIPLES:
            _write_triples(annotations, out)
        case Format.HTML:
            out.write(annotations_page(annotations).encode("utf-8"))
        case Format.PARQUET:
            write_parquet(annotations, out)
        case Format.TABLE:
            raise ConfigError("--format table is for the screen; a file takes any other form")


def _write_documents(annotations: Iterable[Annotation], out: IO[bytes]) -> None:
    for annotation in annotations:
        out.write(annotation.model_dump_json().encode("utf-8") + b"\n")
        out.flush()


def _write_triples(annotations: Iterable[Annotation], out: IO[bytes]) -> None:
    for annotation in annotations:
        for row in flat_triples(annotation):
            out.write(json.dumps(row, ensure_ascii=False).encode("utf-8") + b"\n")
        out.flush()
