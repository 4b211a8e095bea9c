"""Alignment of a cleaned text to the raw text it was made from.

A repair only ever deletes characters, so an alignment is the strictly increasing list of the raw
offsets of the characters that were kept: ``text[i] == raw[alignment.offsets[i]]``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import compress

from pipeline.schema import Span

__all__ = ["Alignment", "Repaired", "delete"]


@dataclass(frozen=True)
class Alignment:
    """offsets: for each character of the cleaned text its offset in the raw text, increasing."""

    offsets: tuple[int, ...]

    @classmethod
    def identity(cls, length: int) -> Alignment:
        """The alignment of a text of this many characters to itself."""
        return cls(tuple(range(length)))

    def compose(self, outer: Alignment) -> Alignment:
        """Follow this alignment by ``outer``, of an even cleaner text to this one's text."""
        return Alignment(tuple(self.offsets[i] for i in outer.offsets))

    def raw_spans(self, start: int, end: int) -> tuple[Span, ...]:
        """Raw spans of the cleaned characters [start, end), runs of neighbours joined."""
        spans: list[Span] = []
        for offset in self.offsets[start:end]:
            if spans and spans[-1][1] == offset:
                spans[-1] = (spans[-1][0], offset + 1)
            else:
                spans.append((offset, offset + 1))
        return tuple(spans)


@dataclass(frozen=True)
class Repaired:
    """What a repair gives: the cleaned text and where each of its characters came from."""

    text: str
    alignment: Alignment


def delete(text: str, spans: Iterable[Span]) -> Repaired:
    """Delete the characters under these spans of ``text``; spans may touch or overlap."""
    kept = bytearray(b"\x01") * len(text)
    for start, end in spans:
        kept[start:end] = bytes(end - start)
    offsets = tuple(compress(range(len(text)), kept))
    return Repaired("".join(compress(text, kept)), Alignment(offsets))
