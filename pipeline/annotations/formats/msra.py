"""The MSRA corpus of SIGHAN 2006: characters with BIO tags of PER, ORG and LOC.

Its labels are ours (``PERSON``, ``NR`` and the like of other editions are read as well). It knows
no posts and no programmes, no white space and no overlaps.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from pipeline.annotations.formats.base import Format, Losses, Names
from pipeline.annotations.formats.conll import read_columns
from pipeline.annotations.formats.tags import tags_of
from pipeline.annotations.native import GoldDocument
from pipeline.files import write_whole
from pipeline.schema import Label

__all__ = ["MSRA"]

_EDITIONS = {"NR": "PER", "NS": "LOC", "NT": "ORG", "PERSON": "PER", "LOCATION": "LOC"}
_EDITIONS |= {"ORGANIZATION": "ORG"}
_LABELS = (Label.PER, Label.ORG, Label.LOC)


def read(path: Path, names: Names, losses: Losses) -> Iterator[GoldDocument]:
    """Read an MSRA column file, each sentence a document."""
    upper = {name.lower(): label for name, label in _EDITIONS.items()}
    return read_columns(path, Names({**upper, **_EDITIONS, **names.given}), losses)


def write(documents: Iterable[GoldDocument], path: Path, losses: Losses) -> None:
    """Write the three labels; what MSRA does not know is left out and counted."""
    with write_whole(path) as out:
        for document in documents:
            text = document.text
            mentions = {m for m in document.entities if m[2] in _LABELS}
            tags = tags_of(len(text), [(s, e, str(label)) for s, e, label in mentions])
            for label in sorted({*Label} - {*_LABELS}):
                losses[f"mentions of {label}"] += sum(m[2] == label for m in document.entities)
            losses["triples"] += len(document.triples)
            losses["ids of documents"] += 1
            for key in ("meta", "source"):
                losses[f"'{key}' of documents"] += getattr(document, key) not in (None, {})
            rows = [(c, tag) for c, tag in zip(text, tags, strict=True) if not c.isspace()]
            losses["white-space characters"] += len(text) - len(rows)
            out.write("".join(f"{c}\t{tag}\n" for c, tag in rows).encode() + b"\n")


MSRA = Format("msra", "MSRA (SIGHAN 2006) characters and BIO tags: PER, ORG, LOC", read, write)
