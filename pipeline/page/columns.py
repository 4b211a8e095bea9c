"""See the columns of a page: which lines are column lines, how wide, and which fill their column.

Wrapped text shows itself by many neighbouring lines of nearly the same width most of which break
off in the middle of a sentence. Paragraphs that stand one a line vary in length and end sentences.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.page.glyphs import BREAKS, CLOSING, SPACES, cells, ends_sentence, is_han

__all__ = ["Line", "full_lines", "page_lines"]

_REACH = 6  # lines looked at before and after a line
_SLACK = 5  # half ems that a full line may be narrower than its column (two glyphs and a half)
_EXCESS = 6  # half ems that it may be wider
_NARROWEST = 14  # half ems of the narrowest column, seven glyphs
_WIDEST = 100
_MEMBERS = 3  # full unfinished lines in reach that make a column

_LINE = re.compile(f"[^{re.escape(BREAKS)}]+")
_PROSE = re.compile("[，。、；：？！,“”]")


@dataclass(frozen=True)
class Line:
    """A line with something on it. start, end: without spaces around; indent: spaces before it.

    blank: whether an empty line stands before it. width: half ems.
    """

    start: int
    end: int
    text: str
    indent: int
    blank: bool
    width: int

    @property
    def finished(self) -> bool:
        """Whether it ends a sentence."""
        return ends_sentence(self.text)

    @property
    def continues(self) -> bool:
        """Whether it breaks off in mid-sentence, without any punctuation."""
        last = self.text[-1]
        return last.isalnum() or is_han(last)


def page_lines(text: str) -> list[Line]:
    """The lines of a text that are not blank, in order."""
    found: list[Line] = []
    previous_end = 0
    for match in _LINE.finditer(text):
        stripped = match.group().strip(SPACES)
        if not stripped:
            continue
        start = match.start() + match.group().index(stripped[0])
        breaks = text.count("\n", previous_end, start) if found else 1
        found.append(
            Line(
                start=start,
                end=start + len(stripped),
                text=stripped,
                indent=start - match.start(),
                blank=breaks > 1,
                width=sum(map(cells, stripped)),
            )
        )
        previous_end = start + len(stripped)
    return found


def full_lines(page: Sequence[Line]) -> list[bool]:
    """For each line whether it fills the column that it stands in."""
    member = [_NARROWEST <= line.width <= _WIDEST for line in page]
    prose = [bool(_PROSE.search(line.text)) for line in page]
    return [
        member[i]
        and (
            _fills(page, prose, i, max(0, i - _REACH), i + 1)
            or _fills(page, prose, i, i, i + _REACH + 1)
            or _fills(page, prose, i, max(0, i - _REACH // 2), i + _REACH // 2 + 1)
        )
        for i in range(len(page))
    ]


def _fills(page: Sequence[Line], prose: Sequence[bool], i: int, first: int, last: int) -> bool:
    """Whether line i has the width of the column that lines [first, last) form."""
    width = page[i].width
    near = [
        j for j in range(first, min(last, len(page))) if -_EXCESS <= page[j].width - width <= _SLACK
    ]
    unfinished = sum(not page[j].finished and page[j].text[-1] not in "，,；;" for j in near)
    others = sum(1 for j in range(first, min(last, len(page))) if page[j].width - width > _SLACK)
    return (
        unfinished >= min(_MEMBERS, max(2, last - first - 4))
        and 2 * unfinished >= len(near)
        and others <= len(near)
        and 3 * sum(prose[j] for j in near) >= len(near)
    )


def unclosed(text: str) -> bool:
    """Whether a bracket or quotation mark opened in the text is still open at its end."""
    depth = 0
    for char in text:
        if char in "（(《〈【“‘「『":
            depth += 1
        elif char in CLOSING and depth:
            depth -= 1
    return depth > 0
