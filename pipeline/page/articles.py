"""Split a repaired page into its articles, each with headline, dateline, byline and body."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.page.datelines import find_dateline
from pipeline.page.furniture import is_furniture
from pipeline.page.glyphs import ends_sentence, lines
from pipeline.page.openings import is_byline
from pipeline.schema import Span

__all__ = ["ArticleSpan", "split_articles"]


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
    articles: list[ArticleSpan] = []
    title: Span | None = None
    body: list[Span] = []

    def close() -> None:
        if body:
            found = find_dateline(text, *body[0], issue_date)
            articles.append(
                ArticleSpan(
                    id=f"a{len(articles) + 1}",
                    title=text[slice(*title)] if title else None,
                    title_start=title[0] if title else None,
                    title_end=title[1] if title else None,
                    dateline_place=found.place if found else None,
                    dateline_date=found.date if found else None,
                    byline_spans=(),
                    start=body[0][0],
                    end=body[-1][1],
                )
            )
            body.clear()

    for start, end in lines(text):
        line = text[start:end]
        if is_furniture(line) or line == newspaper:
            continue
        if not body and not ends_sentence(line) and end - start <= 50 and not is_byline(line):
            title = (start, end)
        else:
            if body and find_dateline(text, start, end, issue_date):
                close()
                title = None
            body.append((start, end))
    close()
    return articles
