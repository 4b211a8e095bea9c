"""Lines that are set from top to bottom (竖排), found from the boxes of their characters.

A vertical line is a run of characters that follow each other in the PDF, each below the one
before. Rows of a table can look the same where it is written column by column; they are told by
what stands beside each of the characters on its own base line.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import median

from pipeline.sources.glyph import Glyph, Line

__all__ = ["upright_blocks"]

MIN_RUN = 3  # characters below each other; fewer may end a paragraph, not make one
ASIDE = 0.3  # em that a character may stand out of its line to the left or right
MIN_STEP = 0.4  # em from a character to the one below; a turned Latin letter is half an em
MAX_STEP = 2.0
TIGHT = 1.35  # em; rows of a table and lines of text are further apart
SAME_SIZE = 1.3  # ratio of two sizes in one block; Latin letters have only about that of Chinese
SAME_BASE = 0.15  # em between the base lines of characters of one row
ROW = 6.0  # em to the next cell of a row
MAX_SHARE = 0.6  # of a line's characters that stand in rows with others
LINE_GAP = 2.0  # em between two vertical lines of one block
INDENT = 3.0  # em that a vertical line may begin lower than the one before


def upright_blocks(glyphs: Sequence[Glyph]) -> list[list[Line]]:
    """Blocks of vertical lines of glyph indices: lines from right to left, each downwards.

    The glyphs are in the PDF's own order. A glyph is in one line of one block, or in none.
    """
    chains = _chains(glyphs)
    long = [chain for chain in chains if _levels(glyphs, chain) >= MIN_RUN]
    if not long:
        return []
    tight = {i for chain in long if _spacing(glyphs, chain) <= TIGHT for i in chain}
    rows = _Rows(glyphs)
    kept = [chain for chain in long if not rows.holds(chain, tight)]
    kept += [
        chain
        for chain in chains
        if _levels(glyphs, chain) < MIN_RUN
        and any(_ends(glyphs, line, chain) for line in kept)
        and not rows.holds(chain, tight | set(chain))
    ]
    return _group(glyphs, _join_doubled(glyphs, kept))


def _chains(glyphs: Sequence[Glyph]) -> list[Line]:
    """All glyphs in their order, cut wherever one does not stand in or below the one before."""
    chains: list[Line] = []
    widest: Glyph | None = None
    for i, here in enumerate(glyphs):
        if widest is not None and _continues(widest, glyphs[i - 1], here):
            chains[-1].append(i)
            if here.right - here.left > widest.right - widest.left:
                widest = here
        else:
            chains.append([i])
            widest = here
    return chains


def _continues(widest: Glyph, before: Glyph, here: Glyph) -> bool:
    reach = (0.5 + ASIDE) * widest.em
    return (
        here.left >= widest.centre - reach
        and here.right <= widest.centre + reach
        and -ASIDE * widest.em <= here.base - before.base <= MAX_STEP * widest.em
        and _same_size(widest, here)
    )


def _same_size(one: Glyph, other: Glyph) -> bool:
    return max(one.em, other.em) <= SAME_SIZE * min(one.em, other.em)


def _steps(glyphs: Sequence[Glyph], chain: Line) -> list[float]:
    steps = ((glyphs[b].base - glyphs[a].base) / glyphs[a].em for a, b in pairwise(chain))
    return [step for step in steps if step >= MIN_STEP]


def _levels(glyphs: Sequence[Glyph], chain: Line) -> int:
    return 1 + len(_steps(glyphs, chain))


def _spacing(glyphs: Sequence[Glyph], chain: Line) -> float:
    return median(_steps(glyphs, chain))


class _Rows:
    """What stands on the base line of a glyph, to its left and right."""

    def __init__(self, glyphs: Sequence[Glyph]) -> None:
        self._glyphs = glyphs
        self._order = sorted(range(len(glyphs)), key=lambda i: glyphs[i].base)
        self._bases = [glyphs[i].base for i in self._order]

    def holds(self, chain: Line, tight: set[int]) -> bool:
        """Whether a chain is a column of cells, or the beginnings of lines, not a line itself."""
        own = set(chain)
        beside = sum(self._has_beside(i, own, tight) for i in chain)
        return beside >= MAX_SHARE * len(chain)

    def _has_beside(self, i: int, own: set[int], tight: set[int]) -> bool:
        """Whether the nearest neighbour to the left or right is another cell of a row."""
        here = self._glyphs[i]
        near = [(j, self._glyphs[j]) for j in self._on_base(here) if j not in own]
        sides = (
            [(other.left - here.right, j) for j, other in near if other.left >= here.left],
            [(here.left - other.right, j) for j, other in near if other.left < here.left],
        )
        for gap, j in (min(side) for side in sides if side):
            # Beside a vertical line stands the next one.
            is_line = i in tight and j in tight and gap <= LINE_GAP * here.em
            if gap <= ROW * here.em and not is_line:
                return True
        return False

    def _on_base(self, here: Glyph) -> Iterator[int]:
        """Glyphs of one size with this one on its base line."""
        first = bisect_left(self._bases, here.base - SAME_BASE * here.em)
        last = bisect_right(self._bases, here.base + SAME_BASE * here.em)
        return (j for j in self._order[first:last] if _same_size(here, self._glyphs[j]))


def _ends(glyphs: Sequence[Glyph], line: Line, short: Line) -> bool:
    """Whether a character or two are the last line of the paragraph that a line belongs to."""
    first, above = glyphs[short[0]], glyphs[line[0]]
    gap = (above.left - max(glyphs[i].right for i in short)) / above.em
    lower = (first.top - above.top) / above.em
    return _same_size(first, above) and 0 <= gap <= LINE_GAP and abs(lower) <= INDENT


def _join_doubled(glyphs: Sequence[Glyph], lines: Sequence[Line]) -> list[Line]:
    """Lines that are printed over each other made one, each character beside its double."""
    joined: list[Line] = []
    for line in lines:
        over = next((one for one in joined if _is_double(glyphs, one, line)), None)
        if over is None:
            joined.append(list(line))
        else:
            over.extend(line)
            over.sort(key=lambda i: (glyphs[i].base, i))
    return joined


def _is_double(glyphs: Sequence[Glyph], one: Line, other: Line) -> bool:
    first, second = glyphs[one[0]], glyphs[other[0]]
    return (
        abs(first.centre - second.centre) <= ASIDE * first.em
        and _same_size(first, second)
        and _overlap(glyphs, one, other) > 0
    )


def _overlap(glyphs: Sequence[Glyph], one: Line, other: Line) -> float:
    """Share of the shorter line's height that stands beside the other."""
    top = max(glyphs[one[0]].top, glyphs[other[0]].top)
    bottom = min(glyphs[one[-1]].bottom, glyphs[other[-1]].bottom)
    shorter = min(glyphs[line[-1]].bottom - glyphs[line[0]].top for line in (one, other))
    return (bottom - top) / max(shorter, 0.01)


def _group(glyphs: Sequence[Glyph], lines: Sequence[Line]) -> list[list[Line]]:
    """Neighbouring lines of one size made blocks, from right to left."""
    blocks: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: -glyphs[line[0]].centre):
        beside = next((one for one in blocks if _is_next(glyphs, one[-1], line)), None)
        if beside is None:
            blocks.append([line])
        else:
            beside.append(line)
    return blocks


def _is_next(glyphs: Sequence[Glyph], right: Line, left: Line) -> bool:
    first, second = glyphs[right[0]], glyphs[left[0]]
    gap = (min(glyphs[i].left for i in right) - max(glyphs[i].right for i in left)) / first.em
    return _same_size(first, second) and gap <= LINE_GAP and _overlap(glyphs, right, left) >= 0.5
