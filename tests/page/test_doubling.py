from __future__ import annotations

import pytest

from pipeline.page.doubling import undouble


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("市市委委召召开开防汛工工作作会会议议", "市委召开防汛工作会议"),
        (
            "青青山山县县举举办办春春季季运运动动会会，30支队伍参赛",
            "青山县举办春季运动会，30支队伍参赛",
        ),
        ("人人人人参参与与创创建建", "人人参与创建"),
        ("踏踏踏踏实实实实做做事事", "踏踏实实做事"),
        ("共共110000万万元元投投入入", "共100万元投入"),
        ("““绿绿水水””进进村村", "“绿水”进村"),
        ("县县县长长长调调调研研研", "县长调研"),
        ("市市委委召召开开工工作作作风会", "市委召开工作作风会"),
        ("省省领领导导到到我县调研安安全全工作", "省领导到我县调研安全工作"),
        ("我市表彰先先进进集体\n会上，先进代表发言。", "我市表彰先进集体\n会上，先进代表发言。"),
    ],
)
def test_takes_doubled_print_apart(raw: str, clean: str) -> None:
    assert undouble(raw).text == clean


@pytest.mark.parametrize(
    "text",
    [
        "各地纷纷行动，家家户户、方方面面林林总总的事都有人管，等等。",
        "堂堂正正做人 干干净净做事",
        "实实在在为民办实事",
        "老老实实做人，踏踏实实干事",
        "天天向上 人人争先",
        "李丽丽与陈冲冲夺冠",
        "全市工作作风大会会场布置",
        "哈哈哈哈哈哈哈哈",
        "11月11日 2200 3300 4400",
        "滨" * 50,
        "AABBCCDD",
    ],
)
def test_keeps_what_is_written_so(text: str) -> None:
    assert undouble(text).text == text


def test_keeps_the_first_print_of_each_glyph() -> None:
    assert undouble("市市委委召召开开").alignment.offsets == (0, 2, 4, 6)
