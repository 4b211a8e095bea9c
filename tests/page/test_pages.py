"""Invented pages of several layouts, each beside what a person would retype."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.page import repair, split_articles

PAGES = sorted((Path(__file__).parent / "pages").glob("*.raw.txt"))


def read(name: str) -> str:
    return (Path(__file__).parent / "pages" / f"{name}.raw.txt").read_text("utf-8")


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_reads_as_retyped(path: Path) -> None:
    clean = path.with_name(path.name.replace(".raw.", ".clean.")).read_text("utf-8")
    assert repair(path.read_text("utf-8")).text == clean.rstrip("\n")


def test_articles_of_the_page_of_two() -> None:
    text = repair(read("two-articles")).text
    first, second = split_articles(text, "2016-05-09", "白河日报")
    assert first.title == "白河区区委书记沈国华"
    assert second.title == "青山县五千亩茶园开采"
    assert (first.dateline_date, second.dateline_place) == ("2016-05-08", "青山")
    assert [text[s:e] for s, e in second.byline_spans] == ["张平", "欧阳明"]
    assert text[second.start : second.end].endswith("3200人。")


def test_verse_is_one_article() -> None:
    (poem,) = split_articles(repair(read("verse")).text)
    assert poem.title == "春到柳林"


def test_interleaved_articles() -> None:
    text = repair(read("interleaved")).text
    exhibition, meeting, river = split_articles(text, "2015-06-02", "白河日报")
    assert exhibition.title == "青少年书画作品展青山开幕"
    assert meeting.title == "白河区召开河长制推进会，38名镇级河长签署责任书"
    assert river.title == "柳林河三年治理投入1.2亿"
    assert text[river.start :].startswith("治理现场")
    assert (meeting.dateline_date, river.dateline_date) == ("2015-06-01", None)
    assert [text[s:e] for s, e in river.byline_spans] == ["罗小敏"]
