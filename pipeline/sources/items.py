"""What is known of a document before it is opened: cheap to list, cheap to send to a worker."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["FORMATS", "ROW", "Item", "ReadOptions", "Reject"]

FORMATS = {
    ".txt": "text",
    ".text": "text",
    ".md": "text",
    ".pdf": "pdf",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".shtml": "html",
    ".docx": "docx",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".tsv": "csv",
    ".parquet": "parquet",
}
ROW = "row"  # the format of an item that carries one row of a container as JSON


@dataclass(frozen=True)
class ReadOptions:
    """How inputs are read.

    exclude: a file or folder that is not read even where the paths mean it (the output).
    format: one of the values of FORMATS for every input, or None to go by name and content;
    stdin_format: the same for stdin, which has no name, and is text otherwise.
    encoding: of text inputs, or None to recognise it.
    text_column, id_column: of JSONL, CSV and Parquet; meta_pattern: see sources/patterns.py.
    max_file_bytes: of one file that is one document; max_row_bytes: of one row of a container;
    max_characters: of one document's text; max_unpacked_bytes: of a DOCX after decompression.
    """

    format: str | None = None
    stdin_format: str | None = None
    encoding: str | None = None
    text_column: str = "text"
    id_column: str = "id"
    meta_pattern: str | None = None
    exclude: str | None = None
    max_file_bytes: int = 200_000_000
    max_row_bytes: int = 20_000_000
    max_characters: int = 1_000_000
    max_unpacked_bytes: int = 200_000_000


@dataclass(frozen=True)
class Item:
    """One document that has been found but not read.

    name: for people; path: of its file, ``-`` for stdin; format: a value of FORMATS, or ROW.
    row: of a container, counted from 1. payload: a row's JSON object, or the bytes of stdin.
    sidecar: the container's sidecar metadata as JSON, where payload is a row.
    """

    name: str
    path: str
    format: str
    row: int | None = None
    payload: bytes | None = None
    sidecar: bytes | None = None


@dataclass(frozen=True)
class Reject:
    """An input that gave no annotation: stage is ``find``, ``read`` or ``annotate``."""

    name: str
    stage: str
    reason: str
    path: str = "-"
    row: int | None = None
