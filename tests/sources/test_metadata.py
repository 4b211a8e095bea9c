from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from pipeline.errors import BadInputError
from pipeline.schema import Meta, Source
from pipeline.sources import read_sources

IMPOSSIBLE = ["2014-13-45", "2014-02-30", "0000-00-00", "0000", "2014-00", "2014-13", "２０１４"]


@pytest.mark.parametrize("date", IMPOSSIBLE)
def test_a_date_that_is_not_in_the_calendar_is_refused(tmp_path: Path, date: str) -> None:
    with pytest.raises(ValidationError, match="there is no such date"):
        Meta(issue_date=date)
    (tmp_path / "a.txt").write_text("甲乙丙。", encoding="utf-8")
    (tmp_path / "a.meta.json").write_text(json.dumps({"issue_date": date}), encoding="utf-8")
    with pytest.raises(BadInputError) as caught:
        list(read_sources([str(tmp_path / "a.txt")]))
    assert str(caught.value) == f"a.txt: metadata 'issue_date' is '{date}': there is no such date"


@pytest.mark.parametrize("date", ["2014", "2014-04", "2014-04-25", "2012-02-29", "0001", None])
def test_dates_of_any_precision_are_kept(date: str | None) -> None:
    assert Meta(issue_date=date).issue_date == date


@pytest.mark.parametrize("date", ["20140425", "2014-4-25", "", "2014-04-25\n"])
def test_a_date_in_another_form_is_told_the_right_one(tmp_path: Path, date: str) -> None:
    row = {"text": "甲", "meta": {"issue_date": date}}
    (tmp_path / "a.jsonl").write_text(json.dumps(row), encoding="utf-8")
    with pytest.raises(BadInputError, match="a date is written 2014-04-25, 2014-04 or 2014"):
        list(read_sources([str(tmp_path / "a.jsonl")]))


@pytest.mark.parametrize("date", ["0000-00-00 00:00:00", "2014-02-30"])
def test_a_page_of_html_is_not_refused_for_the_date_that_its_head_gives(
    tmp_path: Path, date: str
) -> None:
    text = "清河县水利局局长何启明昨日在会上介绍了今年春灌工作的情况。" * 5
    page = f'<html><head><meta name="PubDate" content="{date}"></head><body><p>{text}</p></body>'
    (tmp_path / "a.html").write_text(page, encoding="utf-8")
    (source,) = read_sources([str(tmp_path / "a.html")])
    assert isinstance(source, Source)
    assert source.meta.issue_date is None
