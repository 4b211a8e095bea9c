"""Where the characters of a paged input stand: packed for `Source`, looked up for evidence.

Packed are 20 bytes a raw character, little-endian: an int32, the character's index in the PDF's
own order on its page (-1 for a character that the reader added, such as a line end), and four
float32, its box (left, top, right, bottom) in points from the top left corner of the page.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.schema import Location, Page, Source, Span

__all__ = ["ADDED", "Place", "locate", "pack"]

ADDED = -1
RECORD = np.dtype([("char", "<i4"), ("box", "<f4", 4)])
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Place:
    """The index of a character on its page, and its box."""

    char: int
    box: Box


NOWHERE = Place(ADDED, (0.0, 0.0, 0.0, 0.0))


def pack(places: Sequence[Place | None]) -> bytes:
    """Pack the places of a raw text's characters, None for those the reader added."""
    rows = ((place.char, place.box) for place in (one or NOWHERE for one in places))
    return np.fromiter(rows, RECORD, len(places)).tobytes()


def locate(source: Source, spans: Iterable[Span]) -> tuple[Location, ...]:
    """Places of these raw spans on the pages of a source; () where it has no pages.

    A span is cut at the ends of pages and lines, and wherever the PDF's own order jumps.
    """
    if not source.pages:
        return ()
    table = np.frombuffer(source.layout, RECORD)
    starts = [page.start for page in source.pages]
    found = {
        location
        for start, end in spans
        for location in _runs(table, source.pages, starts, start, end)
    }
    return tuple(sorted(found, key=lambda location: (location.start, location.end)))


def _runs(
    table: NDArray[Any], pages: Sequence[Page], starts: list[int], start: int, end: int
) -> Iterator[Location]:
    first: int | None = None
    for offset in range(start, end + 1):
        inside = offset < end and table["char"][offset] != ADDED
        if first is not None and not (inside and _follows(table, offset, starts)):
            page = pages[bisect_right(starts, first) - 1]
            yield _location(table, page, first, offset)
            first = None
        if inside and first is None:
            first = offset


def _follows(table: NDArray[Any], offset: int, starts: list[int]) -> bool:
    """Whether a character stands behind its predecessor: same page, next index, same line.

    In a vertical line it stands right below.
    """
    before, here = table[offset - 1], table[offset]
    if here["char"] != before["char"] + 1 or offset in starts:
        return False
    left, top, right, bottom = before["box"].tolist()
    across = (here["box"][0] + here["box"][2]) / 2
    middle = (here["box"][1] + here["box"][3]) / 2
    below = left <= across <= right and bottom < middle <= bottom + 1.5 * (bottom - top)
    return top <= middle <= bottom or bool(below)


def _location(table: NDArray[Any], page: Page, start: int, end: int) -> Location:
    boxes = table["box"][start:end].astype(float)
    low, high = boxes.min(axis=0), boxes.max(axis=0)
    box = (low[0], low[1], high[2], high[3])
    return Location(
        start=start,
        end=end,
        page=page.number,
        char=int(table["char"][start]),
        box=tuple(round(float(side), 2) for side in box),
    )
