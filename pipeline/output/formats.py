"""The forms of output and which file names ask for them; imports nothing heavy."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

__all__ = ["Format", "format_of_file"]


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
