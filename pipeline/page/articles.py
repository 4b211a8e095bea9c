"""Split a repaired page into its articles, each with headline, dateline, byline and body.

First the lines are told apart (furniture, bylines, headlines, paragraphs), then paragraphs are cut
into bodies at datelines and bylines, then every headline goes to the body that it shares most
words with. A body that both opens and closes with a byline holds two articles; the headlines show
where it is cut.
"""

from __future__ import annotations

from bisect import bisect
from dataclasses import dataclass

from pipeline.page.blocks import Body, find_bodies
from pipeline.page.headlines import Cohesion, best_split, terms
from pipeline.schema import Span

__all__ = ["ArticleSpan", "split_articles"]

_NEAR = 0.15  # what it counts that a headline stands right before a body
_RELATED = 0.12  # share of a headline's words that ties it to a body
_LEAD = 0.6  # share of the most telling headline's words that the first one must tell
_PAGE = 40  # bodies about a headline that it may belong to: more than a page has


@dataclass(frozen=True)
class ArticleSpan:
    """One article; all offsets count characters of the repaired text.

    title: the headline as one line, None where the article has none; title_start, title_end: its
    characters. dateline_date: ISO 8601. byline_spans: the names in the byline, with nothing else.
    start, end: the body with its byline and dateline, without headline and page furniture.
    """

    id: str
    title: str | None
    title_start: int | None
    title_end: int | None
    dateline_place: str | None
    dateline_date: str | None
    byline_spans: tuple[Span, ...]
    start: int
    end: int


def split_articles(
    text: str, issue_date: str | None = None, newspaper: str | None = None
) -> list[ArticleSpan]:
    """Split a repaired page into its articles, in the order of their bodies.

    issue_date: ISO date of the issue, the only anchor of datelines without a year. newspaper: the
    paper's name; a line that holds nothing else is page furniture.
    """
    bodies, trailing = find_bodies(text, issue_date, newspaper)
    heads = [head for body in bodies for head in body.heads] + trailing
    bodies = _cut_signed(text, bodies, heads)
    titles = _titles(text, bodies, heads)
    return [
        ArticleSpan(
            id=f"a{number}",
            title=text[slice(*title)].replace("\n", "") if title else None,
            title_start=title[0] if title else None,
            title_end=title[1] if title else None,
            dateline_place=body.dateline.place if body.dateline else None,
            dateline_date=body.dateline.date if body.dateline else None,
            byline_spans=tuple(sorted(set(body.names))),
            start=body.paragraphs[0][0],
            end=body.paragraphs[-1][1],
        )
        for number, (body, title) in enumerate(zip(bodies, titles, strict=True), start=1)
    ]


def _terms(text: str, spans: list[Span]) -> list[frozenset[str]]:
    return [terms(text[start:end]) for start, end in spans]


def _cut_signed(text: str, bodies: list[Body], heads: list[Span]) -> list[Body]:
    """Cut a body that opens and closes with a byline in two, if headlines are left for both."""
    if len(heads) <= len(bodies) or not any(body.opened and body.signed for body in bodies):
        return bodies
    owned = _owned(text, bodies, heads)
    cohesion = Cohesion([words for body in bodies for words in _terms(text, body.paragraphs)])
    result: list[Body] = []
    for body, own in zip(bodies, owned, strict=True):
        split = None
        if body.opened and body.signed:
            paragraphs = _terms(text, body.paragraphs[:-1])
            below = [head[0] > body.paragraphs[-1][1] for head in own]
            split = best_split(
                cohesion, paragraphs, list(zip(_terms(text, own), below, strict=True))
            )
        if split is None:
            result.append(body)
            continue
        border = body.paragraphs[split][0]
        openers = [name for name in body.names if name[0] < border]
        signers = [name for name in body.names if name[0] >= border]
        result += [
            Body(body.paragraphs[:split], body.dateline, openers, opened=True, heads=body.heads),
            Body(body.paragraphs[split:], None, signers, signed=True),
        ]
    return result


def _owned(text: str, bodies: list[Body], heads: list[Span]) -> list[list[Span]]:
    """For each body the headlines that belong to it; one that fits nowhere belongs to none."""
    paragraphs = [_terms(text, body.paragraphs) for body in bodies]
    cohesion = Cohesion([words for body in paragraphs for words in body])
    together = [frozenset[str]().union(*body) for body in paragraphs]
    owned: list[list[Span]] = [[] for _ in bodies]
    starts = [body.paragraphs[0][0] for body in bodies]
    for head, words in zip(heads, _terms(text, heads), strict=True):
        near = bisect(starts, head[0])
        scores = {
            number: cohesion.share(words, together[number]) + _NEAR * (head in bodies[number].heads)
            for number in range(max(0, near - _PAGE), min(len(bodies), near + _PAGE))
        }
        best = max(scores, key=scores.__getitem__)
        if scores[best] > _RELATED:
            owned[best].append(head)
    return owned


def _titles(text: str, bodies: list[Body], heads: list[Span]) -> list[Span | None]:
    """For each body its headline: of those it owns the first that tells nearly the most of it."""
    paragraphs = [_terms(text, body.paragraphs) for body in bodies]
    cohesion = Cohesion([words for body in paragraphs for words in body])
    page_terms = frozenset[str]().union(*(words for body in paragraphs for words in body))
    titles: list[Span | None] = []
    for body, own in zip(paragraphs, _owned(text, bodies, heads), strict=True):
        together = frozenset[str]().union(*body)
        merged = _merged(text, own, page_terms)
        shared = [cohesion.shared(words, together) for words in _terms(text, merged)]
        telling = (span for span, s in zip(merged, shared, strict=True) if s >= _LEAD * max(shared))
        titles.append(next(telling, None))
    return titles


def _merged(text: str, heads: list[Span], page_terms: frozenset[str]) -> list[Span]:
    """Headline lines, where two that are one headline in two lines count as one.

    They are if the page elsewhere writes the characters on both sides of the line break together.
    """
    merged: list[Span] = []
    for start, end in heads:
        if merged:
            before, last = merged[-1]
            if start - last == 1 and text[last - 1] + text[start] in page_terms:
                merged[-1] = (before, end)
                continue
        merged.append((start, end))
    return merged
