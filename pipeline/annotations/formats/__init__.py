"""Gold formats of other tools, both ways, and the conversion between any two of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from pipeline.annotations.formats.base import Format, Losses, Names
from pipeline.annotations.formats.brat import BRAT
from pipeline.annotations.formats.cluener import CLUENER
from pipeline.annotations.formats.conll import BIO, BIOES, CONLL
from pipeline.annotations.formats.docbin import DOCBIN
from pipeline.annotations.formats.doccano import DOCCANO
from pipeline.annotations.formats.label_studio import LABEL_STUDIO
from pipeline.annotations.formats.msra import MSRA
from pipeline.annotations.formats.native import NATIVE
from pipeline.annotations.native import GoldDocument
from pipeline.errors import ConfigError
from pipeline.schema import Label, RelationType

__all__ = [
    "FORMATS",
    "Conversion",
    "Format",
    "Losses",
    "Names",
    "convert",
    "find_format",
    "parse_names",
]

FORMATS: Mapping[str, Format] = {
    one.name: one
    for one in (NATIVE, BIO, BIOES, CONLL, BRAT, DOCCANO, LABEL_STUDIO, DOCBIN, CLUENER, MSRA)
}


def find_format(name: str) -> Format:
    """Return the format of this name. RAISES ConfigError: there is none."""
    if name not in FORMATS:
        raise ConfigError(f"unknown format '{name}'; known: {', '.join(FORMATS)}")
    return FORMATS[name]


def parse_names(pairs: Iterable[str]) -> dict[str, str]:
    """Read ``人物=PER``: what a source calls one of our labels or relations.

    RAISES ConfigError: a pair is none, or what it names is no label or relation of ours.
    """
    names: dict[str, str] = {}
    for pair in pairs:
        theirs, _, ours = pair.rpartition("=")
        if not theirs:
            raise ConfigError(f"--name: '{pair}' must be like 人物=PER")
        if ours not in {*map(str, Label), *map(str, RelationType)}:
            raise ConfigError(f"--name: '{ours}' is no label or relation of ours")
        names[theirs] = ours
    return names


class Conversion:
    """What a conversion did.

    documents, mentions, triples: how many were read; losses: what the target could not hold or
    the reader left out, with how often.
    """

    def __init__(self) -> None:
        self.documents = self.mentions = self.triples = 0
        self.losses = Losses()

    def counted(self, documents: Iterator[GoldDocument]) -> Iterator[GoldDocument]:
        """Pass documents on and count them."""
        for document in documents:
            self.documents += 1
            self.mentions += len(document.entities)
            self.triples += len(document.triples)
            yield document


def convert(
    source: Path, target: Path, *, read_as: str, write_as: str, names: Mapping[str, str]
) -> Conversion:
    """Convert a gold file (or brat folder) to another format; the target appears whole.

    names: what the source calls our labels and relations, such as ``{"人物": "PER"}``.
    RAISES BadInputError: the source is malformed. RAISES ConfigError: a format is unknown.
    """
    conversion = Conversion()
    reader, writer = find_format(read_as), find_format(write_as)
    documents = reader.read(source, Names(names), conversion.losses)
    writer.write(conversion.counted(documents), target, conversion.losses)
    conversion.losses = +conversion.losses  # without what happened no time
    return conversion
