from __future__ import annotations

import pytest

from pipeline.page.numbers import close_numbers
from pipeline.page.spacing import close_letter_spacing


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("金 2 . 1 亿 元 ，完 成 道 路 硬 化", "金2.1亿元，完成道路硬化"),
        ("“ 党 员 进 社 区‘ 做 什", "“党员进社区‘做什"),
        ("通 知", "通知"),
        ("目    录", "目录"),
        ("记者 张 平 李红梅", "记者 张平 李红梅"),
        ("王　明 李　强 赵　华", "王明 李强 赵华"),
        ("全 市 工 作  会 议 召 开", "全市工作 会议召开"),
        ("市市 委委 召召 开开", "市市委委召召开开"),
        ("会议由 市 长 主 持", "会议由 市长主持"),
        ("组　长：陈立新　县长", "组长：陈立新　县长"),
    ],
)
def test_closes_letter_spacing(raw: str, clean: str) -> None:
    assert close_letter_spacing(raw).text == clean


@pytest.mark.parametrize(
    "text",
    [
        "记者 王红梅 通讯员 李建国",
        "抢抓机遇谋发展 凝心聚力谱新篇",
        "Smart City 示范区与 Big Data 中心",
        "甲    乙    丙",
        "单位\t人数\t金额",
        "1 2 3 4 5",
        "2011 2012 2013",
    ],
)
def test_keeps_spaces_that_part_words(text: str) -> None:
    assert close_letter_spacing(text).text == text
    assert close_numbers(text).text == text


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("选派1 2 1名干部", "选派121名干部"),
        ("包括5 0个村", "包括50个村"),
        ("长337 . 6公里", "长337.6公里"),
        ("285 . 5公里，", "285.5公里，"),
        ("增长12 %", "增长12%"),
        ("共1 , 507人", "共1,507人"),
        ("修路1 507米", "修路1507米"),
        ("资金3 7 7\n亿元", "资金377\n亿元"),
    ],
)
def test_closes_split_numbers(raw: str, clean: str) -> None:
    assert close_numbers(raw).text == clean


@pytest.mark.parametrize(
    "text",
    [
        "3. 50个村通了路",
        "编号1 2 3号",
        "2013 2014年",
        "A 1 2组",
        "3 5 8",
        "比分 21 15",
        "上海 12 35 北京",
    ],
)
def test_keeps_lists_of_numbers(text: str) -> None:
    assert close_numbers(text).text == text
