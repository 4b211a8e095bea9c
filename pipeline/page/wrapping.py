"""Join wrapped lines into paragraphs, across column breaks too, and keep real paragraph ends.

A line break goes when the line before it fills its column and breaks off in mid-sentence, when a
bracket opened before it is still open, or when the next line starts with what never starts one.
Where a full line ends a sentence, the page's own habits decide: how its paragraphs begin.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from pipeline.page.alignment import Repaired, delete
from pipeline.page.bylines import is_byline
from pipeline.page.columns import EXCESS, INDENT, Line, column_slack, page_lines
from pipeline.page.furniture import is_furniture
from pipeline.page.glyphs import SPACES, is_latin
from pipeline.page.openings import opens_paragraph
from pipeline.schema import Span

__all__ = ["join_wrapped"]

_NEVER_FIRST = "，。、；：？！,;:?!）)》〉】”’」』…％%"
_BRACKETS = {"（": "）", "(": ")", "《": "》", "〈": "〉", "【": "】", "“": "”", "‘": "’"}
_CLOSERS = frozenset(_BRACKETS.values())
_FULL = 3.5  # glyphs of room that a line broken off in mid-sentence may leave
_BRIM = 1.0  # glyphs of room that a full line ending a sentence may leave
_STARTED = 1.25  # glyphs of room that tell a paragraph's first line whose indent is lost


def join_wrapped(text: str) -> Repaired:
    """Delete the line breaks inside paragraphs, blank lines, and the spaces around lines.

    Between two Latin words one character stays: a space if there is one, else the line break.
    """
    page = page_lines(text)
    if not page:
        return delete(text, [(0, len(text))])
    spans: list[Span] = [(0, page[0].start), (page[-1].end, len(text))]
    for before, after, join in zip(page[:-1], page[1:], _joins(page), strict=True):
        gap = text[before.end : after.start]
        kept = -1
        if not join:
            kept = gap.find("\n")
            kept = kept if kept >= 0 else next(i for i, c in enumerate(gap) if c not in SPACES)
        elif is_latin(before.text[-1]) and is_latin(after.text[0]):
            kept = 0
        if kept < 0:
            spans.append((before.end, after.start))
        else:
            spans += [(before.end, before.end + kept), (before.end + kept + 1, after.start)]
    return delete(text, spans)


@dataclass(frozen=True)
class _Page:
    """A page's lines, the room each leaves in its column, and how its paragraphs begin."""

    lines: Sequence[Line]
    slack: Sequence[float | None]

    @cached_property
    def after_ends(self) -> list[int]:
        """Lines after a line that certainly ends a paragraph: it stops well short of its column."""
        return [
            i + 1
            for i in range(len(self.lines) - 1)
            if self.lines[i].finished and (self.slack[i] or 0.0) > INDENT + 1
        ]

    @cached_property
    def indents(self) -> bool:
        """Whether spaces before a line mark a paragraph."""
        marked = sum(line.indent > 0 for line in self.lines)
        starts = [self.lines[i].indent > 0 for i in self.after_ends]
        return 0 < marked <= len(self.lines) / 2 + 1 and 2 * sum(starts) >= len(starts)

    @cached_property
    def loses_indents(self) -> bool:
        """Whether first lines are short of their column by an indent that left no characters."""
        rooms = [self.slack[i] or 0.0 for i in self.after_ends if self.lines[i].broken_off]
        return not self.indents and 2 * sum(room >= _STARTED for room in rooms) > len(rooms)

    @cached_property
    def spaces_paragraphs(self) -> bool:
        """Whether an empty line stands between paragraphs."""
        blanks = [self.lines[i].blank for i in self.after_ends]
        return 2 * sum(blanks) >= len(blanks)


def _joins(lines: Sequence[Line]) -> list[bool]:
    """For each boundary between two lines whether they belong to one paragraph."""
    page = _Page(lines, column_slack(lines))
    fixed = [
        is_furniture(line.text) or (is_byline(line.text) and line.text[0] not in "(（")
        for line in lines
    ]
    joins: list[bool] = []
    first = 0  # line that the current paragraph begins with
    for i in range(len(lines) - 1):
        join = not (fixed[i] or fixed[i + 1]) and _continues(page, first, i)
        joins.append(join)
        if not join:
            first = i + 1
    return _without_headlines(lines, joins)


def _continues(page: _Page, first: int, i: int) -> bool:
    """Whether line i + 1 carries on line i; line ``first`` began the paragraph."""
    before, after = page.lines[i], page.lines[i + 1]
    room = page.slack[i]
    if room is None:
        return False
    if i == first and not before.indent:
        room -= INDENT
    if after.text[0] in _NEVER_FIRST:
        return True
    if _stands_apart(page, i + 1) or (
        page.slack[i + 1] is None and after.ems > before.ems + room + EXCESS
    ):
        return False
    if _unclosed("".join(line.text for line in page.lines[max(first, i - 3) : i + 1])):
        return not before.finished or room <= _BRIM
    if before.finished:
        return room <= _BRIM and not _starts(page, i + 1)
    return room <= _allowance(before, after) and not (i == first and _heads(page, i))


def _stands_apart(page: _Page, i: int) -> bool:
    """Whether line i shows by itself that it carries on nothing."""
    line = page.lines[i]
    return (page.indents and line.indent > 0) or opens_paragraph(line.text) or line.tabular


def _allowance(before: Line, after: Line) -> float:
    """Glyphs of room that the line before may leave when it breaks off in mid-sentence."""
    if before.text[-1].isdigit() and after.text[0].isdigit():
        return _FULL + INDENT
    return _FULL if before.bare else _FULL + 1


def _heads(page: _Page, i: int) -> bool:
    """Whether line i, the first of its paragraph, is a headline: it has no punctuation.

    The line after it tells: it starts a paragraph by the page's habit, or stands apart.
    """
    after = page.lines[i + 1]
    if page.lines[i].indent or not page.lines[i].bare:
        return False
    room, next_room = page.slack[i] or 0.0, page.slack[i + 1] or 0.0
    if page.loses_indents and after.broken_off:
        if after.blank:
            return next_room >= 0.5 or not _STARTED <= room <= INDENT + 1
        return room < _STARTED <= next_room
    return after.blank and (page.indents or room > 1)


def _starts(page: _Page, i: int) -> bool:
    """Whether line i, after a full line that ends a sentence, starts a paragraph."""
    line = page.lines[i]
    if page.indents:
        return False
    if page.loses_indents and not line.finished:
        return (page.slack[i] or 0.0) >= _STARTED
    return line.blank and page.spaces_paragraphs


def _unclosed(text: str) -> bool:
    """Whether a bracket or quotation mark opened in the text is still open at its end."""
    stack: list[str] = []
    for char in text:
        if char in _BRACKETS:
            stack.append(_BRACKETS[char])
        elif char in _CLOSERS and char in stack:
            while stack.pop() != char:
                pass
    return bool(stack)


def _without_headlines(lines: Sequence[Line], joins: list[bool]) -> list[bool]:
    """Undo joins in stacks of headlines: groups of bare lines that never end a sentence."""
    result = list(joins)
    first = 0
    for i in range(len(lines)):
        if i == len(lines) - 1 or not joins[i]:
            group = lines[first : i + 1]
            if len(group) <= 3 and not lines[i].finished and all(line.bare for line in group):
                result[first:i] = [False] * (i - first)
            first = i + 1
    return result
