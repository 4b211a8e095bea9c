from __future__ import annotations

import pytest

from pipeline.page.datelines import find_dateline


@pytest.mark.parametrize(
    ("text", "issue", "place", "date"),
    [
        ("本报4月24日讯(记者 李明) 近日", "2014-04-25", None, "2014-04-24"),
        ("本报白河4月24日讯 近日", "2014-04-25", "白河", "2014-04-24"),
        ("新华社北京4月24日电（记者李明）", "2014-04-25", "北京", "2014-04-24"),
        ("中新社沈阳五月二十一日电 当日", "2009-05-22", "沈阳", "2009-05-21"),
        ("本报12月31日讯 昨天", "2015-01-01", None, "2014-12-31"),
        ("本报4月24日讯 近日", None, None, None),
        ("新华社沈阳2013年4月24日电 近日", None, "沈阳", "2013-04-24"),
        ("本报4月24日讯 近日", "2014-04", None, "2014-04-24"),
        ("本报4月24日讯 近日", "2014-05", None, None),
        ("本报2月30日讯 近日", "2014-05-01", None, None),
        ("本报讯 （通讯员 李明）近日", "2014-05-01", None, None),
    ],
)
def test_finds_and_resolves(
    text: str, issue: str | None, place: str | None, date: str | None
) -> None:
    found = find_dateline(text, 0, len(text), issue)
    assert found is not None
    assert (found.place, found.date) == (place, date)


@pytest.mark.parametrize(
    "text", ["近日，本报记者获悉", "本报讯息灵通", "4月24日，市委召开会议。", "本报电话开通"]
)
def test_is_no_dateline(text: str) -> None:
    assert find_dateline(text, 0, len(text), "2014-04-25") is None
