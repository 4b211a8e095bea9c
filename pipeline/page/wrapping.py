"""Join wrapped lines into paragraphs, across column breaks too, and keep real paragraph ends.

A line break goes when the line before it fills its column and breaks off in mid-sentence, when
something opened before it is still open, or when the next line starts with what never starts one.
"""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.page.alignment import Repaired, delete
from pipeline.page.columns import Line, full_lines, page_lines, unclosed
from pipeline.page.furniture import is_furniture
from pipeline.page.glyphs import SPACES, is_latin
from pipeline.page.openings import is_byline, opens_paragraph
from pipeline.schema import Span

__all__ = ["join_wrapped"]

_NEVER_FIRST = "，。、；：？！,;:?!）)》〉】”’」』…％%"


def join_wrapped(text: str) -> Repaired:
    """Delete the line breaks inside paragraphs, blank lines, and spaces around lines."""
    page = page_lines(text)
    if not page:
        return delete(text, [(0, len(text))] if text.strip() == "" and len(text) > 0 else [])
    joins = _joins(page)
    spans: list[Span] = [(0, page[0].start), (page[-1].end, len(text))]
    for before, after, join in zip(page[:-1], page[1:], joins, strict=True):
        gap = text[before.end : after.start]
        keep = -1
        if not join:
            keep = gap.find("\n")
            keep = keep if keep >= 0 else next(i for i, c in enumerate(gap) if c not in SPACES)
        elif is_latin(before.text[-1]) and is_latin(after.text[0]):
            keep = 0  # a space or the line break itself stands for the space between two words
        if keep < 0:
            spans.append((before.end, after.start))
        else:
            spans += [(before.end, before.end + keep), (before.end + keep + 1, after.start)]
    return delete(text, spans)


def _joins(page: Sequence[Line]) -> list[bool]:
    """For each boundary between two lines whether they belong to one paragraph."""
    full = full_lines(page)
    fixed = [is_furniture(line.text) or is_byline(line.text) for line in page]
    indented = _indents_paragraphs(page, full)
    joins: list[bool] = []
    first = 0  # line that the current paragraph begins with
    for i in range(len(page) - 1):
        if fixed[i] or fixed[i + 1] or (indented and page[i + 1].indent):
            join = False
        else:
            join = _continues(page, full, first, i)
        joins.append(join)
        if not join:
            first = i + 1
    return _without_headlines(page, joins)


def _indents_paragraphs(page: Sequence[Line], full: Sequence[bool]) -> bool:
    """Whether spaces before a line mark a paragraph: on a minority of the column lines."""
    column = [line for line, is_full in zip(page, full, strict=True) if is_full]
    return 2 * sum(line.indent > 0 for line in column) <= len(column)


def _continues(page: Sequence[Line], full: Sequence[bool], first: int, i: int) -> bool:
    before, after = page[i], page[i + 1]
    if opens_paragraph(after.text):
        return False
    in_column = full[i] or (i > 0 and full[i - 1]) or full[i + 1]
    if not in_column:
        return False
    recent = "".join(line.text for line in page[max(first, i - 3) : i + 1])
    if after.text[0] in _NEVER_FIRST or unclosed(recent) and full[i + 1]:
        return True
    if not full[i]:
        return False
    if before.finished:
        return not before_breaks(page, full, i)
    return not (i == first and after.blank and _bare(before.text))


def before_breaks(page: Sequence[Line], full: Sequence[bool], i: int) -> bool:
    """Whether a paragraph ends after line i, which fills its column and ends a sentence."""
    return page[i + 1].blank


def _bare(text: str) -> bool:
    """Whether a line has no punctuation inside, as headlines have not."""
    return not any(char in "，。、；：？！,;“”（(" for char in text)


def _without_headlines(page: Sequence[Line], joins: list[bool]) -> list[bool]:
    """Undo joins of stacked headlines: short groups of lines that never come to a sentence's end."""
    result = list(joins)
    first = 0
    for i in range(len(page)):
        if i == len(page) - 1 or not joins[i]:
            group = page[first : i + 1]
            if 1 < len(group) <= 3 and not any("。" in line.text for line in group):
                if not page[i].finished and all(_bare(line.text) for line in group):
                    result[first:i] = [False] * (i - first)
            first = i + 1
    return result
