"""Reading order of a page from the boxes of its characters: columns, headlines, lines.

A recursive cut in the manner of the XY-cut (Nagy and Seth 1984), changed for newspapers, where a
headline spans several columns: instead of one white line across the whole region it looks for the
tallest white strip (a gutter) between two columns, stops it at whatever crosses it, and so falls
apart into what is above, left, right and below. A gutter has to prove that it parts columns and
not the letters of a spaced headline or the cells of a table. Vertical lines are found before, and
each block of them is one mark in the cut.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from pipeline.sources.glyph import Glyph, Line
from pipeline.sources.upright import upright_blocks

__all__ = ["Glyph", "Line", "reading_order"]

MIN_GUTTER = 0.7  # in em; newspapers leave about one
MAX_SPACING = 3.0  # em; letters further apart than this are not spaced but separate
LETTER_SPACING = 1.6  # a gutter is this much wider than the gaps between the letters beside it
MIN_COLUMN = 5.0  # em; what is narrower on aligned lines is the cell of a table
MIN_FILL = 0.6  # share of the column's width that its lines fill, or it is a table
SAME_LINE = 0.35  # em between base lines
MIN_UPRIGHT = 3  # characters below each other that make an upright line
NEW_BLOCK = 1.2  # em of white between two lines of a column that part two blocks
SIZE_CHANGE = 1.25  # ratio of the sizes of two lines that part two blocks

Strip = tuple[float, float]


@dataclass(frozen=True)
class _Upright(Glyph):
    """A block of vertical lines, as one mark that nothing cuts.

    base and em are those of its first character; low: its lower edge.
    """

    low: float
    lines: tuple[Line, ...]

    @property
    def bottom(self) -> float:
        return self.low


def reading_order(glyphs: Sequence[Glyph]) -> list[list[Line]]:
    """Blocks of lines of glyph indices, as a person reads them.

    A block is a run of lines in one column, or a headline. Indices are those of the input; each
    appears once. Glyphs that lie over each other (overprinted headlines) keep their given order.
    Vertical lines (竖排) are blocks of their own, read from right to left; beside horizontal
    columns such a block has its turn from left to right, as a column has.
    """
    uprights = [_upright(glyphs, lines) for lines in upright_blocks(glyphs)]
    taken = {i for one in uprights for line in one.lines for i in line}
    marks: list[Glyph] = [*glyphs, *uprights]
    blocks: list[list[Line]] = []
    regions = [[i for i in range(len(marks)) if i not in taken]] if glyphs else []
    while regions:
        region = regions.pop()
        level = _level(marks, region)
        if len(level) == len(region):
            parts = _cut(marks, region)
            blocks.extend([] if parts else _blocks(marks, region))
        else:
            parts = (_cut(marks, region) if level else []) or _bands_apart(marks, region)
            if not parts:
                blocks.extend(_from_right(marks, region))
                parts = [level] if level else []
        regions.extend(reversed(parts))
    return blocks


def _upright(glyphs: Sequence[Glyph], lines: Sequence[Line]) -> _Upright:
    inside = [glyphs[i] for line in lines for i in line]
    em = median(glyph.em for glyph in inside)
    return _Upright(
        left=min(glyph.left for glyph in inside),
        right=max(glyph.right for glyph in inside),
        base=min(glyph.top for glyph in inside) + 0.85 * em,
        em=em,
        low=max(glyph.bottom for glyph in inside),
        lines=tuple(lines),
    )


def _level(marks: Sequence[Glyph], region: Iterable[int]) -> list[int]:
    """The glyphs of horizontal lines in a region."""
    return [i for i in region if not isinstance(marks[i], _Upright)]


def _bands_apart(marks: Sequence[Glyph], region: Iterable[int]) -> list[list[int]]:
    """What is above, beside and below the vertical blocks of a region; [] where all is beside."""
    parts: list[list[int]] = []
    was_level = False
    for band in _bands(marks, region):
        is_level = len(_level(marks, band.glyphs)) == len(band.glyphs)
        if is_level and was_level:
            parts[-1].extend(band.glyphs)
        else:
            parts.append(band.glyphs)
        was_level = is_level
    return parts if len(parts) > 1 else []


def _from_right(marks: Sequence[Glyph], region: Iterable[int]) -> Iterator[list[Line]]:
    """The vertical blocks of a region, from right to left."""
    uprights = [mark for mark in (marks[i] for i in region) if isinstance(mark, _Upright)]
    for mark in sorted(uprights, key=lambda mark: -mark.right):
        yield list(mark.lines)


@dataclass(frozen=True)
class _Band:
    """What stands between two white lines across a region: glyphs, their size, their spacing."""

    glyphs: list[int]
    em: float
    letter_gap: float


def _cut(glyphs: Sequence[Glyph], region: list[int]) -> list[list[int]]:
    """What lies above, left, right and below of the region's best gutter; [] without one."""
    bands = _bands(glyphs, region)
    best: tuple[int, Strip, int, int] | None = None
    tried: list[tuple[Strip, int, int]] = []
    for index, band in enumerate(bands):
        if not _level(glyphs, band.glyphs):
            continue  # vertical blocks alone are no columns: they go from right to left
        for gutter in _gaps(glyphs, band):
            if any(_covers(one, index, gutter) for one in tried):
                continue
            strip, first, last = _extend(glyphs, bands, index, gutter)
            tried.append((strip, first, last))
            run = [i for one in bands[first:last] for i in one.glyphs]
            if (best is None or len(run) > best[0]) and _parts_columns(glyphs, run, strip):
                best = (len(run), strip, first, last)
    if best is None:
        return []
    _, strip, first, last = best
    inside = [i for band in bands[first:last] for i in band.glyphs]
    left = [i for i in inside if glyphs[i].left < strip[0]]
    right = [i for i in inside if glyphs[i].left >= strip[0]]
    above = [i for band in bands[:first] for i in band.glyphs]
    below = [i for band in bands[last:] for i in band.glyphs]
    return [part for part in (above, left, right, below) if part]


def _covers(tried: tuple[Strip, int, int], index: int, gutter: Strip) -> bool:
    """Whether a band's gutter was part of a longer one that has been looked at."""
    (start, end), first, last = tried
    return first <= index < last and gutter[0] <= start and end <= gutter[1]


def _bands(glyphs: Sequence[Glyph], region: Iterable[int]) -> list[_Band]:
    """The region cut at every white line across it, from top to bottom."""
    bands: list[list[int]] = []
    end = float("-inf")
    for i in sorted(region, key=lambda i: glyphs[i].top):
        if glyphs[i].top >= end or not bands:
            bands.append([])
        bands[-1].append(i)
        end = max(end, glyphs[i].bottom)
    return [
        _Band(band, median(glyphs[i].em for i in band), _letter_gap(glyphs, band)) for band in bands
    ]


def _gaps(glyphs: Sequence[Glyph], band: _Band) -> list[Strip]:
    """White strips between the glyphs of a band that may be gutters."""
    least = max(MIN_GUTTER * band.em, LETTER_SPACING * band.letter_gap)
    gaps: list[Strip] = []
    end: float | None = None
    for i in sorted(band.glyphs, key=lambda i: glyphs[i].left):
        if end is not None and glyphs[i].left - end >= least:
            gaps.append((end, glyphs[i].left))
        end = glyphs[i].right if end is None else max(end, glyphs[i].right)
    return gaps


def _letter_gap(glyphs: Sequence[Glyph], band: Sequence[int]) -> float:
    """The usual gap between neighbours on the lines of a band; about 0 for running text."""
    gaps = [
        max(0.0, glyphs[b].left - glyphs[a].right)
        for line in _lines(glyphs, _level(glyphs, band))
        for a, b in pairwise(line)
        if glyphs[b].left > glyphs[a].left + 0.3 * glyphs[a].em  # not overprinted
        and glyphs[b].left - glyphs[a].right < MAX_SPACING * glyphs[a].em
    ]
    return median(gaps) if len(gaps) > 1 else 0.0


def _extend(
    glyphs: Sequence[Glyph], bands: Sequence[_Band], index: int, gutter: Strip
) -> tuple[Strip, int, int]:
    """The gutter narrowed and lengthened up and down to the bands that nothing of it crosses."""
    strip = gutter
    first, last = index, index + 1
    least = MIN_GUTTER * bands[index].em
    for step in (-1, 1):
        at = index + step
        while 0 <= at < len(bands) and _level(glyphs, bands[at].glyphs):
            narrowed = _narrow(glyphs, bands[at], strip)
            if narrowed is None or narrowed[1] - narrowed[0] < least:
                break
            strip = narrowed
            first, last = min(first, at), max(last, at + 1)
            at += step
    return strip, first, last


def _narrow(glyphs: Sequence[Glyph], band: _Band, strip: Strip) -> Strip | None:
    """What a band leaves of a strip; None where its own letters stand as far apart."""
    start, end = strip
    middle = (start + end) / 2
    left = right = False
    for i in band.glyphs:
        glyph = glyphs[i]
        if (glyph.left + glyph.right) / 2 < middle:
            left, start = True, max(start, glyph.right)
        else:
            right, end = True, min(end, glyph.left)
    if left and right and end - start < LETTER_SPACING * band.letter_gap:
        return None
    return start, end


def _parts_columns(glyphs: Sequence[Glyph], run: Sequence[int], strip: Strip) -> bool:
    """Whether a strip has columns of running text on both sides, not the cells of a table."""
    sides = (
        [i for i in run if glyphs[i].left < strip[0]],
        [i for i in run if glyphs[i].left >= strip[0]],
    )
    if not all(sides):
        return False
    level = [_level(glyphs, side) for side in sides]
    if not all(level):
        return True  # a vertical block is no cell
    left, right = (_lines(glyphs, side) for side in level)
    if len(left) < 2 and len(right) < 2:
        return False
    em = median(glyphs[i].em for i in run)
    bases = sorted(glyphs[line[0]].base for line in right)
    aligned = sum(_has_near(bases, glyphs[line[0]].base, 0.2 * em) for line in left)
    if aligned < 0.8 * min(len(left), len(right)):
        return True
    return all(_is_filled(glyphs, lines, em) for lines in (left, right))


def _is_filled(glyphs: Sequence[Glyph], lines: Sequence[Line], em: float) -> bool:
    starts = [min(glyphs[i].left for i in line) for line in lines]
    ends = [max(glyphs[i].right for i in line) for line in lines]
    width = max(ends) - min(starts)
    fill = median((end - start) / width for start, end in zip(starts, ends, strict=True))
    return width >= MIN_COLUMN * em and fill >= MIN_FILL


def _has_near(values: Sequence[float], value: float, distance: float) -> bool:
    return any(abs(other - value) <= distance for other in values)


def _lines(glyphs: Sequence[Glyph], region: Iterable[int]) -> list[Line]:
    """Glyphs on one base line, from left to right; lines from top to bottom."""
    lines: list[Line] = []
    base = float("-inf")
    for i in sorted(region, key=lambda i: (glyphs[i].base, i)):
        if not lines or glyphs[i].base - base > SAME_LINE * glyphs[i].em:
            lines.append([])
            base = glyphs[i].base
        lines[-1].append(i)
    for line in lines:
        line.sort(key=lambda i: (glyphs[i].left, i))
    return lines


def _blocks(glyphs: Sequence[Glyph], region: Iterable[int]) -> Iterator[list[Line]]:
    lines = _lines(glyphs, region)
    if _is_upright(glyphs, lines):
        yield [[i for line in lines for i in line]]
        return
    block: list[Line] = []
    for line in lines:
        if block and _starts_block(glyphs, block[-1], line):
            yield block
            block = []
        block.append(line)
    if block:
        yield block


def _is_upright(glyphs: Sequence[Glyph], lines: Sequence[Line]) -> bool:
    """Whether a region is one line of characters set below each other (竖排)."""
    if len(lines) < MIN_UPRIGHT:
        return False
    em = median(glyphs[line[0]].em for line in lines)
    narrow = all(
        abs(glyphs[i].left - glyphs[line[0]].left) < 0.3 * em for line in lines for i in line
    )
    return narrow and all(
        abs(glyphs[below[0]].left - glyphs[above[0]].left) < 0.3 * em
        and glyphs[below[0]].base - glyphs[above[0]].base < 2.5 * em
        for above, below in pairwise(lines)
    )


def _starts_block(glyphs: Sequence[Glyph], before: Line, line: Line) -> bool:
    above = median(glyphs[i].em for i in before)
    here = median(glyphs[i].em for i in line)
    white = min(glyphs[i].top for i in line) - max(glyphs[i].bottom for i in before)
    ratio = max(above, here) / max(min(above, here), 0.01)
    return white > NEW_BLOCK * min(above, here) or ratio > SIZE_CHANGE
