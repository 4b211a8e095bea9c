"""The native format as one of the formats that can be converted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from pipeline.annotations.formats.base import Format, Losses, Names
from pipeline.annotations.native import GoldDocument, read_gold, write_gold

__all__ = ["NATIVE"]


def read(path: Path, names: Names, losses: Losses) -> Iterator[GoldDocument]:
    """Read native JSON Lines, which have our names already."""
    del names, losses
    return read_gold(path)


def write(documents: Iterable[GoldDocument], path: Path, losses: Losses) -> None:
    """Write native JSON Lines, which hold everything."""
    del losses
    write_gold(documents, path)


NATIVE = Format("native", "renzhi's own JSON Lines: everything", read, write)
