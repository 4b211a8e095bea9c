from __future__ import annotations

import time

import pytest

from pipeline.dates import find_dates, resolve

ISSUE = "2014-04-25"

POINTS = [
    ("今年3月26日已任职期满", "今年3月26日", "2014-03-26"),
    ("24日，大会召开", "24日", "2014-04-24"),
    ("30日将举行", "30日", "2014-04-30"),
    ("2012年3月份，市里选派", "2012年3月份", "2012-03"),
    ("去年底", "去年底", "2013-12"),
    ("去年年底", "去年年底", "2013-12"),
    ("今年中国经济", "今年", "2014"),
    ("昨日下午", "昨日", "2014-04-24"),
    ("前天", "前天", "2014-04-23"),
    ("上周五", "上周五", "2014-04-18"),
    ("本周三", "本周三", "2014-04-23"),
    ("定于下周一开工", "下周一", "2014-04-28"),
    ("（周三）上午", "周三", "2014-04-23"),
    ("二〇一四年四月", "二〇一四年四月", "2014-04"),
    ("一九九八年十二月三十一日", "一九九八年十二月三十一日", "1998-12-31"),
    ("四月二十四日", "四月二十四日", "2014-04-24"),
    ("本报4月24日讯", "4月24日", "2014-04-24"),
    ("12月28日", "12月28日", "2013-12-28"),
    ("拟于12月28日", "12月28日", "2014-12-28"),
    ("本月24日", "本月24日", "2014-04-24"),
    ("上月底", "上月底", "2014-03"),
    ("三年前", "三年前", "2011"),
    ("3个月前", "3个月前", "2014-01"),
    ("2014-04-24", "2014-04-24", "2014-04-24"),
    ("2014/4/9", "2014/4/9", "2014-04-09"),
    ("08年5月12日", "08年5月12日", "2008-05-12"),
    ("２０１４年４月", "２０１４年４月", "2014-04"),
]


@pytest.mark.parametrize(("text", "words", "date"), POINTS)
def test_point_resolves_against_the_issue_date(text, words, date):
    (expression,) = find_dates(text, ISSUE)
    assert (expression.text, expression.date) == (words, date)
    assert text[slice(*expression.span)] == words
    assert (expression.start, expression.end) == (None, None)


INTERVALS = [
    ("两年来，他们扎根基层", "2012", ISSUE),
    ("近三年来", "2011", ISSUE),
    ("近两年，", "2012", ISSUE),
    ("半年来", "2013-10", ISSUE),
    ("今年以来", "2014", ISSUE),
    ("2016年3月至今", "2016-03", ISSUE),
    ("1990.07—1994.03", "1990-07", "1994-03"),
    ("2016.12 - 2022.01", "2016-12", "2022-01"),
    ("4月底前到岗", None, "2014-04"),
    ("月底前到岗", None, "2014-04"),
    ("截至4月底", None, "2014-04"),
    ("2010年前", None, "2010"),
    ("24日前", None, "2014-04-24"),
    ("自2012年3月起", "2012-03", None),
    ("2015年1月1日起施行", "2015-01-01", None),
    ("4月24日至26日在京", "2014-04-24", "2014-04-26"),
    ("4月29日至5月2日", "2014-04-29", "2014-05-02"),
    ("24-26日", "2014-04-24", "2014-04-26"),
    ("1至3月", "2014-01", "2014-03"),
    ("2012年3月至2014年4月", "2012-03", "2014-04"),
    ("2011—2013年", "2011", "2013"),
    ("今年一季度", "2014-01", "2014-03"),
    ("去年前三季度", "2013-01", "2013-09"),
    ("四季度", "2013-10", "2013-12"),
    ("上周", "2014-04-14", "2014-04-20"),
]


@pytest.mark.parametrize(("text", "start", "end"), INTERVALS)
def test_interval_has_bounds_and_no_point(text, start, end):
    (expression,) = find_dates(text, ISSUE)
    assert (expression.date, expression.start, expression.end) == (None, start, end)


def test_a_career_carries_its_year_through_the_sentence():
    text = "2010年3月任副局长，5月任局长，同年9月任书记，次年1月离任。5月再任"
    dates = [expression.date for expression in find_dates(text, ISSUE)]
    assert dates == ["2010-03", "2010-05", "2010-09", "2011-01", "2014-05"]


def test_a_month_earlier_than_the_carried_one_belongs_to_the_issue_year():
    dates = [e.date for e in find_dates("2012年9月选派，3月期满", ISSUE)]
    assert dates == ["2012-09", "2014-03"]


def test_bare_day_takes_the_month_named_before_it():
    dates = [e.date for e in find_dates("3月24日开幕，26日闭幕", ISSUE)]
    assert dates == ["2014-03-24", "2014-03-26"]


@pytest.mark.parametrize("text", ["近日，", "日前", "当日", "当年"])
def test_vague_words_are_found_and_left_unresolved(text):
    (expression,) = find_dates(text, ISSUE)
    assert (expression.date, expression.start, expression.end) == (None, None, None)


@pytest.mark.parametrize(
    "text",
    [
        "第3日",
        "3号楼",
        "二月河",
        "35日",
        "13月",
        "每月20日",
        "2013年2月30日",
        "第十八届",
        "5·12",
        "3个月",
    ],
)
def test_what_only_looks_like_a_date_is_not_found(text):
    assert find_dates(text, ISSUE) == []


@pytest.mark.parametrize("text", ["4月24日", "24日", "去年", "昨日", "上周五", "两年来", "本月"])
def test_without_an_issue_date_nothing_is_guessed(text):
    assert [(e.date, e.start, e.end) for e in find_dates(text)] == [(None, None, None)]


def test_without_an_issue_date_a_stated_year_counts():
    assert resolve("2013年5月当选") == "2013-05"
    assert find_dates("2012年3月至今")[0].start == "2012-03"


@pytest.mark.parametrize(
    ("text", "issue", "date"),
    [
        ("今年3月26日", "2014", "2014-03-26"),
        ("24日", "2014-04", "2014-04-24"),
        ("24日", "2014", None),
    ],
)
def test_an_issue_date_of_reduced_precision_gives_what_it_can(text, issue, date):
    assert resolve(text, issue) == date


def test_january_looks_back_over_the_turn_of_the_year():
    assert resolve("12月30日", "2015-01-04") == "2014-12-30"
    assert resolve("30日", "2015-01-04") == "2014-12-30"
    assert resolve("本月底", "2014-02-10") == "2014-02"


@pytest.mark.parametrize("piece", ["一二三四五六七年", "24日，", "今年", "2012年3月至", "上上上"])
def test_cost_is_linear(piece):
    begun = time.process_time()
    find_dates(piece * (60_000 // len(piece)), ISSUE)
    assert time.process_time() - begun < 5
