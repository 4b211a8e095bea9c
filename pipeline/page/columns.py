"""See the columns of a page: how much room each line leaves in the column that it stands in.

Wrapped text shows itself by many neighbouring lines of nearly the same width that break off in the
middle of a sentence. Paragraphs that stand one a line vary in length and end sentences; verse and
lists end each line with punctuation, or have none at all.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from statistics import median

from pipeline.page.glyphs import BREAKS, SPACES, cells, ends_sentence, is_han

__all__ = ["EXCESS", "INDENT", "Line", "column_slack", "page_lines"]

INDENT = 2.0  # glyphs that a paragraph's first line is moved in by
_REACH = 6  # lines looked at before and after a line
_NARROWEST = 7  # glyphs
_WIDEST = 60
_BAND = 2.5  # glyphs that full lines of one column differ by
EXCESS = 3.0  # glyphs that a line may be wider than its column

_LINE = re.compile(f"[^{re.escape(BREAKS)}]+")
_PROSE = re.compile("[，。、；：？！“”《》（）()]")
_CELLS = re.compile(f"\t|(?<![。！？”：）)])[{re.escape(SPACES)}]{{2,}}")
# 组长：李海明　县委副书记、县长 and the rows below it: a name, a blank as wide as a glyph, posts.
# A narrow blank will do before what ends like a title.
_ROSTER = re.compile(
    f"(?:[一-鿿][一-鿿{re.escape(SPACES)}]{{0,7}}[：:][{re.escape(SPACES)}]*)?"
    f"[一-鿿·]{{2,4}}(?:(?:\u3000|[{re.escape(SPACES)}]{{2,}})[一-鿿、·（）(){re.escape(SPACES)}]{{2,}}"
    "| [一-鿿、]*(?:[长记任员席师理裁授事]|主委|政委|秘书|总监))"
)
_TOKENS = re.compile(f"[{re.escape(SPACES)}]+")


@dataclass(frozen=True)
class Line:
    """A line with something on it. start, end: without spaces around; indent: spaces before it.

    blank: whether an empty line stands before it. glyphs: characters; ems: width in full glyphs.
    """

    start: int
    end: int
    text: str
    indent: int
    blank: bool

    @property
    def glyphs(self) -> int:
        return len(self.text)

    @cached_property
    def ems(self) -> float:
        return sum(map(cells, self.text)) / 2

    @cached_property
    def finished(self) -> bool:
        """Whether it ends a sentence."""
        return ends_sentence(self.text)

    @property
    def broken_off(self) -> bool:
        """Whether it ends in mid-sentence without any punctuation."""
        return self.text[-1].isalnum() or is_han(self.text[-1])

    @cached_property
    def bare(self) -> bool:
        """Whether it has no punctuation, as headlines mostly have none."""
        return _PROSE.search(self.text) is None

    @cached_property
    def tabular(self) -> bool:
        """Whether it is the row of a table: cells apart by wide gaps, or words and numbers."""
        if _CELLS.search(self.text) or _ROSTER.fullmatch(self.text):
            return True
        parts = _TOKENS.split(self.text)
        return len(parts) > 2 and 2 * sum(part[0].isdigit() for part in parts) >= len(parts)


def page_lines(text: str) -> list[Line]:
    """The lines of a text that are not blank, in order."""
    found: list[Line] = []
    previous_end = 0
    for match in _LINE.finditer(text):
        stripped = match.group().strip(SPACES)
        if not stripped:
            continue
        start = match.start() + match.group().index(stripped[0])
        blank = bool(found) and text.count("\n", previous_end, start) > 1
        found.append(Line(start, start + len(stripped), stripped, start - match.start(), blank))
        previous_end = start + len(stripped)
    return found


def column_slack(page: Sequence[Line]) -> list[float | None]:
    """For each line how many glyphs of room it leaves in its column, None outside of any column.

    Room that is taken by an indent counts as used. Widths are counted in characters or in ems,
    whichever is steadier on this page.
    """
    column = [
        i
        for i, line in enumerate(page)
        if line.broken_off and _NARROWEST <= line.ems <= _WIDEST and not line.tabular
    ]
    if len(column) < 2:
        return [None] * len(page)
    ems = [line.ems for line in page]
    glyphs = [float(line.glyphs) for line in page]
    widths = min(ems, glyphs, key=lambda measure: _spread([measure[i] for i in column]))
    widths = [
        width + (INDENT if line.indent else 0.0) for width, line in zip(widths, page, strict=True)
    ]
    broken_off = bytearray(len(page))
    for i in column:
        broken_off[i] = 1
    prose = bytearray(not line.bare for line in page)

    @lru_cache(maxsize=4 * _REACH)  # the lines before one are the lines after another
    def column_width(first: int, last: int) -> float | None:
        window = slice(max(0, first), last)
        return _column_width(widths[window], broken_off[window], prose[window])

    slack: list[float | None] = []
    for i, width in enumerate(widths):
        windows = ((i - _REACH, i + 1), (i, i + _REACH + 1), (i - _REACH, i + _REACH + 1))
        full = [] if page[i].tabular else [column_width(*window) for window in windows]
        rooms = [room - width for room in full if room is not None and width <= room + EXCESS]
        slack.append(min(rooms, key=abs) if rooms else None)
    return slack


def _spread(widths: Sequence[float]) -> float:
    if not widths:
        return 0.0
    middle = median(widths)
    return median(abs(width - middle) for width in widths)


def _column_width(widths: Sequence[float], broken_off: bytearray, prose: bytearray) -> float | None:
    """Width of the column that these lines form, None if they form none."""
    needed = 3 if len(widths) > 3 else 2
    if broken_off.count(1) < needed:
        return None
    candidates = {width for width, broken in zip(widths, broken_off, strict=True) if broken}
    for full in sorted(candidates, reverse=True):
        band = [i for i, width in enumerate(widths) if full - _BAND <= width <= full]
        carrying = sum(broken_off[i] for i in band)
        if (
            carrying >= needed
            and 3 * carrying >= len(band)
            and sum(prose[i] for i in band) >= max(2, len(band) / 4)
            and 3 * sum(width > full + EXCESS for width in widths) <= 2 * len(widths)
        ):
            return full
    return None
