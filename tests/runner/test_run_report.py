from __future__ import annotations

import json
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest
from test_corpus_run import go

from pipeline.errors import BadInputError
from pipeline.runner.overview import TopCounter
from pipeline.runner.report import time_bars, write_report

NASTY = '<script>alert("x")</script>&'


class Tags(HTMLParser):
    """Counts the elements of a page and keeps its text and attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.names: Counter[str] = Counter()
        self.text = ""
        self.links: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names[tag] += 1
        self.links += [
            value or "" for name, value in attrs if name in {"src", "href", "xlink:href"}
        ]

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("format_", ["jsonl", "parquet"])
def test_the_page_counts_and_escapes_everything(tmp_path: Path, format_: str) -> None:
    rows = [
        {"text": f"水利局局长何启明，到会。{NASTY}", "meta": {"issue_date": f"2014-{m:02d}-03"}}
        for m in (1, 1, 4)
    ]
    rows.append({"text": "教育局局长郭晓莉，讲话。", "meta": {"newspaper": NASTY}})
    lines = [json.dumps(row, ensure_ascii=False) for row in rows]
    source = tmp_path / f"{'a' * 3}.jsonl"
    source.write_text("\n".join([*lines, '{"text": "<b>']), encoding="utf-8")
    out = tmp_path / "out <b>&"
    go(source, out, format=format_)
    overview = write_report(out, tmp_path / "report.html")
    assert (overview.documents, overview.triples, overview.rejected) == (4, 4, 1)
    assert overview.posts.top(1) == [(("水利局", "局长"), 3)]
    assert overview.months == {"2014-01": 2, "2014-04": 1, "": 1}
    html = (tmp_path / "report.html").read_text(encoding="utf-8")
    page = Tags(html)
    assert page.names["script"] == page.names["b"] - 6 == 0  # six tiles
    assert not page.links
    assert NASTY in page.text
    assert "out <b>&" in page.text
    assert page.names["svg"] == 1 + 1 + 1  # documents over time, one relation, one status
    assert "1 documents have no issue date" in page.text


def test_a_folder_without_a_run_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="is no output folder"):
        write_report(tmp_path, tmp_path / "report.html")


def test_time_bars_fill_gaps_and_become_years() -> None:
    bars = time_bars({"2014-01": 2, "2014-04": 4, "": 9})
    assert [bar.title for bar in bars] == ["2014-01: 2", "2014-02: 0", "2014-03: 0", "2014-04: 4"]
    assert [bar.height for bar in bars] == [90, 0, 0, 180]
    years = time_bars({"1949-10": 1, "2014-04": 1})
    assert len(years) == 66
    assert years[0].title == "1949: 1"
    assert time_bars({}) == []
    assert len(time_bars({"0001-01": 1, "9999-12": 1})) == 2


def test_the_frequent_stay_when_the_counter_overflows() -> None:
    counter = TopCounter(size=100)
    for number in range(5000):
        counter.add("常见")
        counter.add(str(number))
    assert counter.top(1) == [(("常见",), 5000)]
    assert len(counter.top(10_000)) <= 200
