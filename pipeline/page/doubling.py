"""Take doubled print apart: a bold headline whose text layer holds each glyph twice or thrice.

``市市委委召召开开防汛工工作作会会议议`` becomes ``市委召开防汛工作会议``. Runs of equal glyphs
are measured: in a doubled stretch every run is an even number long, so 人人参与 printed twice
(人人人人参参与与) keeps its own reduplication. Real reduplications (干干净净, 方方面面) are
listed in data/reduplications.txt.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from itertools import groupby

from pipeline.page.alignment import Repaired, delete
from pipeline.page.glyphs import is_han, lines
from pipeline.schema import Span

__all__ = ["undouble"]

_LONGEST_HEADLINE = 160  # characters, doubled print counted
_CERTAIN = 3  # so many different doubled Chinese glyphs in a row are never words

Run = tuple[int, int]  # start of a run of equal glyphs and its length


@cache
def _reduplications() -> frozenset[str]:
    source = files("pipeline.page").joinpath("data/reduplications.txt").read_text("utf-8")
    rows = (row for row in source.splitlines() if not row.startswith("#"))
    return frozenset(word for row in rows for word in row.split())


def undouble(text: str) -> Repaired:
    """Delete the extra glyphs of doubled or tripled stretches of headline lines."""
    spans: list[Span] = []
    for start, end in lines(text):
        if end - start <= _LONGEST_HEADLINE and _repeats(text, start, end):
            line = text[start:end]
            if "。" not in line.replace("。。", ""):
                spans.extend((start + s, start + e) for s, e in _extra(line, text))
    return delete(text, spans)


def _repeats(text: str, start: int, end: int) -> bool:
    return any(text[i] == text[i + 1] and is_han(text[i]) for i in range(start, end - 1))


def _extra(line: str, text: str) -> Iterator[Span]:
    """Spans of the glyphs that doubled print added to this headline."""
    stretches = list(_stretches(line))
    unclear = [s for s in stretches if len(_han(line, s)) == 2 and not _is_word(line, s)]
    certain = [s for s in stretches if len(_han(line, s)) >= _CERTAIN and not _is_word(line, s)]
    for stretch in stretches:
        doubled = stretch in certain or (
            stretch in unclear and (certain or len(unclear) > 1 or _single(line, stretch) in text)
        )
        if doubled:
            yield from _thinned(stretch)


def _stretches(line: str) -> Iterator[list[Run]]:
    """Longest sequences of neighbouring runs that are all two glyphs or longer."""
    stretch: list[Run] = []
    at = 0
    for glyph, group in groupby(line):
        length = sum(1 for _ in group)
        if length > 1 and not glyph.isspace():
            stretch.append((at, length))
        else:
            if stretch:
                yield stretch
            stretch = []
        at += length
    if stretch:
        yield stretch


def _han(line: str, stretch: list[Run]) -> list[str]:
    return [line[start] for start, _ in stretch if is_han(line[start])]


def _single(line: str, stretch: list[Run]) -> str:
    return "".join(line[start] for start, _ in stretch)


def _is_word(line: str, stretch: list[Run]) -> bool:
    """Whether the stretch is made of real reduplications only, AABB and at most one AA beside."""
    if any(length != 2 for _, length in stretch):
        return False
    start, end = stretch[0][0], stretch[-1][0] + 2
    words, at, single = 0, start, 0
    while at < end:
        if line[at : at + 4] in _reduplications():
            words, at = words + 1, at + 4
        else:
            single, at = single + 1, at + 2
    return words > 0 and single <= 1


def _thinned(stretch: list[Run]) -> Iterator[Span]:
    """The surplus of each run: printed thrice if every run is a multiple of three, else twice.

    An odd run at the end borders on an undoubled glyph of the same kind (工工作作作风): one of its
    glyphs is that one.
    """
    times = 3 if all(length % 3 == 0 for _, length in stretch) else 2
    for start, length in stretch:
        yield start + 1, start + 1 + (length - length // times - length % times)
