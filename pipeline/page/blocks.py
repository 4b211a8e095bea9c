"""Tell the lines of a repaired page apart and cut its paragraphs into bodies of articles.

A body begins at a dateline or a byline, or under a headline that speaks of what follows alone; it
ends with a byline (本报记者 王小明), or where the next one begins.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

from pipeline.page.bylines import closing_names, find_names, is_byline, opening_names
from pipeline.page.datelines import DatelineSpan, find_dateline
from pipeline.page.furniture import is_furniture
from pipeline.page.glyphs import ends_sentence, lines
from pipeline.page.headlines import Cohesion, terms
from pipeline.page.openings import opens_paragraph
from pipeline.schema import Span

__all__ = ["Body", "find_bodies"]

_LONGEST_HEADLINE = 60  # characters
_LONGEST_STACK = 4  # lines of headlines in a row; more are a list or a table
_SHORTEST_HEADLINE = 8  # characters of a headline that alone tells a new article from a subhead
_REACH = 40  # paragraphs looked at on either side of a headline
_RELATED = 0.12  # share of a headline's words that ties it to other paragraphs


class _Kind(Enum):
    FURNITURE = auto()
    BYLINE = auto()
    HEADLINE = auto()
    PARAGRAPH = auto()


@dataclass
class Body:
    """The lines of one article's body, subheads and byline lines included, as character spans.

    names: of its bylines. opened, signed: whether it has a byline at its start, a byline line at
    its end. heads: the headlines that stand right before it, its own or not.
    """

    paragraphs: list[Span]
    dateline: DatelineSpan | None = None
    names: list[Span] = field(default_factory=list)
    opened: bool = False
    signed: bool = False
    heads: list[Span] = field(default_factory=list)


def _kinds(text: str, page: Sequence[Span], newspaper: str | None) -> list[_Kind]:
    kinds = [_kind(text[start:end].strip(), newspaper) for start, end in page]
    first = 0
    for i in range(len(kinds) + 1):
        if i == len(kinds) or kinds[i] is not _Kind.HEADLINE:
            if i - first > _LONGEST_STACK and first > 0:
                kinds[first:i] = [_Kind.PARAGRAPH] * (i - first)
            first = i + 1
    return kinds


def _kind(line: str, newspaper: str | None) -> _Kind:
    if is_furniture(line) or line == newspaper:
        return _Kind.FURNITURE
    if is_byline(line):
        return _Kind.BYLINE
    if (
        not line
        or len(line) > _LONGEST_HEADLINE
        or ends_sentence(line.rstrip("！!？?"))
        or line[-1] in "，,；;、：:"
        or "。" in line
        or opens_paragraph(line)
    ):
        return _Kind.PARAGRAPH
    return _Kind.HEADLINE


def find_bodies(
    text: str, issue_date: str | None, newspaper: str | None
) -> tuple[list[Body], list[Span]]:
    """Cut a repaired page into bodies; gives also the headlines that no paragraph follows.

    A page without any paragraph is one body of all its lines but furniture.
    """
    page = lines(text)
    kinds = _kinds(text, page, newspaper)
    bodies, trailing = _cut(text, page, kinds, issue_date)
    if bodies:
        return bodies, trailing
    plain = [span for span, kind in zip(page, kinds, strict=True) if kind is not _Kind.FURNITURE]
    return ([Body(plain)] if plain else []), []


def _cut(
    text: str, page: Sequence[Span], kinds: Sequence[_Kind], issue_date: str | None
) -> tuple[list[Body], list[Span]]:
    bodies: list[Body] = []
    current: Body | None = None
    heads: list[Span] = []
    bylines: list[Span] = []
    for i, (span, kind) in enumerate(zip(page, kinds, strict=True)):
        if kind is _Kind.HEADLINE:
            heads.append(span)
        elif kind is _Kind.BYLINE and current is not None and not heads:
            current.paragraphs.append(span)
            current.names += find_names(text, *span)
            current.signed, current = True, None
        elif kind is _Kind.BYLINE:
            bylines.append(span)
            current = None
        elif kind is _Kind.PARAGRAPH:
            dateline = find_dateline(text, *span, issue_date)
            opening = opening_names(text, dateline.span[1] if dateline else span[0], span[1])
            fresh = current is None or dateline is not None or bool(heads and opening)
            if not fresh and current is not None and heads:
                fresh = _is_new_topic(text, heads, current, page, kinds, i)
            if fresh or current is None:
                signed_by = [name for line in bylines for name in find_names(text, *line)]
                opened = bool(opening or bylines)
                current = Body(bylines, dateline, signed_by, opened=opened, heads=heads)
                bodies.append(current)
                bylines = []
            else:
                current.paragraphs += heads
            heads = []
            current.paragraphs.append(span)
            closing = closing_names(text, *span)
            current.names += opening + closing
            if closing and not opening:
                current = None
    return bodies, heads


def _is_new_topic(
    text: str,
    heads: Sequence[Span],
    current: Body,
    page: Sequence[Span],
    kinds: Sequence[_Kind],
    i: int,
) -> bool:
    """Whether headlines amid paragraphs start an article: they speak of what follows alone."""
    head = max((text[slice(*span)] for span in heads), key=len)
    if len(head) < _SHORTEST_HEADLINE or opens_paragraph(head):
        return False
    before = [terms(text[slice(*span)]) for span in current.paragraphs[-_REACH:]]
    after: list[frozenset[str]] = []
    for span, kind in zip(page[i : i + _REACH], kinds[i : i + _REACH], strict=True):
        if kind is not _Kind.PARAGRAPH:
            break
        after.append(terms(text[slice(*span)]))
    cohesion = Cohesion([*before, *after])
    words = terms(head)
    return (
        cohesion.share(words, frozenset().union(*before)) < _RELATED
        and cohesion.share(words, frozenset().union(*after)) > 3 * _RELATED
    )
