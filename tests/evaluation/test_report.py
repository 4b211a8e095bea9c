from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import pytest
from made_annotations import annotation_of, gold_of

from pipeline.annotations.native import GoldDocument
from pipeline.errors import BadInputError, ConfigError
from pipeline.evaluation.evaluate import Report, evaluate
from pipeline.evaluation.predictions import Run, source_of
from pipeline.evaluation.report import html_page, json_text, markdown_text
from pipeline.evaluation.thresholds import parse_threshold, shortfalls

TEXT = "昨天，滨河市委书记李大明到乐安县<b>调研</b>。"
GOLD = gold_of(
    TEXT,
    "ORG:滨河市委 ROLE:市委书记 PER:李大明 LOC:乐安县",
    ("李大明", "holds_post", "市委书记", {"org": "滨河市委"}),
)
FOUND = annotation_of(
    TEXT,
    "ORG:滨河市委 ROLE:市委书记 PER:李大明 LOC:安县<b>",
    [("李大明", "holds_post", "市委书记", {"org": "滨河市委"})],
)
WORSE = annotation_of(TEXT, "ORG:滨河市委 ROLE:市委书记")


@pytest.fixture
def report() -> Report:
    return evaluate([GOLD], Run("one", (FOUND,)), name="g.jsonl", against=Run("two", (WORSE,)))


def test_report_holds_the_scores_of_each_label_and_relation(report: Report) -> None:
    by_name = {row.name: row for row in (*report.entities, *report.relations)}
    assert by_name["entities"].counts.f1 == pytest.approx(0.75)
    assert by_name["LOC"].counts.f1 == 0.0
    assert by_name["LOC"].partial == pytest.approx(0.5)
    assert by_name["holds_post"].counts.f1 == 1.0
    assert by_name["entities"].against is not None
    assert by_name["entities"].against.f1 > 0
    assert "PROGRAMME" not in by_name
    assert (report.org.rate, report.status.rate) == (1.0, 1.0)
    assert report.errors == {"entity": {"boundary": 1}, "triple": {}}
    assert report.repair is None
    assert report.triple_calibration.ece == pytest.approx(0.2)


def test_json_has_everything(report: Report) -> None:
    value = json.loads(json_text(report))
    assert value["relations"]["holds_post"]["f1"] == 1.0
    assert value["cases"][0]["kind"] == "boundary"
    assert value["entities"]["entities"]["against"]["p"] <= 1
    assert value["calibration"]["entities"]["count"] == 4


def test_markdown_has_a_line_for_each_label(report: Report) -> None:
    text = markdown_text(report)
    assert "| holds_post | 1.000 | 1.000 | 1.000 | 1.000–1.000 | 1 | 1 | +1.000 | 1.000 |" in text
    widths = {line.count("|") for line in text.split("\n\n")[2].splitlines()}
    assert len(widths) == 1


class Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in {"src", "href"}]


def test_html_escapes_the_text_and_loads_nothing(report: Report) -> None:
    html = html_page(report)
    page = Page()
    page.feed(html)
    assert "b" not in page.tags
    assert "&lt;b&gt;" in html
    assert page.links == []
    assert not re.search(r"https?://|@import|url\(", html)
    assert page.tags.count("svg") == 2
    assert '<mark class="gold">乐</mark><mark class="both">安县</mark>' in html


def test_page_repair_is_scored_where_the_clean_text_is_known() -> None:
    raw = "李大\n明来"
    gold = GoldDocument("d1", raw, meta={"clean_text": "李大明来"})
    found = annotation_of(raw, "", text="李大明来")
    report = evaluate([gold], Run("one", (found,)), name="g")
    assert report.repair is not None
    assert report.repair.accuracy == 1.0
    assert "Page repair: 100.00% of 4 characters right, 0 wrong." in markdown_text(report)


def test_thresholds_name_the_score_that_is_too_low(report: Report) -> None:
    wanted = [parse_threshold(text) for text in ("holds_post=1", "entities=0.8", "org=0.5")]
    assert shortfalls(report, wanted) == ["entities is 0.7500, under 0.8"]
    with pytest.raises(ConfigError, match=r"g\.jsonl has nothing to score repair by"):
        shortfalls(report, [parse_threshold("repair=0.9")])


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("posts=0.9", "unknown score 'posts'; known: entities, PER"),
        ("org", "'org' must be like org=0.9"),
        ("org=much", "'org=much' must be like org=0.9"),
        ("org=90", "org must be between 0 and 1, not 90"),
    ],
)
def test_bad_threshold(text: str, reason: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(reason)):
        parse_threshold(text)


def test_no_document_and_bad_meta_are_named() -> None:
    with pytest.raises(BadInputError, match="g: holds no document"):
        evaluate([], Run("one", ()), name="g")
    with pytest.raises(BadInputError, match=r"gold document 'x': meta\.issue_date: String should"):
        source_of(GoldDocument("x", "文", meta={"issue_date": "yesterday"}))
